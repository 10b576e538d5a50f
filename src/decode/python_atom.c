#include "decode/python_state.h"

#include "base/ascii.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* A string as it is being read. */
struct literal {
    char quote;
    bool is_triple;
    bool is_raw;
    bool is_bytes;
};

static void add_byte(struct buf *json, unsigned char c)
{
    static const char SHORT[] = "\bb\tt\nn\ff\rr\"\"\\\\";

    for (const char *row = SHORT; *row; row += 2) {
        if ((unsigned char)row[0] == c) {
            buf_add_char(json, '\\');
            buf_add_char(json, row[1]);
            return;
        }
    }
    if (c < 0x20)
        buf_printf(json, "\\u%04x", (unsigned)c);
    else
        buf_add_char(json, (char)c);
}

/* A character; half of a surrogate pair stays the escape that it is. */
static void add_code(struct buf *json, uint32_t code)
{
    if (code < 0x80)
        add_byte(json, (unsigned char)code);
    else if (code >= 0xD800 && code <= 0xDFFF)
        buf_printf(json, "\\u%04x", (unsigned)code);
    else
        text_add_utf8(json, code);
}

/* The value of digits in base 8 or 16; *used is how many of at most max there are. */
static uint32_t digits(struct span text, unsigned base, size_t max, size_t *used)
{
    uint32_t value = 0;

    for (*used = 0; *used < max && *used < text.len; ++*used) {
        const int digit = ascii_hex_value(text.data[*used]);

        if (digit < 0 || (unsigned)digit >= base)
            break;
        value = value * base + (unsigned)digit;
    }
    return value;
}

/* \xNN, \uNNNN, \UNNNNNNNN */
static bool numbered_escape(struct python *p, const struct literal *literal, size_t len,
                            const char **why)
{
    const struct span look = python_look(p);
    size_t used;
    const uint32_t code = digits((struct span){look.data + 2, look.len - 2}, 16, len, &used);

    *why = "an escape in a string is cut or out of range";
    if (used != len || code > 0x10FFFF)
        return false;
    python_pass(p, 2 + len);
    if (literal->is_bytes && code >= 0x80)
        buf_add_char(&p->json, (char)code);
    else
        add_code(&p->json, code);
    return true;
}

static void octal_escape(struct python *p, const struct literal *literal)
{
    const struct span look = python_look(p);
    size_t used;
    const uint32_t code = digits((struct span){look.data + 1, look.len - 1}, 8, 3, &used);

    python_pass(p, 1 + used);
    if (literal->is_bytes && code >= 0x80)
        buf_add_char(&p->json, (char)code);
    else
        add_code(&p->json, code);
}

/* What stands for itself after a backslash, and the line end that stands for nothing. */
static void other_escape(struct python *p, char c)
{
    python_pass(p, 1);
    if (c == '\n') {
        python_pass_line(p);
        return;
    }
    if (!strchr("\\'\"/", c))
        buf_add_text(&p->json, "\\\\");
    if (strchr("\\'\"/", c)) {
        python_pass(p, 1);
        add_byte(&p->json, (unsigned char)c);
    }
}

static bool read_escape(struct python *p, const struct literal *literal, const char **why)
{
    static const char SIMPLE[] = "n\nr\rt\tb\bf\fv\va\a";
    const struct span look = python_look(p);
    const char c = look.len > 1 ? look.data[1] : '\0';

    *why = "the text ends in a string";
    if (c == '\0')
        return false;
    for (const char *row = SIMPLE; *row; row += 2) {
        if (row[0] == c) {
            python_pass(p, 2);
            add_byte(&p->json, (unsigned char)row[1]);
            return true;
        }
    }
    if (c >= '0' && c <= '7') {
        octal_escape(p, literal);
        return true;
    }
    if (c == 'x')
        return numbered_escape(p, literal, 2, why);
    if (!literal->is_bytes && c == 'u')
        return numbered_escape(p, literal, 4, why);
    if (!literal->is_bytes && c == 'U')
        return numbered_escape(p, literal, 8, why);
    if (!literal->is_bytes && c == 'N')
        python_spoil(p, "a string names a character (\\N{…})");
    other_escape(p, c);
    return true;
}

/* Copies what needs no look at every byte. */
static void copy_plain(struct python *p)
{
    const char *start = p->data + p->at;
    size_t len = 0;

    while (len < p->len - p->at && (unsigned char)start[len] >= 0x20 && start[len] != '\'' &&
           start[len] != '"' && start[len] != '\\')
        len++;
    buf_add(&p->json, start, len);
    python_pass(p, len);
}

/* True at the quote or quotes that end it, which are passed. */
static bool at_end(struct python *p, const struct literal *literal)
{
    const struct span look = python_look(p);
    const size_t len = literal->is_triple ? 3 : 1;

    for (size_t i = 0; i < len; i++)
        if (i >= look.len || look.data[i] != literal->quote)
            return false;
    python_pass(p, len);
    return true;
}

/* A backslash keeps a quote from ending a raw string, and both are part of it. */
static void raw_backslash(struct python *p)
{
    python_pass(p, 1);
    buf_add_text(&p->json, "\\\\");
    if (python_peek(p) >= 0x20) {
        add_byte(&p->json, (unsigned char)p->data[p->at]);
        python_pass(p, 1);
    }
}

/* To the end of one literal, whose prefix and quote are passed. */
static bool read_body(struct python *p, const struct literal *literal, const char **why)
{
    for (;;) {
        const int c = python_peek(p);

        if (c < 0 || (c == '\n' && !literal->is_triple)) {
            *why = "the printed object stops early, in a string";
            return false;
        }
        if (c == 0) {
            *why = "NUL bytes are in a string";
            return false;
        }
        if (c == '\\' && literal->is_raw) {
            raw_backslash(p);
        } else if (c == '\\') {
            if (!read_escape(p, literal, why))
                return false;
        } else if (c == literal->quote && at_end(p, literal)) {
            return true;
        } else if (c == '\n') {
            add_byte(&p->json, '\n');
            python_pass_line(p);
        } else if (c < 0x20 || c == '\'' || c == '"') {
            add_byte(&p->json, (unsigned char)c);
            python_pass(p, 1);
        } else {
            copy_plain(p);
        }
    }
}

static bool read_literal(struct python *p, size_t prefix, const char **why)
{
    const struct span look = python_look(p);
    struct literal literal = {.quote = look.data[prefix - 1]};

    for (size_t i = 0; i + 1 < prefix; i++) {
        literal.is_raw = literal.is_raw || look.data[i] == 'r' || look.data[i] == 'R';
        literal.is_bytes = literal.is_bytes || look.data[i] == 'b' || look.data[i] == 'B';
    }
    literal.is_triple = look.len >= prefix + 2 && look.data[prefix] == literal.quote &&
                        look.data[prefix + 1] == literal.quote;
    python_pass(p, prefix + (literal.is_triple ? 2 : 0));
    return read_body(p, &literal, why);
}

bool python_string(struct python *p, const char **why)
{
    size_t prefix = python_quote(python_look(p));

    buf_add_char(&p->json, '"');
    while (prefix > 0) {
        if (!read_literal(p, prefix, why))
            return false;
        /* What follows inside brackets is more of it: pprint cuts long strings. */
        if (p->depth == 0)
            break;
        if (!python_space(p, why))
            return false;
        prefix = python_quote(python_look(p));
    }
    buf_add_char(&p->json, '"');
    return true;
}

static void take_digits(struct python *p)
{
    for (int c = python_peek(p); c >= '0' && c <= '9'; c = python_peek(p)) {
        buf_add_char(&p->json, (char)c);
        python_pass(p, 1);
    }
}

/* Passes and adds the next byte if it is one of these. */
static bool take_one_of(struct python *p, const char *bytes)
{
    const int c = python_peek(p);

    if (c <= 0 || !strchr(bytes, c))
        return false;
    buf_add_char(&p->json, (char)c);
    python_pass(p, 1);
    return true;
}

/* -inf and -nan, from behind the sign on. */
static bool is_no_number(struct python *p)
{
    const struct span look = python_look(p);
    const size_t len = python_name(look);
    const struct span name = {look.data, len};

    if (!span_is(name, "inf") && !span_is(name, "nan") && !span_is(name, "Infinity"))
        return false;
    python_pass(p, len);
    buf_add_char(&p->json, '0');
    python_spoil(p, "a number is infinite or not a number");
    return true;
}

bool python_number(struct python *p, const char **why)
{
    size_t start;

    if (take_one_of(p, "-") && is_no_number(p))
        return true;
    *why = "neither a printed object of Python nor JSON";
    start = p->json.len;
    take_digits(p);
    if (p->json.len == start || (p->json.data[start] == '0' && p->json.len > start + 1))
        return false;
    if (take_one_of(p, ".")) {
        start = p->json.len;
        take_digits(p);
        if (p->json.len == start)
            return false;
    }
    if (take_one_of(p, "eE")) {
        (void)take_one_of(p, "+-");
        start = p->json.len;
        take_digits(p);
        if (p->json.len == start)
            return false;
    }
    return python_name(python_look(p)) == 0;
}

/* A place in the arguments. */
struct arguments {
    struct span text;
    size_t at;
};

static void skip_blanks(struct arguments *c)
{
    while (c->at < c->text.len && strchr(" \t\r\n", c->text.data[c->at]) && c->text.data[c->at])
        c->at++;
}

/* Passes this text, and blanks before it. */
static bool take(struct arguments *c, const char *text)
{
    const size_t len = strlen(text);

    skip_blanks(c);
    if (c->text.len - c->at < len || memcmp(c->text.data + c->at, text, len) != 0)
        return false;
    c->at += len;
    return true;
}

static bool take_int(struct arguments *c, int64_t *value)
{
    size_t len = 0;

    skip_blanks(c);
    const char *start = c->text.data + c->at;
    const size_t left = c->text.len - c->at;
    while (len < left &&
           (ascii_is_digit(start[len]) || (len == 0 && (start[len] == '-' || start[len] == '+'))))
        len++;
    const bool has_plus = len > 0 && start[0] == '+';
    if (!text_to_int((struct span){start + has_plus, len - has_plus}, value))
        return false;
    c->at += len;
    return true;
}

/* timedelta(days=-1, seconds=68400), from behind the bracket on. */
static bool take_delta(struct arguments *c, int64_t *seconds)
{
    int64_t days = 0;
    int64_t rest = 0;

    if (take(c, "0"))
        return take(c, ")");
    if (take(c, "days=") && (!take_int(c, &days) || (!take(c, ",") && !take(c, ")"))))
        return false;
    if (c->text.data[c->at - 1] != ')' &&
        (!take(c, "seconds=") || !take_int(c, &rest) || !take(c, ")")))
        return false;
    if (days < -1 || days > 1 || rest < 0 || rest >= 86400)
        return false;
    *seconds = days * 86400 + rest;
    return true;
}

/* TzInfo(UTC), TzInfo(7200), TzInfo(+02:00), from behind the bracket on. */
static bool take_offset(struct arguments *c, int64_t *seconds)
{
    int64_t minutes = 0;

    if (take(c, "UTC"))
        return take(c, ")");
    const bool is_negative = c->at < c->text.len && c->text.data[c->at] == '-';
    if (!take_int(c, seconds))
        return false;
    if (take(c, ":")) {
        if (!take_int(c, &minutes) || *seconds < -24 || *seconds > 24 || minutes < 0 ||
            minutes > 59)
            return false;
        *seconds = *seconds * 3600 + (is_negative ? -60 : 60) * minutes;
    }
    return *seconds > -86400 && *seconds < 86400 && take(c, ")");
}

/* The zone after tzinfo=, as seconds east of UTC. */
static bool take_zone(struct arguments *c, int64_t *seconds)
{
    static const char *const UTC[] = {
        "datetime.timezone.utc", "timezone.utc", "tzutc()",      "zoneinfo.ZoneInfo(key='UTC')",
        "ZoneInfo(key='UTC')",   "<UTC>",        "datetime.UTC", "UTC",
    };

    *seconds = 0;
    for (size_t i = 0; i < sizeof UTC / sizeof UTC[0]; i++)
        if (take(c, UTC[i]))
            return true;
    if (take(c, "TzInfo("))
        return take_offset(c, seconds);
    (void)take(c, "datetime.");
    if (!take(c, "timezone("))
        return false;
    (void)take(c, "datetime.");
    return take(c, "timedelta(") && take_delta(c, seconds) && take(c, ")");
}

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, MICROSECOND, FIELDS };

/* The numbers before tzinfo= or the closing bracket; *count is how many. */
static bool take_fields(struct arguments *c, int64_t field[FIELDS], int *count)
{
    static const int64_t MAX[FIELDS] = {9999, 12, 31, 23, 59, 59, 999999};

    for (*count = 0; *count < FIELDS && take_int(c, &field[*count]); ++*count) {
        if (field[*count] < (*count < HOUR) || field[*count] > MAX[*count])
            return false;
        if (!take(c, ",")) {
            ++*count;
            break;
        }
    }
    return *count > DAY;
}

/* tzinfo=, fold= and the closing bracket. */
static bool take_rest(struct arguments *c, bool *has_zone, int64_t *zone)
{
    int64_t fold;

    if (take(c, "fold=") && (!take_int(c, &fold) || (!take(c, ",") && !take(c, ")"))))
        return false;
    if (c->text.data[c->at - 1] == ')')
        return true;
    *has_zone = take(c, "tzinfo=");
    if (*has_zone && !take_zone(c, zone))
        return false;
    return take(c, ")");
}

size_t python_time(struct span arguments, struct buf *out)
{
    struct arguments c = {arguments, 0};
    int64_t field[FIELDS] = {0};
    int64_t zone = 0;
    int count;
    bool has_zone = false;

    if (!take_fields(&c, field, &count) || !take_rest(&c, &has_zone, &zone))
        return 0;
    buf_printf(out, "\"%04d-%02d-%02d", (int)field[YEAR], (int)field[MONTH], (int)field[DAY]);
    if (count > HOUR)
        buf_printf(out, "T%02d:%02d:%02d", (int)field[HOUR], (int)field[MINUTE],
                   (int)field[SECOND]);
    if (count > MICROSECOND)
        buf_printf(out, ".%06d", (int)field[MICROSECOND]);
    if (has_zone && zone == 0)
        buf_add_char(out, 'Z');
    else if (has_zone)
        buf_printf(out, "%c%02d:%02d", zone < 0 ? '-' : '+', abs((int)zone) / 3600,
                   abs((int)zone) / 60 % 60);
    buf_add_char(out, '"');
    return c.at;
}
