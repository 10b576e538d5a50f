#include "mock/base/rng.h"

uint64_t mock_rng_next(struct mock_rng *rng)
{
    uint64_t z = rng->state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

unsigned mock_rng_between(struct mock_rng *rng, unsigned lo, unsigned hi)
{
    return lo + (unsigned)(mock_rng_next(rng) % (hi - lo + 1u));
}

bool mock_rng_chance(struct mock_rng *rng, unsigned percent)
{
    return mock_rng_next(rng) % 100 < percent;
}

void mock_rng_alnum(struct mock_rng *rng, char *out, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    uint64_t bits = 0;

    for (size_t i = 0; i < len; i++) {
        if (i % 8 == 0)
            bits = mock_rng_next(rng);
        out[i] = digits[(bits & 0xFF) % 62];
        bits >>= 8;
    }
    out[len] = '\0';
}

void mock_rng_hex(struct mock_rng *rng, char *out, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t bits = 0;

    for (size_t i = 0; i < len; i++) {
        if (i % 16 == 0)
            bits = mock_rng_next(rng);
        out[i] = digits[bits & 15];
        bits >>= 4;
    }
    out[len] = '\0';
}
