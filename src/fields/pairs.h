/*
 * A small map from text to text: the members of a setting such as
 * source.fields. Sorted by name, so that it prints and digests the same
 * whatever order its members were given in.
 */
#ifndef FIELDS_PAIRS_H
#define FIELDS_PAIRS_H

#include "base/span.h"

#include <stddef.h>

struct pair {
    char *name; /* both owned by the map */
    char *value;
};

/* A zeroed one is empty. */
struct pairs {
    struct pair *items;
    size_t count;
};

/* Copies both; replaces the value of a name that is there. */
void pairs_set(struct pairs *pairs, struct span name, struct span value);

/* Removes the name; nothing happens if it is not there. */
void pairs_remove(struct pairs *pairs, struct span name);

/* Borrowed, or NULL. */
const char *pairs_get(const struct pairs *pairs, struct span name);

/* Frees and empties. */
void pairs_release(struct pairs *pairs);

#endif
