/*
 * The ids that a list has shown so far, to notice repetitions: 64-bit keyed
 * hashes, eight to sixteen bytes an id, so that a thread of 100 000 messages
 * costs about a megabyte.
 */
#ifndef SOURCE_IDSET_H
#define SOURCE_IDSET_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idset {
    uint64_t *slots; /* 0 is empty */
    size_t size;
    size_t count;
};

void idset_init(struct idset *set);
void idset_release(struct idset *set);

/* True if the id was not in the set before. */
bool idset_add(struct idset *set, struct span id);

bool idset_has(const struct idset *set, struct span id);

#endif
