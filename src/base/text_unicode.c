#include "base/text.h"

#include "base/word.h"

#include <string.h>

/* What a first byte announces (RFC 3629); the limits of the code point rule out overlong forms. */
struct utf8_form {
    unsigned char mask;
    unsigned char lead;
    uint32_t lowest;
};

static const struct utf8_form FORMS[] = {
    [1] = {0x80, 0x00, 0},
    [2] = {0xe0, 0xc0, 0x80},
    [3] = {0xf0, 0xe0, 0x800},
    [4] = {0xf8, 0xf0, 0x10000},
};

static size_t announced_length(unsigned char first)
{
    for (size_t len = 1; len <= 4; len++) {
        if ((first & FORMS[len].mask) == FORMS[len].lead)
            return len;
    }
    return 0;
}

size_t text_utf8_next(struct span text, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    size_t len;
    uint32_t value;

    *code = 0;
    if (text.len == 0)
        return 0;
    len = announced_length(bytes[0]);
    if (len == 0 || len > text.len)
        return 0;
    value = bytes[0] & ~(uint32_t)FORMS[len].mask & 0xff;
    for (size_t i = 1; i < len; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    if (value < FORMS[len].lowest || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *code = value;
    return len;
}

/* Bytes of plain ASCII at the start, counted in whole words: where nearly all text is decided. */
static size_t ascii_words(const char *data, size_t len)
{
    size_t done = 0;

    while (len - done >= WORD_BYTES && word_wide(word_load(data + done)) == 0)
        done += WORD_BYTES;
    return done;
}

size_t text_utf8_valid_prefix(struct span text)
{
    size_t done = 0;

    while (done < text.len) {
        struct span rest = {text.data + done, text.len - done};
        uint32_t code;
        size_t len = ascii_words(rest.data, rest.len);

        if (len == 0)
            len = text_utf8_next(rest, &code);
        if (len == 0)
            break;
        done += len;
    }
    return done;
}

size_t text_utf8_invalid_prefix(struct span text)
{
    const unsigned char *s = (const unsigned char *)text.data;
    unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    const size_t wanted = s[0] < 0xc2 || s[0] > 0xf4 ? 1 : announced_length(s[0]);
    size_t len = 1;

    while (len < wanted && len < text.len && s[len] >= low && s[len] <= high) {
        low = 0x80;
        high = 0xbf;
        len++;
    }
    return len;
}

size_t text_utf8_count(struct span text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

void text_add_utf8(struct buf *out, uint32_t code)
{
    char bytes[4];
    size_t len = 1;

    while (len < 4 && code >= FORMS[len + 1].lowest)
        len++;
    for (size_t i = len - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    bytes[0] = (char)(FORMS[len].lead | code);
    buf_add(out, bytes, len);
}

size_t text_width(struct span text)
{
    size_t width = 0;

    while (text.len > 0) {
        uint32_t code;
        size_t len = text_utf8_next(text, &code);

        width += len > 0 ? (size_t)text_code_width(code) : 1;
        len += len == 0;
        text.data += len;
        text.len -= len;
    }
    return width;
}
