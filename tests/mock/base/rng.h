/* A small seeded generator (splitmix64): same seed, same numbers, everywhere. */
#ifndef MOCK_RNG_H
#define MOCK_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mock_rng {
    uint64_t state;
};

uint64_t mock_rng_next(struct mock_rng *rng);

/* lo..hi, both included. */
unsigned mock_rng_between(struct mock_rng *rng, unsigned lo, unsigned hi);

/* True in percent of a hundred cases. */
bool mock_rng_chance(struct mock_rng *rng, unsigned percent);

/* Writes len characters of [A-Za-z0-9] and a NUL. */
void mock_rng_alnum(struct mock_rng *rng, char *out, size_t len);

/* Writes len lower-case hex digits and a NUL. */
void mock_rng_hex(struct mock_rng *rng, char *out, size_t len);

#endif
