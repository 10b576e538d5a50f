#include "json/json_quick.h"

#include "base/text.h"
#include "base/word.h"
#include "json/json.h"

#include <stdint.h>

struct quick {
    const char *at;
    const char *end;
    json_t *open[JSON_MAX_DEPTH]; /* containers around the place, borrowed; NULL: not built */
    char closers[JSON_MAX_DEPTH]; /* their closing brackets */
    size_t depth;
    size_t levels;       /* containers further in are read, but not built */
    struct span key;     /* of the member whose value comes */
    struct buf key_text; /* keys and texts with their escapes resolved */
    struct buf text;
};

/* Passes the bytes of a string that stand for themselves; notes bytes beyond ASCII. */
static void pass_plain(struct quick *q, bool *is_wide)
{
    uint64_t wide = 0;
    uint64_t stop = 0;

    while (stop == 0 && q->end - q->at >= WORD_BYTES) {
        uint64_t word = word_load(q->at);

        stop = word_below(word, ' ') | word_is(word, '"') | word_is(word, '\\');
        wide |= word_wide(word); /* also of what follows the string: it is checked once more then */
        q->at += stop == 0 ? WORD_BYTES : word_first(stop);
    }
    for (; stop == 0 && q->at < q->end; q->at++) {
        unsigned char c = (unsigned char)*q->at;

        if (c < ' ' || c == '"' || c == '\\')
            break;
        wide |= c & 0x80;
    }
    *is_wide = *is_wide || wide != 0;
}

static bool take_hex(struct quick *q, uint32_t *code)
{
    *code = 0;
    if (q->end - q->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = *q->at++;

        *code <<= 4;
        if (c >= '0' && c <= '9')
            *code |= (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            *code |= (uint32_t)(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            *code |= (uint32_t)(c - 'A' + 10);
        else
            return false;
    }
    return true;
}

/* Behind "\u": a code point, or the two halves of one. */
static bool take_code(struct quick *q, struct buf *out)
{
    uint32_t code;
    uint32_t low;

    if (!take_hex(q, &code))
        return false;
    if (code >= 0xd800 && code < 0xe000) {
        if (code >= 0xdc00 || q->end - q->at < 2 || q->at[0] != '\\' || q->at[1] != 'u')
            return false;
        q->at += 2;
        if (!take_hex(q, &low) || low < 0xdc00 || low >= 0xe000)
            return false;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    text_add_utf8(out, code);
    return true;
}

static const char ESCAPES[128] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

static bool take_escape(struct quick *q, struct buf *out)
{
    q->at++;
    if (q->at == q->end)
        return false;
    unsigned char c = (unsigned char)*q->at++;
    if (c == 'u')
        return take_code(q, out);
    return c < sizeof ESCAPES && ESCAPES[c] && buf_add_char(out, ESCAPES[c]);
}

/* The text of the string at the place: borrowed from the document, or in scratch. */
static bool take_text(struct quick *q, struct buf *scratch, struct span *text)
{
    bool is_wide = false;
    bool is_copy = false;

    q->at++;
    for (;;) {
        const char *start = q->at;

        pass_plain(q, &is_wide);
        if (q->at == q->end || (unsigned char)*q->at < ' ')
            return false;
        *text = (struct span){start, (size_t)(q->at - start)};
        if (*q->at == '"' && !is_copy)
            break;
        if (!is_copy)
            buf_clear(scratch);
        is_copy = true;
        (void)buf_add_span(scratch, *text);
        *text = buf_span(scratch);
        if (*q->at == '"')
            break;
        if (!take_escape(q, scratch))
            return false;
    }
    q->at++;
    return !is_wide || text_utf8_valid_prefix(*text) == text->len;
}

static bool skip_space(struct quick *q)
{
    while (q->at < q->end && (*q->at == ' ' || *q->at == '\n' || *q->at == '\r' || *q->at == '\t'))
        q->at++;
    return q->at < q->end;
}

static json_t *take_word(struct quick *q, const char *word, json_t *value)
{
    size_t len = strlen(word);

    if ((size_t)(q->end - q->at) < len || memcmp(q->at, word, len) != 0)
        return NULL;
    q->at += len;
    return value;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool pass_digits(struct quick *q)
{
    const char *start = q->at;

    while (q->at < q->end && is_digit(*q->at))
        q->at++;
    return q->at > start;
}

/* A number that no type of C holds is kept as the text that it is. */
static json_t *keep_number(const struct quick *q, const char *start)
{
    return json_stringn_nocheck(start, (size_t)(q->at - start));
}

/* From behind the digits before a fraction or exponent. jansson reads it, so that it is the very
 * same one. */
static json_t *take_real(struct quick *q, const char *start)
{
    json_error_t ignored;
    json_t *real;

    if (*q->at == '.') {
        q->at++;
        if (!pass_digits(q))
            return NULL;
    }
    if (q->at < q->end && (*q->at == 'e' || *q->at == 'E')) {
        q->at++;
        if (q->at < q->end && (*q->at == '+' || *q->at == '-'))
            q->at++;
        if (!pass_digits(q))
            return NULL;
    }
    real = json_loadb(start, (size_t)(q->at - start), JSON_DECODE_ANY, &ignored);
    return real ? real : keep_number(q, start);
}

static json_t *take_number(struct quick *q)
{
    const char *start = q->at;
    const char *digits = start + (*start == '-');
    int64_t number;

    q->at = digits;
    if (!pass_digits(q) || (q->at - digits > 1 && *digits == '0'))
        return NULL;
    if (q->at < q->end && (*q->at == '.' || *q->at == 'e' || *q->at == 'E'))
        return take_real(q, start);
    if (!text_to_int((struct span){start, (size_t)(q->at - start)}, &number))
        return keep_number(q, start);
    return json_integer(number);
}

static json_t *take_string(struct quick *q)
{
    struct span text;

    return take_text(q, &q->text, &text) ? json_stringn_nocheck(text.data, text.len) : NULL;
}

/* The value at the place, which is no container. New. */
static json_t *take_scalar(struct quick *q)
{
    switch (*q->at) {
    case '"':
        return take_string(q);
    case 't':
        return take_word(q, "true", json_true());
    case 'f':
        return take_word(q, "false", json_false());
    case 'n':
        return take_word(q, "null", json_null());
    default:
        return take_number(q);
    }
}

/* The key and the colon behind it. Keys with NUL are jansson's to refuse. */
static bool take_key(struct quick *q)
{
    if (!skip_space(q) || *q->at != '"' || !take_text(q, &q->key_text, &q->key))
        return false;
    if (memchr(q->key.data, '\0', q->key.len) || !skip_space(q) || *q->at != ':')
        return false;
    q->at++;
    return true;
}

/* Hands the value to the container around it; false for a key that was there. Steals value. */
static bool attach(struct quick *q, json_t *value)
{
    json_t *parent = q->open[q->depth - 1];

    if (json_is_array(parent))
        return json_array_append_new(parent, value) == 0;
    size_t before = json_object_size(parent);
    return json_object_setn_new_nocheck(parent, q->key.data, q->key.len, value) == 0 &&
           json_object_size(parent) > before;
}

/*
 * From behind a value to the start of the next: passes closing brackets and one comma, and a key
 * where one is due. is_first: the innermost container was just opened. True with depth 0 at the
 * end of the document.
 */
static bool go_on(struct quick *q, bool is_first)
{
    while (q->depth > 0) {
        char closer = q->closers[q->depth - 1];

        if (!skip_space(q))
            return false;
        if (*q->at == closer) {
            q->at++;
            q->depth--;
            is_first = false;
            continue;
        }
        if (!is_first && *q->at != ',')
            return false;
        q->at += !is_first;
        return closer == ']' || take_key(q);
    }
    return true;
}

/* Passes a scalar of a container that is not built. */
static bool pass_scalar(struct quick *q)
{
    struct span text;

    if (*q->at == '"')
        return take_text(q, &q->text, &text);
    json_t *value = take_scalar(q);
    json_decref(value);
    return value != NULL;
}

/* The value at the place, new; of a container the opening bracket only. NULL is a value where it
 * is not built. */
static bool take_value(struct quick *q, json_t **value)
{
    bool is_object = *q->at == '{';

    *value = NULL;
    if (is_object || *q->at == '[') {
        if (q->depth == JSON_MAX_DEPTH)
            return false;
        q->at++;
        if (q->depth < q->levels)
            *value = is_object ? json_object() : json_array();
        return true;
    }
    if (q->depth > q->levels)
        return pass_scalar(q);
    *value = take_scalar(q);
    return *value != NULL;
}

/* Reads values until the document is complete; everything hangs on *root. */
static bool read_all(struct quick *q, json_t **root)
{
    do {
        json_t *value;

        if (!skip_space(q))
            return false;
        char first = *q->at;
        bool is_container = first == '{' || first == '[';
        if (!take_value(q, &value))
            return false;
        if (q->depth == 0)
            *root = value;
        else if (value && !attach(q, value))
            return false;
        if (is_container) {
            q->open[q->depth] = value;
            q->closers[q->depth++] = first == '{' ? '}' : ']';
        }
        if (!go_on(q, is_container))
            return false;
    } while (q->depth > 0);
    return !skip_space(q);
}

json_t *json_quick(struct span text, size_t levels)
{
    struct quick q;
    json_t *root = NULL;

    if (text.len == 0)
        return NULL;
    q.at = text.data;
    q.end = text.data + text.len;
    q.depth = 0;
    q.levels = levels;
    buf_init(&q.text, BUF_NO_LIMIT);
    buf_init(&q.key_text, BUF_NO_LIMIT);
    if (!read_all(&q, &root)) {
        json_decref(root);
        root = NULL;
    }
    buf_release(&q.text);
    buf_release(&q.key_text);
    return root;
}
