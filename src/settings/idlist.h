/*
 * A list of thread ids: one a line, or, where a column is named, CSV with a
 * header or JSON lines. Blank lines and lines that start with # are passed over;
 * CRLF and a BOM are tolerated. Read as a stream: the longest line decides on
 * the memory, not the list.
 *
 * A list in a file is read by idlist_read(). Who gets its bytes bit by bit
 * hands them over as they come:
 *
 *     idlist_init(&list, column)
 *     idlist_add(&list, bytes), at the end idlist_end(&list)
 *     idlist_next(&list, &id, &err)   until it says IDLIST_MORE or IDLIST_END
 */
#ifndef SETTINGS_IDLIST_H
#define SETTINGS_IDLIST_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct idlist {
    const char *column; /* or NULL: the whole line is the id; borrowed */
    struct buf ahead;   /* added, and not passed */
    size_t at;          /* in ahead: what follows the record in hand */
    bool at_end;        /* nothing follows what was added */
    bool has_begun;
    bool skips; /* the rest of a line that was too long */
    struct span record;
    struct buf cell;
    int64_t line;      /* 1-based, of the first line of the record in hand */
    int64_t next_line; /* of what follows it */
    bool is_csv;
    bool has_shape;
    int place; /* CSV: which cell, once the header was seen */
};

enum idlist_step {
    IDLIST_ID,   /* *id: borrowed until something is added, or the next one is asked for */
    IDLIST_BAD,  /* a record without an id: err says why (ERROR_USAGE); the next one may be asked
                    for */
    IDLIST_MORE, /* what was added does not hold another record */
    IDLIST_END,
};

void idlist_init(struct idlist *list, const char *column);
void idlist_release(struct idlist *list);

/* Copies the bytes. */
void idlist_add(struct idlist *list, struct span bytes);

/* Nothing will be added any more. */
void idlist_end(struct idlist *list);

enum idlist_step idlist_next(struct idlist *list, struct span *id, struct error *err);

/* Told every id in order; false with err ends the reading. */
typedef bool (*idlist_each)(void *ctx, struct span id, struct error *err);

struct idlist_options {
    FILE *stream;       /* borrowed */
    const char *name;   /* for messages: the file's name */
    const char *column; /* or NULL: the whole line is the id */
    idlist_each each;
    void *ctx;
};

/*
 * Reads the list. What is malformed is ERROR_USAGE with "FILE:LINE: …" in front, also an error of
 * `each`; a stream that cannot be read is ERROR_IO, where it has not filled err by itself.
 */
bool idlist_read(const struct idlist_options *options, struct error *err);

#endif
