/*
 * Which conversations of a job are there at all? A key of another project is
 * answered as if everything had been deleted. So rollback, which forgets what
 * is gone, counts at its first look at each conversation, keeps back what it
 * would record of missing ones until it has seen one that is there, and stops
 * where the first twenty are missing.
 */
#ifndef CHECK_CENSUS_H
#define CHECK_CENSUS_H

#include "base/error.h"
#include "base/span.h"
#include "base/strmap.h"
#include "checkpoint/checkpoint.h"

#include <stdbool.h>
#include <stdint.h>

struct census {
    int64_t found;
    int64_t missing;
    struct strmap held; /* threads whose rolled_back waits: see census_settle() */
};

void census_init(struct census *census);
void census_release(struct census *census);

/* A conversation is there. */
void census_found(struct census *census);

/* One is missing. False with ERROR_AUTH if it is the twentieth, and none was found. */
bool census_missing(struct census *census, struct error *err);

/* A missing conversation's thread is rolled back: recorded, or kept back while none was found. */
bool census_close(struct census *census, struct checkpoint *checkpoint, struct span thread_id,
                  struct error *err);

/* At the end of a run that nothing has stopped: records what was kept back, and syncs. */
bool census_settle(struct census *census, struct checkpoint *checkpoint, struct error *err);

#endif
