/*
 * A hash map from strings to 64-bit values, compact enough for ten million
 * thread ids: keys are packed one behind the other. Keyed hash (SipHash), so
 * that nobody can choose colliding ids. Keys keep their order of insertion.
 */
#ifndef BASE_STRMAP_H
#define BASE_STRMAP_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strmap {
    char *keys; /* len (2 bytes), bytes, len, bytes, … */
    size_t keys_len;
    size_t keys_cap;
    struct strmap_entry *entries;
    size_t count;
    size_t entry_cap;
    uint64_t *index; /* position + 1 in the lower half, hash in the upper half; 0 is empty */
    size_t index_size;
    uint64_t seed[2];
};

void strmap_init(struct strmap *map);
void strmap_release(struct strmap *map);

/* Position of the key (0 .. count-1, stable), or SIZE_MAX. Keys have at most 65535 bytes. */
size_t strmap_find(const struct strmap *map, struct span key);

/* Position of the key, added with value 0 where it was not there; *added tells. */
size_t strmap_add(struct strmap *map, struct span key, bool *added);

struct span strmap_key(const struct strmap *map, size_t position);
uint64_t strmap_value(const struct strmap *map, size_t position);
void strmap_set_value(struct strmap *map, size_t position, uint64_t value);

#endif
