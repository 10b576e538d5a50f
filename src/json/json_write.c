#include "json/json.h"

#include "base/text.h"

#include <assert.h>
#include <string.h>

/* The character behind the backslash where JSON has a short form, else 0. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\t':
        return 't';
    case '\n':
        return 'n';
    case '\f':
        return 'f';
    case '\r':
        return 'r';
    }
    return '\0';
}

static void write_unit(struct buf *out, uint32_t unit)
{
    buf_printf(out, "\\u%04x", (unsigned)unit);
}

static void write_code_escaped(struct buf *out, uint32_t code)
{
    if (code < 0x10000) {
        write_unit(out, code);
        return;
    }
    write_unit(out, 0xD800 + ((code - 0x10000) >> 10));
    write_unit(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
}

static void write_ascii(struct buf *out, unsigned char c)
{
    char letter = short_escape(c);

    if (!letter) {
        write_unit(out, c);
        return;
    }
    buf_add(out, (const char[]){'\\', letter}, 2);
}

/* Writes the character at the start of text, which is not of the plain run; returns its length. */
static size_t write_special(struct buf *out, struct span text, enum json_escape escape)
{
    unsigned char c = (unsigned char)text.data[0];
    uint32_t code;
    size_t len;

    if (c < 0x20 || c == '"' || c == '\\') {
        write_ascii(out, c);
        return 1;
    }
    len = text_utf8_next(text, &code);
    if (len == 0) {
        text_add_utf8(out, 0xFFFD);
        return 1;
    }
    if (escape == JSON_ESCAPE_HOSTILE && text_is_hostile(code, false))
        write_code_escaped(out, code);
    else
        buf_add(out, text.data, len);
    return len;
}

void json_write_string(struct buf *out, struct span text, enum json_escape escape)
{
    size_t at = 0;

    buf_add_char(out, '"');
    while (at < text.len) {
        struct span rest = {text.data + at, text.len - at};
        size_t len = text_plain_run(rest);

        if (len > 0)
            buf_add(out, rest.data, len);
        else
            len = write_special(out, rest, escape);
        at += len;
    }
    buf_add_char(out, '"');
}

/* Writes a string that was repaired as one that json_read() repairs again. */
static void write_unrepaired(struct buf *out, struct span text)
{
    static const char REPLACEMENT[] = "\xEF\xBF\xBD";
    struct buf plain;
    size_t at = 0;

    buf_init(&plain, BUF_NO_LIMIT);
    json_write_string(&plain, text, JSON_ESCAPE_CANONICAL);
    while (at < plain.len) {
        const char *found =
            memmem(plain.data + at, plain.len - at, REPLACEMENT, sizeof REPLACEMENT - 1);
        size_t end = found ? (size_t)(found - plain.data) : plain.len;

        buf_add(out, plain.data + at, end - at);
        if (found)
            write_unit(out, 0xD800);
        at = end + (found ? sizeof REPLACEMENT - 1 : 0);
    }
    buf_release(&plain);
}

/* A container that is being written. */
struct level {
    json_t *value; /* borrowed */
    void *member;  /* objects: the next member */
    size_t index;  /* children written so far */
    bool repaired; /* arrays: a string in it was repaired */
};

/* A child of a container, or the whole. */
struct child {
    json_t *value; /* borrowed; NULL: there is none */
    bool repaired; /* it is a string that was repaired, or an array that holds one */
};

static int add_piece(const char *piece, size_t len, void *ctx)
{
    struct buf *out = ctx;

    return buf_add(out, piece, len) ? 0 : -1;
}

void json_dump_to(struct buf *out, const json_t *value, size_t flags)
{
    (void)json_dump_callback(value, add_piece, out, flags);
}

static void write_text(struct buf *out, struct span text, enum json_escape escape, bool repaired)
{
    if (repaired)
        write_unrepaired(out, text);
    else
        json_write_string(out, text, escape);
}

/* Writes a scalar, or the opening bracket of a container (then true). */
static bool write_begin(struct buf *out, const struct child *child, enum json_escape escape)
{
    const json_t *value = child->value;

    switch (json_typeof(value)) {
    case JSON_OBJECT:
        buf_add_char(out, '{');
        return true;
    case JSON_ARRAY:
        buf_add_char(out, '[');
        return true;
    case JSON_STRING:
        write_text(out, (struct span){json_string_value(value), json_string_length(value)}, escape,
                   child->repaired);
        return false;
    case JSON_INTEGER:
    case JSON_REAL:
        json_dump_to(out, value, JSON_ENCODE_ANY | JSON_COMPACT);
        return false;
    case JSON_TRUE:
        buf_add_text(out, "true");
        return false;
    case JSON_FALSE:
        buf_add_text(out, "false");
        return false;
    case JSON_NULL:
        buf_add_text(out, "null");
        return false;
    }
    return false;
}

/* The next member of an object; marks are passed over where they are not to be written. */
static void *next_member(const struct level *level, void *member, enum json_escape escape)
{
    while (member && escape == JSON_ESCAPE_REPAIRED &&
           json_is_repair_mark(json_object_iter_key(member), json_object_iter_value(member)))
        member = json_object_iter_next(level->value, member);
    return member;
}

/* The next child, its comma and key written. */
static struct child next_child(struct buf *out, struct level *level, enum json_escape escape)
{
    struct child child = {.repaired = level->repaired};
    const char *key = NULL;

    if (json_is_array(level->value)) {
        child.value = json_array_get(level->value, level->index);
    } else {
        level->member = next_member(level, level->member, escape);
        child.value = json_object_iter_value(level->member);
    }
    if (!child.value)
        return child;
    if (level->index > 0)
        buf_add_char(out, ',');
    level->index++;
    if (level->member) {
        key = json_object_iter_key(level->member);
        child.repaired = escape == JSON_ESCAPE_REPAIRED && json_was_repaired(level->value, key);
        write_text(out, span_of(key), escape, child.repaired);
        buf_add_char(out, ':');
        level->member = json_object_iter_next(level->value, level->member);
    }
    return child;
}

void json_write_value(struct buf *out, json_t *value, enum json_escape escape)
{
    struct level stack[JSON_MAX_DEPTH];
    struct child next = {.value = value};
    size_t depth = 0;

    while (next.value || depth > 0) {
        struct level *level;

        if (next.value && write_begin(out, &next, escape)) {
            assert(depth < JSON_MAX_DEPTH);
            stack[depth] = (struct level){.value = next.value,
                                          .member = json_object_iter(next.value),
                                          .repaired = next.repaired && json_is_array(next.value)};
            depth++;
        }
        if (depth == 0)
            return;
        level = &stack[depth - 1];
        next = next_child(out, level, escape);
        if (next.value)
            continue;
        buf_add_char(out, json_is_array(level->value) ? ']' : '}');
        depth--;
    }
}
