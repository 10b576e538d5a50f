#include "net/pacer.h"

enum {
    BACKOFF_FIRST_MS = 500,
    BACKOFF_MAX_MS = 60000,
    SHRINK_EVERY_MS = 1000, /* the requests of one moment count once */
    LATER_MIN = 3,          /* requests sent after a refused one that prove something */
};

static const double MS_PER_MINUTE = 60000;
static const double WINDOW_START = 4;
static const double WINDOW_DOUBLES_BELOW = 8;
static const double OPEN_EVERY_MS = 10; /* by one request, while brisk */
static const double WINDOW_TELLS = 10;  /* so many in flight seldom leave a doubt */

void pacer_init(struct pacer *pacer, const struct pacer_options *options, int64_t now_ms)
{
    const double most = (double)options->window_max;

    *pacer = (struct pacer){
        .hold_until_ms = INT64_MIN,
        .window_max = most,
        .window = most < WINDOW_START ? most : WINDOW_START,
        .brisk_below = most,
        .opened_ms = now_ms,
        .shrunk_ms = INT64_MIN / 2,
        .random = options->seed * 2 + 1,
    };
    rate_init(&pacer->rate, now_ms);
}

/*
 * Whether the server refused at random: while nothing is paced, an empty bucket
 * refuses most of what was sent after the first refused request. Where hardly
 * anything was sent after it, one such moment proves nothing.
 */
static bool was_random(struct pacer *pacer)
{
    struct pace_refusal *refusal = &pacer->refusal;
    const int64_t later = (int64_t)(refusal->before - refusal->first) - 1;

    if (pacer->rate.bucket.per_ms > 0)
        return false;
    if (later >= LATER_MIN) {
        refusal->doubtful = 0;
        return 2 * (refusal->refused - 1) < later;
    }
    refusal->doubtful++;
    return refusal->doubtful == 1 && pacer->window >= WINDOW_TELLS;
}

/* The hold is over: what the refusals of that moment meant. */
static void judge_refusal(struct pacer *pacer, int64_t now_ms)
{
    const double told = pacer->told_per_ms;

    pacer->refusal.open = false;
    if (was_random(pacer))
        return;
    rate_refused(&pacer->rate, pacer->refusal.began_ms, now_ms);
    /* Refused at the very rate it has named, it is not believed again. */
    if (told > 0 && !pacer->told_tried)
        rate_set(&pacer->rate, told, now_ms);
    pacer->told_tried = pacer->told_tried || told > 0;
}

int64_t pacer_wait_until(struct pacer *pacer, int64_t now_ms)
{
    if (pacer->hold_until_ms > now_ms)
        return pacer->hold_until_ms;
    if (pacer->refusal.open)
        judge_refusal(pacer, now_ms);
    if ((double)pacer->in_flight + 1 > pacer->window)
        return INT64_MAX;
    if (pacer->told_per_ms > 0 && pacer->told_left < 1 && pacer->rate.bucket.per_ms <= 0) {
        rate_set(&pacer->rate, pacer->told_per_ms, now_ms);
        pacer->told_tried = true;
    }
    return rate_wait_until(&pacer->rate, now_ms);
}

uint64_t pacer_sent(struct pacer *pacer)
{
    pacer->in_flight++;
    pacer->told_left--;
    bucket_take(&pacer->rate.bucket);
    return pacer->tickets++;
}

static void open_window(struct pacer *pacer, int64_t now_ms)
{
    const double passed = (double)(now_ms - pacer->opened_ms) / OPEN_EVERY_MS;

    pacer->opened_ms = now_ms;
    if (pacer->window < WINDOW_DOUBLES_BELOW && pacer->window < pacer->brisk_below)
        pacer->window += 1;
    else if (pacer->window < pacer->brisk_below)
        pacer->window += passed < pacer->window / 2 ? passed : pacer->window / 2;
    else
        pacer->window += 1 / pacer->window;
    if (pacer->window > pacer->window_max)
        pacer->window = pacer->window_max;
}

static void shrink_window(struct pacer *pacer, int64_t now_ms)
{
    if (now_ms - pacer->shrunk_ms < SHRINK_EVERY_MS)
        return;
    pacer->shrunk_ms = now_ms;
    pacer->window = pacer->window / 2 > 1 ? pacer->window / 2 : 1;
    pacer->brisk_below = pacer->window;
}

static void accept(struct pacer *pacer, uint64_t ticket, int64_t now_ms)
{
    pacer->rate.accepted++;
    if (ticket >= pacer->refusal.before)
        pacer->refusal.in_a_row = 0;
    open_window(pacer, now_ms);
}

static void refuse(struct pacer *pacer, const struct pace_end *end, int64_t now_ms)
{
    struct pace_refusal *refusal = &pacer->refusal;
    int64_t until_ms;

    if (end->ticket >= refusal->before) {
        *refusal = (struct pace_refusal){
            .open = true,
            .began_ms = now_ms,
            .first = end->ticket,
            .before = pacer->tickets,
            .in_a_row = refusal->in_a_row + 1,
            .doubtful = refusal->doubtful,
        };
    }
    refusal->refused++;
    until_ms =
        now_ms + (end->hold_ms > 0 ? end->hold_ms : pacer_backoff_ms(pacer, refusal->in_a_row));
    if (until_ms > pacer->hold_until_ms)
        pacer->hold_until_ms = until_ms;
}

void pacer_ended(struct pacer *pacer, const struct pace_end *end, int64_t now_ms)
{
    pacer->in_flight--;
    if (end->limit > 0) {
        pacer->told_per_ms = (double)end->limit / MS_PER_MINUTE;
        pacer->told_left = end->remaining >= 0 ? end->remaining - pacer->in_flight : INT64_MAX;
    }
    switch (end->result) {
    case PACE_FINE:
        accept(pacer, end->ticket, now_ms);
        break;
    case PACE_THROTTLED:
        refuse(pacer, end, now_ms);
        return;
    case PACE_TIMED_OUT:
        shrink_window(pacer, now_ms);
        break;
    }
    /* Retry-After with another status, say a 503. */
    if (end->hold_ms > 0 && now_ms + end->hold_ms > pacer->hold_until_ms)
        pacer->hold_until_ms = now_ms + end->hold_ms;
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
