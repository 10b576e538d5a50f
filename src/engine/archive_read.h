/*
 * Reading one thread back from an archive: its objects from their places,
 * brought to the form of the API, in order, each once.
 */
#ifndef ENGINE_ARCHIVE_READ_H
#define ENGINE_ARCHIVE_READ_H

#include "base/error.h"
#include "base/mem.h"
#include "engine/archive_files.h"
#include "engine/archive_index.h"

#include <jansson.h>
#include <stdbool.h>

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

/* Fills *data, which is to be released in any case. ERROR_BAD_SOURCE, ERROR_BAD_ID,
 * ERROR_TRUNCATED, ERROR_TOO_LARGE. */
bool archive_read_thread(struct archive_data *data, const struct archive_reader *reader,
                         uint32_t thread, struct error *err);

void archive_data_release(struct archive_data *data);

/* The steps of one run: where they begin in data->steps, and how many there are. */
size_t archive_data_steps(const struct archive_data *data, struct span run_id, size_t *count);

/* Adds an object (steals a reference). */
void archive_objects_add(struct archive_data *data, struct archive_objects *objects, json_t *object,
                         struct span raw);

#endif
