/*
 * Working through a selection in which there is nothing to do: in which order
 * its threads are asked for, and what signals have to say meanwhile.
 */
#include "run/work.h"

#include "fakes/fake_clock.h"
#include "fakes/fake_stop.h"
#include "os/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MANY = 100000 };

struct play {
    struct config config;
    struct context context;
    size_t begun;
    size_t signal_after; /* SIGINT comes with this one; 0: never */
    size_t ticks;
    bool odd_ones_are_late;
    long last;     /* the thread that was begun last */
    bool in_order; /* even ones before odd ones, each in their order */
};

static void play_open(struct play *play, int threads)
{
    char id[16];

    fake_clock_reset();
    fake_stop_reset();
    *play = (struct play){.config = {.concurrency = 4, .max_attempts = 1}, .in_order = true};
    play->context.config = &play->config;
    strmap_init(&play->context.selection.ids);
    for (int i = 0; i < threads; i++) {
        const int len = snprintf(id, sizeof id, "%d", i);

        assert_true(selection_offer(&play->context.selection, (struct span){id, (size_t)len}));
    }
}

static long number_of(struct span id)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%.*s", (int)id.len, id.data);
    return strtol(text, NULL, 10);
}

static bool is_odd(void *ctx, struct span id)
{
    return ((struct play *)ctx)->odd_ones_are_late && number_of(id) % 2 == 1;
}

static struct sink *begin_nothing(void *ctx, struct span id, struct error *err)
{
    struct play *play = ctx;
    const long number = number_of(id);

    (void)err;
    if (play->begun++ > 0 && number != play->last + 2 && number != 1)
        play->in_order = false;
    play->last = number;
    if (play->begun == play->signal_after)
        fake_stop_at(clock_now_ms(), SIGINT);
    return NULL;
}

static void count_tick(void *ctx, const struct loop_stats *stats)
{
    (void)stats;
    ((struct play *)ctx)->ticks++;
}

static void play_run(struct play *play, struct loop_result *result)
{
    const struct work work = {.context = &play->context,
                              .begin = begin_nothing,
                              .is_late = is_odd,
                              .tick = count_tick,
                              .ctx = play};

    work_run(&work, result);
    strmap_release(&play->context.selection.ids);
}

static void test_late_ones_come_last(void **state)
{
    struct loop_result result;
    struct play play;

    (void)state;
    play_open(&play, MANY);
    play.odd_ones_are_late = true;
    play_run(&play, &result);
    assert_int_equal(play.begun, MANY);
    assert_int_equal(play.last, MANY - 1);
    assert_true(play.in_order);
    assert_int_equal(result.signal, 0);
    assert_int_equal(result.error.code, ERROR_NONE);
}

/* Others get a turn in between, whatever is passed over. */
static void test_ticks_in_between(void **state)
{
    struct loop_result result;
    struct play play;

    (void)state;
    play_open(&play, MANY);
    play_run(&play, &result);
    assert_int_equal(play.begun, MANY);
    assert_true(play.ticks > MANY / 2000);
}

static void test_a_signal_in_between(void **state)
{
    struct loop_result result;
    struct play play;

    (void)state;
    play_open(&play, MANY);
    play.signal_after = 10;
    play_run(&play, &result);
    assert_int_equal(result.signal, SIGINT);
    assert_true(play.begun < 2000);
    fake_stop_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_late_ones_come_last),
        cmocka_unit_test(test_ticks_in_between),
        cmocka_unit_test(test_a_signal_in_between),
    };

    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
