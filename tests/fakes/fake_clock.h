/*
 * The fake side of os/clock.h: time stands still until somebody moves it.
 * fake_http moves it while it waits.
 */
#ifndef FAKES_FAKE_CLOCK_H
#define FAKES_FAKE_CLOCK_H

#include <stdint.h>

enum { FAKE_CLOCK_START_MS = 1000000 };

/* The clock shows FAKE_CLOCK_START_MS, the wall Sat, 21 Nov 2026 00:00:00 GMT. */
void fake_clock_reset(void);

void fake_clock_advance(int64_t ms);

/* Moves forward to this moment; the past is ignored. */
void fake_clock_advance_to(int64_t now_ms);

/* Somebody sets the wall clock; the other one does not care. */
void fake_clock_jump_wall(int64_t ms);

#endif
