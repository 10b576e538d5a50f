/*
 * The shortest sequence that still fails in the same way.
 */
#ifndef SIMULATE_SHRINK_H
#define SIMULATE_SHRINK_H

#include "base/buf.h"
#include "simulate/script.h"

#include <stdbool.h>

/* Plays a script; false with the reason where it fails. */
typedef bool (*shrink_play)(const struct script *script, struct buf *why);

/* Leaves out steps, threads and troubles, and makes numbers smaller, as long as what the script
 * says is like `why` but for its numbers. */
void shrink(struct script *script, struct span why, shrink_play plays);

#endif
