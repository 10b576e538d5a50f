/*
 * The crash matrix: each scenario is run undisturbed and its write operations
 * are counted; then it is run again for every one of them, stopped before, in
 * the middle of and after it, resumed, and compared with the undisturbed run.
 * One run more must change nothing.
 *
 *   CASE=PATTERN   runs some of the scenarios
 *   CRASH_DEPTH=1  every resumed run is stopped too, at every third operation
 */
#include "crash/early.h"
#include "crash/world.h"

#include "json/json.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const ONE[] = {"--concurrency=1", NULL};
static const char *const FOUR[] = {"--concurrency=4", NULL};
static const char *const SMALL[] = {"--concurrency=2", "--batch-items=3", "--source-page-size=7",
                                    NULL};
static const char *const TOP_UP[] = {"--concurrency=2", "--top-up", NULL};
static const char *const YES[] = {"--concurrency=2", "--yes", NULL};
static const char *const INLINE[] = {"--concurrency=2", "--create=inline", NULL};

static const int FEW[] = {0, 1, 45, -1};
static const int MIX[] = {3, 0, 21, 1, 20, 41, 2, -1};
static const int TINY[] = {2, 23, -1};

static void grow_after_done(const struct world_plan *plan)
{
    (void)world_run_with(plan, "migrate", ONE);
    world_grow(0, 3);
    world_grow(1, 25);
}

/* A first process has died behind a request that the server carried out. */
static void die_once(const struct world_plan *plan)
{
    world_restart();
    world_cut_at(WORLD_SERVER_AFTER, 4);
    (void)world_run(plan);
    world_restart();
}

static void migrate_first(const struct world_plan *plan)
{
    (void)plan;
    (void)world_run_with(plan, "migrate", ONE);
}

static const struct world_plan SCENARIOS[] = {
    {.name = "one_job", .messages = FEW, .command = "migrate", .flags = ONE, .twice = true},
    {.name = "four_jobs", .messages = MIX, .command = "migrate", .flags = FOUR},
    {.name = "small_batches", .messages = FEW, .command = "migrate", .flags = SMALL},
    {.name = "lost_replies",
     .messages = FEW,
     .faults = "{\"match\":{\"route\":\"append_items\",\"every\":2},\"do\":\"reset_after\"}"
               "{\"match\":{\"route\":\"create_conversation\",\"nth\":2},\"do\":\"reset_after\"}",
     .command = "migrate",
     .flags = ONE},
    {.name = "applied_in_part",
     .messages = FEW,
     .faults =
         "{\"match\":{\"route\":\"append_items\",\"every\":2},\"do\":\"partial\",\"count\":7}",
     .command = "migrate",
     .flags = FOUR},
    {.name = "top_up",
     .messages = TINY,
     .command = "migrate",
     .flags = TOP_UP,
     .prepare = grow_after_done},
    {.name = "resume", .messages = MIX, .command = "migrate", .flags = FOUR, .prepare = die_once},
    {.name = "lost_replies_while_resuming",
     .messages = FEW,
     .faults = "{\"match\":{\"route\":\"append_items\",\"every\":2},\"do\":\"reset_after\"}",
     .command = "migrate",
     .flags = ONE,
     .prepare = die_once,
     .twice = true},
    {.name = "slow_syncs",
     .messages = MIX,
     .command = "migrate",
     .flags = FOUR,
     .latency_ms = 5,
     .sync_events = 3},
    {.name = "very_slow_syncs",
     .messages = MIX,
     .faults = "{\"match\":{\"route\":\"append_items\",\"every\":3},\"do\":\"reset_after\"}",
     .command = "migrate",
     .flags = FOUR,
     .sync_events = 12},
    {.name = "slow_syncs_while_resuming",
     .messages = FEW,
     .command = "migrate",
     .flags = FOUR,
     .prepare = die_once,
     .sync_events = 2,
     .twice = true},
    {.name = "slow_syncs_of_a_top_up",
     .messages = TINY,
     .command = "migrate",
     .flags = TOP_UP,
     .prepare = grow_after_done,
     .sync_events = 2},
    {.name = "rollback",
     .messages = FEW,
     .command = "rollback",
     .flags = YES,
     .prepare = migrate_first,
     .twice = true},
    {.name = "rollback_with_slow_syncs",
     .messages = FEW,
     .command = "rollback",
     .flags = YES,
     .prepare = migrate_first,
     .sync_events = 3},
    {.name = "rollback_with_lost_replies",
     .messages = FEW,
     .faults = "{\"match\":{\"route\":\"delete_item\",\"every\":3},\"do\":\"reset_after\"}"
               "{\"match\":{\"route\":\"delete_conversation\",\"nth\":2},\"do\":\"reset_after\"}",
     .command = "rollback",
     .flags = YES,
     .prepare = migrate_first},
};

/* An inline create that is cut may leave a thread uncertain: it waits for a person, and must then
 * be the only thing that differs. */
static const struct world_plan INLINE_SCENARIO = {
    .name = "inline", .messages = FEW, .command = "migrate", .flags = INLINE};

static uint64_t points;

static bool fail(const struct world_plan *plan, const char *what, enum world_cut cut,
                 uint64_t number)
{
    printf("# %s: %s, cut %d at %llu\n", plan->name, what, (int)cut, (unsigned long long)number);
    return false;
}

/* The end of a disturbed world: whole, like the undisturbed one, and at rest. */
static bool is_like(const struct world_plan *plan, const char *expected, enum world_cut cut,
                    uint64_t number)
{
    char *state;
    bool same;

    if (world_run(plan) != 0)
        return fail(plan, "the resumed run failed", cut, number);
    state = world_state();
    same = strcmp(state, expected) == 0;
    if (!same)
        printf("# expected:\n%s# got:\n%s", expected, state);
    free(state);
    if (!same)
        return fail(plan, "another result", cut, number);
    world_restart();
    if (world_run(plan) != 0 || world_operations(WORLD_SERVER_BEFORE) != 0)
        return fail(plan, "a further run wrote again", cut, number);
    return early_found() ? fail(plan, early_found(), cut, number) : true;
}

/* Stops at one operation, and once more while resuming where second is not 0. */
static bool survives(const struct world_plan *plan, const char *expected, enum world_cut cut,
                     uint64_t number, uint64_t second)
{
    bool ok = true;

    points++;
    world_begin(plan);
    world_restart();
    world_cut_at(cut, number);
    (void)world_run(plan);
    if (!world_has_died())
        ok = fail(plan, "was not reached", cut, number);
    world_restart();
    if (ok && second > 0) {
        world_cut_at(cut, second);
        (void)world_run(plan);
        world_restart();
    }
    ok = ok && is_like(plan, expected, cut, number);
    world_end();
    return ok;
}

static bool check_cut(const struct world_plan *plan, const char *expected, enum world_cut cut,
                      uint64_t operations)
{
    bool twice = plan->twice || getenv("CRASH_DEPTH") != NULL;

    for (uint64_t n = 1; n <= operations; n++) {
        if (!survives(plan, expected, cut, n, 0))
            return false;
        for (uint64_t second = 1; twice && second <= operations; second += 3) {
            if (!survives(plan, expected, cut, n, second))
                return false;
        }
    }
    return true;
}

/* The undisturbed run: its result, and how many operations it took. New string, or NULL. */
static char *reference(const struct world_plan *plan, uint64_t operations[WORLD_CUTS])
{
    struct world_plan calm = *plan;
    char *expected = NULL;

    calm.faults = NULL;
    world_begin(&calm);
    world_restart();
    if (world_run(&calm) == 0)
        expected = world_state();
    world_end();
    world_begin(plan);
    world_restart();
    (void)world_run(plan);
    for (int cut = 0; cut < WORLD_CUTS; cut++)
        operations[cut] = world_operations((enum world_cut)cut);
    world_end();
    if (expected && strstr(expected, "BROKEN")) {
        printf("# %s", expected);
        free(expected);
        return NULL;
    }
    return expected;
}

static bool is_wanted(const struct world_plan *plan)
{
    const char *wanted = getenv("CASE");

    return !wanted || !*wanted || fnmatch(wanted, plan->name, 0) == 0;
}

static bool check_scenario(const struct world_plan *plan)
{
    uint64_t operations[WORLD_CUTS];
    char *expected = reference(plan, operations);
    bool ok = expected != NULL;

    for (int cut = 0; ok && cut < WORLD_CUTS; cut++)
        ok = check_cut(plan, expected, (enum world_cut)cut, operations[cut]);
    printf("%s crash_migrate.%s\n", ok ? "ok" : "not ok", plan->name);
    free(expected);
    return ok;
}

/* One inline create cut: resumed, perhaps repeated by a person's word, all items are there. */
static bool survives_inline(const struct world_plan *plan, const char *expected, enum world_cut cut,
                            uint64_t number)
{
    static const char *const RETRY[] = {"--concurrency=2", "--create=inline", "--retry-uncertain",
                                        NULL};
    struct world_plan retry = *plan;
    bool ok = true;
    char *state;

    points++;
    world_begin(plan);
    world_restart();
    world_cut_at(cut, number);
    (void)world_run(plan);
    world_restart();
    if (world_run(plan) != 0) {
        /* Only uncertainty may be left, and a second look changes nothing. */
        if (world_run(plan) != 1 || world_operations(WORLD_DISK_BEFORE) == 0)
            ok = fail(plan, "more than uncertainty is left", cut, number);
        world_restart();
        retry.flags = RETRY;
        ok = ok && world_run(&retry) == 0;
    }
    state = world_state();
    /* The abandoned conversation may hold the first batch: that is the price of inline. */
    if (ok && strncmp(state, expected, strlen(expected)) != 0) {
        printf("# expected:\n%s# got:\n%s", expected, state);
        ok = fail(plan, "another result", cut, number);
    }
    free(state);
    world_end();
    return ok;
}

static bool check_inline(void)
{
    const struct world_plan *plan = &INLINE_SCENARIO;
    uint64_t operations[WORLD_CUTS];
    char *expected = reference(plan, operations);
    bool ok = expected != NULL;

    for (int cut = 0; ok && cut < WORLD_CUTS; cut++) {
        for (uint64_t n = 1; ok && n <= operations[cut]; n++)
            ok = survives_inline(plan, expected, (enum world_cut)cut, n);
    }
    printf("%s crash_migrate.%s\n", ok ? "ok" : "not ok", plan->name);
    free(expected);
    return ok;
}

int main(void)
{
    bool ok = true;

    json_start();
    for (size_t i = 0; i < sizeof SCENARIOS / sizeof SCENARIOS[0]; i++)
        ok = (!is_wanted(&SCENARIOS[i]) || check_scenario(&SCENARIOS[i])) && ok;
    ok = (!is_wanted(&INLINE_SCENARIO) || check_inline()) && ok;
    printf("# %llu stop points\n", (unsigned long long)points);
    return ok ? 0 : 1;
}
