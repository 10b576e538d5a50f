/*
 * A piece of text that somebody else owns: pointer and length. Everything that
 * came from a server or a file is handled as a span, because it may hold NUL
 * bytes and is not terminated.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
    const char *data; /* borrowed; NULL means absent, which is not the same as empty */
    size_t len;
};

/* The number of elements of an array, which is not a pointer. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline struct span span_of(const char *text)
{
    return (struct span){text, text ? strlen(text) : 0};
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || (a.data && b.data && !memcmp(a.data, b.data, a.len)));
}

static inline bool span_is(struct span a, const char *text)
{
    return span_equal(a, span_of(text));
}

static inline bool span_starts_with(struct span a, const char *prefix)
{
    size_t len = strlen(prefix);

    return a.len >= len && memcmp(a.data, prefix, len) == 0;
}

/* Without its first bytes; len is at most a.len. */
static inline struct span span_skip(struct span a, size_t len)
{
    return (struct span){a.data + len, a.len - len};
}

/* True for one of these bytes; NUL is none. */
static inline bool span_is_one_of(char c, const char *bytes)
{
    return c != '\0' && strchr(bytes, c);
}

/* Without the bytes of these that it begins with. */
static inline struct span span_skip_all(struct span a, const char *bytes)
{
    size_t len = 0;

    while (len < a.len && span_is_one_of(a.data[len], bytes))
        len++;
    return span_skip(a, len);
}

/* True if the text is somewhere in it. */
static inline bool span_holds(struct span a, const char *text)
{
    return a.len > 0 && memmem(a.data, a.len, text, strlen(text)) != NULL;
}

#endif
