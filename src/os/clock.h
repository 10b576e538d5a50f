/*
 * Seam: time. Nobody but the loop (and doctor) asks the clock; everybody else
 * is told. Linked as clock_posix.c, or as a fake that tests move by hand.
 */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>

/* Milliseconds of a monotonic clock with an arbitrary start; never goes back. */
int64_t clock_now_ms(void);

/* Milliseconds since 1970, for people and for dates in headers. */
int64_t clock_wall_ms(void);

#endif
