/*
 * The fake side of os/stop.h: signals that come at a moment of the fake clock.
 * There is no descriptor to wait on; fake_http wakes for them.
 */
#ifndef FAKES_FAKE_STOP_H
#define FAKES_FAKE_STOP_H

#include <stdint.h>

/* No signal has come and none will. */
void fake_stop_reset(void);

/* SIGINT, SIGTERM or SIGUSR1 comes at this moment (or has come, when it has passed). One each. */
void fake_stop_at(int64_t now_ms, int number);

/* When the next signal comes that nobody was woken for, or INT64_MAX. */
int64_t fake_stop_next_ms(void);

/* A waiter has been woken up to this moment. */
void fake_stop_woken(int64_t now_ms);

#endif
