/*
 * A token bucket: requests leave evenly at a rate, with a little credit for
 * moments in which it was not looked at. Times are milliseconds of one monotonic clock.
 */
#ifndef NET_BUCKET_H
#define NET_BUCKET_H

#include <stdint.h>

struct bucket {
    double per_ms; /* 0: no limit */
    double tokens;
    int64_t filled_ms;
};

/* Holds one token: the first request may leave at once. */
void bucket_init(struct bucket *bucket, double per_ms, int64_t now_ms);

/* 0 if there is a token, else when one will be. */
int64_t bucket_wait_until(struct bucket *bucket, int64_t now_ms);

void bucket_take(struct bucket *bucket);

#endif
