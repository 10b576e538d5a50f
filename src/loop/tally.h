/*
 * When do failures of single threads mean that the whole run is pointless?
 * Permission is missing when twenty threads in a row got a 403. The source's API
 * may be gone when the first twenty threads (or all, if fewer are selected)
 * got a 404 or 410 that does not speak of a thread; one question answers that.
 * Only what became of requests counts here, never what became of mapping.
 */
#ifndef LOOP_TALLY_H
#define LOOP_TALLY_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum tally_kind {
    TALLY_GRANTED, /* the thread's requests were granted, whatever became of the thread */
    TALLY_REFUSED, /* the last one was not */
    TALLY_GONE,    /* and neither was the thread named nor anything else said than 404 or 410 */
};

struct tally {
    int64_t selected;
    int64_t concluded;
    int64_t gone;      /* of the first threads */
    bool is_there;     /* a thread was answered otherwise */
    int64_t forbidden; /* in a row */
    int64_t failed;
    int64_t max_errors;
    const char *forbidden_hint; /* what a 403 wants; borrowed */
};

/* One thread has ended. False stops the run. */
bool tally_add(struct tally *tally, enum error_code code, enum tally_kind kind, struct error *err);

/* Must the source be asked whether its API is there at all? */
bool tally_doubts_source(const struct tally *tally);

#endif
