/*
 * When do failures of single threads mean that the whole run is pointless?
 * The source API is gone when the first twenty threads (or all, where fewer
 * are selected) got a 404 or 410 that does not speak of a thread; permission
 * is missing when twenty threads in a row got a 403.
 */
#ifndef LOOP_TALLY_H
#define LOOP_TALLY_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct tally {
    int64_t selected;
    int64_t concluded;
    int64_t gone;      /* all of them, or the count stays below concluded */
    int64_t forbidden; /* in a row */
    int64_t failed;
    int64_t max_errors;
    const char *forbidden_hint; /* what a 403 wants; borrowed */
};

/* One thread has ended; source_gone: its last reply was such a 404 or 410. False stops the run. */
bool tally_add(struct tally *tally, enum error_code code, bool source_gone, struct error *err);

#endif
