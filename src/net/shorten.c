#include "net/shorten.h"

#include "base/ascii.h"

#include <stdint.h>
#include <string.h>

static const char KEY[] = "image_url";
static const char BLANK[] = " \t\r\n";

enum { UNICODE_DIGITS = 4, HEX_BASE = 16, ASCII_END = 0x80 };

void shorten_start(struct shorten *s)
{
    shorten_release(s);
    buf_init(&s->held, BUF_NO_LIMIT);
    data_url_start(&s->url);
}

void shorten_release(struct shorten *s)
{
    buf_release(&s->held);
    data_url_release(&s->url);
    *s = (struct shorten){.state = SHORTEN_OUTSIDE};
}

static void begin_string(struct shorten *s)
{
    s->state = s->is_key && s->is_named ? SHORTEN_VALUE : SHORTEN_STRING;
    s->is_key = false;
    s->is_named = false;
    s->key_len = 0;
    if (s->state == SHORTEN_VALUE)
        data_url_start(&s->url);
}

/* What stands between strings, up to and with the next quote. */
static size_t pass_outside(struct shorten *s, struct span bytes, struct buf *out)
{
    size_t at = 0;

    while (at < bytes.len && s->state == SHORTEN_OUTSIDE) {
        const char c = bytes.data[at++];

        if (c == '"')
            begin_string(s);
        else if (c == ':' && s->is_key && !s->is_named)
            s->is_named = true;
        else if (!span_is_one_of(c, BLANK))
            s->is_key = false;
    }
    buf_add(out, bytes.data, at);
    return at;
}

/* A string passes; is it the key? One that is written with escapes is not. */
static size_t pass_string(struct shorten *s, struct span bytes, struct buf *out)
{
    const size_t key_len = sizeof KEY - 1;
    size_t at = 0;

    while (at < bytes.len && s->state == SHORTEN_STRING) {
        const char c = bytes.data[at++];

        if (c == '"' && !s->is_escaped) {
            s->state = SHORTEN_OUTSIDE;
            s->is_key = s->key_len == key_len;
        }
        s->is_escaped = c == '\\' && !s->is_escaped;
        s->key_len = s->key_len < key_len && c == KEY[s->key_len] ? s->key_len + 1 : SIZE_MAX;
    }
    buf_add(out, bytes.data, at);
    return at;
}

static void add_character(struct shorten *s, unsigned char c)
{
    const char character = (char)c;

    data_url_add(&s->url, (struct span){&character, 1});
}

/* Of \uXXXX; what is not ASCII belongs to no data URL, and one byte stands for it. */
static void add_digit(struct shorten *s, char c)
{
    const int value = ascii_hex_value((unsigned char)c);

    s->character = s->character * HEX_BASE + (value < 0 ? 0U : (unsigned)value);
    if (--s->unicode == 0)
        add_character(s, s->character < ASCII_END ? (unsigned char)s->character : ASCII_END);
}

/* The character behind a backslash. */
static void add_escape(struct shorten *s, char c)
{
    static const char FROM[] = "bfnrt";
    static const char TO[] = "\b\f\n\r\t";
    const char *found = c != '\0' ? strchr(FROM, c) : NULL;

    s->is_escaped = false;
    if (c == 'u') {
        s->unicode = UNICODE_DIGITS;
        s->character = 0;
    } else {
        add_character(s, (unsigned char)(found ? TO[found - FROM] : c));
    }
}

static void end_value(struct shorten *s, struct buf *out)
{
    char name[DATA_URL_NAME + 1];

    s->state = SHORTEN_OUTSIDE;
    if (s->url.form == DATA_URL_BASE64 || s->url.form == DATA_URL_PLAIN) {
        data_url_name(&s->url, name);
        buf_add(out, name, DATA_URL_NAME);
    } else {
        buf_add_span(out, buf_span(&s->held));
    }
    buf_clear(&s->held);
    buf_add_char(out, '"');
}

/* Characters up to the next that means something; at least one of them. */
static size_t take_run(struct shorten *s, struct span bytes)
{
    size_t len = 0;

    while (len < bytes.len && bytes.data[len] != '"' && bytes.data[len] != '\\')
        len++;
    data_url_add(&s->url, (struct span){bytes.data, len});
    return len;
}

static size_t take_one(struct shorten *s, struct span bytes, struct buf *out)
{
    const char c = bytes.data[0];

    if (s->unicode > 0)
        add_digit(s, c);
    else if (s->is_escaped)
        add_escape(s, c);
    else if (c == '\\')
        s->is_escaped = true;
    else if (c == '"')
        end_value(s, out);
    else
        return take_run(s, bytes);
    return 1;
}

static size_t take_value(struct shorten *s, struct span bytes, struct buf *out)
{
    size_t at = 0;

    while (at < bytes.len && s->state == SHORTEN_VALUE) {
        const size_t len = take_one(s, span_skip(bytes, at), out);

        if (s->state == SHORTEN_VALUE && s->url.form == DATA_URL_OPEN)
            buf_add(&s->held, bytes.data + at, len);
        else if (s->state == SHORTEN_VALUE && s->url.form == DATA_URL_NONE) {
            /* It passes like any other string from here on. */
            buf_add_span(out, buf_span(&s->held));
            buf_clear(&s->held);
            buf_add(out, bytes.data + at, len);
            s->state = SHORTEN_STRING;
            s->key_len = SIZE_MAX;
        }
        at += len;
    }
    return at;
}

void shorten_add(struct shorten *s, struct span bytes, struct buf *out)
{
    while (bytes.len > 0) {
        size_t len = 0;

        switch (s->state) {
        case SHORTEN_OUTSIDE:
            len = pass_outside(s, bytes, out);
            break;
        case SHORTEN_STRING:
            len = pass_string(s, bytes, out);
            break;
        case SHORTEN_VALUE:
            len = take_value(s, bytes, out);
            break;
        }
        bytes = span_skip(bytes, len);
    }
}
