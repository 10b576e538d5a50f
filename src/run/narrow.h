/*
 * Narrowing a selection that is complete: --only by what the checkpoint says,
 * --since, --until and --where by what the source says of each thread, then
 * --sample, then --limit. The order of the threads stays.
 */
#ifndef RUN_NARROW_H
#define RUN_NARROW_H

#include "base/error.h"
#include "run/context.h"

#include <stdbool.h>

/*
 * Does nothing without such options. Threads without a time, if one is asked for, are left out and
 * their number is told; threads that cannot be read stay, and fail where they are worked on.
 * Fails with ERROR_USAGE if --only finds no checkpoint, or with what stopped the reading.
 */
bool narrow_selection(struct context *context, struct error *err);

#endif
