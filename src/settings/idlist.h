/*
 * A list of thread ids in a file: one a line, or, where a column is named, CSV
 * with a header or JSON lines. Blank lines and lines that start with # are
 * passed over; CRLF and a BOM are tolerated. Read as a stream: the longest line
 * decides on the memory, not the file.
 */
#ifndef SETTINGS_IDLIST_H
#define SETTINGS_IDLIST_H

#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdio.h>

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
