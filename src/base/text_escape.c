#include "base/text.h"

#include "base/ascii.h"
#include "base/word.h"

#include <stdio.h>
#include <string.h>

enum { PIECE_SIZE = 16 };

/* Sorted. The joiners U+200C and U+200D are not here: Persian and emoji are written with them. */
static const struct text_range HOSTILE[] = {
    {0x0000, 0x001f},   {0x007f, 0x009f}, /* C0, DEL, C1 */
    {0x061c, 0x061c},                     /* Arabic letter mark */
    {0x180e, 0x180e},                     /* Mongolian vowel separator */
    {0x200b, 0x200b},                     /* zero width space */
    {0x200e, 0x200f},                     /* left-to-right and right-to-left mark */
    {0x2028, 0x202e},                     /* separators, bidi embeddings and overrides */
    {0x2060, 0x206f},                     /* invisible operators, bidi isolates */
    {0xfeff, 0xfeff},   {0xfff9, 0xfffb}, /* BOM, interlinear annotation */
    {0xe0000, 0xe007f},                   /* tags */
};

/* Marks bytes that end plain text. */
static inline uint64_t plain_stops(uint64_t word)
{
    return word_below(word, ' ') | word_wide(word) | word_is(word, 0x7f) | word_is(word, '"') |
           word_is(word, '\\');
}

static inline bool is_plain(char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

size_t text_plain_run(struct span text)
{
    size_t len = 0;

    for (; text.len - len >= WORD_BYTES; len += WORD_BYTES) {
        const uint64_t stops = plain_stops(word_load(text.data + len));

        if (stops != 0)
            return len + word_first(stops);
    }
    while (len < text.len && is_plain(text.data[len]))
        len++;
    return len;
}

bool text_is_hostile(uint32_t code, bool is_multiline)
{
    if (code >= 0x20 && code < 0x7f)
        return false;
    if (is_multiline && (code == '\n' || code == '\t'))
        return false;
    return text_in_ranges(HOSTILE, COUNT_OF(HOSTILE), code);
}

/* One character taken from the front of a text, or one byte that is not UTF-8. */
struct taken {
    struct span raw;
    uint32_t code;
    bool is_valid;
};

static struct taken take(struct span *rest)
{
    struct taken taken = {.raw = {rest->data, 1}};
    const size_t len = text_utf8_next(*rest, &taken.code);

    if (len > 0) {
        taken.is_valid = true;
        taken.raw.len = len;
    } else {
        taken.code = (unsigned char)rest->data[0];
    }
    rest->data += taken.raw.len;
    rest->len -= taken.raw.len;
    return taken;
}

/* How the taken character is shown; the result points into piece or into the text. */
static struct span visible_form(const struct taken *taken, bool is_multiline, char *piece)
{
    int len;

    if (taken->is_valid && !text_is_hostile(taken->code, is_multiline))
        return taken->raw;
    if (taken->code <= 0xff)
        len = snprintf(piece, PIECE_SIZE, "\\x%02x", (unsigned)taken->code);
    else if (taken->code <= 0xffff)
        len = snprintf(piece, PIECE_SIZE, "\\u%04x", (unsigned)taken->code);
    else
        len = snprintf(piece, PIECE_SIZE, "\\U%08x", (unsigned)taken->code);
    return (struct span){piece, (size_t)len};
}

/* The plain text at the front, taken whole. */
static struct span take_plain(struct span *rest)
{
    const struct span plain = {rest->data, text_plain_run(*rest)};

    /* An empty text may have no address. */
    if (plain.len > 0)
        rest->data += plain.len;
    rest->len -= plain.len;
    return plain;
}

void text_add_visible(struct buf *out, struct span text, bool is_multiline)
{
    char piece[PIECE_SIZE];

    while (text.len > 0) {
        buf_add_span(out, take_plain(&text));
        if (text.len > 0) {
            const struct taken taken = take(&text);

            buf_add_span(out, visible_form(&taken, is_multiline, piece));
        }
    }
}

void text_visible(char *out, size_t size, struct span text)
{
    static const char CUT[] = "\u2026";
    char piece[PIECE_SIZE];
    size_t used = 0;
    size_t cut_at = 0; /* the last place that leaves room for the cut sign */

    if (size == 0)
        return;
    if (text.len < size && text_plain_run(text) == text.len) {
        if (text.len > 0)
            memcpy(out, text.data, text.len);
        out[text.len] = '\0';
        return;
    }
    while (text.len > 0) {
        const struct taken taken = take(&text);
        const struct span form = visible_form(&taken, false, piece);

        if (form.len >= size - used) {
            used = cut_at;
            if (sizeof CUT <= size - used) {
                memcpy(out + used, CUT, sizeof CUT - 1);
                used += sizeof CUT - 1;
            }
            break;
        }
        memcpy(out + used, form.data, form.len);
        used += form.len;
        if (size - used >= sizeof CUT)
            cut_at = used;
    }
    out[used] = '\0';
}

void text_add_html(struct buf *out, struct span text)
{
    char piece[PIECE_SIZE];

    while (text.len > 0) {
        const struct taken taken = take(&text);

        switch (taken.code) {
        case '&':
            buf_add_text(out, "&amp;");
            break;
        case '<':
            buf_add_text(out, "&lt;");
            break;
        case '>':
            buf_add_text(out, "&gt;");
            break;
        case '"':
            buf_add_text(out, "&quot;");
            break;
        case '\'':
            buf_add_text(out, "&#39;");
            break;
        default:
            buf_add_span(out, visible_form(&taken, true, piece));
        }
    }
}

/*
 * Plain text, copied while it is looked at: nearly all that a job writes goes through here, and a
 * text with many escapes has short runs. A text is never written shorter than it is, so that its
 * length may be asked for.
 */
static void add_plain(struct buf *out, struct span *rest)
{
    size_t len = 0;

    if (rest->len == 0 || !buf_reserve(out, rest->len)) {
        rest->len = 0;
        return;
    }
    char *to = out->data + out->len;
    uint64_t stops = 0;
    while (stops == 0 && rest->len - len >= WORD_BYTES) {
        memcpy(to + len, rest->data + len, WORD_BYTES);
        stops = plain_stops(word_load(rest->data + len));
        len += stops != 0 ? word_first(stops) : WORD_BYTES;
    }
    for (; stops == 0 && len < rest->len && is_plain(rest->data[len]); len++)
        to[len] = rest->data[len];
    out->len += len;
    out->data[out->len] = '\0';
    rest->data += len;
    rest->len -= len;
}

void text_add_json_as(struct buf *out, struct span text, unsigned flags)
{
    static const char NAMES[' '] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    };

    for (;;) {
        add_plain(out, &text);
        if (text.len == 0)
            return;
        const unsigned char first = (unsigned char)text.data[0];
        const char name = first == '"' || first == '\\'              ? (char)first
                          : first < ' ' && (flags & TEXT_JSON_NAMED) ? NAMES[first]
                                                                     : '\0';
        if (name) {
            buf_add(out, (const char[]){'\\', name}, 2);
            text = span_skip(text, 1);
            continue;
        }
        const struct taken taken = take(&text);
        const unsigned code = (unsigned)taken.code;

        if (!taken.is_valid)
            buf_add_text(out, "\\ufffd");
        else if (code >= ' ' && !((flags & TEXT_JSON_VISIBLE) && text_is_hostile(code, false)))
            buf_add_span(out, taken.raw);
        else if (code <= 0xffff)
            buf_printf(out, "\\u%04x", code);
        else
            buf_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
    }
}

void text_add_json(struct buf *out, struct span text)
{
    text_add_json_as(out, text, TEXT_JSON_VISIBLE);
}

void text_add_csv(struct buf *out, struct span text)
{
    bool is_quoted = false;
    char piece[PIECE_SIZE];

    for (size_t i = 0; i < text.len; i++)
        is_quoted |= strchr(",\"\r\n\t ", text.data[i]) != NULL && text.data[i] != '\0';
    if (is_quoted)
        buf_add_char(out, '"');
    if (text.len > 0 && text.data[0] != '\0' && strchr("=+-@\t\r", text.data[0]))
        buf_add_char(out, '\'');
    while (text.len > 0) {
        const struct taken taken = take(&text);

        if (taken.code == '"')
            buf_add_char(out, '"');
        buf_add_span(out, visible_form(&taken, true, piece));
    }
    if (is_quoted)
        buf_add_char(out, '"');
}

void text_add_shell(struct buf *out, struct span word)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,@%+";
    const char *quote = word.len > 0 && span_skip_all(word, PLAIN).len == 0 ? "" : "'";

    buf_add_text(out, quote);
    while (word.len > 0) {
        const char *end = memchr(word.data, '\'', word.len);
        const size_t len = end ? (size_t)(end - word.data) : word.len;

        text_add_visible(out, (struct span){word.data, len}, false);
        buf_add_text(out, end ? "'\\''" : "");
        word = span_skip(word, len + (end != NULL));
    }
    buf_add_text(out, quote);
}

/* ---- keys ---- */

enum { KEY_LEAST = 11, TOKEN_LEAST = 20, OTHER_KEY_LEAST = 32 };

static const char KEY_MASK[] = "***";

/* Length of the key or token that begins the text, or 0. */
static size_t key_run(struct span text)
{
    const bool is_token = span_starts_with(text, "eyJ");
    size_t len = 0;

    if (!is_token && !span_starts_with(text, "sk-"))
        return 0;
    while (len < text.len && (ascii_is_alnum(text.data[len]) || text.data[len] == '-' ||
                              text.data[len] == '_' || (is_token && text.data[len] == '.')))
        len++;
    return len >= (is_token ? (size_t)TOKEN_LEAST : (size_t)KEY_LEAST) ? len : 0;
}

bool text_is_key(struct span word)
{
    return word.len > 0 && key_run(word) == word.len;
}

bool text_may_be_key(struct span word)
{
    bool has_letter = false;
    bool has_digit = false;

    for (size_t i = 0; i < word.len; i++) {
        const char c = word.data[i];

        if (!ascii_is_alnum(c) && c != '+' && c != '/' && c != '=')
            return text_is_key(word);
        has_digit = has_digit || ascii_is_digit(c);
        has_letter = has_letter || (c > '9');
    }
    return word.len >= OTHER_KEY_LEAST && has_letter && has_digit;
}

/* Does a word begin here, rather than a part of one or of a path? */
static bool begins_word(const char *text, size_t at)
{
    return at == 0 || (!ascii_is_alnum(text[at - 1]) && !strchr("_-./", text[at - 1]));
}

/* Length of a key between quotes, of which the first is at text[at - 1]; or 0. A text that was cut
 * for printing ends with a mark of it. */
static size_t quoted_key(const char *text, size_t at)
{
    static const char CUT[] = "…";
    size_t len;

    if (at == 0 || text[at - 1] != '\'')
        return 0;
    len = strcspn(text + at, "'");
    if (text[at + len] != '\'')
        return 0;
    if (len > strlen(CUT) && memcmp(text + at + len - strlen(CUT), CUT, strlen(CUT)) == 0)
        len -= strlen(CUT);
    return text_may_be_key((struct span){text + at, len}) ? len : 0;
}

void text_mask_keys(char *text, bool all_kinds)
{
    size_t end = strlen(text);

    for (size_t i = 0; i < end; i++) {
        size_t len = begins_word(text, i) ? key_run((struct span){text + i, end - i}) : 0;

        if (len == 0 && all_kinds)
            len = quoted_key(text, i);
        if (len == 0)
            continue;
        memcpy(text + i, KEY_MASK, strlen(KEY_MASK));
        memmove(text + i + strlen(KEY_MASK), text + i + len, end - i - len + 1);
        end -= len - strlen(KEY_MASK);
    }
}
