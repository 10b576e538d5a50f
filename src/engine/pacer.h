/*
 * The pacer of one origin: how fast requests may leave. Four things hold them
 * back, and all must agree:
 *
 *   - a hold that the server asked for (Retry-After): the whole origin waits
 *   - token buckets for reads and for writes where a rate is configured
 *   - a rate learnt from the server's refusals, which falls when it refuses and
 *     rises slowly while it does not
 *   - an adaptive window of requests in flight: additive increase, halved on a
 *     refusal or a time-out, at most once for the requests of one moment
 *
 * It never asks the clock; times are milliseconds of one monotonic clock.
 */
#ifndef ENGINE_PACER_H
#define ENGINE_PACER_H

#include <stdbool.h>
#include <stdint.h>

enum pace_kind { PACE_READ, PACE_WRITE, PACE_KINDS };

enum pace_end { PACE_FINE, PACE_THROTTLED, PACE_TIMED_OUT };

struct pace_bucket {
    double tokens;
    double per_ms; /* 0: no limit */
    double burst;
    int64_t filled_ms;
};

struct pacer {
    struct pace_bucket buckets[PACE_KINDS];
    struct pace_bucket learnt; /* per_ms 0 until the server has refused something */
    int64_t hold_until_ms;
    double window;
    double window_max;
    int64_t in_flight;
    int64_t shrunk_ms;       /* when the window was halved last */
    int64_t counted_from_ms; /* of `counted`: accepted requests, to learn the rate from */
    int64_t counted;
    uint64_t random; /* jitter; seeded, so that the same script is the same run */
};

struct pacer_options {
    int64_t requests_per_minute; /* 0: as fast as the server allows */
    int64_t window_max;
    uint64_t seed;
};

void pacer_init(struct pacer *pacer, const struct pacer_options *options, int64_t now_ms);

/* 0 where a request of this kind may leave now, else when to ask again (INT64_MAX: when one ends).
 */
int64_t pacer_wait_until(struct pacer *pacer, enum pace_kind kind, int64_t now_ms);

void pacer_sent(struct pacer *pacer, enum pace_kind kind, int64_t now_ms);
void pacer_ended(struct pacer *pacer, enum pace_end end, int64_t now_ms);

/* The origin waits until then, at least. */
void pacer_hold(struct pacer *pacer, int64_t until_ms);

/* Back-off before attempt number `attempt` (1 is the first repetition): 0.5 s · 2^(n-1) up to 60 s,
 * plus up to a quarter of that. */
int64_t pacer_backoff_ms(struct pacer *pacer, int64_t attempt);

#endif
