#include "json/json_hash.h"

#include "base/siphash.h"

static const uint64_t KEY[2] = {0x6a736f6e68617368u, 0x6c6f6f6b73616d65u};

/* As MurmurHash3 (Appleby) finishes. */
static uint64_t hash_pair(uint64_t first, uint64_t second)
{
    uint64_t hash = first * 0xff51afd7ed558ccdu + second;

    hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53u;
    return hash ^ hash >> 33;
}

/* Depth is bounded where values are read. */
static uint64_t hash_members(const json_t *object)
{
    uint64_t sum = 0;
    const char *key;
    const json_t *member;

    json_object_foreach((json_t *)(uintptr_t)object, key, member)
    {
        sum += hash_pair(siphash(KEY, span_of(key)), json_hash(member));
    }
    return sum;
}

static uint64_t hash_elements(const json_t *array)
{
    uint64_t hash = 0;

    for (size_t i = 0; i < json_array_size(array); i++)
        hash = hash_pair(hash, json_hash(json_array_get(array, i)));
    return hash;
}

/* 0, 0.0 and -0.0 are the same number. */
static uint64_t hash_number(const json_t *number)
{
    const double value = json_number_value(number) + 0.0;

    return siphash(KEY, (struct span){(const char *)&value, sizeof value});
}

uint64_t json_hash(const json_t *value)
{
    uint64_t hash = 0;

    if (!value)
        return 0;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        hash = hash_members(value);
        break;
    case JSON_ARRAY:
        hash = hash_elements(value);
        break;
    case JSON_STRING:
        hash = siphash(KEY, (struct span){json_string_value(value), json_string_length(value)});
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        return hash_number(value);
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
    return hash_pair(hash, (uint64_t)json_typeof(value) + 1);
}
