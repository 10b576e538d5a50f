#include "simulate/rng.h"

void rng_seed(struct rng *rng, uint64_t seed)
{
    rng->state = seed * UINT64_C(0xd1342543de82ef95) + 1;
}

/* SplitMix64. */
uint64_t rng_next(struct rng *rng)
{
    uint64_t x = rng->state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t rng_below(struct rng *rng, uint64_t count)
{
    return rng_next(rng) % count;
}

bool rng_percent(struct rng *rng, unsigned percent)
{
    return rng_below(rng, 100) < percent;
}

uint64_t rng_small(struct rng *rng, unsigned bits)
{
    return 1 + rng_below(rng, UINT64_C(1) << rng_below(rng, bits + 1));
}
