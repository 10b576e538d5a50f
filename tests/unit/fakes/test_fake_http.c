/* The fake HTTP seam keeps the contract of the real one, on a clock of its own. */
#include "base/mem.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_http.h"
#include "fakes/fake_stop.h"
#include "http/http.h"
#include "mock/judge/mock.h"
#include "os/clock.h"
#include "os/stop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int NO_WAKES[HTTP_WAKES] = {-1, -1, -1};

enum { TIMEOUT_MS = 5000, LONG_MS = 100000 };

static const struct http_origin ORIGIN = {0};
static const char *const HEADERS[] = {"Authorization: Bearer k", "Content-Type: application/json",
                                      NULL};

static struct http *open_http(void)
{
    const struct http_options options = {.timeout_ms = TIMEOUT_MS, .max_connections = 4};
    struct error err = {0};

    return http_open(&options, &err);
}

static void start(struct http *http, enum http_method method, const char *path)
{
    char url[128];
    const struct http_request request = {
        .method = method,
        .url = url,
        .headers = HEADERS,
        .body = body_of(span_of("{}")),
        .origin = &ORIGIN,
        .max_reply_bytes = 4096,
        .owner = http,
    };

    (void)snprintf(url, sizeof url, "https://api.example%s", path);
    http_start(http, &request);
}

static bool await(struct http *http, struct http_reply *reply)
{
    struct error err = {0};

    return http_wait(http, LONG_MS, NO_WAKES, &err) && http_take(http, reply);
}

static int set_up(void **state)
{
    (void)state;
    fake_clock_reset();
    fake_stop_reset();
    fake_http_reset();
    return 0;
}

/* --- canned replies ----------------------------------------------------------- */

static void test_script(void **state)
{
    static const struct fake_http_step STEPS[] = {
        {.expect = "GET /v1/a?x=1", .status = 200, .body = "{\"a\":1}", .delay_ms = 50},
        {.expect = "POST /v1/b {}", .end = HTTP_BROKEN, .status = 200, .timed_out = true},
        {.status = 429, .head = "Retry-After: 3\nX-Request-Id: r\n", .body = "", .delay_ms = 10},
    };
    struct http *http = open_http();
    struct http_reply reply = {0};

    (void)state;
    fake_http_script(STEPS, 3);
    start(http, HTTP_GET, "/v1/a?x=1");
    assert_int_equal(http_in_flight(http), 1);
    assert_true(await(http, &reply));
    assert_int_equal(clock_now_ms(), FAKE_CLOCK_START_MS + 50);
    assert_int_equal(reply.end, HTTP_REPLY);
    assert_true(span_is(reply.body, "{\"a\":1}"));
    assert_ptr_equal(reply.owner, http);
    http_release(http, &reply);
    start(http, HTTP_POST, "/v1/b");
    start(http, HTTP_POST, "/v1/c");
    assert_true(await(http, &reply));
    assert_int_equal(reply.end, HTTP_BROKEN);
    assert_true(reply.timed_out);
    assert_true(reply.got_bytes);
    http_release(http, &reply);
    assert_true(await(http, &reply));
    assert_int_equal(reply.status, 429);
    assert_int_equal(reply.hints.retry_after_ms, 3000);
    assert_string_equal(reply.request_id, "r");
    http_release(http, &reply);
    assert_int_equal(fake_http_steps_left(), 0);
    assert_int_equal(fake_http_seen_count(), 3);
    assert_string_equal(fake_http_seen(1)->target, "/v1/b");
    assert_non_null(strstr(fake_http_seen(0)->headers, "Authorization: Bearer k\n"));
    http_close(http);
}

static void test_waiting_moves_the_clock(void **state)
{
    static const struct fake_http_step STEPS[] = {{.status = 200, .body = "", .delay_ms = 9999}};
    struct http *http = open_http();
    struct error err = {0};
    struct http_reply reply = {0};

    (void)state;
    assert_true(http_wait(http, 70, NO_WAKES, &err));
    assert_int_equal(clock_now_ms(), FAKE_CLOCK_START_MS + 70);
    fake_http_script(STEPS, 1);
    start(http, HTTP_POST, "/");
    assert_true(http_wait(http, 30, NO_WAKES, &err));
    assert_false(http_take(http, &reply));
    assert_int_equal(clock_now_ms(), FAKE_CLOCK_START_MS + 100);
    assert_true(await(http, &reply)); /* later than the time-out */
    assert_int_equal(clock_now_ms(), FAKE_CLOCK_START_MS + 70 + TIMEOUT_MS);
    assert_int_equal(reply.end, HTTP_BROKEN);
    assert_true(reply.timed_out);
    http_release(http, &reply);
    http_close(http);
}

static void test_signals_wake(void **state)
{
    struct http *http = open_http();
    struct error err = {0};

    (void)state;
    fake_stop_at(FAKE_CLOCK_START_MS + 500, SIGTERM);
    assert_int_equal(stop_signal(), 0);
    assert_true(http_wait(http, LONG_MS, NO_WAKES, &err));
    assert_int_equal(clock_now_ms(), FAKE_CLOCK_START_MS + 500);
    assert_int_equal(stop_signal(), SIGTERM);
    assert_true(http_wait(http, 100, NO_WAKES, &err)); /* once */
    assert_int_equal(clock_now_ms(), FAKE_CLOCK_START_MS + 600);
    fake_stop_at(0, SIGUSR1);
    assert_true(stop_take_status_request());
    assert_false(stop_take_status_request());
    http_close(http);
}

/* --- the mock behind it ----------------------------------------------------------- */

static struct mock *open_mock(const char *faults)
{
    const struct mock_config config = {.profile = MOCK_ANY, .latency_ms = 20, .seed = 1};
    struct mock *mock = mock_new(&config);
    struct mock_text error = {0};

    if (!mock_set_faults(mock, faults, strlen(faults), &error))
        fail_msg("%s", error.data);
    mock_text_release(&error);
    fake_http_use_mock(mock);
    return mock;
}

/* How many conversations the mock has committed. */
static size_t conversations(struct mock *mock)
{
    struct mock_text text = {0};
    size_t count = 0;

    mock_dump(mock, false, &text);
    for (const char *at = text.data; (at = strstr(at, "\"conv_")) != NULL; at++)
        count++;
    mock_text_release(&text);
    return count;
}

struct mock_row {
    const char *faults;
    enum http_end end;
    long status;
    bool timed_out;
    bool got_bytes;
    int64_t at_ms;
    size_t conversations; /* once all is over */
};

static const struct mock_row MOCK_ROWS[] = {
    {"[]", HTTP_REPLY, 200, false, true, 20, 1},
    {"[{\"do\":\"reset_before\"}]", HTTP_BROKEN, 0, false, false, 20, 0},
    {"[{\"do\":\"reset_after\"}]", HTTP_BROKEN, 0, false, false, 20, 1},
    {"[{\"do\":\"fin_after\"}]", HTTP_BROKEN, 0, false, false, 20, 1},
    {"[{\"do\":\"truncate\",\"bytes\":3}]", HTTP_BROKEN, 0, false, true, 20, 1},
    {"[{\"do\":\"stall\",\"bytes\":3}]", HTTP_BROKEN, 0, true, true, TIMEOUT_MS, 1},
    {"[{\"do\":\"mute_after\"}]", HTTP_BROKEN, 0, true, false, TIMEOUT_MS, 1},
    {"[{\"do\":\"error\",\"status\":503}]", HTTP_REPLY, 503, false, true, 20, 0},
    {"[{\"do\":\"slow_commit\",\"ms\":1000}]", HTTP_REPLY, 200, false, true, 1020, 1},
    {"[{\"do\":\"slow_commit\",\"ms\":8000}]", HTTP_BROKEN, 0, true, false, TIMEOUT_MS, 1},
};

static void check_mock_row(const struct mock_row *row)
{
    struct mock *mock = open_mock(row->faults);
    struct http *http = open_http();
    struct error err = {0};
    struct http_reply reply = {0};

    start(http, HTTP_POST, "/v1/conversations");
    assert_true(await(http, &reply));
    if (reply.end != row->end)
        fail_msg("%s: end %d, expected %d (%s)", row->faults, reply.end, row->end, reply.reason);
    assert_int_equal(reply.status, row->status);
    assert_int_equal(reply.timed_out, row->timed_out);
    assert_int_equal(reply.got_bytes, row->got_bytes);
    assert_int_equal(clock_now_ms(), FAKE_CLOCK_START_MS + row->at_ms);
    if (row->status == 200)
        assert_true(span_starts_with(reply.body, "{"));
    http_release(http, &reply);
    assert_true(
        http_wait(http, LONG_MS, NO_WAKES, &err)); /* late commits happen without a client */
    if (conversations(mock) != row->conversations)
        fail_msg("%s: %zu conversations", row->faults, conversations(mock));
    http_close(http);
    fake_http_reset();
    mock_free(mock);
}

static void test_mock(void **state)
{
    for (size_t i = 0; i < sizeof MOCK_ROWS / sizeof MOCK_ROWS[0]; i++) {
        set_up(state);
        check_mock_row(&MOCK_ROWS[i]);
    }
}

/* --- cuts ----------------------------------------------------------------------------- */

struct cut_row {
    enum fake_http_cut cut;
    bool stops;
    enum http_end end; /* where it does not stop */
    size_t conversations;
};

static const struct cut_row CUT_ROWS[] = {
    {FAKE_HTTP_RESET_BEFORE, false, HTTP_NOT_SENT, 2},
    {FAKE_HTTP_RESET_AFTER, false, HTTP_BROKEN, 3},
    {FAKE_HTTP_STOP_BEFORE, true, HTTP_REPLY, 1},
    {FAKE_HTTP_STOP_AFTER, true, HTTP_REPLY, 2},
};

static void count_stop(void *ctx)
{
    int *count = ctx;

    (*count)++;
}

/* Three writes, the second of which is cut. */
static void check_cut_row(const struct cut_row *row)
{
    struct mock *mock = open_mock("[]");
    struct http *http = open_http();
    int stops = 0;
    const struct fake_http_plan plan = {
        .at = 2, .writes_only = true, .cut = row->cut, .stopped = count_stop, .ctx = &stops};
    struct http_reply reply = {0};
    struct error err = {0};

    fake_http_plan(&plan);
    for (int i = 0; i < 3; i++) {
        bool dies = row->stops && i > 0;

        start(http, HTTP_GET, "/v1/conversations/conv_0");
        start(http, HTTP_POST, "/v1/conversations");
        assert_int_equal(http_wait(http, LONG_MS, NO_WAKES, &err), !dies);
        assert_int_equal(fake_http_is_stopped(), dies);
        while (http_take(http, &reply)) {
            if (i == 1)
                assert_true(reply.end == row->end || reply.status == 404);
            http_release(http, &reply);
        }
    }
    if (!row->stops) {
        assert_int_equal(fake_http_writes(), 3);
        assert_int_equal(fake_http_requests(), 6);
    }
    assert_int_equal(stops, row->stops);
    assert_int_equal(err.code, row->stops ? ERROR_STOPPED : ERROR_NONE);
    http_close(http);
    assert_int_equal(conversations(mock), row->conversations);
    fake_http_restart();
    assert_false(fake_http_is_stopped());
    fake_http_reset();
    mock_free(mock);
}

static void test_cuts(void **state)
{
    for (size_t i = 0; i < sizeof CUT_ROWS / sizeof CUT_ROWS[0]; i++) {
        set_up(state);
        check_cut_row(&CUT_ROWS[i]);
    }
}

static void test_wall_clock_jumps_alone(void **state)
{
    int64_t wall = clock_wall_ms();

    (void)state;
    fake_clock_jump_wall(-3600000);
    fake_clock_advance(5);
    assert_int_equal(clock_now_ms(), FAKE_CLOCK_START_MS + 5);
    assert_int_equal(clock_wall_ms(), wall - 3600000 + 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_script, set_up),
        cmocka_unit_test_setup(test_waiting_moves_the_clock, set_up),
        cmocka_unit_test_setup(test_signals_wake, set_up),
        cmocka_unit_test(test_mock),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test_setup(test_wall_clock_jumps_alone, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
