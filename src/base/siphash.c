#include "base/siphash.h"

#include <endian.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 8, KEY_BYTES = 2 * sizeof(uint64_t) };

void siphash_random_key(uint64_t key[2])
{
    key[1] = 0;
    /* Never fails for so few bytes on a kernel that has it; the address is better than nothing. */
    if (getentropy(key, KEY_BYTES) != 0)
        key[0] = (uint64_t)(uintptr_t)key;
}

static inline uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void mix(uint64_t v[4])
{
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

/* Up to eight bytes, the first one lowest. */
static uint64_t little_endian(const char *bytes, size_t len)
{
    uint64_t word = 0;

    memcpy(&word, bytes, len);
    return le64toh(word);
}

static inline void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v);
    mix(v);
    v[0] ^= word;
}

/* Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). */
uint64_t siphash(const uint64_t key[2], struct span text)
{
    uint64_t v[4] = {
        key[0] ^ 0x736f6d6570736575,
        key[1] ^ 0x646f72616e646f6d,
        key[0] ^ 0x6c7967656e657261,
        key[1] ^ 0x7465646279746573,
    };
    const size_t whole = text.len / BLOCK * BLOCK;
    uint64_t tail = (uint64_t)text.len << 56;

    for (size_t i = 0; i < whole; i += BLOCK)
        absorb(v, little_endian(text.data + i, BLOCK));
    if (whole < text.len)
        tail |= little_endian(text.data + whole, text.len - whole);
    absorb(v, tail);
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        mix(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
