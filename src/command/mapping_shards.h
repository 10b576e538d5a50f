/*
 * Do several checkpoints together make one whole job? By their pins: the same
 * destination, shards 1/N to N/N, each once. Where the pins prove that no
 * thread can be in two files, the ids are only held against the pins; else they
 * are remembered and compared.
 */
#ifndef COMMAND_MAPPING_SHARDS_H
#define COMMAND_MAPPING_SHARDS_H

#include "base/span.h"
#include "base/strmap.h"
#include "checkpoint/record.h"
#include "settings/shard.h"

#include <stdbool.h>
#include <stddef.h>

struct shards_file {
    const char *path; /* borrowed */
    struct pins pins; /* borrowed */
    struct shard shard;
    size_t foreign; /* threads that belong to another shard */
};

struct shards {
    struct shards_file *files;
    size_t count;
    bool disjoint;     /* the pins prove that no thread is in two of the files */
    struct strmap ids; /* if the pins prove nothing: thread -> file */
    size_t twice;      /* threads that are in more than one file */
};

void shards_init(struct shards *shards);
void shards_release(struct shards *shards);

/* Adds a file; path and pins are borrowed until the release. All before the first shards_see(). */
void shards_add(struct shards *shards, const char *path, const struct pins *pins);

/* A thread that has a conversation in the file at that place. */
void shards_see(struct shards *shards, size_t file, struct span thread_id);

/* Logs what is missing or overlaps; false if there is any. A single file
 * is always whole. */
bool shards_judge(const struct shards *shards);

#endif
