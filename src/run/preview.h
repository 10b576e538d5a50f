/*
 * Finding out what a migrate run would do: the source, the selection, what the
 * checkpoint says if there is one, and the destination only where that names
 * conversations. diff and dry runs are built on this. Nothing is written: a preview
 * holds no writer and opens the checkpoint for reading.
 */
#ifndef RUN_PREVIEW_H
#define RUN_PREVIEW_H

#include "check/differ.h"
#include "checkpoint/checkpoint.h"
#include "run/context.h"

#include <stdbool.h>
#include <stdint.h>

struct preview {
    struct context *context; /* its checkpoint is NULL for a fresh job */
    struct differ_setup setup;
};

/* Opens the context, which is borrowed; renderer may be NULL (only count). Fails as a run would,
 * ERROR_OTHER_JOB included. */
bool preview_open(struct preview *preview, struct context *context,
                  const struct diff_renderer *renderer, struct error *err);

/* The sink of a thread (see differ.h); NULL with an error that stops the run. */
struct sink *preview_begin(struct preview *preview, struct span thread_id, struct error *err);

/* How long so many requests to the two sides take at the configured rates, rounded up; 0: no rate
 * is configured. */
int64_t preview_minutes(const struct preview *preview, const int64_t requests[SIDES]);

#endif
