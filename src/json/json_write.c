#include "json/json.h"

#include "base/text.h"

#include <assert.h>
#include <string.h>

static const char REPLACEMENT[] = "\xEF\xBF\xBD";

/* By its first byte, which most texts do not hold: memchr() is quicker than memmem(). */
static const char *find_replacement(struct span text)
{
    while (text.len > 0) {
        const char *at = memchr(text.data, (unsigned char)REPLACEMENT[0], text.len);

        if (!at)
            return NULL;
        text = span_skip(text, (size_t)(at - text.data));
        if (span_starts_with(text, REPLACEMENT))
            return at;
        text = span_skip(text, 1);
    }
    return NULL;
}

bool json_holds_replacement(struct span text)
{
    return find_replacement(text) != NULL;
}

/* With is_repaired U+FFFD is written as what json_read() repairs again. */
static void write_text(struct buf *out, struct span text, enum json_escape escape, bool is_repaired)
{
    const unsigned flags =
        TEXT_JSON_NAMED | (escape == JSON_ESCAPE_HOSTILE ? (unsigned)TEXT_JSON_VISIBLE : 0);
    const char *found = is_repaired ? find_replacement(text) : NULL;

    buf_add_char(out, '"');
    for (; found; found = find_replacement(text)) {
        const size_t len = (size_t)(found - text.data);

        text_add_json_as(out, (struct span){text.data, len}, flags);
        buf_add_text(out, "\\ud800");
        text.data += len + strlen(REPLACEMENT);
        text.len -= len + strlen(REPLACEMENT);
    }
    text_add_json_as(out, text, flags);
    buf_add_char(out, '"');
}

void json_write_string(struct buf *out, struct span text, enum json_escape escape)
{
    write_text(out, text, escape, false);
}

void json_write_member(struct buf *out, const char *key, struct span text)
{
    buf_printf(out, "\"%s\":", key);
    if (text.len > 0)
        json_write_string(out, text, JSON_ESCAPE_HOSTILE);
    else
        buf_add_text(out, "null");
}

/* A container that is being written. */
struct open_level {
    json_t *value; /* borrowed */
    void *member;  /* objects: the next member */
    size_t index;  /* children written so far */
    bool repaired; /* arrays: a string in it was repaired */
};

/* A child of a container, or the whole. */
struct written {
    json_t *value; /* borrowed; NULL: there is none */
    bool repaired; /* it is a string that was repaired, or an array that holds one */
};

static int add_piece(const char *piece, size_t len, void *ctx)
{
    buf_add(ctx, piece, len);
    return 0;
}

void json_dump_to(struct buf *out, const json_t *value, size_t flags)
{
    (void)json_dump_callback(value, add_piece, out, flags);
}

/* Writes a scalar, or the opening bracket of a container (then true). */
static bool write_begin(struct buf *out, const struct written *child, enum json_escape escape)
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
static void *next_member(const struct open_level *level, void *member, enum json_escape escape)
{
    while (member && escape == JSON_ESCAPE_REPAIRED &&
           json_is_repair_mark(json_object_iter_key(member), json_object_iter_value(member)))
        member = json_object_iter_next(level->value, member);
    return member;
}

/* The next child, its comma and key written. */
static struct written next_child(struct buf *out, struct open_level *level, enum json_escape escape)
{
    struct written child = {.repaired = level->repaired};
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
    struct open_level stack[JSON_MAX_DEPTH];
    struct written next = {.value = value};
    size_t depth = 0;

    while (next.value || depth > 0) {
        struct open_level *level;

        if (next.value && write_begin(out, &next, escape)) {
            assert(depth < JSON_MAX_DEPTH);
            stack[depth] =
                (struct open_level){.value = next.value,
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
