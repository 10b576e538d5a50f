#include "files/data_url.h"

#include "base/ascii.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

enum { BITS_PER_DIGIT = 6, BITS_PER_BYTE = 8, HEX_BASE = 16 };

static const char SCHEME[] = "data:";
static const char PREFIX[] = "sha256:";

void data_url_start(struct data_url *url)
{
    data_url_release(url);
    url->form = DATA_URL_OPEN;
    url->head_len = 0;
    url->escape = 0;
    url->bit_count = 0;
    url->out_len = 0;
}

void data_url_release(struct data_url *url)
{
    digest_release(&url->digest);
}

static void flush(struct data_url *url)
{
    digest_add_bytes(&url->digest, (struct span){url->out, url->out_len});
    url->out_len = 0;
}

static void put(struct data_url *url, unsigned char byte)
{
    url->out[url->out_len++] = (char)byte;
    if (url->out_len == sizeof url->out)
        flush(url);
}

/* Of either alphabet; -1 for what is not a digit of base64. */
static int digit_value(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

static void decode(struct data_url *url, unsigned char c)
{
    int value;

    if (url->form == DATA_URL_PLAIN) {
        put(url, c);
        return;
    }
    value = digit_value(c);
    if (c == '=')
        url->bit_count = 0;
    if (value < 0)
        return;
    url->bits = url->bits << BITS_PER_DIGIT | (unsigned)value;
    url->bit_count += BITS_PER_DIGIT;
    if (url->bit_count >= BITS_PER_BYTE) {
        url->bit_count -= BITS_PER_BYTE;
        put(url, (unsigned char)(url->bits >> url->bit_count));
    }
}

/* The character of a %XX; a '%' that begins none is passed over. */
static void unescape(struct data_url *url, unsigned char c)
{
    const int value = ascii_hex_value(c);

    if (value < 0) {
        url->escape = 0;
        decode(url, c);
        return;
    }
    url->escaped = (url->escape == 1 ? 0 : url->escaped * HEX_BASE) + (unsigned)value;
    if (url->escape++ == 2) {
        url->escape = 0;
        decode(url, (unsigned char)url->escaped);
    }
}

static bool ends_with(const char *text, size_t len, const char *end)
{
    const size_t end_len = strlen(end);

    return len >= end_len && strncasecmp(text + len - end_len, end, end_len) == 0;
}

/* Takes the head, up to its comma; how much of the piece that was. */
static size_t take_head(struct data_url *url, struct span piece)
{
    size_t at = 0;

    while (at < piece.len && url->form == DATA_URL_OPEN) {
        const char c = piece.data[at++];
        const size_t place = url->head_len;
        const bool is_scheme = place < sizeof SCHEME - 1;

        if (!is_scheme && c == ',') {
            url->form = ends_with(url->head, place, ";base64") ? DATA_URL_BASE64 : DATA_URL_PLAIN;
            digest_init(&url->digest);
        } else if (place == sizeof url->head ||
                   (is_scheme && (c | 0x20) != (SCHEME[place] | 0x20))) {
            url->form = DATA_URL_NONE;
        } else {
            url->head[url->head_len++] = c;
        }
    }
    return at;
}

void data_url_add(struct data_url *url, struct span piece)
{
    size_t at = url->form == DATA_URL_OPEN ? take_head(url, piece) : 0;

    if (url->form == DATA_URL_OPEN || url->form == DATA_URL_NONE)
        return;
    for (; at < piece.len; at++) {
        const unsigned char c = (unsigned char)piece.data[at];

        if (c == '%')
            url->escape = 1;
        else if (url->escape > 0)
            unescape(url, c);
        else
            decode(url, c);
    }
}

void data_url_name_digest(const struct fingerprint *digest, char name[DATA_URL_NAME + 1])
{
    memcpy(name, PREFIX, sizeof PREFIX - 1);
    text_write_hex(name + sizeof PREFIX - 1, digest->bytes, DIGEST_BYTES);
    name[DATA_URL_NAME] = '\0';
}

void data_url_name(struct data_url *url, char name[DATA_URL_NAME + 1])
{
    struct fingerprint digest;

    flush(url);
    digest = digest_fingerprint(&url->digest);
    data_url_name_digest(&digest, name);
}

bool data_url_name_of(struct span text, char name[DATA_URL_NAME + 1])
{
    struct data_url url = {.form = DATA_URL_OPEN};
    bool is_one;

    data_url_start(&url);
    data_url_add(&url, text);
    is_one = url.form == DATA_URL_BASE64 || url.form == DATA_URL_PLAIN;
    if (is_one)
        data_url_name(&url, name);
    data_url_release(&url);
    return is_one;
}

bool data_url_is_name(struct span text)
{
    if (text.len != DATA_URL_NAME || !span_starts_with(text, PREFIX))
        return false;
    for (size_t i = sizeof PREFIX - 1; i < text.len; i++) {
        if (!strchr("0123456789abcdef", text.data[i]) || text.data[i] == '\0')
            return false;
    }
    return true;
}
