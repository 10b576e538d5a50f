/*
 * What was read of one thread of an archive, and with what it is read: see
 * archive_read.h, which fills it, and archive_arrange.h, which puts it in order.
 */
#ifndef ARCHIVE_ARCHIVE_DATA_H
#define ARCHIVE_ARCHIVE_DATA_H

#include "archive/archive_files.h"
#include "archive/archive_index.h"
#include "base/mem.h"
#include "base/span.h"
#include "map/losses.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct archive_reader {
    const struct archive_index *index;
    struct archive_files *files;
    bool allow_truncated;
    bool keep_raw;
};

/* Objects in order; raw[i].data == NULL unless raw is kept. */
struct archive_objects {
    json_t **items; /* borrowed from the data's `owned` */
    struct span *raw;
    size_t count;
    size_t cap;
};

/* All of a thread. */
struct archive_data {
    struct archive_objects thread; /* one or none */
    struct archive_objects messages;
    struct archive_objects runs;  /* oldest first */
    struct archive_objects steps; /* by run, oldest first */
    struct losses losses;         /* of the messages */
    json_t *owned;                /* array: keeps the objects */
    struct arena arena;           /* keeps the raw bytes */
};

/* Empty, and to be released. */
void archive_data_init(struct archive_data *data);
void archive_data_release(struct archive_data *data);

/* Adds an object (steals a reference). */
void archive_objects_add(struct archive_data *data, struct archive_objects *objects, json_t *object,
                         struct span raw);

#endif
