/*
 * The pacer against models of servers, in virtual time: what share of the
 * server's limit is used, and how many requests are refused.
 */
#include "net/pacer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MINUTE_MS = 60000, WINDOW = 32, SLOTS = 256 };

/* A server and how it is asked. */
struct world {
    const char *name;
    double per_minute; /* 0: no limit */
    double burst;
    double worth; /* requests a minute that such a server can be made to accept, 0: by the window */
    int64_t latency_ms;
    int64_t retry_after_s; /* 0: a 429 without the header */
    bool tells;            /* x-ratelimit headers on every reply */
    int every;             /* refuses one of so many at random, 0: none */
    int64_t out_from_ms;   /* refuses everything from here */
    int64_t out_until_ms;
    int64_t run_ms;
    double share;     /* of what the limit allows in that time, at least */
    double refusals;  /* of all requests, at most */
    int64_t forgiven; /* refusals that are not counted: the first moment */
};

struct flying {
    bool used;
    bool refused;
    int64_t ends_ms;
    int64_t remaining;
    uint64_t ticket;
};

struct run {
    const struct world *world;
    struct pacer pacer;
    struct flying flying[SLOTS];
    double tokens;
    int64_t filled_ms;
    int64_t held_until_ms; /* nothing may be sent before */
    int64_t accepted;
    int64_t refused;
    uint64_t random;
};

static uint64_t draw(struct run *run)
{
    run->random = run->random * 6364136223846793005u + 1442695040888963407u;
    return run->random >> 33;
}

static bool is_refused(struct run *run, int64_t now_ms)
{
    const struct world *world = run->world;

    if (now_ms >= world->out_from_ms && now_ms < world->out_until_ms)
        return true;
    if (world->every > 0 && draw(run) % (uint64_t)world->every == 0)
        return true;
    if (world->per_minute <= 0)
        return false;
    run->tokens += world->per_minute / (double)MINUTE_MS * (double)(now_ms - run->filled_ms);
    run->filled_ms = now_ms;
    if (run->tokens > world->burst)
        run->tokens = world->burst;
    if (run->tokens < 1 - 1e-9)
        return true;
    run->tokens -= 1;
    return false;
}

static void send_one(struct run *run, int64_t now_ms)
{
    struct flying *flying = run->flying;

    assert_true(now_ms >= run->held_until_ms);
    while (flying->used)
        flying++;
    *flying = (struct flying){
        .used = true,
        .refused = is_refused(run, now_ms),
        .ends_ms = now_ms + (run->world->latency_ms > 0 ? run->world->latency_ms : 1),
        .ticket = pacer_sent(&run->pacer),
    };
    flying->remaining = (int64_t)run->tokens;
}

static void end_one(struct run *run, struct flying *flying, int64_t now_ms)
{
    const struct world *world = run->world;
    struct pace_end end = {
        .result = flying->refused ? PACE_THROTTLED : PACE_FINE,
        .ticket = flying->ticket,
        .limit = world->tells ? (int64_t)world->per_minute : INT64_MIN,
        .remaining = world->tells ? flying->remaining : INT64_MIN,
    };

    flying->used = false;
    if (flying->refused) {
        end.hold_ms = world->retry_after_s * 1000;
        run->refused++;
        if (now_ms + end.hold_ms > run->held_until_ms)
            run->held_until_ms = now_ms + end.hold_ms;
    } else {
        run->accepted++;
    }
    pacer_ended(&run->pacer, &end, now_ms);
}

static void run_world(struct run *run)
{
    const struct pacer_options options = {.window_max = WINDOW, .seed = 1};

    pacer_init(&run->pacer, &options, 0);
    run->tokens = run->world->burst;
    for (int64_t now_ms = 0; now_ms < run->world->run_ms; now_ms++) {
        for (size_t i = 0; i < SLOTS; i++) {
            if (run->flying[i].used && run->flying[i].ends_ms <= now_ms)
                end_one(run, &run->flying[i], now_ms);
        }
        while (pacer_wait_until(&run->pacer, now_ms) == 0)
            send_one(run, now_ms);
    }
}

/* What could have been sent: the limit's, or what the window allows. */
static double ideal(const struct world *world)
{
    const int64_t latency_ms = world->latency_ms > 0 ? world->latency_ms : 1;
    const double busy_ms = (double)(world->run_ms - (world->out_until_ms - world->out_from_ms));
    const double by_window = (double)WINDOW / (double)latency_ms * busy_ms;
    const double by_limit = world->worth / (double)MINUTE_MS * busy_ms;

    return world->worth > 0 && by_limit < by_window ? by_limit : by_window;
}

static void test_world(void **state)
{
    struct run run = {.world = *state, .random = 7};
    const struct world *world = run.world;
    double share;
    double refusals;

    run_world(&run);
    share = (double)run.accepted / ideal(world);
    refusals = (double)(run.refused - world->forgiven) / (double)(run.accepted + run.refused);
    print_message("%-40s share %.3f, refused %lld of %lld\n", world->name, share,
                  (long long)run.refused, (long long)run.accepted + (long long)run.refused);
    assert_true(share >= world->share);
    assert_true(refusals <= world->refusals);
}

/* A bucket, 429 with Retry-After only, two minutes. */
#define BUCKET(rate, allows, wait, least)                                                          \
    {                                                                                              \
        .name = #rate " a minute, bursts of " #allows ", latency " #wait, .per_minute = (rate),    \
        .burst = (allows), .worth = (rate), .latency_ms = (wait), .retry_after_s = 1,              \
        .run_ms = 2 * MINUTE_MS, .share = (least), .refusals = 0.01, .forgiven = WINDOW            \
    }

/* The same with x-ratelimit headers: nothing need be learnt by refusals. */
#define TELLING(rate, allows, wait)                                                                \
    {                                                                                              \
        .name = "told: " #rate " a minute, bursts of " #allows ", latency " #wait,                 \
        .per_minute = (rate), .burst = (allows), .worth = (rate), .latency_ms = (wait),            \
        .retry_after_s = 1, .tells = true, .run_ms = 2 * MINUTE_MS, .share = 0.95,                 \
        .refusals = 0.01                                                                           \
    }

static struct world worlds[] = {
    BUCKET(60, 60, 0, 0.95),
    BUCKET(300, 5, 0, 0.95),
    BUCKET(300, 300, 0, 0.95),
    BUCKET(600, 10, 0, 0.95),
    BUCKET(600, 600, 0, 0.95),
    BUCKET(1000, 17, 0, 0.95),
    BUCKET(1000, 17, 50, 0.95),
    BUCKET(1000, 1000, 50, 0.95),
    BUCKET(3000, 50, 0, 0.95),
    BUCKET(3000, 50, 50, 0.95),
    BUCKET(3000, 3000, 0, 0.95),
    BUCKET(6000, 100, 0, 0.95),
    BUCKET(6000, 100, 50, 0.95),
    BUCKET(6000, 6000, 50, 0.95),
    BUCKET(20000, 333, 0, 0.95),
    BUCKET(60000, 1000, 0, 0.95),
    BUCKET(60000, 60000, 0, 0.95),
    /* Without any burst each refusal costs the whole second of its Retry-After. */
    BUCKET(60, 1, 0, 0.85),
    BUCKET(300, 1, 0, 0.85),
    BUCKET(600, 1, 0, 0.90),
    BUCKET(3000, 1, 0, 0.93),
    BUCKET(6000, 1, 0, 0.93),
    TELLING(60, 5, 0),
    TELLING(600, 10, 0),
    TELLING(600, 600, 50),
    TELLING(6000, 100, 0),
    TELLING(6000, 100, 50),
    TELLING(60000, 1000, 0),
    {.name = "no limit, no latency", .run_ms = 2000, .share = 0.85},
    {.name = "no limit, latency 50", .latency_ms = 50, .run_ms = 20000, .share = 0.97},
    {.name = "no limit, latency 500", .latency_ms = 500, .run_ms = 60000, .share = 0.95},
    /* One of fifty is refused for no reason: fifty requests a second, for each costs a second. */
    {.name = "refuses at random",
     .worth = 3000,
     .retry_after_s = 1,
     .every = 50,
     .run_ms = 2 * MINUTE_MS,
     .share = 0.8,
     .refusals = 0.05},
    {.name = "refuses at random, latency 50",
     .worth = 2700,
     .latency_ms = 50,
     .retry_after_s = 1,
     .every = 50,
     .run_ms = 2 * MINUTE_MS,
     .share = 0.8,
     .refusals = 0.05},
    {.name = "refuses at random without Retry-After",
     .worth = 3000,
     .every = 50,
     .run_ms = 2 * MINUTE_MS,
     .share = 0.8,
     .refusals = 0.05},
    {.name = "refuses everything for a minute",
     .latency_ms = 50,
     .out_from_ms = 20000,
     .out_until_ms = 80000,
     .run_ms = 4 * MINUTE_MS,
     .share = 0.8,
     .refusals = 0.01},
    {.name = "refuses everything for a minute, 6000 a minute",
     .per_minute = 6000,
     .burst = 100,
     .worth = 6000,
     .latency_ms = 50,
     .retry_after_s = 1,
     .out_from_ms = 20000,
     .out_until_ms = 80000,
     .run_ms = 4 * MINUTE_MS,
     .share = 0.9,
     .refusals = 0.04},
};

static char *world_name(const struct world *world)
{
    return (char *)(uintptr_t)world->name;
}

int main(void)
{
    struct CMUnitTest tests[sizeof worlds / sizeof worlds[0]];
    const size_t count = sizeof worlds / sizeof worlds[0];

    for (size_t i = 0; i < count; i++) {
        tests[i] = (struct CMUnitTest){
            .name = world_name(&worlds[i]), .test_func = test_world, .initial_state = &worlds[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
