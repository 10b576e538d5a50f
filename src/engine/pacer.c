#include "engine/pacer.h"

enum {
    MS_PER_MINUTE = 60000,
    BACKOFF_FIRST_MS = 500,
    BACKOFF_MAX_MS = 60000,
    WINDOW_START = 8,
    SHRINK_EVERY_MS = 1000, /* the requests of one moment count once */
    LEARN_SPAN_MS = 1000,   /* shorter counts say nothing about a rate */
};

static const double LEARNT_SHARE = 0.97; /* of the rate at which the server refused */
static const double LEARNT_RISE = 1.0 / (60.0 * MS_PER_MINUTE); /* per ms, of itself */

static void bucket_set(struct pace_bucket *bucket, double per_ms, int64_t now_ms)
{
    double burst = per_ms * 1000;

    *bucket = (struct pace_bucket){
        .tokens = 1, .per_ms = per_ms, .burst = burst > 1 ? burst : 1, .filled_ms = now_ms};
}

void pacer_init(struct pacer *pacer, const struct pacer_options *options, int64_t now_ms)
{
    double per_ms = (double)options->requests_per_minute / MS_PER_MINUTE;

    *pacer = (struct pacer){
        .hold_until_ms = INT64_MIN,
        .window_max = (double)options->window_max,
        .window = (double)(options->window_max < WINDOW_START ? options->window_max : WINDOW_START),
        .shrunk_ms = INT64_MIN / 2,
        .counted_from_ms = now_ms,
        .random = options->seed * 2 + 1,
    };
    for (int kind = 0; kind < PACE_KINDS; kind++)
        bucket_set(&pacer->buckets[kind], per_ms, now_ms);
}

static void bucket_fill(struct pace_bucket *bucket, int64_t now_ms)
{
    bucket->tokens += bucket->per_ms * (double)(now_ms - bucket->filled_ms);
    if (bucket->tokens > bucket->burst)
        bucket->tokens = bucket->burst;
    bucket->filled_ms = now_ms;
}

/* 0, or when the bucket will hold a whole token. */
static int64_t bucket_wait(struct pace_bucket *bucket, int64_t now_ms)
{
    if (bucket->per_ms <= 0)
        return 0;
    bucket_fill(bucket, now_ms);
    if (bucket->tokens >= 1)
        return 0;
    return now_ms + 1 + (int64_t)((1 - bucket->tokens) / bucket->per_ms);
}

int64_t pacer_wait_until(struct pacer *pacer, enum pace_kind kind, int64_t now_ms)
{
    int64_t configured;
    int64_t learnt;

    if (pacer->hold_until_ms > now_ms)
        return pacer->hold_until_ms;
    if ((double)pacer->in_flight + 1 > pacer->window)
        return INT64_MAX;
    configured = bucket_wait(&pacer->buckets[kind], now_ms);
    learnt = bucket_wait(&pacer->learnt, now_ms);
    return configured > learnt ? configured : learnt;
}

void pacer_sent(struct pacer *pacer, enum pace_kind kind, int64_t now_ms)
{
    (void)now_ms;
    pacer->in_flight++;
    if (pacer->buckets[kind].per_ms > 0)
        pacer->buckets[kind].tokens -= 1;
    if (pacer->learnt.per_ms > 0)
        pacer->learnt.tokens -= 1;
}

/* The rate that the server has borne until it refused. */
static void learn(struct pacer *pacer, int64_t now_ms)
{
    int64_t span = now_ms - pacer->counted_from_ms;
    double rate;

    if (span < LEARN_SPAN_MS)
        return;
    rate = LEARNT_SHARE * (double)pacer->counted / (double)span;
    if (rate > 0)
        bucket_set(&pacer->learnt, rate, now_ms);
    pacer->counted = 0;
    pacer->counted_from_ms = now_ms;
}

void pacer_ended(struct pacer *pacer, enum pace_end end, int64_t now_ms)
{
    pacer->in_flight--;
    if (end == PACE_FINE) {
        pacer->counted++;
        pacer->window += 1 / pacer->window;
        if (pacer->window > pacer->window_max)
            pacer->window = pacer->window_max;
        pacer->learnt.per_ms += pacer->learnt.per_ms * LEARNT_RISE;
        return;
    }
    if (now_ms - pacer->shrunk_ms < SHRINK_EVERY_MS)
        return;
    pacer->shrunk_ms = now_ms;
    pacer->window = pacer->window / 2 > 1 ? pacer->window / 2 : 1;
    if (end == PACE_THROTTLED)
        learn(pacer, now_ms);
}

void pacer_hold(struct pacer *pacer, int64_t until_ms)
{
    if (until_ms > pacer->hold_until_ms)
        pacer->hold_until_ms = until_ms;
}

int64_t pacer_backoff_ms(struct pacer *pacer, int64_t attempt)
{
    int64_t ms = BACKOFF_FIRST_MS;

    for (int64_t i = 1; i < attempt && ms < BACKOFF_MAX_MS; i++)
        ms *= 2;
    if (ms > BACKOFF_MAX_MS)
        ms = BACKOFF_MAX_MS;
    /* xorshift64 */
    pacer->random ^= pacer->random << 13;
    pacer->random ^= pacer->random >> 7;
    pacer->random ^= pacer->random << 17;
    return ms + (int64_t)(pacer->random % (uint64_t)(ms / 4 + 1));
}
