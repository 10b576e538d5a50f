/*
 * SipHash-2-4: a hash under a key. Who does not know the key cannot choose
 * texts that collide.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include "base/span.h"

#include <stdint.h>

uint64_t siphash(const uint64_t key[2], struct span text);

/* A key of this process alone. */
void siphash_random_key(uint64_t key[2]);

#endif
