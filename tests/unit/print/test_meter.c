#include "print/meter.h"

#include "base/text.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_stop.h"
#include "os/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* What a run looks like at one moment: seconds since its start, and counts. */
struct moment {
    int64_t s;
    struct meter_counts counts;
    int64_t requests;
};

struct play {
    struct meter meter;
    struct meter_counts counts;
    struct loop_stats stats;
};

static void look(struct play *play, const struct moment *moment)
{
    play->counts = moment->counts;
    play->stats.now_ms = clock_now_ms() + moment->s * 1000;
    play->stats.requests[SIDE_SOURCE] = moment->requests;
    meter_tick(&play->meter, &play->counts, &play->stats);
}

static int set_up(void **state)
{
    static struct play play;
    const struct options options = {.progress = (int)PROGRESS_LINES};

    fake_clock_reset();
    fake_stop_reset();
    (void)setenv("TZ", "UTC0", 1);
    tzset();
    play = (struct play){.stats = {.in_flight = 1, .held_until_ms = INT64_MIN}};
    meter_open(&play.meter, &options);
    *state = &play;
    return 0;
}

static void assert_line(const struct play *play, int width, const char *expected)
{
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    meter_line(&play->meter, &play->counts, &play->stats, width, &line);
    assert_string_equal(line.data, expected);
    if (width > 0)
        assert_true(text_width(buf_span(&line)) <= (size_t)width);
    buf_release(&line);
}

/* Ten threads, 100 items and 50 requests a second, for ten seconds. */
static void run_ten_seconds(struct play *play)
{
    for (int64_t s = 0; s <= 10; s++)
        look(play, &(struct moment){
                       s, {.total = 400, .done = 10 * s, .items = 100 * s, .failed = 3}, 50 * s});
}

static void tells_nothing_before_the_first_second(void **state)
{
    struct play *play = *state;

    look(play, &(struct moment){0, {.total = 400}, 0});
    assert_line(play, 0, "0/400 threads");
    assert_line(play, 79, "[                    ] 0/400 threads");
}

/* The status is told once for each wish, also by a meter that shows nothing. */
static void tells_the_status_when_asked(void **state)
{
    static const char EXPECTED[] = "threadferry: status: 7/400 threads · 1 failed\n";
    const struct options options = {.progress = (int)PROGRESS_NONE};
    struct play *play = *state;
    FILE *seen = tmpfile();
    const int before = dup(STDERR_FILENO);
    char text[128] = "";

    assert_non_null(seen);
    meter_open(&play->meter, &options);
    fake_stop_at(clock_now_ms(), SIGUSR1);
    assert_true(dup2(fileno(seen), STDERR_FILENO) >= 0);
    for (int64_t s = 0; s < 3; s++)
        look(play, &(struct moment){s, {.total = 400, .done = 7, .failed = 1}, 0});
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    (void)close(before);
    rewind(seen);
    assert_int_equal(fread(text, 1, sizeof text - 1, seen), strlen(EXPECTED));
    assert_string_equal(text, EXPECTED);
    (void)fclose(seen);
}

static void leaves_out_what_matters_less(void **state)
{
    static const struct {
        int width;
        const char *line;
    } ROWS[] = {
        {0, "100/400 threads · ETA 31 s · 3 failed · 100 items/s · 50 requests/s · 7 rate limited"},
        {120, "[=====               ] 100/400 threads · ETA 31 s · 3 failed · 100 items/s · "
              "50 requests/s · 7 rate limited"},
        {79, "[=====               ] 100/400 threads · ETA 31 s · 3 failed · 100 items/s"},
        {60, "[=====               ] 100/400 threads · ETA 31 s · 3 failed"},
        {59, "100/400 threads · ETA 31 s · 3 failed · 100 items/s"},
        {30, "100/400 threads · ETA 31 s"},
        {20, "100/400 threads"},
    };
    struct play *play = *state;

    play->stats.throttled = 7;
    run_ten_seconds(play);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        assert_line(play, ROWS[i].width, ROWS[i].line);
}

/* The rate before the last minute no longer counts. */
static void forgets_what_was_long_ago(void **state)
{
    struct play *play = *state;

    for (int64_t s = 0; s <= 200; s++)
        look(play, &(struct moment){s, {.total = 10000, .done = s < 100 ? 50 * s : 4900 + s}, 0});
    assert_line(play, 0, "5,100/10,000 threads · ETA 1 h 21 min · 0 items/s · 0 requests/s");
}

/* Threads that were done before are passed over in no time: they say nothing about the rest. */
static void does_not_count_on_what_was_skipped(void **state)
{
    struct play *play = *state;

    for (int64_t s = 0; s <= 10; s++)
        look(play,
             &(struct moment){
                 s, {.total = 1000, .skipped = s > 0 ? 900 : 0, .done = s > 0 ? 900 + s : 0}, 0});
    assert_line(play, 0, "910/1,000 threads · ETA 1 min 30 s · 0 items/s · 0 requests/s");
}

static void says_why_it_stands_still(void **state)
{
    struct play *play = *state;

    run_ten_seconds(play);
    play->stats.parked = 4;
    assert_line(play, 60, "[=====               ] 100/400 threads · ETA 31 s · 3 failed");
    play->stats.in_flight = 0;
    assert_line(play, 60, "[=====               ] 100/400 threads · 4 waiting");
    play->stats.parked_until_ms = play->stats.now_ms + 20 * 1000;
    assert_line(play, 45, "100/400 threads · 4 waiting until 00:00:20");
    play->stats.parked_until_ms = play->stats.now_ms + 60 * 1000;
    assert_line(play, 0,
                "100/400 threads · 4 threads waiting until 00:01:00 (a request may still be "
                "running) · ETA 1 min 00 s · 3 failed · 100 items/s · 50 requests/s");
    play->stats.parked_until_ms = INT64_MIN;
    play->stats.held_until_ms = play->stats.now_ms + 75 * 1000;
    play->stats.held_by_429 = true;
    assert_line(play, 87,
                "[=====               ] 100/400 threads · rate limited, continues at 00:01:15 · "
                "ETA 31 s");
    play->stats.held_by_429 = false;
    assert_line(play, 59, "100/400 threads · server says wait until 00:01:15");
    play->stats.held_until_ms = play->stats.now_ms;
    assert_line(play, 60, "[=====               ] 100/400 threads · 4 waiting");
}

/* However quick the others were: what settles takes its time. */
static void waits_for_what_settles(void **state)
{
    struct play *play = *state;

    run_ten_seconds(play);
    play->stats.parked = 4;
    play->stats.parked_until_ms = play->stats.now_ms + 59 * 1000;
    assert_line(play, 30, "100/400 threads · ETA 60 s");
    play->stats.parked_until_ms = INT64_MIN;
    assert_line(play, 30, "100/400 threads · ETA 31 s");
}

/* People plan by the clock on their wall. */
static void tells_local_time(void **state)
{
    struct play *play = *state;

    (void)setenv("TZ", "TST-5:30", 1);
    tzset();
    look(play, &(struct moment){0, {.total = 4}, 0});
    play->stats.held_until_ms = play->stats.now_ms + 3600 * 1000;
    assert_line(play, 0, "0/4 threads · server says wait until 06:30:00");
}

static void says_no_eta_at_the_end_or_standstill(void **state)
{
    struct play *play = *state;

    for (int64_t s = 0; s <= 100; s++)
        look(play, &(struct moment){s, {.total = 5, .done = 2}, 0});
    assert_line(play, 0, "2/5 threads · 0 items/s · 0 requests/s");
    look(play, &(struct moment){101, {.total = 5, .done = 5}, 0});
    assert_line(play, 0, "5/5 threads · 0 items/s · 0 requests/s");
    play->counts.total = 0;
    play->counts.done = 0;
    assert_line(play, 79, "[                    ] 0/0 threads · 0 items/s · 0 requests/s");
}

static void asks_for_ticks_as_the_mode_needs(void **state)
{
    static const struct {
        int progress;
        bool quiet;
        int64_t tick_ms;
    } ROWS[] = {
        {(int)PROGRESS_LINES, false, 1000},
        {(int)PROGRESS_NONE, false, 0},
        {(int)PROGRESS_LINES, true, 0},
    };
    struct meter meter;

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const struct options options = {.progress = ROWS[i].progress, .quiet = ROWS[i].quiet};

        meter_open(&meter, &options);
        assert_int_equal(meter_tick_ms(&meter), ROWS[i].tick_ms);
        meter_close(&meter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tells_nothing_before_the_first_second, set_up),
        cmocka_unit_test_setup(tells_the_status_when_asked, set_up),
        cmocka_unit_test_setup(leaves_out_what_matters_less, set_up),
        cmocka_unit_test_setup(forgets_what_was_long_ago, set_up),
        cmocka_unit_test_setup(does_not_count_on_what_was_skipped, set_up),
        cmocka_unit_test_setup(says_why_it_stands_still, set_up),
        cmocka_unit_test_setup(waits_for_what_settles, set_up),
        cmocka_unit_test_setup(tells_local_time, set_up),
        cmocka_unit_test_setup(says_no_eta_at_the_end_or_standstill, set_up),
        cmocka_unit_test_setup(asks_for_ticks_as_the_mode_needs, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
