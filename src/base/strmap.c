#include "base/strmap.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    KEY_MAX = UINT16_MAX,
    LENGTH_SIZE = 2,
    FIRST_INDEX_SIZE = 64,
    FIRST_ENTRIES = 16,
    FIRST_KEYS = 1024,
    OFFSET_BITS = 48,
    SIP_BLOCK = 8,
};

/* The upper bits of the place are a piece of the hash: nearly every comparison with a wrong key
 * is decided without touching that key. */
struct strmap_entry {
    uint64_t place;
    uint64_t value;
};

static uint64_t entry_offset(const struct strmap_entry *entry)
{
    return entry->place & (((uint64_t)1 << OFFSET_BITS) - 1);
}

static uint64_t hash_tag(uint64_t hash)
{
    return hash >> OFFSET_BITS << OFFSET_BITS;
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
    return key_at(map, entry_offset(&map->entries[position]));
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

/* The cell of the index where the key is or would be; 0 in a cell means empty. */
static size_t find_cell(const struct strmap *map, struct span key, uint64_t hash)
{
    const size_t mask = map->index_size - 1;
    size_t cell = (size_t)hash & mask;

    for (; map->index[cell] != 0; cell = (cell + 1) & mask) {
        const struct strmap_entry *entry = &map->entries[map->index[cell] - 1];

        if (hash_tag(entry->place) == hash_tag(hash) &&
            span_equal(key_at(map, entry_offset(entry)), key))
            break;
    }
    return cell;
}

size_t strmap_find(const struct strmap *map, struct span key)
{
    size_t cell;

    if (map->count == 0 || key.len > KEY_MAX)
        return SIZE_MAX;
    cell = find_cell(map, key, strmap_siphash(map->seed, key));
    return map->index[cell] != 0 ? map->index[cell] - 1 : SIZE_MAX;
}

/* Keys are unique, so only an empty cell is looked for. */
static void grow_index(struct strmap *map)
{
    const size_t size = map->index_size > 0 ? map->index_size * 2 : FIRST_INDEX_SIZE;

    free(map->index);
    map->index = mem_zalloc(size, sizeof *map->index);
    map->index_size = size;
    for (size_t i = 0; i < map->count; i++) {
        size_t cell = (size_t)strmap_siphash(map->seed, strmap_key(map, i)) & (size - 1);

        while (map->index[cell] != 0)
            cell = (cell + 1) & (size - 1);
        map->index[cell] = (uint32_t)i + 1;
    }
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
    size_t cell;
    char *place;

    assert(key.len <= KEY_MAX && map->count < UINT32_MAX - 1);
    *added = false;
    if (map->count >= map->index_size / 4 * 3)
        grow_index(map);
    hash = strmap_siphash(map->seed, key);
    cell = find_cell(map, key, hash);
    if (map->index[cell] != 0)
        return map->index[cell] - 1;
    reserve(map, key.len);
    place = map->keys + map->keys_len;
    place[0] = (char)(key.len & 0xff);
    place[1] = (char)(key.len >> 8);
    if (key.len > 0)
        memcpy(place + LENGTH_SIZE, key.data, key.len);
    map->entries[map->count] = (struct strmap_entry){.place = map->keys_len | hash_tag(hash)};
    map->keys_len += LENGTH_SIZE + key.len;
    map->index[cell] = (uint32_t)++map->count;
    *added = true;
    return map->count - 1;
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

static uint64_t little_endian(const unsigned char *bytes, size_t len)
{
    uint64_t word = 0;

    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
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
    const unsigned char *bytes = (const unsigned char *)text.data;
    const size_t whole = text.len / SIP_BLOCK * SIP_BLOCK;

    for (size_t i = 0; i < whole; i += SIP_BLOCK)
        sip_absorb(v, little_endian(bytes + i, SIP_BLOCK));
    sip_absorb(v, (uint64_t)text.len << 56 |
                      (whole < text.len ? little_endian(bytes + whole, text.len - whole) : 0));
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
