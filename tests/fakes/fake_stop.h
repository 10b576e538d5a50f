/*
 * The fake side of os/stop.h: signals that come at a moment of the fake clock.
 * There is no descriptor to wait on; fake_http wakes for them, again and again
 * until somebody asks what has come, as the real pipe does.
 */
#ifndef FAKES_FAKE_STOP_H
#define FAKES_FAKE_STOP_H

#include <stdint.h>

/* No signal has come and none will. */
void fake_stop_reset(void);

/* SIGINT, SIGTERM or SIGUSR1 comes at this moment (or has come, when it has passed). One each. */
void fake_stop_at(int64_t now_ms, int number);

/* When the next signal comes that nobody has asked for yet, or INT64_MAX. */
int64_t fake_stop_next_ms(void);

/* A waiter is woken. Ends the program where nobody asks why, however often: a busy loop. */
void fake_stop_wake(void);

#endif
