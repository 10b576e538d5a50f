#include "base/text.h"

#include "base/ascii.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    ID_MAX = 256,
    DISTANCE_MAX = 64,
};

bool text_to_int(struct span text, int64_t *value)
{
    const bool is_negative = text.len > 0 && text.data[0] == '-';
    int64_t number = 0;

    if (text.len == (is_negative ? 1 : 0))
        return false;
    /* Counts downwards, because the negative side of int64_t reaches one further. */
    for (size_t i = is_negative ? 1 : 0; i < text.len; i++) {
        if (!ascii_is_digit(text.data[i]) || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, text.data[i] - '0', &number))
            return false;
    }
    if (!is_negative && number == INT64_MIN)
        return false;
    *value = is_negative ? number : -number;
    return true;
}

struct span text_trim(struct span text)
{
    while (text.len > 0 && ascii_is_space(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && ascii_is_space(text.data[text.len - 1]))
        text.len--;
    return text;
}

bool text_next_line(struct span *rest, struct span *line)
{
    const char *end;
    size_t taken;

    if (rest->len == 0)
        return false;
    end = memchr(rest->data, '\n', rest->len);
    taken = end ? (size_t)(end - rest->data) + 1 : rest->len;
    *line = (struct span){rest->data, end ? taken - 1 : taken};
    if (end && line->len > 0 && line->data[line->len - 1] == '\r')
        line->len--;
    rest->data += taken;
    rest->len -= taken;
    return true;
}

uint32_t text_count_lines(struct span text)
{
    uint32_t lines = 0;
    const char *at = text.data;
    const char *end = text.data + text.len;

    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));

        if (!lf)
            break;
        lines++;
        at = lf + 1;
    }
    return lines;
}

void text_write_hex(char *out, const void *data, size_t len)
{
    static const char DIGITS[] = "0123456789abcdef";
    const unsigned char *bytes = data;

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = DIGITS[bytes[i] >> 4];
        out[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
}

static bool is_unreserved(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_' || c == '~' || c == '.';
}

void text_add_url(struct buf *out, struct span text)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    /* A segment of dots alone would move up the path. */
    const bool is_dots = span_is(text, ".") || span_is(text, "..");

    while (text.len > 0) {
        size_t len = 0;

        while (len < text.len && is_unreserved(text.data[len]) && !is_dots)
            len++;
        buf_add(out, text.data, len);
        if (len == text.len)
            return;
        const unsigned char byte = (unsigned char)text.data[len];

        buf_add_char(out, '%');
        buf_add_char(out, DIGITS[byte >> 4]);
        buf_add_char(out, DIGITS[byte & 15]);
        text.data += len + 1;
        text.len -= len + 1;
    }
}

bool text_is_thread_id(struct span id)
{
    if (id.len == 0 || id.len > ID_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        const char c = id.data[i];

        if (!ascii_is_alnum(c) && c != '_' && c != '.' && c != ':' && c != '-')
            return false;
    }
    return true;
}

bool text_is_id(struct span id)
{
    if (id.len == 0 || id.len > ID_MAX)
        return false;
    for (;;) {
        const size_t plain = text_plain_run(id);
        uint32_t code;
        size_t len;

        id.data += plain;
        id.len -= plain;
        if (id.len == 0)
            return true;
        len = text_utf8_next(id, &code);
        if (len == 0 || code < 0x20 || (code >= 0x7f && code <= 0x9f))
            return false;
        id.data += len;
        id.len -= len;
    }
}

bool text_is_archive_id(struct span id)
{
    size_t count = 0;

    for (size_t at = 0; at < id.len; count++) {
        uint32_t code;
        size_t len = text_utf8_next((struct span){id.data + at, id.len - at}, &code);

        if (len == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0))
            return false;
        at += len;
    }
    return count >= 1 && count <= ID_MAX;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Three rows of the table are enough: a swap looks back two. */
size_t text_distance(const char *a, const char *b)
{
    const size_t a_len = strlen(a);
    const size_t b_len = strlen(b);
    size_t rows[3][DISTANCE_MAX + 1];

    if (a_len > DISTANCE_MAX || b_len > DISTANCE_MAX)
        return a_len > b_len ? a_len : b_len;
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        const size_t *above = rows[(i - 1) % 3];
        size_t *row = rows[i % 3];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            row[j] = smaller(above[j] + 1, row[j - 1] + 1);
            row[j] = smaller(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *text_nearest(const char *word, const char *const *words, size_t count)
{
    /* A longer word may be off by more: one letter, and one more for every six. */
    size_t limit = 1 + strlen(word) / 6;
    const char *nearest = NULL;

    for (size_t i = 0; i < count; i++) {
        const size_t distance = text_distance(word, words[i]);

        if (distance < limit || (distance == limit && !nearest)) {
            nearest = words[i];
            limit = distance;
        }
    }
    return nearest;
}

struct number text_number(int64_t number)
{
    struct number out;
    char digits[24];
    const int len = snprintf(digits, sizeof digits, "%" PRId64, number);
    size_t used = 0;

    for (int i = 0; i < len; i++) {
        out.text[used++] = digits[i];
        if (digits[i] != '-' && i + 1 < len && (len - i - 1) % 3 == 0)
            out.text[used++] = ',';
    }
    out.text[used] = '\0';
    return out;
}

struct number text_count(int64_t number, const char *noun)
{
    struct number out = text_number(number);
    const size_t used = strlen(out.text);

    (void)snprintf(out.text + used, sizeof out.text - used, " %s%s", noun, number == 1 ? "" : "s");
    return out;
}

struct number text_bytes(int64_t bytes)
{
    static const char *const UNITS[] = {"kB", "MB", "GB", "TB"};
    struct number out = text_count(bytes, "byte");
    double value = (double)bytes / 1000;
    size_t unit = 0;

    if (bytes < 1000)
        return out;
    while (value >= 999.5 && unit + 1 < COUNT_OF(UNITS)) {
        value /= 1000;
        unit++;
    }
    (void)snprintf(out.text, sizeof out.text, "%.*f %s", value < 9.95 ? 1 : 0, value, UNITS[unit]);
    return out;
}
