/*
 * The loop with puppets for jobs: loop_play.h says how to read their scripts.
 */
#include "loop/loop.h"

#include "base/log.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_fsio.h"
#include "fakes/fake_http.h"
#include "fakes/fake_journal.h"
#include "fakes/fake_stop.h"
#include "os/clock.h"
#include "unit/play/loop_play.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STEPS = 20, MANY = 200 };

#define MISSING "{\"error\":{\"message\":\"No thread found\",\"code\":null}}"

static int set_up(void **state)
{
    (void)state;
    fake_clock_reset();
    fake_stop_reset();
    fake_fsio_reset();
    fake_http_reset();
    return 0;
}

static struct checkpoint *open_checkpoint(void)
{
    const struct checkpoint_options options = journal_options();
    struct checkpoint_opening opening;
    struct error err;
    struct checkpoint *checkpoint = checkpoint_open(&options, &opening, &err);

    assert_non_null(checkpoint);
    return checkpoint;
}

/* ---- the window ---- */

static void test_the_window(void **state)
{
    static const struct fake_http_step REPLIES[] = {
        {.status = 200, .body = "{}", .delay_ms = 100},
        {.status = 200, .body = "{}", .delay_ms = 100},
        {.status = 200, .body = "{}", .delay_ms = 100},
        {.status = 200, .body = "{}", .delay_ms = 100},
    };
    static const char *const SCRIPTS[] = {"G.", "GG.", "G.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 2};

    (void)state;
    loop_play(&play, REPLIES, 4, "a b c");
    loop_play_assert_requests("b+0 a+0 b+100 c+100");
    assert_int_equal(play.result.error.code, ERROR_NONE);
    assert_int_equal(play.result.signal, 0);
    assert_int_equal(play.result.stats.requests[SIDE_SOURCE], 4);
    assert_int_equal(play.most_in_flight, 2);
}

/* Who sleeps takes no place in the window, and keeps nobody from beginning. */
static void test_parked(void **state)
{
    static const struct fake_http_step REPLIES[] = {{.status = 200, .body = "{}"},
                                                    {.status = 200, .body = "{}"},
                                                    {.status = 200, .body = "{}"}};
    static const char *const SCRIPTS[] = {"zG.", "G.", "G.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 1};
    struct loop_play all = {.script = "z.", .count = 6, .concurrency = 1};

    (void)state;
    loop_play(&play, REPLIES, 3, "b c a");
    loop_play_assert_requests("b+0 c+0 a+300");
    assert_int_equal(play.most_parked, 1);
    loop_play(&all, NULL, 0, "a b c d e f");
    assert_int_equal(all.most_parked, 6);
    assert_int_equal(clock_now_ms(), FAKE_CLOCK_START_MS + 2 * LOOP_PLAY_SLEEP_MS);
}

/* Nor does who is held by the server. */
static void test_held(void **state)
{
    static const struct fake_http_step REPLIES[] = {
        {.status = 503, .head = "retry-after-ms: 2000\n", .body = ""},
        {.status = 200, .body = "{}"}};
    static const char *const SCRIPTS[] = {"G.", "y.", "z.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 1};

    (void)state;
    play.checkpoint = open_checkpoint();
    loop_play(&play, REPLIES, 2, "b c a");
    loop_play_assert_requests("a+0 a+2000");
    checkpoint_close(play.checkpoint);
}

/* Who waits for others speaks when one of them was answered, or is through. */
static void test_waiting(void **state)
{
    static const struct fake_http_step REPLIES[] = {{.status = 200, .body = "{}", .delay_ms = 100},
                                                    {.status = 200, .body = "{}", .delay_ms = 50}};
    static const char *const SCRIPTS[] = {"w.", "wwG.", "G.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 3};

    (void)state;
    loop_play(&play, REPLIES, 2, "c a b");
    loop_play_assert_requests("c+0 b+100");
}

/* Not the whole selection waits for one: four for each request that may be in flight. */
static void test_many_wait(void **state)
{
    static const struct fake_http_step REPLIES[] = {{.status = 200, .body = "{}", .delay_ms = 100},
                                                    {.status = 200, .body = "{}", .delay_ms = 10}};
    static const char *const SCRIPTS[] = {"G.", "w.", "w.", "w.", "w.", "w.",
                                          "w.", "w.", "w.", "G.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 2};

    (void)state;
    loop_play(&play, REPLIES, 2, "a b c d e f g h i j");
    loop_play_assert_requests("a+0 j+100");
}

/* A client that has nothing at the moment is asked again once something was concluded. */
static void test_later(void **state)
{
    static const struct fake_http_step REPLIES[] = {{.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10}};
    struct loop_play play = {.script = "G.", .count = 3, .concurrency = 3, .ahead = 1};

    (void)state;
    loop_play(&play, REPLIES, 3, "a b c");
    loop_play_assert_requests("a+0 b+10 c+20");
}

/* More jobs than begin at once, and nothing to be requested. */
static void test_without_requests(void **state)
{
    struct loop_play play = {.script = "x", .count = 3, .concurrency = 1, .without_http = true};
    struct loop_play many = {.script = ".", .count = MANY, .concurrency = 2, .without_http = true};
    char letters[2 * MANY] = "";

    (void)state;
    loop_play(&play, NULL, 0, "a:bad_source b:bad_source c:bad_source");
    assert_int_equal(play.result.error.code, ERROR_NONE);
    for (size_t i = 0; i < MANY; i++)
        (void)snprintf(letters + 2 * i, 3, "%c%s", (int)('a' + i % 26), i + 1 < MANY ? " " : "");
    loop_play(&many, NULL, 0, letters);
}

/* Somebody wants to hear how it goes, although nothing happens. */
static void test_ticks(void **state)
{
    static const struct fake_http_step REPLY[] = {{.status = 200, .body = "{}", .delay_ms = 5000}};
    struct loop_play play = {.script = "G.", .count = 1, .concurrency = 1, .tick_ms = 100};

    (void)state;
    loop_play(&play, REPLY, 1, "a");
    assert_true(play.ticks >= 50 && play.ticks <= 55);
}

/* ---- the checkpoint ---- */

static void test_syncs(void **state)
{
    static const struct fake_http_step REPLIES[] = {{.status = 200, .body = "{}"},
                                                    {.status = 200, .body = "{}"},
                                                    {.status = 200, .body = "{}"}};
    static const char *const SCRIPTS[] = {"yG.", "y.", "R.", "R.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 2, .may_be_dirty = true};

    (void)state;
    play.checkpoint = open_checkpoint();
    fake_fsio_plan(&(struct fake_fsio_plan){.at = 0});
    loop_play(&play, REPLIES, 3, "c d b a");
    /* One append and one sync for all four. */
    assert_int_equal(fake_fsio_operations(), 2);
    checkpoint_close(play.checkpoint);
}

/* Nothing leaves that rests on a record which is not durable. */
static void test_a_sync_that_fails(void **state)
{
    static const char *const SCRIPTS[] = {"yG.", "yG.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 2};

    (void)state;
    play.checkpoint = open_checkpoint();
    fake_fsio_plan(&(struct fake_fsio_plan){.at = 1, .fault = FAKE_FSIO_FAIL});
    loop_play(&play, NULL, 0, "");
    assert_int_equal(play.result.error.code, ERROR_IO);
    assert_int_equal(fake_http_seen_count(), 0);
    checkpoint_close(play.checkpoint);
}

/* ---- failures ---- */

static void test_threads_that_fail(void **state)
{
    static const struct fake_http_step REPLIES[] = {
        {.status = 404,
         .head = "Content-Type: application/json\nx-request-id: req_1\n",
         .body = MISSING},
        {.status = 500, .body = ""},
        {.status = 200, .body = "{}"},
        {.status = 500, .body = ""},
        {.status = 500, .body = ""}};
    static const char *const SCRIPTS[] = {"G.", "x", "G.", "G.", NULL};
    static const char *const FAILING[] = {"x", ".", "x", "x", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 1};
    struct loop_play few = {.scripts = FAILING, .concurrency = 1, .max_errors = 2};

    (void)state;
    loop_play(&play, REPLIES, 5,
              "(a 404 No thread found req_1) a:source_missing b:bad_source d c:server_error");
    assert_int_equal(play.result.error.code, ERROR_NONE);
    assert_int_equal(play.result.stats.retries, 2);
    loop_play(&few, NULL, 0, "a:bad_source b c:bad_source");
    assert_int_equal(few.result.error.code, ERROR_STOPPED);
}

/* The thread is not to blame, so it has no outcome. What is in flight is heard, nothing new leaves.
 */
static void test_a_failure_of_the_run(void **state)
{
    static const struct fake_http_step REPLY[] = {{.status = 200, .body = "{}", .delay_ms = 3000}};
    static const char *const SCRIPTS[] = {"G.", "zG.", "z!", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 2};

    (void)state;
    loop_play(&play, REPLY, 1, "a -b");
    assert_int_equal(play.result.error.code, ERROR_AUTH);
    loop_play_assert_requests("a+0");
    assert_int_equal(clock_now_ms(), FAKE_CLOCK_START_MS + 3000);
}

static void test_nobody_answers(void **state)
{
    static const struct fake_http_step REPLIES[] = {
        {.end = HTTP_NOT_SENT}, {.end = HTTP_NOT_SENT}, {.end = HTTP_NOT_SENT}};
    struct loop_play play = {.script = "G.", .count = 1, .concurrency = 1};

    (void)state;
    loop_play(&play, REPLIES, 3, "");
    assert_int_equal(play.result.error.code, ERROR_NETWORK);
}

/* Whether a failure means the whole run is what tally.h says; here, that it is asked. */
static void test_the_run_is_pointless(void **state)
{
    static const struct fake_http_step GONE[] = {{.status = 404, .body = "{}"},
                                                 {.status = 404, .body = "{}"}};
    static const struct fake_http_step THERE[] = {{.status = 404, .body = "{}"},
                                                  {.status = 403, .body = "{}"}};
    static const struct fake_http_step PARTIAL[] = {{.status = 404, .body = "{}"}};
    static const struct fake_http_step PARTIAL_GONE[] = {{.status = 410, .body = "{}"},
                                                         {.status = 410, .body = "{}"}};
    static const struct fake_http_step PARTIAL_THERE[] = {{.status = 410, .body = "{}"},
                                                          {.status = 404, .body = "{}"}};
    struct fake_http_step forbidden[STEPS];
    static const struct {
        bool openai;
        const struct fake_http_step *replies;
        size_t count;
        enum error_code code;
    } ROWS[] = {
        {true, GONE, 2, ERROR_SOURCE_GONE},    {true, THERE, 2, ERROR_NONE},
        {false, PARTIAL, 1, ERROR_NONE},       {false, PARTIAL_GONE, 2, ERROR_SOURCE_GONE},
        {false, PARTIAL_THERE, 2, ERROR_NONE},
    };
    struct loop_play play = {.script = "G.", .count = STEPS + 1, .concurrency = 1, .selected = 100};

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct loop_play one = {
            .script = "G.", .count = 1, .concurrency = 1, .selected = 1, .openai = ROWS[i].openai};

        fake_http_reset();
        loop_play(&one, ROWS[i].replies, ROWS[i].count, "a:source_missing");
        assert_int_equal(one.result.error.code, ROWS[i].code);
    }
    for (size_t i = 0; i < STEPS; i++)
        forbidden[i] = (struct fake_http_step){.status = 403, .body = "{}"};
    fake_http_reset();
    loop_play(&play, forbidden, STEPS,
              "a:forbidden b:forbidden c:forbidden d:forbidden e:forbidden f:forbidden g:forbidden "
              "h:forbidden i:forbidden j:forbidden k:forbidden l:forbidden m:forbidden n:forbidden "
              "o:forbidden p:forbidden q:forbidden r:forbidden s:forbidden t:forbidden");
    assert_int_equal(play.result.error.code, ERROR_AUTH);
    assert_non_null(strstr(play.result.error.text,
                           profile_get(SERVICE_COMPATIBLE, SIDE_SOURCE)->forbidden_hint));
}

/* A request that may not be late fails its thread instead of being sent again. */
static void test_stale(void **state)
{
    static const struct fake_http_step REPLIES[] = {
        {.status = 503, .head = "retry-after-ms: 5300\n", .body = ""},
        {.status = 200, .body = "{}"}};
    static const char *const SCRIPTS[] = {"V.", "G.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 1};

    (void)state;
    loop_play(&play, REPLIES, 2, "a:server_error b");
    loop_play_assert_requests("a+0 b+5300");
}

/* ---- patience ---- */

#define SAYS_429                                                                                   \
    {                                                                                              \
        .status = 429, .head = "retry-after-ms: 4000\n", .body = "{}"                              \
    }
#define LOCKED                                                                                     \
    {                                                                                              \
        .status = 400, .body = "{\"error\":{\"message\":\"\",\"code\":\"conversation_locked\"}}"   \
    }

/* Where nothing is granted for so long the run stops; one request alone fails its thread. */
static void test_patience(void **state)
{
    static const struct fake_http_step NOTHING[] = {SAYS_429, SAYS_429, SAYS_429};
    static const struct fake_http_step ONE[] = {
        LOCKED, LOCKED, LOCKED, {.status = 200, .body = "{}"}};
    static const char *const SCRIPTS[] = {"G.", NULL};
    struct loop_play nothing = {.scripts = SCRIPTS, .concurrency = 1, .patience_ms = 10000};
    struct loop_play one = {.scripts = SCRIPTS, .concurrency = 1, .patience_ms = 4000};
    char *said = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&said, &size);

    (void)state;
    log_open(&(struct log_options){.level = LOG_INFO, .stream = stream});
    loop_play(&nothing, NOTHING, 3, "");
    assert_int_equal(nothing.result.error.code, ERROR_STOPPED);
    loop_play_assert_requests("a+0 a+4000 a+8000");
    (void)fflush(stream);
    assert_null(strstr(said, "HTTP 429"));
    fake_http_reset();
    nothing = (struct loop_play){.scripts = SCRIPTS, .concurrency = 1, .patience_ms = 20000};
    loop_play(&nothing,
              (const struct fake_http_step[]){SAYS_429, SAYS_429, SAYS_429, SAYS_429, SAYS_429}, 5,
              "");
    (void)fflush(stream);
    assert_non_null(strstr(said, "is rate limiting every request (HTTP 429); waiting up to 20 s"));
    fake_http_reset();
    loop_play(&one, ONE, 2, "(a 400  ) (a 400  ) a:server_error");
    assert_int_equal(one.result.error.code, ERROR_NONE);
    log_open(&(struct log_options){.level = LOG_ERROR, .stream = stderr});
    (void)fclose(stream);
    free(said);
}

/* ---- the same no ---- */

#define BROKEN(text)                                                                               \
    {                                                                                              \
        .status = 500, .body = "{\"error\":{\"message\":\"\",\"code\":\"" text "\"}}"              \
    }

/* Three times the same while others are granted; not in an outage, not where the words differ. */
static void test_final(void **state)
{
    static const struct fake_http_step REPLIES[] = {BROKEN("a"),
                                                    {.status = 200, .body = "{}"},
                                                    BROKEN("a"),
                                                    {.status = 200, .body = "{}"},
                                                    BROKEN("a")};
    static const char *const SCRIPTS[] = {"GzzG.", "G.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 2};

    (void)state;
    loop_play(&play, REPLIES, 5, "(b 500  ) (b 500  ) a (b 500  ) b:source_missing");
}

/* When a sync begins: concurrency, scripts, and what leaves when. Each reply takes 60 ms; the sync,
 * at once. */
static const struct {
    int64_t concurrency;
    const char *const scripts[7];
    size_t count;
    const char *requests;
    const char *done;
} BEGINNINGS[] = {
    /* A place in the window is free. */
    {3, {"yG."}, 1, "a+0", "a"},
    {3, {"yG.", "yG."}, 2, "b+0 a+0", "b a"},
    {3, {"yG.", "GG."}, 3, "b+0 a+0 b+60", "a b"},
    /* None is. */
    {2, {"yG.", "GG.", "GG."}, 5, "b+0 c+0 a+60 b+60 c+120", "a b c"},
    {2, {"GG.", "yG.", "yG.", "yG.", "yG."}, 6, "b+0 c+0 e+60 a+60 d+120 a+120", "b c e d a"},
    /* Those that wait to be told only are not waited for, and keep nobody from beginning. */
    {2, {"GG.", "Y.", "Y.", "Y.", "Y.", "G."}, 3, "f+0 a+0 a+60", "b c d e f a"},
    {1, {"Y."}, 0, "", "a"},
    /* One after the other. */
    {1, {"yG.", "G."}, 2, "a+0 b+60", "a b"},
};

static void test_when_a_sync_begins(void **state)
{
    static const struct fake_http_step LATE = {.status = 200, .body = "{}", .delay_ms = 60};
    const struct fake_http_step replies[] = {LATE, LATE, LATE, LATE, LATE, LATE};

    for (size_t i = 0; i < COUNT_OF(BEGINNINGS); i++) {
        struct loop_play play = {.scripts = BEGINNINGS[i].scripts,
                                 .concurrency = BEGINNINGS[i].concurrency,
                                 .may_be_dirty = true};

        (void)set_up(state);
        play.checkpoint = open_checkpoint();
        loop_play(&play, replies, BEGINNINGS[i].count, BEGINNINGS[i].done);
        loop_play_assert_requests(BEGINNINGS[i].requests);
        checkpoint_close(play.checkpoint);
    }
}

/* A record that no job waits for is not kept from the disk for long: here it fails there, between
 * two replies. */
static void test_a_record_that_nobody_waits_for(void **state)
{
    static const struct fake_http_step LATE = {.status = 200, .body = "{}", .delay_ms = 60};
    const struct fake_http_step replies[] = {LATE, LATE};
    static const char *const SCRIPTS[] = {"RGGG.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 1, .may_be_dirty = true};

    (void)state;
    play.checkpoint = open_checkpoint();
    fake_fsio_plan(&(struct fake_fsio_plan){.at = 2, .fault = FAKE_FSIO_FAIL});
    loop_play(&play, replies, 2, "");
    loop_play_assert_requests("a+0 a+60");
    assert_int_equal(play.result.error.code, ERROR_IO);
    assert_int_equal(play.result.stats.now_ms, FAKE_CLOCK_START_MS + 100);
    checkpoint_close(play.checkpoint);
}

/* While the window is full a job's record waits a little for others that share its sync: until that
 * one fails, between two replies. */
static void test_a_full_window(void **state)
{
    static const struct fake_http_step LATE = {.status = 200, .body = "{}", .delay_ms = 60};
    const struct fake_http_step replies[] = {LATE, LATE};
    static const char *const SCRIPTS[] = {"yG.", "GG.", "GG.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 2, .may_be_dirty = true};

    (void)state;
    play.checkpoint = open_checkpoint();
    fake_fsio_plan(&(struct fake_fsio_plan){.at = 1, .fault = FAKE_FSIO_FAIL});
    loop_play(&play, replies, 2, "");
    loop_play_assert_requests("b+0 c+0");
    assert_int_equal(play.result.error.code, ERROR_IO);
    assert_int_equal(play.result.stats.now_ms, FAKE_CLOCK_START_MS + 10);
    checkpoint_close(play.checkpoint);
}

/* While a sync is under way requests leave, but for those that wait for it; what is recorded
 * meanwhile is the next batch. */
static void test_a_slow_sync(void **state)
{
    static const struct fake_http_step REPLIES[] = {{.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10}};
    static const char *const SCRIPTS[] = {"yG.", "GGG.", "GyzG.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 3, .may_be_dirty = true};

    (void)state;
    play.checkpoint = open_checkpoint();
    fake_fsio_plan(&(struct fake_fsio_plan){.at = 0});
    fake_fsio_slow_syncs(6);
    loop_play(&play, REPLIES, 6, "a b c");
    loop_play_assert_requests("b+0 c+0 b+10 a+20 b+20 c+330");
    /* c's record came in the middle of a's sync. */
    assert_int_equal(fake_fsio_operations(), 4);
    assert_int_equal(play.result.error.code, ERROR_NONE);
    checkpoint_close(play.checkpoint);
}

/* Who waits for a sync takes no place in the window; and when all go on at once, it holds. */
static void test_the_window_holds_requests(void **state)
{
    static const struct fake_http_step REPLIES[] = {{.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10}};
    static const char *const SCRIPTS[] = {"yG.", "GG.", "GG.", "yG.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 2, .may_be_dirty = true};

    (void)state;
    play.checkpoint = open_checkpoint();
    fake_fsio_slow_syncs(2);
    loop_play(&play, REPLIES, 6, "c b a d");
    loop_play_assert_requests("b+0 c+0 c+10 b+10 a+20 d+30");
    assert_int_equal(play.most_in_flight, 2);
    assert_int_equal(play.most_parked, 0);
    checkpoint_close(play.checkpoint);
}

static void test_a_sync_that_fails_late(void **state)
{
    static const struct fake_http_step REPLIES[] = {{.status = 200, .body = "{}", .delay_ms = 10},
                                                    {.status = 200, .body = "{}", .delay_ms = 10}};
    static const char *const SCRIPTS[] = {"yG.", "GGG.", NULL};

    (void)state;
    for (int hangs = 0; hangs < 2; hangs++) {
        struct loop_play play = {.scripts = SCRIPTS, .concurrency = 2, .may_be_dirty = true};
        const struct fake_http_step third = {.status = 200, .body = "{}"};
        struct fake_http_step replies[] = {REPLIES[0], REPLIES[1], third};

        (void)set_up(state);
        play.checkpoint = open_checkpoint();
        fake_fsio_plan(
            &(struct fake_fsio_plan){.at = 2, .fault = hangs ? FAKE_FSIO_HANG : FAKE_FSIO_FAIL});
        fake_fsio_slow_syncs(3);
        loop_play(&play, replies, hangs ? 3 : 2, hangs ? "b" : "");
        loop_play_assert_requests(hangs ? "b+0 b+10 b+20" : "b+0 b+10");
        assert_int_equal(play.result.error.code, ERROR_IO);
        checkpoint_close(play.checkpoint);
    }
}

/* ---- two calls of one job ---- */

#define YES(ms)                                                                                    \
    {                                                                                              \
        .status = 200, .body = "{}", .delay_ms = (ms)                                              \
    }
#define NO(code, ms)                                                                               \
    {                                                                                              \
        .status = (code), .body = "{}", .delay_ms = (ms)                                           \
    }

static const struct {
    const char *name;
    const char *const scripts[4];
    int64_t concurrency;
    bool one_at_a_time;
    struct fake_http_step replies[8];
    const char *requests;
    const char *expected;
} PAIRS[] = {
    {"one is slow",
     {"BG.", "G."},
     8,
     false,
     {YES(10), YES(100), YES(10), YES(10)},
     "b+0 a+0 a++0 a+100",
     "b a"},
    {"the window holds both",
     {"B.", "B."},
     3,
     false,
     {YES(10), YES(10), YES(30), YES(10)},
     "b+0 b++0 a+0 a++10",
     "b a"},
    {"a window of one", {"B."}, 1, false, {YES(10), YES(10)}, "a+0 a++10", "a"},
    {"the pacer lets one leave after the other",
     {"B."},
     8,
     true,
     {YES(10), YES(10)},
     "a+0 a++10",
     "a"},
    {"the first is refused",
     {"B.", "z."},
     8,
     false,
     {NO(403, 10), YES(500)},
     "a+0 a++0",
     "b a:forbidden"},
    {"the one beside is refused, and comes first",
     {"B."},
     8,
     false,
     {YES(50), NO(403, 10)},
     "a+0 a++0",
     "a:forbidden"},
    {"both are refused",
     {"B."},
     8,
     false,
     {NO(404, 50), NO(403, 10)},
     "a+0 a++0",
     "a:source_missing"},
    {"the first fails again and again",
     {"B.", "zz."},
     8,
     false,
     {NO(502, 0), YES(3000), NO(502, 0), NO(502, 0)},
     "a+0 a++0 a+581 a+1821",
     "b a:server_error"},
    {"the one beside does, and the first says why",
     {"B."},
     8,
     false,
     {NO(404, 0), NO(502, 0), NO(502, 0), NO(502, 0)},
     "a+0 a++0 a++581 a++1821",
     "a:source_missing"},
    {"the one beside does, and the first says nothing",
     {"BG."},
     8,
     false,
     {YES(0), NO(502, 0), NO(502, 0), NO(502, 0)},
     "a+0 a++0 a++581 a++1821",
     "a:server_error"},
    {"one is told to wait",
     {"BG."},
     8,
     false,
     {YES(0), {.status = 429, .head = "retry-after-ms: 4000\n", .body = "{}"}, YES(0), YES(0)},
     "a+0 a++0 a++4000 a+4126",
     "a"},
};

/* Both leave at once and the job goes on after the slower one; each takes a place in the window,
 * and is sent when the pacer says so. What fails it is told after both, the first call's before
 * that of the one beside. */
static void test_two_calls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        struct loop_play play = {.scripts = PAIRS[i].scripts,
                                 .concurrency = PAIRS[i].concurrency,
                                 .one_at_a_time = PAIRS[i].one_at_a_time};
        size_t count = 0;

        (void)set_up(state);
        while (PAIRS[i].replies[count].status != 0)
            count++;
        print_message("%s\n", PAIRS[i].name);
        loop_play(&play, PAIRS[i].replies, count, PAIRS[i].expected);
        loop_play_assert_requests(PAIRS[i].requests);
        assert_int_equal(play.result.error.code, ERROR_NONE);
        assert_true(play.most_in_flight <= PAIRS[i].concurrency);
    }
}

/* A thread that is missing says it twice, and counts once. */
static void test_two_calls_and_no_api(void **state)
{
    static const struct fake_http_step GONE[] = {NO(404, 10), NO(404, 20), NO(404, 10)};
    static const struct fake_http_step THERE[] = {NO(404, 10), NO(404, 20), YES(10)};

    (void)state;
    for (int there = 0; there < 2; there++) {
        struct loop_play play = {
            .script = "B.", .count = 1, .concurrency = 8, .selected = 1, .openai = true};

        (void)set_up(state);
        loop_play(&play, there ? THERE : GONE, 3, "a:source_missing");
        loop_play_assert_requests("a+0 a++0 assistants?limit=1+20");
        assert_int_equal(play.result.error.code, there ? ERROR_NONE : ERROR_SOURCE_GONE);
    }
}

/* What is in flight is heard; what was not sent never is, and that is told of nothing that reads.
 */
static void test_two_calls_and_a_signal(void **state)
{
    static const struct fake_http_step REPLIES[] = {YES(100), YES(200)};

    (void)state;
    for (int sent = 0; sent < 2; sent++) {
        struct loop_play play = {
            .script = "B.", .count = 1, .concurrency = 8, .one_at_a_time = sent == 0};

        (void)set_up(state);
        fake_stop_at(FAKE_CLOCK_START_MS + 50, SIGINT);
        loop_play(&play, REPLIES, sent ? 2 : 1, sent ? "a" : "");
        assert_int_equal(play.result.signal, SIGINT);
        assert_int_equal(play.result.error.code, ERROR_NONE);
    }
}

/* ---- stopping ---- */

static void test_a_signal(void **state)
{
    static const struct fake_http_step REPLY[] = {{.status = 200, .body = "{}", .delay_ms = 100}};
    static const char *const SCRIPTS[] = {"G.", "G.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 1};
    char *said = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&said, &size);

    (void)state;
    fake_stop_at(FAKE_CLOCK_START_MS + 50, SIGINT);
    log_open(&(struct log_options){.level = LOG_INFO, .stream = stream});
    loop_play(&play, REPLY, 1, "a");
    assert_int_equal(play.result.signal, SIGINT);
    assert_int_equal(play.result.error.code, ERROR_NONE);
    log_open(&(struct log_options){.level = LOG_ERROR, .stream = stderr});
    (void)fclose(stream);
    assert_string_equal(
        said, "threadferry: info: stopping: 1 request in flight; again to stop at once\n");
    free(said);
}

/* What has not left when the run ends never will. */
static void test_unsent(void **state)
{
    static const struct fake_http_step REPLY[] = {{.status = 200, .body = "{}", .delay_ms = 100}};
    static const char *const SCRIPTS[] = {"G.", "G.", "zG.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 2, .one_at_a_time = true};

    (void)state;
    fake_stop_at(FAKE_CLOCK_START_MS + 50, SIGINT);
    loop_play(&play, REPLY, 1, "b -a");
}

/* A run that stops waits for the sync that is under way: what it makes durable was done, and what
 * would have followed never leaves. */
static void test_a_signal_amid_a_sync(void **state)
{
    static const struct fake_http_step REPLY[] = {{.status = 200, .body = "{}", .delay_ms = 100}};
    static const char *const SCRIPTS[] = {"y.", "yG.", "G.", NULL};
    struct loop_play play = {.scripts = SCRIPTS, .concurrency = 3, .may_be_dirty = true};

    (void)state;
    play.checkpoint = open_checkpoint();
    fake_fsio_slow_syncs(1000);
    fake_stop_at(FAKE_CLOCK_START_MS + 50, SIGINT);
    loop_play(&play, REPLY, 1, "c a -b");
    assert_int_equal(play.result.signal, SIGINT);
    assert_int_equal(play.result.error.code, ERROR_NONE);
    checkpoint_close(play.checkpoint);
}

static void test_deaf(void **state)
{
    struct loop_play play = {.script = "G.", .count = 2, .concurrency = 1};

    (void)state;
    fake_http_plan(&(struct fake_http_plan){.at = 1, .cut = FAKE_HTTP_STOP_BEFORE});
    loop_play(&play, NULL, 0, "");
    assert_int_equal(play.result.error.code, ERROR_STOPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_window, set_up),
        cmocka_unit_test_setup(test_parked, set_up),
        cmocka_unit_test_setup(test_held, set_up),
        cmocka_unit_test_setup(test_waiting, set_up),
        cmocka_unit_test_setup(test_many_wait, set_up),
        cmocka_unit_test_setup(test_later, set_up),
        cmocka_unit_test_setup(test_without_requests, set_up),
        cmocka_unit_test_setup(test_ticks, set_up),
        cmocka_unit_test_setup(test_syncs, set_up),
        cmocka_unit_test_setup(test_a_sync_that_fails, set_up),
        cmocka_unit_test_setup(test_when_a_sync_begins, set_up),
        cmocka_unit_test_setup(test_a_record_that_nobody_waits_for, set_up),
        cmocka_unit_test_setup(test_a_full_window, set_up),
        cmocka_unit_test_setup(test_a_slow_sync, set_up),
        cmocka_unit_test_setup(test_the_window_holds_requests, set_up),
        cmocka_unit_test_setup(test_a_sync_that_fails_late, set_up),
        cmocka_unit_test_setup(test_threads_that_fail, set_up),
        cmocka_unit_test_setup(test_a_failure_of_the_run, set_up),
        cmocka_unit_test_setup(test_nobody_answers, set_up),
        cmocka_unit_test_setup(test_the_run_is_pointless, set_up),
        cmocka_unit_test_setup(test_stale, set_up),
        cmocka_unit_test_setup(test_patience, set_up),
        cmocka_unit_test_setup(test_final, set_up),
        cmocka_unit_test_setup(test_two_calls, set_up),
        cmocka_unit_test_setup(test_two_calls_and_no_api, set_up),
        cmocka_unit_test_setup(test_two_calls_and_a_signal, set_up),
        cmocka_unit_test_setup(test_a_signal, set_up),
        cmocka_unit_test_setup(test_unsent, set_up),
        cmocka_unit_test_setup(test_a_signal_amid_a_sync, set_up),
        cmocka_unit_test_setup(test_deaf, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
