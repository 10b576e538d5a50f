#include "mock/base/map.h"

#include "mock/base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash(const char *key)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (; *key != '\0'; key++)
        h = (h ^ (unsigned char)*key) * 0x100000001b3u;
    return h ^ (h >> 29);
}

static struct mock_map_slot *find(struct mock_map_slot *slots, size_t cap, const char *key)
{
    size_t at = (size_t)hash(key) & (cap - 1);

    while (slots[at].key && strcmp(slots[at].key, key) != 0)
        at = (at + 1) & (cap - 1);
    return &slots[at];
}

static void grow(struct mock_map *map)
{
    size_t cap = map->cap == 0 ? 64 : map->cap * 2;
    struct mock_map_slot *slots = mock_alloc(cap, sizeof *slots);

    for (size_t i = 0; i < map->cap; i++)
        if (map->slots[i].key)
            *find(slots, cap, map->slots[i].key) = map->slots[i];
    free(map->slots);
    map->slots = slots;
    map->cap = cap;
}

void mock_map_set(struct mock_map *map, const char *key, void *value)
{
    if (map->count * 3 >= map->cap * 2)
        grow(map);
    struct mock_map_slot *slot = find(map->slots, map->cap, key);
    if (!slot->key) {
        slot->key = key;
        map->count++;
    }
    slot->value = value;
}

void *mock_map_get(const struct mock_map *map, const char *key)
{
    return map->cap == 0 ? NULL : find(map->slots, map->cap, key)->value;
}

void mock_map_release(struct mock_map *map)
{
    free(map->slots);
    *map = (struct mock_map){0};
}
