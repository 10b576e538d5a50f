#include "json/json_tape.h"

#include "base/mem.h"
#include "base/text.h"
#include "base/word.h"
#include "json/json.h"

#include <stdlib.h>

enum { FEW_KEYS = 24 };

/* A place in the text while it is read. */
struct cursor_in {
    struct tape *tape;
    const char *at;
    const char *end;
    uint32_t open[JSON_MAX_DEPTH];
    uint32_t depth;
    uint32_t key; /* of the member whose value comes */
    uint32_t key_len;
};

void tape_init(struct tape *tape)
{
    memset(tape, 0, sizeof *tape);
    buf_init(&tape->scratch, BUF_NO_LIMIT);
}

void tape_release(struct tape *tape)
{
    free(tape->values);
    tape->values = NULL;
    buf_release(&tape->scratch);
}

static enum tape_result broken(struct cursor_in *c, const char *why)
{
    c->tape->why = why;
    c->tape->fault_at = (size_t)(c->at - c->tape->text.data);
    return TAPE_BROKEN;
}

static const char COMMA_BEFORE[] = "a comma is before a closing bracket";
static const char COMMENTS[] = "comments are not JSON";

/* What is in the place of a key. */
static const char *why_no_key(char c)
{
    if (c == '}')
        return COMMA_BEFORE;
    if (c == '/')
        return COMMENTS;
    return c == '\\' ? "quotes are escaped although they are in no string"
                     : "a key is not in double quotes";
}

/* What is in the place of a value. */
static const char *why_no_value(char c)
{
    switch (c) {
    case '\0':
        return "a NUL byte";
    case ']':
        return COMMA_BEFORE;
    case '/':
        return COMMENTS;
    case 'N':
    case 'I':
        return "NaN and Infinity are not JSON";
    default:
        return "a value is not JSON";
    }
}

static bool skip_space(struct cursor_in *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t'))
        c->at++;
    return c->at < c->end;
}

/* Passes the bytes of a string that stand for themselves. */
static void pass_plain(struct cursor_in *c)
{
    uint64_t stop = 0;

    while (stop == 0 && c->end - c->at >= WORD_BYTES) {
        uint64_t word = word_load(c->at);

        stop = word_below(word, ' ') | word_is(word, '"') | word_is(word, '\\');
        c->at += stop == 0 ? WORD_BYTES : word_first(stop);
    }
    while (stop == 0 && c->at < c->end && (unsigned char)*c->at >= ' ' && *c->at != '"' &&
           *c->at != '\\')
        c->at++;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_simple_escape(char c)
{
    return c == 'n' || c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'r' ||
           c == 't';
}

/* Passes an escape; *is_nul for "\u0000". */
static enum tape_result pass_escape(struct cursor_in *c, bool *is_nul)
{
    if (c->end - c->at < 2)
        return TAPE_SHORT;
    if (c->at[1] != 'u') {
        if (!is_simple_escape(c->at[1]))
            return broken(c, "a string has an escape that JSON does not know");
        c->at += 2;
        return TAPE_WHOLE;
    }
    if (c->end - c->at < 6)
        return TAPE_SHORT;
    for (int i = 2; i < 6; i++) {
        if (!is_hex(c->at[i]))
            return broken(c, "a string has an escape that JSON does not know");
    }
    *is_nul = *is_nul || memcmp(c->at + 2, "0000", 4) == 0;
    c->at += 6;
    return TAPE_WHOLE;
}

/* From the opening quote to behind the closing one. */
static enum tape_result pass_string(struct cursor_in *c, bool *is_escaped, bool *has_nul)
{
    enum tape_result result = TAPE_WHOLE;

    *is_escaped = false;
    *has_nul = false;
    c->at++;
    while (result == TAPE_WHOLE) {
        pass_plain(c);
        if (c->at == c->end)
            return TAPE_SHORT;
        if (*c->at == '"')
            break;
        if (*c->at != '\\')
            return broken(c, *c->at == '\n' || *c->at == '\r' ? "a line ends inside of a string"
                                                              : "a string has a control character");
        *is_escaped = true;
        result = pass_escape(c, has_nul);
    }
    if (result == TAPE_WHOLE)
        c->at++;
    return result;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool pass_digits(struct cursor_in *c)
{
    const char *start = c->at;

    while (c->at < c->end && is_digit(*c->at))
        c->at++;
    return c->at > start;
}

/* At the end of the text a number may go on; so only a document's own end ends it there. */
static enum tape_result pass_number(struct cursor_in *c)
{
    static const char *const WHY = "a value is not JSON";
    const char *digits;

    c->at += *c->at == '-';
    digits = c->at;
    if (!pass_digits(c))
        return c->at == c->end ? TAPE_SHORT : broken(c, WHY);
    if (*digits == '0' && c->at - digits > 1)
        return broken(c, "a number begins with 0");
    if (c->at < c->end && *c->at == '.') {
        c->at++;
        if (!pass_digits(c))
            return c->at == c->end ? TAPE_SHORT : broken(c, WHY);
    }
    if (c->at < c->end && (*c->at == 'e' || *c->at == 'E')) {
        c->at++;
        if (c->at < c->end && (*c->at == '+' || *c->at == '-'))
            c->at++;
        if (!pass_digits(c))
            return c->at == c->end ? TAPE_SHORT : broken(c, WHY);
    }
    return TAPE_WHOLE;
}

static enum tape_result pass_word(struct cursor_in *c, const char *word)
{
    for (; *word; word++, c->at++) {
        if (c->at == c->end)
            return TAPE_SHORT;
        if (*c->at != *word)
            return broken(c, *c->at == '\0' ? "a NUL byte" : "a value is not JSON");
    }
    return TAPE_WHOLE;
}

static struct tape_value *push(struct cursor_in *c, enum tape_type type)
{
    struct tape *tape = c->tape;

    if (tape->count == tape->cap) {
        tape->cap = tape->cap ? 2 * tape->cap : 256;
        tape->values = mem_resize(tape->values, tape->cap, sizeof *tape->values);
    }
    struct tape_value *value = &tape->values[tape->count++];
    *value = (struct tape_value){
        .at = (uint32_t)(c->at - tape->text.data),
        .key = c->key,
        .key_len = c->key_len,
        .next = tape->count,
        .type = (uint8_t)type,
    };
    return value;
}

static enum tape_result take_scalar(struct cursor_in *c)
{
    enum tape_result result;
    struct tape_value *value;
    bool has_nul;

    switch (*c->at) {
    case '"':
        value = push(c, TAPE_STRING);
        result = pass_string(c, &value->is_escaped, &has_nul);
        break;
    case 't':
        value = push(c, TAPE_TRUE);
        result = pass_word(c, "true");
        break;
    case 'f':
        value = push(c, TAPE_FALSE);
        result = pass_word(c, "false");
        break;
    case 'n':
        value = push(c, TAPE_NULL);
        result = pass_word(c, "null");
        break;
    default:
        value = push(c, TAPE_NUMBER);
        result = pass_number(c);
        if (result == TAPE_BROKEN && c->tape->fault_at == value->at)
            c->tape->why = why_no_value(*c->at);
    }
    value->len = (uint32_t)(c->at - c->tape->text.data) - value->at;
    return result;
}

/* ---- keys that are twice ---- */

struct key {
    struct span text;
    size_t at; /* in scratch, where it was decoded; SIZE_MAX where it was not */
};

static int compare_keys(const void *left, const void *right)
{
    const struct key *a = left;
    const struct key *b = right;
    size_t len = a->text.len < b->text.len ? a->text.len : b->text.len;
    int order = memcmp(a->text.data, b->text.data, len);

    return order ? order : (a->text.len > b->text.len) - (a->text.len < b->text.len);
}

/* The keys as texts: decoded where one has escapes, for "\u0061" is "a". */
static struct key *collect_keys(struct tape *tape, uint32_t object, size_t count)
{
    struct key *keys = mem_zalloc(count, sizeof *keys);
    struct buf one;
    size_t n = 0;

    buf_init(&one, BUF_NO_LIMIT);
    buf_clear(&tape->scratch);
    for (uint32_t i = tape_first(tape, object); i != TAPE_NONE; i = tape_next(tape, object, i)) {
        struct span text = tape_key(tape, i, &one);

        keys[n] = (struct key){text, SIZE_MAX};
        if (text.data == one.data) {
            keys[n].at = tape->scratch.len;
            (void)buf_add_span(&tape->scratch, text);
        }
        n++;
    }
    for (size_t i = 0; i < count; i++) {
        if (keys[i].at != SIZE_MAX)
            keys[i].text.data = tape->scratch.data + keys[i].at;
    }
    buf_release(&one);
    return keys;
}

static bool has_twice_sorted(struct tape *tape, uint32_t object, size_t count)
{
    struct key *keys = collect_keys(tape, object, count);
    bool twice = false;

    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1; i < count && !twice; i++)
        twice = compare_keys(&keys[i - 1], &keys[i]) == 0;
    free(keys);
    return twice;
}

/* Few keys without escapes, which is nearly every object: each with those before it that have its
 * length and its last byte. */
static bool has_twice(struct tape *tape, uint32_t object)
{
    const char *text = tape->text.data;
    struct span few[FEW_KEYS];
    uint64_t seen = 0;
    size_t count = 0;
    bool is_plain = true;
    bool twice = false;

    for (uint32_t i = tape_first(tape, object); i != TAPE_NONE; i = tape_next(tape, object, i)) {
        struct span key = {text + tape->values[i].key, tape->values[i].key_len};
        unsigned last = key.len > 0 ? (unsigned char)key.data[key.len - 1] : 0;
        uint64_t bit = UINT64_C(1) << ((key.len * 7 + last) % 64);

        is_plain = is_plain && count < FEW_KEYS && !memchr(key.data, '\\', key.len);
        for (size_t k = 0; is_plain && (seen & bit) && k < count; k++)
            twice = twice || span_equal(few[k], key);
        seen |= bit;
        if (count < FEW_KEYS)
            few[count] = key;
        count++;
    }
    return is_plain ? twice : has_twice_sorted(tape, object, count);
}

/* ---- containers ---- */

static void close_container(struct cursor_in *c)
{
    struct tape *tape = c->tape;
    uint32_t at = c->open[--c->depth];
    struct tape_value *value = &tape->values[at];

    c->at++;
    value->next = tape->count;
    value->len = (uint32_t)(c->at - tape->text.data) - value->at;
    if (value->type != TAPE_OBJECT)
        return;
    if (!value->is_twice && value->next - at > 2)
        tape->values[at].is_twice = has_twice(tape, at);
    tape->has_twice = tape->has_twice || tape->values[at].is_twice;
}

/* The key and the colon behind it. */
static enum tape_result take_key(struct cursor_in *c)
{
    enum tape_result result;
    bool is_escaped;
    bool has_nul;

    if (!skip_space(c))
        return TAPE_SHORT;
    if (*c->at != '"')
        return broken(c, why_no_key(*c->at));
    c->key = (uint32_t)(c->at - c->tape->text.data) + 1;
    result = pass_string(c, &is_escaped, &has_nul);
    if (result != TAPE_WHOLE)
        return result;
    c->key_len = (uint32_t)(c->at - c->tape->text.data) - 1 - c->key;
    if (has_nul)
        c->tape->values[c->open[c->depth - 1]].is_twice = true;
    if (!skip_space(c))
        return TAPE_SHORT;
    if (*c->at != ':')
        return broken(c, "a key has no colon after it");
    c->at++;
    return skip_space(c) ? TAPE_WHOLE : TAPE_SHORT;
}

/* From behind a value to the start of the next one; depth 0 is the end. */
static enum tape_result go_on(struct cursor_in *c, bool is_first)
{
    while (c->depth > 0) {
        bool is_object = c->tape->values[c->open[c->depth - 1]].type == TAPE_OBJECT;

        if (!skip_space(c))
            return TAPE_SHORT;
        if (*c->at == (is_object ? '}' : ']')) {
            close_container(c);
            is_first = false;
            continue;
        }
        if (!is_first && *c->at != ',')
            return broken(c, *c->at == '\0'  ? "a NUL byte"
                             : *c->at == '/' ? COMMENTS
                                             : "a value is followed by no comma");
        c->at += !is_first;
        if (is_object)
            return take_key(c);
        c->key_len = 0;
        return skip_space(c) ? TAPE_WHOLE : TAPE_SHORT;
    }
    return TAPE_WHOLE;
}

static enum tape_result take_value(struct cursor_in *c)
{
    bool is_object = *c->at == '{';

    if (!is_object && *c->at != '[')
        return take_scalar(c);
    if (c->depth == JSON_MAX_DEPTH)
        return broken(c, "it is nested too deep");
    c->open[c->depth++] = c->tape->count;
    (void)push(c, is_object ? TAPE_OBJECT : TAPE_ARRAY);
    c->at++;
    return TAPE_WHOLE;
}

enum tape_result tape_read(struct tape *tape, struct span text, size_t *used)
{
    struct cursor_in c = {.tape = tape, .at = text.data, .end = text.data + text.len};
    enum tape_result result;

    tape->text = text;
    tape->count = 0;
    tape->has_twice = false;
    tape->why = NULL;
    if (text.len > TAPE_MAX_BYTES)
        return broken(&c, "it is too large");
    if (text.len == 0 || !skip_space(&c))
        return TAPE_SHORT;
    do {
        bool is_container = *c.at == '{' || *c.at == '[';

        result = take_value(&c);
        if (result == TAPE_WHOLE)
            result = go_on(&c, is_container);
    } while (result == TAPE_WHOLE && c.depth > 0);
    *used = (size_t)(c.at - text.data);
    return result;
}

/* ---- looking ---- */

uint32_t tape_first(const struct tape *tape, uint32_t container)
{
    const struct tape_value *value = &tape->values[container];
    bool is_container = value->type == TAPE_ARRAY || value->type == TAPE_OBJECT;

    return is_container && value->next > container + 1 ? container + 1 : TAPE_NONE;
}

uint32_t tape_next(const struct tape *tape, uint32_t container, uint32_t value)
{
    uint32_t next = tape->values[value].next;

    return next < tape->values[container].next ? next : TAPE_NONE;
}

struct span tape_raw(const struct tape *tape, uint32_t value)
{
    return (struct span){tape->text.data + tape->values[value].at, tape->values[value].len};
}

static uint32_t hex_of(const char *at)
{
    uint32_t code = 0;

    for (int i = 0; i < 4; i++) {
        char c = at[i];
        char base = c <= '9' ? '0' : c <= 'F' ? 'A' - 10 : 'a' - 10;

        code = code << 4 | (uint32_t)(c - base);
    }
    return code;
}

/* The code point of the escape at text[at], which is "\u…"; passes it, or both halves of one. */
static uint32_t take_code(struct span text, size_t *at)
{
    uint32_t code = hex_of(text.data + *at + 2);
    uint32_t low;

    *at += 6;
    if (code < 0xd800 || code >= 0xe000)
        return code;
    if (code >= 0xdc00 || text.len - *at < 6 || text.data[*at] != '\\' || text.data[*at + 1] != 'u')
        return 0xfffd;
    low = hex_of(text.data + *at + 2);
    if (low < 0xdc00 || low >= 0xe000)
        return 0xfffd;
    *at += 6;
    return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

static struct span decode(struct span text, struct buf *out)
{
    static const char NAMES[] = "bfnrt";
    static const char CODES[] = "\b\f\n\r\t";
    size_t at = 0;

    buf_clear(out);
    while (at < text.len) {
        const char *start = text.data + at;
        const char *escape = memchr(start, '\\', text.len - at);
        size_t len = escape ? (size_t)(escape - start) : text.len - at;

        (void)buf_add(out, start, len);
        at += len;
        if (!escape)
            break;
        if (text.data[at + 1] == 'u') {
            text_add_utf8(out, take_code(text, &at));
            continue;
        }
        const char *name = strchr(NAMES, text.data[at + 1]);
        (void)buf_add_char(out, name ? CODES[name - NAMES] : text.data[at + 1]);
        at += 2;
    }
    return buf_span(out);
}

struct span tape_text(const struct tape *tape, uint32_t value, struct buf *scratch)
{
    const struct tape_value *v = &tape->values[value];
    struct span text = {tape->text.data + v->at + 1, v->len - 2};

    if (v->type != TAPE_STRING)
        return (struct span){NULL, 0};
    return v->is_escaped ? decode(text, scratch) : text;
}

struct span tape_key(const struct tape *tape, uint32_t value, struct buf *scratch)
{
    struct span key = {tape->text.data + tape->values[value].key, tape->values[value].key_len};

    return memchr(key.data, '\\', key.len) ? decode(key, scratch) : key;
}
