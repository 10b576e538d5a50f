/*
 * Did a request leave before the record that it rests on was durable? Looks at
 * what the disk would hold after a power cut, at the moment each request leaves.
 * It knows the format of the checkpoint and nothing of the program's code.
 */
#ifndef CRASH_EARLY_H
#define CRASH_EARLY_H

#include <stdbool.h>

/* Watches from now on, until the fakes are reset. */
void early_begin(void);

/* What left too early, in words; or NULL. */
const char *early_found(void);

#endif
