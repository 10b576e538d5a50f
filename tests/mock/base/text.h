/*
 * Bytes that grow, with helpers that write JSON, and the few allocators of the
 * mock. Everything ends the process when memory runs out: this is a test tool.
 */
#ifndef MOCK_TEXT_H
#define MOCK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* Zero-initialise to use; `data` is NULL or followed by a NUL that does not count. */
struct mock_text {
    char *data; /* owned */
    size_t len;
    size_t cap;
};

/* New, zeroed. */
void *mock_alloc(size_t count, size_t size);

/* Resizes (steals old, which may be NULL). */
void *mock_resize(void *old, size_t count, size_t size);

/* New copy with a NUL behind it. */
char *mock_dup(const char *data, size_t len);
char *mock_strdup(const char *text);

void mock_text_release(struct mock_text *text);

/* Keeps the memory. */
void mock_text_clear(struct mock_text *text);

/* Room for len more bytes (and a NUL); borrowed until the text changes. */
char *mock_text_room(struct mock_text *text, size_t len);

void mock_text_add(struct mock_text *text, const char *data, size_t len);
void mock_text_puts(struct mock_text *text, const char *string);
void mock_text_putc(struct mock_text *text, char c);
void mock_text_int(struct mock_text *text, int64_t number);
void mock_text_printf(struct mock_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A JSON string with its quotes, escaped as RFC 8785 says. */
void mock_text_json_string(struct mock_text *text, const char *data, size_t len);

/* Any JSON value, compact, keys as they stand. NULL writes null. */
void mock_text_json(struct mock_text *text, json_t *value);

/* The same in RFC 8785 form, as far as numbers are integers: sorted keys, shortest escapes. */
void mock_text_canonical(struct mock_text *text, json_t *value);

/* New string of just the size needed, caller frees; the text is empty afterwards. */
char *mock_text_steal(struct mock_text *text);

/* Reads a whole file; false when it cannot be read. */
bool mock_text_read_file(struct mock_text *text, const char *path);

/* The number of characters (code points) of valid UTF-8. */
size_t mock_utf8_length(const char *data, size_t len);

/* A decimal number of at most max and nothing else. */
bool mock_unsigned(const char *text, uint64_t max, uint64_t *out);

#endif
