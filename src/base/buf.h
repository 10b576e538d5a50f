/*
 * A growing byte buffer with a maximum given at birth. Adding past the maximum
 * adds nothing and sets `overflow`, which stays set until buf_clear(); so a
 * writer may add many pieces and look once at the end.
 *
 * The bytes are always followed by a NUL that does not count, so that text
 * built from our own pieces can be used as a C string.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data; /* owned; "" until something is added */
    size_t len;
    size_t cap;
    size_t max;
    bool overflow;
};

enum { BUF_NO_LIMIT = 0 };

/* max_bytes == BUF_NO_LIMIT: as much as there is memory. */
void buf_init(struct buf *buf, size_t max_bytes);

/* Frees; a zeroed or released buffer is allowed. */
void buf_release(struct buf *buf);

/* Empties, keeps the memory. */
void buf_clear(struct buf *buf);

/* What buf_reserve() does where the memory is not there yet. */
bool buf_grow(struct buf *buf, size_t len);

/*
 * Room for len more bytes at data + len, and the NUL behind them; nearly always it is there
 * already. False, and overflow, if they would pass the maximum. Who writes there also sets the
 * length.
 */
static inline bool buf_reserve(struct buf *buf, size_t len)
{
    const bool is_there = !buf->overflow && len < buf->cap - buf->len && len <= buf->max - buf->len;

    return is_there || buf_grow(buf, len);
}

/* Adds bytes, or nothing if they would pass the maximum. */
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_add_span(struct buf *buf, struct span span);
void buf_add_char(struct buf *buf, char c);
void buf_add_int(struct buf *buf, int64_t number);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Here, so that the compiler counts literals. */
static inline void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

/* Cuts to the first len bytes. */
void buf_truncate(struct buf *buf, size_t len);

/* Removes the first len bytes. */
void buf_consume(struct buf *buf, size_t len);

/* New string, caller frees; the buffer is empty afterwards. */
char *buf_steal(struct buf *buf);

/* Borrowed until the buffer changes. */
struct span buf_span(const struct buf *buf);

#endif
