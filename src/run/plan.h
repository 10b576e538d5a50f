/*
 * Finding out what a migrate run would do: the source, the selection, what the
 * checkpoint says where there is one, and the destination only where that names
 * conversations. diff and dry runs stand on this. Nothing is written: a plan
 * holds no writer and opens the checkpoint for reading.
 */
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include "check/differ.h"
#include "checkpoint/checkpoint.h"
#include "run/context.h"

#include <stdbool.h>
#include <stdint.h>

struct plan {
    struct context context;
    struct checkpoint *checkpoint; /* NULL: a fresh job */
    struct differ_setup setup;
};

/*
 * Opens; renderer may be NULL (only count). Fails as a run would, ERROR_OTHER_JOB included. To be
 * closed also after a failure.
 */
bool plan_open(struct plan *plan, const struct invocation *invocation,
               const struct diff_renderer *renderer, struct error *err);
void plan_close(struct plan *plan);

/* The sink of a thread (see differ.h); NULL with an error that stops the run. */
struct sink *plan_begin(struct plan *plan, struct span thread_id, struct error *err);

/* How long so many requests to the two sides take at the configured rates, rounded up; 0: no rate
 * is configured. */
int64_t plan_minutes(const struct plan *plan, const int64_t requests[SIDES]);

#endif
