/*
 * When a sync of the checkpoint begins. It costs as much for one record as for
 * many: so it begins when a request could leave and nobody has one, 10 ms after
 * the first job began to wait, or, for records that no job waits for, after 100 ms.
 *
 * Times are those of the loop's clock.
 */
#ifndef LOOP_SYNCING_H
#define LOOP_SYNCING_H

#include "base/error.h"
#include "checkpoint/checkpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct syncing {
    struct checkpoint *checkpoint; /* borrowed, or NULL */
    bool is_awaited;               /* a job waits for one that has not begun */
    int64_t by_ms;                 /* it begins then at the latest; INT64_MAX: no record waits */
};

/* A job waits for the newest record. */
void syncing_await(struct syncing *syncing, int64_t now_ms);

/* Ends a sync that has come to its end, and begins one that is worth it; has_room: more requests
 * could be in flight than there are. False with ERROR_IO. */
bool syncing_on(struct syncing *syncing, bool has_room, int64_t now_ms, struct error *err);

/* When the next one begins at the latest, or INT64_MAX. The end of one under way tells itself. */
int64_t syncing_next_ms(const struct syncing *syncing);

#endif
