#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 256, LARGE = 65536 };

/* What an empty buffer points at; nothing is ever written to it. */
static char EMPTY[1] = "";

void buf_init(struct buf *buf, size_t max_bytes)
{
    *buf = (struct buf){.data = EMPTY, .max = max_bytes == BUF_NO_LIMIT ? SIZE_MAX / 2 : max_bytes};
}

void buf_release(struct buf *buf)
{
    if (buf->cap > 0)
        free(buf->data);
    *buf = (struct buf){.data = EMPTY, .max = buf->max};
}

void buf_clear(struct buf *buf)
{
    buf_truncate(buf, 0);
    buf->overflow = false;
}

bool buf_grow(struct buf *buf, size_t len)
{
    size_t need;
    size_t cap;

    if (buf->overflow || len > buf->max - buf->len) {
        buf->overflow = true;
        return false;
    }
    need = buf->len + len + 1;
    if (need <= buf->cap)
        return true;
    cap = buf->cap > 0 ? buf->cap : FIRST_CAPACITY;
    while (cap < need)
        cap += cap < LARGE ? cap : cap / 2;
    buf->data = mem_resize(buf->cap > 0 ? buf->data : NULL, cap, 1);
    buf->cap = cap;
    return true;
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
    if (!buf_reserve(buf, len))
        return;
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_add_span(struct buf *buf, struct span span)
{
    buf_add(buf, span.data, span.len);
}

void buf_add_char(struct buf *buf, char c)
{
    if (!buf_reserve(buf, 1))
        return;
    buf->data[buf->len++] = c;
    buf->data[buf->len] = '\0';
}

void buf_add_int(struct buf *buf, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        digits[--at] = '-';
    buf_add(buf, digits + at, sizeof digits - at);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0 || !buf_reserve(buf, (size_t)len))
        return;
    va_start(args, format);
    (void)vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

void buf_truncate(struct buf *buf, size_t len)
{
    if (len >= buf->len)
        return;
    buf->len = len;
    buf->data[len] = '\0';
}

void buf_consume(struct buf *buf, size_t len)
{
    if (len >= buf->len) {
        buf_truncate(buf, 0);
        return;
    }
    memmove(buf->data, buf->data + len, buf->len - len + 1);
    buf->len -= len;
}

char *buf_steal(struct buf *buf)
{
    char *data = buf->cap > 0 ? buf->data : mem_dup("", 0);

    *buf = (struct buf){.data = EMPTY, .max = buf->max};
    return data;
}

struct span buf_span(const struct buf *buf)
{
    return (struct span){buf->data, buf->len};
}
