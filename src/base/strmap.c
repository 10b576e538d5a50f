#include "base/strmap.h"

#include "base/mem.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    KEY_MAX = UINT16_MAX,
    LENGTH_SIZE = 2,
    FIRST_INDEX_SIZE = 64,
    FIRST_ENTRIES = 16,
    FIRST_KEYS = 1024,
    SIP_BLOCK = 8,
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
    /* Never fails for so few bytes on a kernel that has it; the address is better than nothing. */
    if (getrandom(map->seed, sizeof map->seed, 0) != (ssize_t)sizeof map->seed)
        map->seed[0] = (uint64_t)(uintptr_t)map;
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
    cell = map->index[find_cell(map, key, strmap_siphash(map->seed, key))];
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
    hash = strmap_siphash(map->seed, key);
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

static uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], int rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[0] = rotate(v[0], 32);
        v[2] += v[3];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
    }
}

/* Up to eight bytes, the first one lowest. */
static uint64_t little_endian(const char *bytes, size_t len)
{
    uint64_t word = 0;

    memcpy(&word, bytes, len);
    return le64toh(word);
}

static void sip_absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_rounds(v, 2);
    v[0] ^= word;
}

/* Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). */
uint64_t strmap_siphash(const uint64_t key[2], struct span text)
{
    uint64_t v[4] = {
        key[0] ^ 0x736f6d6570736575,
        key[1] ^ 0x646f72616e646f6d,
        key[0] ^ 0x6c7967656e657261,
        key[1] ^ 0x7465646279746573,
    };
    const size_t whole = text.len / SIP_BLOCK * SIP_BLOCK;
    uint64_t tail = (uint64_t)text.len << 56;

    for (size_t i = 0; i < whole; i += SIP_BLOCK)
        sip_absorb(v, little_endian(text.data + i, SIP_BLOCK));
    if (whole < text.len)
        tail |= little_endian(text.data + whole, text.len - whole);
    sip_absorb(v, tail);
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
