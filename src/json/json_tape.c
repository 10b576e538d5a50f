#include "json/json_tape.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/word.h"
#include "json/json.h"

#include <limits.h>
#include <assert.h>
#include <stdlib.h>

enum { FIRST_VALUES = 256, FEW_KEYS = 24, VALUES_UNASKED = 1 << 16, REPLACEMENT = 0xfffd };

/* A place in the text while it is read. */
struct tape_reader {
    struct tape *tape;
    const char *at;
    const char *end;
    uint32_t open[JSON_MAX_DEPTH]; /* containers around the place */
    char closers[JSON_MAX_DEPTH];  /* their closing brackets */
    uint32_t depth;
    uint32_t key; /* of the member whose value comes */
    uint32_t key_len;
    uint8_t key_flags;
};

void tape_init(struct tape *tape)
{
    *tape = (struct tape){.cap = FIRST_VALUES};
    tape->values = mem_alloc(FIRST_VALUES * sizeof *tape->values);
}

void tape_release(struct tape *tape)
{
    free(tape->values);
    tape->values = NULL;
}

static enum tape_result broken(struct tape_reader *c, const char *why)
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
    case '.':
        return "three dots are in the place of a value";
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

/* False at the end of the text. Nearly always there is nothing to pass. */
static inline bool skip_space(struct tape_reader *c)
{
    while (c->at < c->end && (unsigned char)*c->at <= ' ' && ascii_is_space(*c->at))
        c->at++;
    return c->at < c->end;
}

/* Passes the bytes of a string that stand for themselves; notes those beyond ASCII. */
static void pass_plain(struct tape_reader *c, uint8_t *flags)
{
    uint64_t stop = 0;
    uint64_t wide = 0;

    while (stop == 0 && c->end - c->at >= WORD_BYTES) {
        uint64_t word = word_load(c->at);

        stop = word_below(word, ' ') | word_is(word, '"') | word_is(word, '\\');
        wide |= word_wide(word); /* perhaps of what follows: then tape_decode() looks in vain */
        c->at += stop == 0 ? WORD_BYTES : word_first(stop);
    }
    for (; stop == 0 && c->at < c->end; c->at++) {
        unsigned char byte = (unsigned char)*c->at;

        if (byte < ' ' || byte == '"' || byte == '\\')
            break;
        wide |= byte & 0x80;
    }
    if (wide != 0)
        *flags |= TAPE_WIDE;
}

/* What the letter after a backslash stands for. */
static const char ESCAPES[UCHAR_MAX + 1] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

static enum tape_result pass_escape(struct tape_reader *c)
{
    const int len = c->end - c->at > 1 && c->at[1] == 'u' ? 6 : 2;
    bool is_known = true;

    if (c->end - c->at < len)
        return TAPE_SHORT;
    if (len == 2)
        is_known = ESCAPES[(unsigned char)c->at[1]] != '\0';
    for (int i = 2; i < len; i++)
        is_known = is_known && ascii_hex_value(c->at[i]) >= 0;
    if (!is_known)
        return broken(c, "a string has an escape that JSON does not know");
    c->at += len;
    return TAPE_WHOLE;
}

/* Why a string may not hold this byte. */
static const char *control_trouble(char byte)
{
    if (byte == '\0')
        return "a NUL byte";
    return byte == '\n' || byte == '\r' ? "a line ends inside of a string"
                                        : "a string has a control character";
}

/* From the opening quote to behind the closing one. */
static enum tape_result pass_string(struct tape_reader *c, uint8_t *flags)
{
    enum tape_result result = TAPE_WHOLE;

    *flags = 0;
    c->at++;
    while (result == TAPE_WHOLE) {
        pass_plain(c, flags);
        if (c->at == c->end)
            return TAPE_SHORT;
        if (*c->at == '"')
            break;
        if (*c->at != '\\')
            return broken(c, control_trouble(*c->at));
        *flags |= TAPE_ESCAPED;
        if (c->end - c->at > 1 && ESCAPES[(unsigned char)c->at[1]])
            c->at += 2;
        else
            result = pass_escape(c);
    }
    if (result == TAPE_WHOLE)
        c->at++;
    return result;
}

static bool pass_digits(struct tape_reader *c)
{
    const char *start = c->at;

    while (c->at < c->end && ascii_is_digit(*c->at))
        c->at++;
    return c->at > start;
}

/* At the end of the text a number may go on; so only a document's own end ends it there. */
static enum tape_result pass_number(struct tape_reader *c)
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

static enum tape_result pass_word(struct tape_reader *c, const char *word)
{
    for (; *word; word++, c->at++) {
        if (c->at == c->end)
            return TAPE_SHORT;
        if (*c->at != *word)
            return broken(c, *c->at == '\0' ? "a NUL byte" : "a value is not JSON");
    }
    return TAPE_WHOLE;
}

static inline struct tape_value *push(struct tape_reader *c, enum tape_type type)
{
    struct tape *tape = c->tape;

    if (tape->count == tape->cap)
        tape->values = mem_grow(tape->values, tape->count, &tape->cap, sizeof *tape->values);
    struct tape_value *value = &tape->values[tape->count++];
    *value = (struct tape_value){
        .at = (uint32_t)(c->at - tape->text.data),
        .key = c->key,
        .key_len = c->key_len,
        .key_flags = c->key_flags,
        .next = (uint32_t)tape->count,
        .type = (uint8_t)type,
    };
    return value;
}

static enum tape_result take_scalar(struct tape_reader *c)
{
    enum tape_result result;
    struct tape_value *value;

    switch (*c->at) {
    case '"':
        value = push(c, TAPE_STRING);
        result = pass_string(c, &value->flags);
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

/* ---- containers ---- */

static void close_container(struct tape_reader *c)
{
    struct tape *tape = c->tape;
    struct tape_value *value = &tape->values[c->open[--c->depth]];

    c->at++;
    value->next = (uint32_t)tape->count;
    value->len = (uint32_t)(c->at - tape->text.data) - value->at;
}

/* The key and the colon behind it. */
static enum tape_result take_key(struct tape_reader *c)
{
    enum tape_result result;

    if (!skip_space(c))
        return TAPE_SHORT;
    if (*c->at != '"')
        return broken(c, why_no_key(*c->at));
    c->key = (uint32_t)(c->at - c->tape->text.data) + 1;
    result = pass_string(c, &c->key_flags);
    if (result != TAPE_WHOLE)
        return result;
    c->key_len = (uint32_t)(c->at - c->tape->text.data) - 1 - c->key;
    if (!skip_space(c))
        return TAPE_SHORT;
    if (*c->at != ':')
        return broken(c, "a key has no colon after it");
    c->at++;
    return skip_space(c) ? TAPE_WHOLE : TAPE_SHORT;
}

/* From behind a value to the start of the next one; depth 0 is the end. */
static enum tape_result go_on(struct tape_reader *c, bool is_first)
{
    while (c->depth > 0) {
        const char closer = c->closers[c->depth - 1];

        if (!skip_space(c))
            return TAPE_SHORT;
        if (*c->at == closer) {
            close_container(c);
            is_first = false;
            continue;
        }
        if (!is_first && *c->at != ',')
            return broken(c, *c->at == '\0'  ? "a NUL byte"
                             : *c->at == '/' ? COMMENTS
                                             : "a value is followed by no comma");
        c->at += !is_first;
        if (closer == '}')
            return take_key(c);
        c->key_len = 0;
        return skip_space(c) ? TAPE_WHOLE : TAPE_SHORT;
    }
    return TAPE_WHOLE;
}

static enum tape_result take_value(struct tape_reader *c)
{
    bool is_object = *c->at == '{';

    if (!is_object && *c->at != '[')
        return take_scalar(c);
    if (c->depth == JSON_MAX_DEPTH)
        return broken(c, "it is nested too deeply");
    c->open[c->depth] = (uint32_t)c->tape->count;
    c->closers[c->depth++] = is_object ? '}' : ']';
    (void)push(c, is_object ? TAPE_OBJECT : TAPE_ARRAY);
    c->at++;
    return TAPE_WHOLE;
}

enum tape_result tape_read(struct tape *tape, struct span text, size_t *used)
{
    struct tape_reader c;
    enum tape_result result;

    c.tape = tape;
    c.at = text.data;
    c.end = text.data + text.len;
    c.depth = 0;
    c.key_len = 0;
    tape->text = text;
    tape->count = 0;
    tape->why = NULL;
    if (text.len > TAPE_MAX_BYTES)
        return broken(&c, "it is too large");
    if (text.len == 0 || !skip_space(&c))
        return TAPE_SHORT;
    do {
        bool is_container = *c.at == '{' || *c.at == '[';

        if (tape->count % VALUES_UNASKED == 0 && tape->stops && tape->stops())
            return broken(&c, "interrupted");
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
    return tape->values[container].next > container + 1 ? container + 1 : TAPE_NONE;
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

/* ---- texts ---- */

static void advance(struct span *text, size_t len)
{
    text->data += len;
    text->len -= len;
}

static uint32_t hex_of(const char *at)
{
    uint32_t code = 0;

    for (int i = 0; i < 4; i++)
        code = code << 4 | (uint32_t)ascii_hex_value(at[i]);
    return code;
}

/* Passes the escape "\u…" that the text begins with, or both halves of a pair; the code point. */
static uint32_t take_code(struct span *text, bool *is_repaired)
{
    uint32_t code = hex_of(text->data + 2);
    uint32_t low = 0;

    advance(text, 6);
    if (code < 0xd800 || code >= 0xe000)
        return code;
    if (code < 0xdc00 && text->len >= 6 && text->data[0] == '\\' && text->data[1] == 'u')
        low = hex_of(text->data + 2);
    if (low < 0xdc00 || low >= 0xe000) {
        *is_repaired = true;
        return REPLACEMENT;
    }
    advance(text, 6);
    return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

static void add_repaired(struct buf *out, struct span text, bool *is_repaired)
{
    for (;;) {
        size_t len = text_utf8_valid_prefix(text);

        buf_add(out, text.data, len);
        advance(&text, len);
        if (text.len == 0)
            return;
        text_add_utf8(out, REPLACEMENT);
        *is_repaired = true;
        advance(&text, text_utf8_invalid_prefix(text));
    }
}

/* Text up to the next backslash, copied while it is looked for: in many texts it is near. */
static void add_to_escape(struct buf *out, struct span *rest)
{
    uint64_t stops = 0;
    size_t len = 0;

    if (!buf_reserve(out, rest->len)) {
        rest->len = 0;
        return;
    }
    char *to = out->data + out->len;
    while (stops == 0 && rest->len - len >= WORD_BYTES) {
        memcpy(to + len, rest->data + len, WORD_BYTES);
        stops = word_is(word_load(rest->data + len), '\\');
        len += stops != 0 ? word_first(stops) : WORD_BYTES;
    }
    for (; stops == 0 && len < rest->len && rest->data[len] != '\\'; len++)
        to[len] = rest->data[len];
    out->len += len;
    out->data[out->len] = '\0';
    advance(rest, len);
}

struct span tape_decode_special(struct span text, unsigned flags, struct buf *scratch,
                                bool *is_repaired)
{
    if (flags == TAPE_WIDE && text_utf8_valid_prefix(text) == text.len)
        return text;
    buf_clear(scratch);
    while (text.len > 0) {
        if (flags & TAPE_WIDE) {
            const char *escape = memchr(text.data, '\\', text.len);
            struct span plain = {text.data, escape ? (size_t)(escape - text.data) : text.len};

            add_repaired(scratch, plain, is_repaired);
            advance(&text, plain.len);
        } else {
            add_to_escape(scratch, &text);
        }
        if (text.len == 0)
            break;
        if (text.data[1] == 'u') {
            text_add_utf8(scratch, take_code(&text, is_repaired));
            continue;
        }
        buf_add_char(scratch, ESCAPES[(unsigned char)text.data[1]]);
        advance(&text, 2);
    }
    return buf_span(scratch);
}

struct span tape_text(const struct tape *tape, uint32_t value, struct buf *scratch)
{
    bool ignored;

    return tape_decode(tape_raw_text(tape, value), tape->values[value].flags & TAPE_ESCAPED,
                       scratch, &ignored);
}

struct span tape_key(const struct tape *tape, uint32_t value, struct buf *scratch)
{
    bool ignored;

    return tape_decode(tape_raw_key(tape, value), tape->values[value].key_flags & TAPE_ESCAPED,
                       scratch, &ignored);
}

/* ---- keys that are twice ---- */

static int compare_keys(const void *left, const void *right)
{
    const struct span *a = left;
    const struct span *b = right;
    int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

    return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* Keys as texts, sorted: with escapes, for "\u0061" is "a", or many. */
static bool has_twice_sorted(const struct tape *tape, uint32_t object, size_t count)
{
    struct span *keys = mem_zalloc(count, sizeof *keys);
    struct arena arena;
    struct buf scratch;
    bool twice = false;
    size_t n = 0;

    arena_init(&arena);
    buf_init(&scratch, BUF_NO_LIMIT);
    for (uint32_t i = tape_first(tape, object); i != TAPE_NONE; i = tape_next(tape, object, i)) {
        struct span key = tape_key(tape, i, &scratch);

        if (key.data == scratch.data)
            key.data = arena_dup(&arena, key.data, key.len);
        twice = twice || memchr(key.data, '\0', key.len);
        keys[n++] = key;
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1; i < count && !twice; i++)
        twice = span_equal(keys[i - 1], keys[i]);
    buf_release(&scratch);
    arena_release(&arena);
    free(keys);
    return twice;
}

/* Few keys without escapes, which is nearly every object: each with those before it that have its
 * length and its last byte. */
bool tape_object_has_twice(const struct tape *tape, uint32_t object)
{
    struct span few[FEW_KEYS];
    uint64_t seen = 0;
    size_t count = 0;
    bool is_plain = true;
    bool twice = false;

    assert(tape->text.data);
    for (uint32_t i = tape_first(tape, object); i != TAPE_NONE; i = tape_next(tape, object, i)) {
        struct span key = tape_raw_key(tape, i);
        unsigned last = key.len > 0 ? (unsigned char)key.data[key.len - 1] : 0;
        uint64_t bit = UINT64_C(1) << ((key.len * 7 + last) % 64);

        is_plain = is_plain && count < FEW_KEYS && !(tape->values[i].key_flags & TAPE_ESCAPED);
        for (size_t k = 0; is_plain && (seen & bit) && k < count; k++)
            twice = twice || span_equal(few[k], key);
        seen |= bit;
        if (count < FEW_KEYS)
            few[count] = key;
        count++;
    }
    return is_plain ? twice : has_twice_sorted(tape, object, count);
}

bool tape_has_twice(const struct tape *tape, uint32_t value)
{
    for (uint32_t i = value; i < tape->values[value].next; i++) {
        if (tape_type(tape, i) == TAPE_OBJECT && tape_object_has_twice(tape, i))
            return true;
    }
    return false;
}
