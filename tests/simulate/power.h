/*
 * Power is lost: any of the sectors that were not synced may be.
 */
#ifndef SIMULATE_POWER_H
#define SIMULATE_POWER_H

#include <stdbool.h>
#include <stdint.h>

/* Which sectors survive, and what the others show, comes from the seed. Includes a restart. True
 * where it has changed this file. */
bool power_lose(uint64_t seed, const char *path);

#endif
