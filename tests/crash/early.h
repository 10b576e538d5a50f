/*
 * Did a request leave before the record that it rests on was durable, or was
 * something said to be done before it was? Looks at what the disk would hold
 * after a power cut, at the moment each request leaves and each line is logged.
 * It knows the format of the checkpoint and nothing of the program's code.
 */
#ifndef CRASH_EARLY_H
#define CRASH_EARLY_H

#include "base/log.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdio.h>

/* Watches from now on, until the fakes are reset. */
void early_begin(void);

/* Also asks this about each body of items that leaves: NULL, or what is wrong, in words (static).
 * durable: the checkpoint. Until the next early_begin(). */
void early_judge_bodies(const char *(*one)(struct span body, struct span durable));

/* New: a log that hears every line, and passes on those up to this level. */
FILE *early_log(enum log_level level, FILE *stream);

/* What left or was said too early, in words; or NULL. */
const char *early_found(void);

#endif
