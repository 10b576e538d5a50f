/*
 * The rate an origin allows, learnt from its refusals.
 *
 * Nothing is known of the server's limit but when it refused. Between two
 * refusals of an emptied bucket it has accepted what it allows, or less if
 * its bucket is so small that it overflowed meanwhile: a bound from below. The
 * rate at which it refused is a bound from above. After the first refusal the
 * rate is sought by a steep climb; from then on it stays a little below what is
 * known and creeps up, faster the longer nothing is refused.
 */
#ifndef NET_RATE_H
#define NET_RATE_H

#include "net/bucket.h"

#include <stdbool.h>
#include <stdint.h>

struct rate {
    struct bucket bucket; /* per_ms 0: free */
    double growth;        /* of the rate, relative, per ms */
    double floor;         /* the lower bound that the newest refusal showed, 0: none */
    double busy;          /* share of the time in which requests were sent before it */
    int64_t accepted;     /* since the newest refusal */
    int64_t refused_ms;   /* when that was */
    int64_t resumed_ms;   /* when sending began again after it */
    bool refused;         /* ever */
    int soon;             /* refusals in a row that came soon and taught nothing */
    int climbs;           /* refusals since the limit was sought */
};

void rate_init(struct rate *rate, int64_t now_ms);

/* 0 if a request may leave now, else when. */
int64_t rate_wait_until(struct rate *rate, int64_t now_ms);

/* From now on at this rate (per ms), which the server itself has named. */
void rate_set(struct rate *rate, double per_ms, int64_t now_ms);

/* The server's bucket was empty at refused_ms; sending continues now. */
void rate_refused(struct rate *rate, int64_t refused_ms, int64_t now_ms);

#endif
