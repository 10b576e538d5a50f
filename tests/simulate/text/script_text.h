/*
 * A sequence as text, to keep it as a test and to look at: a line about the world and one for
 * each step, of "name=value" parts. What is zero is left out.
 */
#ifndef SIMULATE_SCRIPT_TEXT_H
#define SIMULATE_SCRIPT_TEXT_H

#include "base/buf.h"
#include "simulate/script.h"

#include <stdbool.h>

void script_write(const struct script *script, struct buf *out);

/* Makes one of its numbers as small as it can be, or half of what it is. False where there is none
 * with this number (from 0) any more; *changed says whether anything is different. */
bool script_lessen(struct script *script, size_t number, bool by_half, bool *changed);

/* False where a line cannot be read, which is added to why. Lines that begin with # are skipped. */
bool script_read(struct script *script, struct span text, struct buf *why);

#endif
