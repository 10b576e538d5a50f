#include "base/strmap.h"

#include "base/mem.h"
#include "base/siphash.h"

#include <assert.h>
#include <stdlib.h>

enum {
    KEY_MAX = UINT16_MAX,
    LENGTH_SIZE = 2,
    FIRST_INDEX_SIZE = 64,
    FIRST_ENTRIES = 16,
    FIRST_KEYS = 1024,
};

struct strmap_entry {
    uint64_t offset; /* in keys */
    uint64_t value;
};

/* A cell holds the part of the hash that chose it: comparisons with other keys and growing are
 * decided in the index alone, without a miss of the cache for entry and key. */
static uint64_t cell_of(size_t position, uint64_t hash)
{
    return hash << 32 | (uint64_t)(position + 1);
}

static size_t cell_position(uint64_t cell)
{
    return (size_t)(cell & UINT32_MAX) - 1;
}

static uint64_t cell_hash(uint64_t cell)
{
    return cell >> 32;
}

void strmap_init(struct strmap *map)
{
    *map = (struct strmap){0};
    siphash_random_key(map->seed);
}

void strmap_release(struct strmap *map)
{
    free(map->keys);
    free(map->entries);
    free(map->index);
    *map = (struct strmap){0};
}

static struct span key_at(const struct strmap *map, uint64_t offset)
{
    const unsigned char *length = (const unsigned char *)map->keys + offset;

    return (struct span){map->keys + offset + LENGTH_SIZE,
                         (size_t)length[0] | (size_t)length[1] << 8};
}

struct span strmap_key(const struct strmap *map, size_t position)
{
    assert(position < map->count);
    return key_at(map, map->entries[position].offset);
}

uint64_t strmap_value(const struct strmap *map, size_t position)
{
    assert(position < map->count);
    return map->entries[position].value;
}

void strmap_set_value(struct strmap *map, size_t position, uint64_t value)
{
    assert(position < map->count);
    map->entries[position].value = value;
}

/* Where in the index the key is or would be. */
static size_t find_cell(const struct strmap *map, struct span key, uint64_t hash)
{
    const size_t mask = map->index_size - 1;
    size_t at = (size_t)hash & mask;

    for (; map->index[at] != 0; at = (at + 1) & mask) {
        const uint64_t cell = map->index[at];

        if (cell_hash(cell) == (hash & UINT32_MAX) &&
            span_equal(strmap_key(map, cell_position(cell)), key))
            break;
    }
    return at;
}

size_t strmap_find(const struct strmap *map, struct span key)
{
    uint64_t cell;

    if (map->count == 0 || key.len > KEY_MAX)
        return SIZE_MAX;
    cell = map->index[find_cell(map, key, siphash(map->seed, key))];
    return cell != 0 ? cell_position(cell) : SIZE_MAX;
}

static void grow_index(struct strmap *map)
{
    const size_t size = map->index_size > 0 ? map->index_size * 2 : FIRST_INDEX_SIZE;
    uint64_t *index = mem_zalloc(size, sizeof *index);

    for (size_t i = 0; i < map->index_size; i++) {
        const uint64_t cell = map->index[i];
        size_t at = (size_t)cell_hash(cell) & (size - 1);

        if (cell == 0)
            continue;
        while (index[at] != 0)
            at = (at + 1) & (size - 1);
        index[at] = cell;
    }
    free(map->index);
    map->index = index;
    map->index_size = size;
}

/* By half, not by doubling: at ten million keys the difference is what fits in memory. */
static void reserve(struct strmap *map, size_t key_len)
{
    const size_t keys_need = map->keys_len + LENGTH_SIZE + key_len;

    if (keys_need > map->keys_cap) {
        map->keys_cap += map->keys_cap / 2 + FIRST_KEYS;
        if (map->keys_cap < keys_need)
            map->keys_cap = keys_need;
        map->keys = mem_resize(map->keys, map->keys_cap, 1);
    }
    if (map->count == map->entry_cap) {
        map->entry_cap += map->entry_cap / 2 + FIRST_ENTRIES;
        map->entries = mem_resize(map->entries, map->entry_cap, sizeof *map->entries);
    }
}

size_t strmap_add(struct strmap *map, struct span key, bool *added)
{
    uint64_t hash;
    size_t at;
    char *place;

    assert(key.len <= KEY_MAX && map->count < UINT32_MAX - 1);
    if (map->count >= map->index_size / 4 * 3)
        grow_index(map);
    hash = siphash(map->seed, key);
    at = find_cell(map, key, hash);
    *added = map->index[at] == 0;
    if (!*added)
        return cell_position(map->index[at]);
    reserve(map, key.len);
    place = map->keys + map->keys_len;
    place[0] = (char)(key.len & 0xff);
    place[1] = (char)(key.len >> 8);
    if (key.len > 0)
        memcpy(place + LENGTH_SIZE, key.data, key.len);
    map->entries[map->count] = (struct strmap_entry){.offset = map->keys_len};
    map->keys_len += LENGTH_SIZE + key.len;
    map->index[at] = cell_of(map->count, hash);
    return map->count++;
}
