/*
 * Shards: N processes (or machines) share one list of threads, each takes the
 * ids that fall to it. Which ones is a matter of the id alone, so that nobody
 * has to tell anybody:
 *
 *     shard of an id = FNV-1a(id) mod N + 1
 *
 * with the 64-bit FNV-1a hash: start with 14695981039346656037, then for each
 * byte xor it in and multiply by 1099511628211, modulo 2^64. The rule is part
 * of what checkpoints pin and does not change.
 */
#ifndef SETTINGS_SHARD_H
#define SETTINGS_SHARD_H

#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* {0, 0}: no shards. */
struct shard {
    int64_t index; /* 1 .. count; 0 for "auto" as long as nobody has said which */
    int64_t count;
};

/*
 * Parses "I/N" or "auto/N". auto takes its (0-based) index from JOB_COMPLETION_INDEX or
 * SLURM_ARRAY_TASK_ID of the environment; with a NULL environment it is accepted and left 0.
 */
bool shard_parse(struct shard *shard, struct span text, char *const *environment,
                 struct error *err);

/* True where the id falls to the shard, or there are no shards. */
bool shard_has(const struct shard *shard, struct span id);

#endif
