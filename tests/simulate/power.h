/*
 * Power is lost: any of the sectors that were not synced may be.
 */
#ifndef SIMULATE_POWER_H
#define SIMULATE_POWER_H

#include <stdbool.h>
#include <stdint.h>

enum { POWER_PATHS = 2 };

/* Which sectors survive, and what the others show, comes from the seed. Includes a restart. Tells
 * which of these files it has changed. */
void power_lose(uint64_t seed, const char *const paths[POWER_PATHS], bool is_changed[POWER_PATHS]);

#endif
