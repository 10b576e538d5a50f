/*
 * One thread of an archive, read back: its records from their places, brought
 * into form (record.h), its messages arranged (arrange.h), runs and run steps
 * joined, and what proves that it is whole.
 */
#ifndef ARCHIVE_LOAD_H
#define ARCHIVE_LOAD_H

#include "archive/index.h"
#include "archive/objects.h"
#include "base/mem.h"
#include "base/span.h"
#include "decode/inputs.h"
#include "fields/fields.h"
#include "map/losses.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct load_options {
    struct index *index; /* its ledger learns of duplicates */
    struct inputs *inputs;
    const struct fields *fields; /* roles of the user's own, or NULL */
    bool allow_truncated;
    bool keep_raw;
};

/* All of a thread. */
struct load_thread {
    struct objects thread; /* one or none */
    struct objects messages;
    struct objects runs;  /* oldest first */
    struct objects steps; /* by run, oldest first */
    struct losses losses; /* of the messages */
    json_t *owned;        /* array: keeps the objects */
    struct arena arena;   /* keeps the raw bytes */
};

/* Fills *data; release it whatever is returned. False with the thread's error: ERROR_BAD_SOURCE,
 * ERROR_BAD_ID, ERROR_TRUNCATED. Either way the ledger counts its duplicates. */
bool load_thread(struct load_thread *data, const struct load_options *options, uint32_t thread,
                 struct error *err);

void load_release(struct load_thread *data);

#endif
