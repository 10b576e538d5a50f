/*
 * Plays a script: makes its world, does one step after the other, and has the
 * oracle look after each.
 */
#ifndef SIMULATE_PLAY_H
#define SIMULATE_PLAY_H

#include "base/buf.h"
#include "simulate/script.h"

#include <stdbool.h>

/* A line for each step goes to trace. False where something was wrong, which is added to why. */
bool play(const struct script *script, struct buf *trace, struct buf *why);

#endif
