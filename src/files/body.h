/*
 * The body of a request: bytes in memory and, in holes between them, the
 * contents of saved files as base64, which are read from disk while the request
 * leaves. Its length is known before.
 */
#ifndef FILES_BODY_H
#define FILES_BODY_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "files/contents.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hole {
    size_t at; /* before this byte */
    struct saved_file file;
};

/* Of bytes that are being written; zeroed: none. */
struct holes {
    struct hole *all; /* owned */
    size_t count;
    size_t cap;
};

void holes_add(struct holes *holes, size_t at, const struct saved_file *file);

/* Removes the first count. */
void holes_drop(struct holes *holes, size_t count);
void holes_release(struct holes *holes);

/* What comes in place of them, from the first one on. */
uint64_t holes_encoded(const struct holes *holes, size_t first);

struct body {
    struct span bytes;        /* borrowed */
    const struct hole *holes; /* in order; borrowed */
    size_t hole_count;
    const struct saved_files *files; /* see contents_open(); borrowed */
};

struct body body_of(struct span bytes);
uint64_t body_length(const struct body *body);

struct body_reader;

/* New. The body is borrowed. */
struct body_reader *body_open(const struct body *body);

/* Up to size bytes, fewer only at the end. Fails as contents_open() and contents_read(): then the
 * last byte of the body was never handed out. */
bool body_read(struct body_reader *reader, char *out, size_t size, size_t *got, struct error *err);

/* NULL is allowed. */
void body_close(struct body_reader *reader);

/* Adds all of it. */
bool body_add_to(struct buf *out, const struct body *body, struct error *err);

#endif
