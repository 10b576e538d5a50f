/*
 * A number that stands for a value while the process runs, to see whether two
 * that are not kept were the same: as with idset.h, what collides by intent hides
 * only what its maker made.
 */
#ifndef JSON_JSON_HASH_H
#define JSON_JSON_HASH_H

#include <jansson.h>
#include <stdint.h>

/* The same for equal values, in whatever order their members are and however a number is written;
 * 0 of NULL. */
uint64_t json_hash(const json_t *value);

#endif
