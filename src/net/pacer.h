/*
 * The pacer of one origin: how fast requests may leave. Three things hold them
 * back, and all must agree:
 *
 *   - a hold that the server asked for (Retry-After): the whole origin waits
 *   - a rate learnt from refusals (rate.h), or told by x-ratelimit headers
 *   - a window of requests in flight, which opens quickly while nothing is
 *     refused and closes by half at a time-out
 *
 * Refusals of one moment are one event: what was in flight together is refused
 * together. Whether the server's bucket was empty or it refused at random is
 * decided when the hold is over, by what became of the requests that were sent
 * after the refused one.
 *
 * It never asks the clock; times are milliseconds of one monotonic clock.
 */
#ifndef NET_PACER_H
#define NET_PACER_H

#include "net/rate.h"

#include <stdbool.h>
#include <stdint.h>

struct pacer_options {
    int64_t window_max;
    uint64_t seed;
};

/* The refusals of one moment. */
struct pace_refusal {
    bool open; /* not yet judged */
    int64_t began_ms;
    uint64_t first;  /* ticket of the request that was refused first */
    uint64_t before; /* requests with lower tickets belong to this moment */
    int64_t refused;
    int64_t in_a_row; /* moments of refusal, nothing accepted in between */
    int64_t doubtful; /* moments in a row that did not show whether it was at random */
};

struct pacer {
    struct rate rate;
    struct pace_refusal refusal;
    int64_t hold_until_ms;
    double window;
    double window_max;
    double brisk_below; /* the window opens quickly up to here, slowly beyond */
    int64_t opened_ms;
    int64_t shrunk_ms; /* when the window was halved last */
    int64_t in_flight;
    uint64_t tickets;
    double told_per_ms; /* the limit that x-ratelimit headers name, 0: none */
    int64_t told_left;  /* requests that may leave by the newest of them */
    bool told_tried;
    uint64_t random; /* jitter; seeded, so that the same script is the same run */
};

enum pace_result { PACE_FINE, PACE_THROTTLED, PACE_TIMED_OUT };

/* How a request ended. */
struct pace_end {
    enum pace_result result;
    uint64_t ticket;
    int64_t hold_ms;   /* that the server asked for, or 0 */
    int64_t limit;     /* x-ratelimit-limit-requests (per minute), or INT64_MIN */
    int64_t remaining; /* x-ratelimit-remaining-requests, or INT64_MIN */
};

void pacer_init(struct pacer *pacer, const struct pacer_options *options, int64_t now_ms);

/* 0 if a request may leave now, else when to ask again (INT64_MAX: when one ends). */
int64_t pacer_wait_until(struct pacer *pacer, int64_t now_ms);

/* A request leaves; its ticket, for pacer_ended(). */
uint64_t pacer_sent(struct pacer *pacer);

void pacer_ended(struct pacer *pacer, const struct pace_end *end, int64_t now_ms);

/* Back-off before attempt number `attempt` (1 is the first repetition): 0.5 s · 2^(n-1) up to 60 s,
 * plus up to a quarter of that. */
int64_t pacer_backoff_ms(struct pacer *pacer, int64_t attempt);

#endif
