#include "checkpoint/record.h"

#include "base/text.h"
#include "checkpoint/crc32c.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

enum {
    CRC_DIGITS = 8,
    JSON_AT = CRC_DIGITS + 1, /* behind the CRC and a space */
    FIELDS_MAX = 10,
    DIGITS_MAX = 18, /* of a number; fits int64_t whatever the digits */
};

enum field_type {
    FIELD_NUMBER,
    FIELD_TEXT,
    FIELD_OPTIONAL, /* text or null */
    FIELD_BOOLEAN,
};

/* A member: what stands before its value, and where the value lives in struct record. */
struct field {
    struct span open;
    enum field_type type;
    size_t offset;
};

struct kind_row {
    struct span name;
    struct span close;
    struct field fields[FIELDS_MAX];
    size_t count;
};

/* Lengths are counted by the compiler: a large file has tens of millions of lines. */
#define LITERAL(text)                                                                              \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
#define NUMBER(key, member)                                                                        \
    {                                                                                              \
        LITERAL(",\"" key "\":"), FIELD_NUMBER, offsetof(struct record, member)                    \
    }
#define TEXT(key, member)                                                                          \
    {                                                                                              \
        LITERAL(",\"" key "\":"), FIELD_TEXT, offsetof(struct record, member)                      \
    }
#define BOOLEAN(key, member)                                                                       \
    {                                                                                              \
        LITERAL(",\"" key "\":"), FIELD_BOOLEAN, offsetof(struct record, member)                   \
    }
#define OPTIONAL(key, member)                                                                      \
    {                                                                                              \
        LITERAL(",\"" key "\":"), FIELD_OPTIONAL, offsetof(struct record, member)                  \
    }

/* The whole format: reading and writing both walk these rows. */
static const struct kind_row KINDS[RECORD_KINDS] = {
    [RECORD_HEADER] = {LITERAL("header"),
                       LITERAL("}}"),
                       {NUMBER("format", format),
                        TEXT("job", job),
                        TEXT("tool", tool),
                        OPTIONAL("source", source),
                        {LITERAL(",\"pins\":{\"destination\":"), FIELD_TEXT,
                         offsetof(struct record, pins.destination_type)},
                        TEXT("base_url", pins.base_url),
                        OPTIONAL("organization", pins.organization),
                        OPTIONAL("project", pins.project),
                        OPTIONAL("shard", pins.shard),
                        TEXT("mapping", pins.mapping)},
                       10},
    [RECORD_PINS] = {LITERAL("pins"), LITERAL("}"), {TEXT("mapping", pins.mapping)}, 1},
    [RECORD_RUN] = {LITERAL("run"),
                    LITERAL("}"),
                    {NUMBER("pid", pid), TEXT("host", host), NUMBER("time", time)},
                    3},
    [RECORD_CREATING] = {LITERAL("creating"),
                         LITERAL("}"),
                         {TEXT("thread", thread), NUMBER("items", items)},
                         2},
    [RECORD_CREATED] = {LITERAL("created"),
                        LITERAL("}"),
                        {TEXT("thread", thread), TEXT("conversation", conversation)},
                        2},
    [RECORD_NOT_CREATED] = {LITERAL("not_created"), LITERAL("}"), {TEXT("thread", thread)}, 1},
    [RECORD_APPENDED] = {LITERAL("appended"),
                         LITERAL("}"),
                         {TEXT("thread", thread), NUMBER("items", items), OPTIONAL("last", last),
                          TEXT("digest", digest)},
                         4},
    [RECORD_DONE] = {LITERAL("done"),
                     LITERAL("}"),
                     {TEXT("thread", thread), NUMBER("items", items), OPTIONAL("last", last),
                      TEXT("digest", digest)},
                     4},
    [RECORD_FAILED] = {LITERAL("failed"),
                       LITERAL("}"),
                       {TEXT("thread", thread), TEXT("code", code), TEXT("detail", detail),
                        BOOLEAN("settled", settled)},
                       4},
    [RECORD_UNCERTAIN] = {LITERAL("uncertain"), LITERAL("}"), {TEXT("thread", thread)}, 1},
    [RECORD_ROLLING_BACK] = {LITERAL("rolling_back"), LITERAL("}"), {TEXT("thread", thread)}, 1},
    [RECORD_ROLLED_BACK] = {LITERAL("rolled_back"), LITERAL("}"), {TEXT("thread", thread)}, 1},
    [RECORD_PRUNING] = {LITERAL("pruning"), LITERAL("}"), {TEXT("thread", thread)}, 1},
    [RECORD_NOT_PRUNED] = {LITERAL("not_pruned"), LITERAL("}"), {TEXT("thread", thread)}, 1},
    [RECORD_PRUNED] = {LITERAL("pruned"), LITERAL("}"), {TEXT("thread", thread)}, 1},
    [RECORD_SELECTION] = {LITERAL("selection"), LITERAL("}"), {NUMBER("threads", threads)}, 1},
    [RECORD_ENDED] = {LITERAL("ended"), LITERAL("}"), {NUMBER("exit", exit)}, 1},
    [RECORD_FILE] = {LITERAL("file"),
                     LITERAL("}"),
                     {TEXT("file", file), TEXT("state", state), OPTIONAL("id", id),
                      NUMBER("bytes", bytes), OPTIONAL("sha256", sha256), OPTIONAL("code", code)},
                     6},
    [RECORD_UNKNOWN] = {LITERAL("unknown"), LITERAL("}"), {{LITERAL(""), FIELD_NUMBER, 0}}, 0},
};

static const struct field N_FIELD = {LITERAL("{\"n\":"), FIELD_NUMBER, offsetof(struct record, n)};
static const struct field B_FIELD = NUMBER("b", b);
static const struct field K_FIELD = TEXT("k", kind_name);
static const struct field NEEDS_FIELD = TEXT("needs", needs);
static const struct span NULL_LITERAL = LITERAL("null");
static const struct span TRUE_LITERAL = LITERAL("true");
static const struct span FALSE_LITERAL = LITERAL("false");

const char *record_kind_name(enum record_kind kind)
{
    return KINDS[kind].name.data;
}

static uint32_t line_crc(struct span json, struct span job)
{
    return crc32c(crc32c(0, job.data, job.len), json.data, json.len);
}

/* Members of struct record are reached by their offset; memcpy keeps that free of aliasing. */
static struct span text_member(const struct record *record, const struct field *field)
{
    struct span text;

    memcpy(&text, (const char *)record + field->offset, sizeof text);
    return text;
}

static void write_field(struct buf *out, const struct record *record, const struct field *field)
{
    buf_add_span(out, field->open);
    if (field->type == FIELD_NUMBER) {
        int64_t number;

        memcpy(&number, (const char *)record + field->offset, sizeof number);
        assert(number >= 0);
        buf_add_int(out, number);
        return;
    }
    if (field->type == FIELD_BOOLEAN) {
        const bool *value = (const bool *)((const char *)record + field->offset);

        buf_add_span(out, *value ? TRUE_LITERAL : FALSE_LITERAL);
        return;
    }
    const struct span text = text_member(record, field);

    if (field->type == FIELD_OPTIONAL && text.len == 0) {
        buf_add_text(out, "null");
        return;
    }
    buf_add_char(out, '"');
    text_add_json(out, text);
    buf_add_char(out, '"');
}

static void begin_line(struct buf *out, const struct record *numbers)
{
    buf_add_text(out, "00000000 ");
    write_field(out, numbers, &N_FIELD);
    write_field(out, numbers, &B_FIELD);
}

/* Puts the CRC in front of the line that starts there, and LF behind it. */
static void end_line(struct buf *out, size_t start, struct span job)
{
    uint32_t crc;

    buf_add_char(out, '\n');
    if (out->overflow)
        return;
    crc = line_crc((struct span){out->data + start + JSON_AT, out->len - 1 - start - JSON_AT}, job);
    crc = htobe32(crc);
    text_write_hex(out->data + start, &crc, sizeof crc);
}

void record_write(struct buf *out, const struct record *record, struct span job)
{
    const struct kind_row *row = &KINDS[record->kind];
    const size_t start = out->len;

    assert(record->kind < RECORD_UNKNOWN);
    begin_line(out, record);
    buf_add_text(out, ",\"k\":\"");
    buf_add_span(out, row->name);
    buf_add_char(out, '"');
    for (size_t i = 0; i < row->count; i++)
        write_field(out, record, &row->fields[i]);
    buf_add_span(out, row->close);
    end_line(out, start, job);
}

static bool is_between(char c, char first, char last)
{
    return c >= first && c <= last;
}

static bool take_literal(struct span *rest, struct span literal)
{
    if (rest->len < literal.len || memcmp(rest->data, literal.data, literal.len) != 0)
        return false;
    rest->data += literal.len;
    rest->len -= literal.len;
    return true;
}

/* No sign, no leading zero: one way to write a number. */
static bool take_number(struct span *rest, int64_t *number)
{
    uint64_t value = 0;
    size_t digits = 0;

    while (digits < rest->len && digits <= DIGITS_MAX && is_between(rest->data[digits], '0', '9'))
        value = value * 10 + (uint64_t)(rest->data[digits++] - '0');
    if (digits == 0 || digits > DIGITS_MAX || (digits > 1 && rest->data[0] == '0'))
        return false;
    *number = (int64_t)value;
    rest->data += digits;
    rest->len -= digits;
    return true;
}

/* The quote that ends a string is the first with an even number of backslashes before it. */
static bool take_text(struct span *rest, struct span *text)
{
    const char *const end = rest->data + rest->len;
    const char *at = rest->data + 1;

    if (rest->len == 0 || rest->data[0] != '"')
        return false;
    for (;;) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        const char *backslash;

        if (!quote)
            return false;
        backslash = memchr(at, '\\', (size_t)(quote - at));
        if (!backslash) {
            *text = (struct span){rest->data + 1, (size_t)(quote - rest->data - 1)};
            rest->len -= (size_t)(quote + 1 - rest->data);
            rest->data = quote + 1;
            return true;
        }
        if (end - backslash < 2)
            return false;
        at = backslash + 2;
    }
}

static bool take_field(struct span *rest, struct record *record, const struct field *field)
{
    char *const place = (char *)record + field->offset;
    struct span text = {NULL, 0};
    int64_t number;

    if (!take_literal(rest, field->open))
        return false;
    if (field->type == FIELD_NUMBER) {
        if (!take_number(rest, &number))
            return false;
        memcpy(place, &number, sizeof number);
        return true;
    }
    if (field->type == FIELD_BOOLEAN) {
        const bool is_true = take_literal(rest, TRUE_LITERAL);

        memcpy(place, &is_true, sizeof is_true);
        return is_true || take_literal(rest, FALSE_LITERAL);
    }
    if (field->type != FIELD_OPTIONAL || !take_literal(rest, NULL_LITERAL)) {
        if (!take_text(rest, &text))
            return false;
    }
    memcpy(place, &text, sizeof text);
    return true;
}

static bool crc_matches(struct span line, struct span json, struct span job)
{
    uint32_t crc = 0;

    for (size_t i = 0; i < CRC_DIGITS; i++) {
        const char c = line.data[i];

        if (is_between(c, '0', '9'))
            crc = crc << 4 | (uint32_t)(c - '0');
        else if (is_between(c, 'a', 'f'))
            crc = crc << 4 | (uint32_t)(c - 'a' + 10);
        else
            return false;
    }
    return line.data[CRC_DIGITS] == ' ' && crc == line_crc(json, job);
}

static enum record_kind kind_named(struct span name)
{
    for (int kind = 0; kind < RECORD_UNKNOWN; kind++) {
        if (span_equal(name, KINDS[kind].name))
            return (enum record_kind)kind;
    }
    return RECORD_UNKNOWN;
}

/* What follows the name of an unknown kind is left unread: only its version knows it. */
static enum record_parse read_unknown(struct record *record, struct span rest)
{
    const struct span name = record->kind_name;

    if (rest.len == 0 || rest.data[rest.len - 1] != '}' || name.len == 0)
        return RECORD_INVALID;
    if (is_between(name.data[0], 'a', 'z'))
        return RECORD_VALID;
    if (!is_between(name.data[0], 'A', 'Z'))
        return RECORD_INVALID;
    (void)take_field(&rest, record, &NEEDS_FIELD);
    return RECORD_FOREIGN;
}

/* Formats are counted from 1. */
static bool is_foreign(const struct record *record)
{
    return record->kind == RECORD_HEADER && record->format > 0 && record->format != RECORD_FORMAT;
}

/* The format number comes first in a header, so that every version understands it; what follows
 * in another one is read as far as it looks familiar, for its author's name. */
static enum record_parse read_members(struct record *record, struct span rest)
{
    const struct kind_row *row = &KINDS[record->kind];

    for (size_t i = 0; i < row->count; i++) {
        if (!take_field(&rest, record, &row->fields[i]))
            return is_foreign(record) ? RECORD_FOREIGN : RECORD_INVALID;
    }
    if (is_foreign(record))
        return RECORD_FOREIGN;
    return span_equal(rest, row->close) ? RECORD_VALID : RECORD_INVALID;
}

enum record_parse record_read(struct record *record, struct span line, struct span job)
{
    struct span rest;

    *record = (struct record){0};
    if (line.len <= JSON_AT)
        return RECORD_INVALID;
    rest = (struct span){line.data + JSON_AT, line.len - JSON_AT};
    if (!crc_matches(line, rest, job))
        return RECORD_INVALID;
    if (!take_field(&rest, record, &N_FIELD) || !take_field(&rest, record, &B_FIELD) ||
        !take_field(&rest, record, &K_FIELD) || record->b == 0 || record->b > record->n)
        return RECORD_INVALID;
    record->kind = kind_named(record->kind_name);
    return record->kind == RECORD_UNKNOWN ? read_unknown(record, rest) : read_members(record, rest);
}

void record_renumber(struct buf *out, struct span line, const struct record *numbers,
                     struct span job)
{
    struct span rest = {line.data + JSON_AT, line.len - JSON_AT};
    const size_t start = out->len;
    struct record skipped;
    const bool was_read =
        take_field(&rest, &skipped, &N_FIELD) && take_field(&rest, &skipped, &B_FIELD);

    assert(was_read);
    begin_line(out, numbers);
    buf_add_span(out, rest);
    end_line(out, start, job);
}

static bool take_hex4(struct span *rest, uint32_t *unit)
{
    *unit = 0;
    if (rest->len < 6 || rest->data[0] != '\\' || rest->data[1] != 'u')
        return false;
    for (size_t i = 2; i < 6; i++) {
        const char c = rest->data[i];

        if (is_between(c, '0', '9'))
            *unit = *unit << 4 | (uint32_t)(c - '0');
        else if (is_between(c, 'a', 'f'))
            *unit = *unit << 4 | (uint32_t)(c - 'a' + 10);
        else
            return false;
    }
    rest->data += 6;
    rest->len -= 6;
    return true;
}

/* Exactly the escapes that text_add_json() writes. */
static bool take_escape(struct span *rest, struct buf *out)
{
    uint32_t code;
    uint32_t low;

    if (rest->len >= 2 && (rest->data[1] == '"' || rest->data[1] == '\\')) {
        buf_add_char(out, rest->data[1]);
        rest->data += 2;
        rest->len -= 2;
        return true;
    }
    if (!take_hex4(rest, &code))
        return false;
    if (code >= 0xd800 && code < 0xdc00) {
        if (!take_hex4(rest, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code <= 0xdfff) {
        return false;
    }
    text_add_utf8(out, code);
    return true;
}

bool record_text(struct buf *out, struct span raw)
{
    while (raw.len > 0) {
        const char *backslash = memchr(raw.data, '\\', raw.len);
        const size_t plain = backslash ? (size_t)(backslash - raw.data) : raw.len;

        buf_add(out, raw.data, plain);
        raw.data += plain;
        raw.len -= plain;
        if (raw.len > 0 && !take_escape(&raw, out))
            return false;
    }
    return !out->overflow;
}
