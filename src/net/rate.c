#include "net/rate.h"

#include <math.h>

enum {
    COUNT_SOME = 8, /* says little */
    SOON_MANY = 3,  /* so many of them: what is known is wrong */
};

static const double SOON_MS = 10000;   /* a refusal after less */
static const double AT_ONCE_MS = 1000; /* and less than this */
static const double STAY_MS = 8000;    /* to make up for what the lower bound may be short of */
static const double CLIMB_MS = 4000;   /* back to the rate that was refused, the first time */
static const double CLIMB_LONGER = 8;  /* so much longer each further time */
static const double HASTEN_MS = 60000; /* growth grows e-fold in so long */
static const double FREE_FROM = 10000; /* requests a second: more is no limit that matters */
static const double SEEK_FROM = 8;     /* requests a second: the climb begins */
static const double MS_PER_SECOND = 1000;

/* Relative growth per ms. */
static const double SEEK = 0.0034657;  /* doubles in 0.2 s */
static const double CREEP = 0.0000001; /* 1 % in the first minute, 4 % in two, 11 % in three */

static const double MARGIN = 0.985; /* of a rate that is known */

void rate_init(struct rate *rate, int64_t now_ms)
{
    *rate = (struct rate){.refused_ms = now_ms, .resumed_ms = now_ms};
    bucket_init(&rate->bucket, 0, now_ms);
}

static void begin(struct rate *rate, double per_ms, double growth, int64_t now_ms)
{
    bucket_init(&rate->bucket, per_ms, now_ms);
    rate->growth = growth;
}

int64_t rate_wait_until(struct rate *rate, int64_t now_ms)
{
    struct bucket *bucket = &rate->bucket;
    const int64_t before_ms = bucket->filled_ms;
    const int64_t wait = bucket_wait_until(bucket, now_ms);
    const double passed = (double)(now_ms - before_ms);

    if (bucket->per_ms <= 0 || passed <= 0)
        return wait;
    /* A rate that is not used is not tried either. */
    if (bucket->tokens <= 1.5) {
        bucket->per_ms *= exp(rate->growth * passed);
        rate->growth *= exp(passed / HASTEN_MS);
    }
    if (rate->growth > SEEK)
        rate->growth = SEEK;
    if (bucket->per_ms * MS_PER_SECOND > FREE_FROM)
        bucket->per_ms = 0;
    return wait;
}

void rate_set(struct rate *rate, double per_ms, int64_t now_ms)
{
    begin(rate, per_ms * MARGIN, CREEP, now_ms);
}

/* What the time since the refusal before the newest one has shown. */
struct rate_finding {
    double floor;   /* accepted per ms: the limit, or less; 0: not known */
    double busy;    /* share of the time in which requests were sent */
    double busy_ms; /* that time itself */
};

/*
 * Whether what was accepted is what the server allows, and not what a small
 * bucket let through while requests were sent: then it would have changed with
 * the share of the time in which they were.
 */
static bool is_steady(const struct rate *rate, const struct rate_finding *found)
{
    double expected;

    if (rate->floor <= 0 || rate->busy <= 0 || found->floor <= 0 || found->busy <= 0)
        return false;
    expected = fabs(log(found->busy / rate->busy));
    return expected * (double)rate->accepted > 1 &&
           fabs(log(found->floor / rate->floor)) < expected / 4;
}

/* The rate at which it refused, less what the climb must have passed the limit by. */
static double below_refusal(const struct rate *rate)
{
    const double per_ms = rate->bucket.per_ms;
    const double passed = exp(-sqrt(rate->growth / per_ms)) - (1 - MARGIN);

    return per_ms * (passed > 0.5 ? passed : 0.5);
}

/* The limit is what was accepted; how fast to creep up depends on how well that is known. */
static void stay(struct rate *rate, const struct rate_finding *found, int64_t now_ms)
{
    const double spread = fabs(log(found->floor / rate->floor)) + 1 / (double)(rate->accepted + 1);
    const double growth = spread / STAY_MS;

    rate->soon = 0;
    begin(rate, found->floor * MARGIN, growth > CREEP ? growth : CREEP, now_ms);
}

/* The limit is between what was accepted and the rate that was refused. */
static void approach(struct rate *rate, const struct rate_finding *found, int64_t now_ms)
{
    const bool seeking = rate->growth >= SEEK;
    const double refused = rate->bucket.per_ms;
    double next = below_refusal(rate);
    double growth;

    rate->soon = !seeking && found->busy_ms < SOON_MS ? rate->soon + 1 : 0;
    if (rate->soon >= SOON_MANY && rate->accepted >= COUNT_SOME) {
        rate->soon = 0;
        begin(rate, 0, 0, now_ms);
        return;
    }
    /* Refused at once below what seemed to be the limit: it is nearer to the lower bound. */
    if (rate->soon > 0 && found->busy_ms < AT_ONCE_MS && found->floor < refused)
        next = sqrt(found->floor * refused);
    if (next < found->floor * MARGIN)
        next = found->floor * MARGIN;
    rate->climbs = seeking ? 0 : rate->climbs + 1;
    growth = log(refused / next) / (CLIMB_MS * pow(CLIMB_LONGER, rate->climbs));
    begin(rate, next, growth > CREEP ? growth : CREEP, now_ms);
}

void rate_refused(struct rate *rate, int64_t refused_ms, int64_t now_ms)
{
    const double span_ms = (double)(refused_ms - rate->refused_ms);
    struct rate_finding found = {.busy_ms = (double)(refused_ms - rate->resumed_ms)};

    if (rate->refused && span_ms > 0) {
        found.floor = ((double)rate->accepted + 0.5) / span_ms;
        found.busy = found.busy_ms / span_ms;
    }
    /* Where nothing was accepted the hold was too short, which says nothing of the rate. */
    if (rate->accepted > 0 || rate->bucket.per_ms <= 0) {
        if (is_steady(rate, &found)) {
            stay(rate, &found, now_ms);
        } else if (rate->bucket.per_ms <= 0) {
            begin(rate, SEEK_FROM / MS_PER_SECOND, SEEK, now_ms);
        } else {
            approach(rate, &found, now_ms);
        }
        rate->floor = found.floor;
        rate->busy = found.busy;
    }
    rate->refused = true;
    rate->accepted = 0;
    rate->refused_ms = refused_ms;
    rate->resumed_ms = now_ms;
}
