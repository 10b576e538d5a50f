#include "net/bucket.h"

/* Time that may be caught up. More would be a burst that a strict server refuses. */
static const double CREDIT_MS = 20;

void bucket_init(struct bucket *bucket, double per_ms, int64_t now_ms)
{
    *bucket = (struct bucket){.per_ms = per_ms, .tokens = 1, .filled_ms = now_ms};
}

int64_t bucket_wait_until(struct bucket *bucket, int64_t now_ms)
{
    const double most = 1.5 + bucket->per_ms * CREDIT_MS;

    if (bucket->per_ms <= 0)
        return 0;
    bucket->tokens += bucket->per_ms * (double)(now_ms - bucket->filled_ms);
    bucket->filled_ms = now_ms;
    if (bucket->tokens > most)
        bucket->tokens = most;
    if (bucket->tokens >= 1)
        return 0;
    return now_ms + 1 + (int64_t)((1 - bucket->tokens) / bucket->per_ms);
}

void bucket_take(struct bucket *bucket)
{
    if (bucket->per_ms > 0)
        bucket->tokens -= 1;
}
