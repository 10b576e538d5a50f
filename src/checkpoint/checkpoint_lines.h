/*
 * The lines of a checkpoint, one after the other, with bounded memory. Part of
 * the checkpoint; only this room includes it.
 */
#ifndef CHECKPOINT_CHECKPOINT_LINES_H
#define CHECKPOINT_CHECKPOINT_LINES_H

#include "base/error.h"
#include "base/span.h"
#include "os/fsio.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line {
    struct span text; /* without LF, borrowed until the next call; absent if it is too long */
    int64_t at;       /* its offset */
    int64_t next;     /* the offset after it */
    bool is_whole;    /* ends with LF */
};

struct lines {
    struct fsio_file *file; /* borrowed */
    char *chunk;            /* owned */
    size_t capacity;
    size_t from; /* the unread bytes of chunk */
    size_t to;
    int64_t at;   /* offset of chunk[from] */
    int64_t size; /* of the file when reading began: nothing after it is read */
};

bool lines_open(struct lines *lines, struct fsio_file *file, struct error *err);

/* Fills *line; *found is false at the end. */
bool lines_next(struct lines *lines, struct line *line, bool *found, struct error *err);

void lines_close(struct lines *lines);

#endif
