/*
 * Chance from a seed: the same seed, the same numbers, on every machine.
 */
#ifndef SIMULATE_RNG_H
#define SIMULATE_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

/* Neighbouring seeds give unrelated numbers. */
void rng_seed(struct rng *rng, uint64_t seed);

uint64_t rng_next(struct rng *rng);

/* 0 … count - 1; count is at least 1. */
uint64_t rng_below(struct rng *rng, uint64_t count);

/* True so many times in a hundred. */
bool rng_percent(struct rng *rng, unsigned percent);

/* 1 … 2^bits, small numbers far more often than large ones. */
uint64_t rng_small(struct rng *rng, unsigned bits);

#endif
