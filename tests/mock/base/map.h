/*
 * String → pointer. Keys are borrowed: whoever adds one keeps it alive. Values
 * are never freed by the map. Nothing is removed; a key can be set again.
 */
#ifndef MOCK_MAP_H
#define MOCK_MAP_H

#include <stddef.h>

struct mock_map_slot {
    const char *key;
    void *value;
};

/* Zero-initialise to use. */
struct mock_map {
    struct mock_map_slot *slots; /* owned */
    size_t cap;                  /* a power of two, or 0 */
    size_t count;
};

void mock_map_set(struct mock_map *map, const char *key, void *value);

/* NULL when the key is unknown. */
void *mock_map_get(const struct mock_map *map, const char *key);

void mock_map_release(struct mock_map *map);

#endif
