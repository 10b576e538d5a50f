#include "json/json_repair.h"

#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

enum {
    MARKER_FIRST = 0xFDD0, /* the block of 32 noncharacters U+FDD0..U+FDEF */
    MARKER_COUNT = 32,
    REPLACEMENT = 0xFFFD,
    MARKER_LEN = 3,  /* in UTF-8, the same as the replacement's: strings keep their length */
    ESCAPE_LEN = 6,  /* \uXXXX */
    ESCAPE_DATA = 2, /* offset of the hex digits */
};

enum piece {
    PIECE_PLAIN, /* carried as it is */
    PIECE_BAD,   /* becomes one marker */
    PIECE_END,   /* the closing quote */
};

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The code unit of a \uXXXX escape at the start of rest, or -1. */
static int32_t escape_unit(struct span rest)
{
    int32_t unit = 0;

    if (rest.len < ESCAPE_LEN || rest.data[0] != '\\' || rest.data[1] != 'u')
        return -1;
    for (size_t i = ESCAPE_DATA; i < ESCAPE_LEN; i++) {
        int digit = hex_value(rest.data[i]);

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high(int32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(int32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

static enum piece escape_piece(struct span rest, size_t *len)
{
    int32_t unit = escape_unit(rest);

    if (unit < 0) {
        /* The escaped byte may be a quote, so it goes along; a byte of UTF-8 is looked at alone. */
        *len = rest.len > 1 && (unsigned char)rest.data[1] < 0x80 ? 2 : 1;
        return PIECE_PLAIN;
    }
    *len = ESCAPE_LEN;
    if (is_low(unit))
        return PIECE_BAD;
    if (!is_high(unit))
        return PIECE_PLAIN;
    if (!is_low(escape_unit((struct span){rest.data + ESCAPE_LEN, rest.len - ESCAPE_LEN})))
        return PIECE_BAD;
    *len = 2 * (size_t)ESCAPE_LEN;
    return PIECE_PLAIN;
}

/* Length of the maximal subpart of an ill-formed sequence at the start of rest, at least 1. */
static size_t bad_length(struct span rest)
{
    const unsigned char *s = (const unsigned char *)rest.data;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    size_t wanted = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    size_t len = 1;

    if (s[0] < 0xC2 || s[0] > 0xF4)
        return 1;
    if (s[0] == 0xE0)
        low = 0xA0;
    if (s[0] == 0xED)
        high = 0x9F;
    if (s[0] == 0xF0)
        low = 0x90;
    if (s[0] == 0xF4)
        high = 0x8F;
    while (len < wanted && len < rest.len && s[len] >= low && s[len] <= high) {
        low = 0x80;
        high = 0xBF;
        len++;
    }
    return len;
}

static size_t ascii_run(struct span rest)
{
    size_t len = 0;

    while (len < rest.len) {
        unsigned char c = (unsigned char)rest.data[len];

        if (c >= 0x80 || c == '"' || c == '\\')
            break;
        len++;
    }
    return len;
}

/* What stands at the start of rest, which is inside of a string and not empty. */
static enum piece next_piece(struct span rest, size_t *len)
{
    uint32_t code;

    if (rest.data[0] == '"') {
        *len = 1;
        return PIECE_END;
    }
    if (rest.data[0] == '\\')
        return escape_piece(rest, len);
    *len = ascii_run(rest);
    if (*len > 0)
        return PIECE_PLAIN;
    *len = text_utf8_next(rest, &code);
    if (*len > 0)
        return PIECE_PLAIN;
    *len = bad_length(rest);
    return PIECE_BAD;
}

static struct span span_after(struct span text, size_t at)
{
    return (struct span){text.data + at, text.len - at};
}

/* Reads the string whose opening quote is at `at`; returns the place behind it. */
static size_t scan_string(struct span text, size_t at, bool *damaged)
{
    at++;
    while (at < text.len) {
        size_t len;
        enum piece piece = next_piece(span_after(text, at), &len);

        at += len;
        if (piece == PIECE_END)
            break;
        if (piece == PIECE_BAD)
            *damaged = true;
    }
    return at;
}

struct json_survey json_survey(struct span text)
{
    struct json_survey survey = {.damaged = false};
    size_t depth = 0;
    size_t at = 0;

    while (at < text.len) {
        char c = text.data[at];

        if (c == '"') {
            at = scan_string(text, at, &survey.damaged);
            continue;
        }
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth > 0)
            depth--;
        if (depth > JSON_MAX_DEPTH) {
            survey.deep = true;
            survey.deep_offset = at;
            return survey;
        }
        at++;
    }
    return survey;
}

uint32_t json_repair_marker(struct span text)
{
    uint32_t used = 0;

    for (size_t at = 0; at < text.len; at++) {
        struct span rest = span_after(text, at);
        uint32_t code = 0;

        if (rest.data[0] == '\\') {
            int32_t unit = escape_unit(rest);

            code = unit < 0 ? 0 : (uint32_t)unit;
        } else if ((unsigned char)rest.data[0] == 0xEF) {
            (void)text_utf8_next(rest, &code);
        }
        if (code >= MARKER_FIRST && code < MARKER_FIRST + MARKER_COUNT)
            used |= UINT32_C(1) << (code - MARKER_FIRST);
    }
    for (uint32_t i = 0; i < MARKER_COUNT; i++) {
        if (!(used & UINT32_C(1) << i))
            return MARKER_FIRST + i;
    }
    return 0;
}

size_t json_repair_text(struct buf *out, struct span text, uint32_t marker, size_t stop)
{
    bool in_string = false;
    size_t at = 0;

    while (at < text.len && out->len < stop) {
        enum piece piece = PIECE_PLAIN;
        size_t len = 1;

        if (in_string) {
            piece = next_piece(span_after(text, at), &len);
            in_string = piece != PIECE_END;
        } else {
            in_string = text.data[at] == '"';
        }
        if (piece == PIECE_BAD)
            text_add_utf8(out, marker);
        else
            buf_add(out, text.data + at, len);
        at += len;
    }
    return at;
}

struct repair {
    char marker[MARKER_LEN];
    struct frame *stack; /* containers still to be looked at */
    size_t count;
    size_t cap;
    struct member *members; /* that hold arrays */
    size_t member_count;
    size_t member_cap;
};

/* A member is marked once, however many repaired texts are in it: its key may be long. */
struct member {
    json_t *owner; /* borrowed, like the rest */
    const char *key;
    bool is_marked;
};

enum { NO_MEMBER = -1 };

struct frame {
    json_t *container;
    ptrdiff_t member; /* arrays: the one that holds them, perhaps in other arrays */
};

static void push(struct repair *repair, json_t *value, ptrdiff_t member)
{
    if (!json_is_object(value) && !json_is_array(value))
        return;
    if (repair->count == repair->cap) {
        repair->cap = repair->cap ? repair->cap * 2 : 32;
        repair->stack = mem_resize(repair->stack, repair->cap, sizeof *repair->stack);
    }
    repair->stack[repair->count] = (struct frame){value, member};
    repair->count++;
}

static ptrdiff_t add_member(struct repair *repair, json_t *owner, const char *key)
{
    if (repair->member_count == repair->member_cap) {
        repair->member_cap = repair->member_cap ? repair->member_cap * 2 : 32;
        repair->members = mem_resize(repair->members, repair->member_cap, sizeof *repair->members);
    }
    repair->members[repair->member_count] = (struct member){.owner = owner, .key = key};
    return (ptrdiff_t)repair->member_count++;
}

static bool has_marker(const struct repair *repair, const char *text, size_t len)
{
    return memmem(text, len, repair->marker, MARKER_LEN) != NULL;
}

/* New copy with replacement characters. */
static char *without_marker(const struct repair *repair, const char *text, size_t len)
{
    char *copy = mem_dup(text, len);
    char *at = copy;

    while ((at = memmem(at, len - (size_t)(at - copy), repair->marker, MARKER_LEN)))
        memcpy(at, "\xEF\xBF\xBD", MARKER_LEN);
    return copy;
}

/* Repairs value where it is a string that needs it; returns whether it was. */
static bool repair_string(const struct repair *repair, json_t *value)
{
    size_t len = json_string_length(value);
    char *fixed;

    if (!json_is_string(value) || !has_marker(repair, json_string_value(value), len))
        return false;
    fixed = without_marker(repair, json_string_value(value), len);
    json_string_setn_nocheck(value, fixed, len);
    free(fixed);
    return true;
}

/* Marks the member of that name in an object as repaired. */
static void mark(json_t *object, const char *key)
{
    char *name = mem_printf("%s%s", JSON_REPAIRED_PREFIX, key);

    json_object_set_new_nocheck(object, name, json_true());
    free(name);
}

/* Moves one member into fresh, repaired; false where its key is there already. */
static bool repair_member(const struct repair *repair, json_t *fresh, const char *key,
                          json_t *value)
{
    char *name = without_marker(repair, key, strlen(key));
    bool touched = has_marker(repair, key, strlen(key));
    bool is_new = json_object_get(fresh, name) == NULL;

    if (repair_string(repair, value))
        touched = true;
    json_object_set_nocheck(fresh, name, value);
    if (touched)
        mark(fresh, name);
    free(name);
    return is_new;
}

/* Members keep their order, each mark follows its member. */
static bool repair_object(const struct repair *repair, json_t *object)
{
    json_t *fresh = json_object();
    bool unique = true;
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        if (!repair_member(repair, fresh, key, value))
            unique = false;
    }
    json_object_clear(object);
    json_object_update(object, fresh);
    json_decref(fresh);
    return unique;
}

static bool object_has_marker(const struct repair *repair, json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        if (has_marker(repair, key, strlen(key)))
            return true;
        if (json_is_string(value) &&
            has_marker(repair, json_string_value(value), json_string_length(value)))
            return true;
    }
    return false;
}

static bool visit_object(struct repair *repair, json_t *object)
{
    const char *key;
    json_t *value;

    if (object_has_marker(repair, object) && !repair_object(repair, object))
        return false;
    json_object_foreach(object, key, value)
    {
        push(repair, value, json_is_array(value) ? add_member(repair, object, key) : NO_MEMBER);
    }
    return true;
}

static void mark_member(struct repair *repair, ptrdiff_t at)
{
    if (at == NO_MEMBER || repair->members[at].is_marked)
        return;
    mark(repair->members[at].owner, repair->members[at].key);
    repair->members[at].is_marked = true;
}

static void visit_array(struct repair *repair, const struct frame *frame)
{
    size_t i;
    json_t *value;

    json_array_foreach(frame->container, i, value)
    {
        if (repair_string(repair, value))
            mark_member(repair, frame->member);
        push(repair, value, frame->member);
    }
}

bool json_repair_tree(json_t *root, uint32_t marker)
{
    struct repair repair = {.marker = {(char)0xEF, (char)0xB7, (char)(0x80 + (marker & 0x3F))}};
    bool unique = true;

    (void)repair_string(&repair, root);
    push(&repair, root, NO_MEMBER);
    while (repair.count > 0 && unique) {
        struct frame frame;

        repair.count--;
        frame = repair.stack[repair.count];
        if (json_is_object(frame.container))
            unique = visit_object(&repair, frame.container);
        else
            visit_array(&repair, &frame);
    }
    free(repair.members);
    free(repair.stack);
    return unique;
}
