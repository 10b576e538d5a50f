/*
 * One call with all its attempts, on scripted replies and the fake clock: what
 * is sent again and when, which key it carries, and when patience is at an end.
 */
#include "loop/fetch.h"

#include "fakes/fake_clock.h"
#include "fakes/fake_http.h"
#include "fakes/fake_stop.h"
#include "os/clock.h"
#include "os/stop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { REPLIES = 6 };

#define OK "{\"a\":1}"
#define REFUSED "{\"error\":{\"message\":\"m\",\"code\":null}}"
#define QUOTA "{\"error\":{\"message\":\"m\",\"code\":\"insufficient_quota\"}}"
#define LOCKED "{\"error\":{\"message\":\"m\",\"code\":\"conversation_locked\"}}"

struct exchange {
    const char *name;
    struct fake_http_step replies[REPLIES];
    enum call_method method;
    bool probe;
    int keys;             /* how many there are; one more is refused */
    const char *expected; /* "yes", "no 404", "unknown", or the error */
    int requests;
    int64_t least_ms; /* it took at least so long, and not much longer */
};

static const struct exchange EXCHANGES[] = {
    {.name = "yes", .replies = {{.status = 200, .body = OK}}, .expected = "yes", .requests = 1},
    {.name = "no",
     .replies = {{.status = 404, .body = REFUSED}},
     .expected = "no 404",
     .requests = 1},
    {.name = "reads are repeated, later each time",
     .replies = {{.status = 500, .body = ""},
                 {.end = HTTP_BROKEN},
                 {.end = HTTP_NOT_SENT},
                 {.status = 200, .body = OK}},
     .expected = "yes",
     .requests = 4,
     .least_ms = 500 + 1000 + 2000},
    {.name = "writes only where they never left",
     .method = CALL_POST,
     .replies = {{.end = HTTP_NOT_SENT}, {.end = HTTP_BROKEN}},
     .expected = "unknown",
     .requests = 2,
     .least_ms = 500},
    {.name = "never before the server said",
     .replies = {{.status = 503, .head = "Retry-After: 40\n", .body = ""},
                 {.status = 200, .body = OK}},
     .expected = "yes",
     .requests = 2,
     .least_ms = 40000},
    {.name = "refusals for time are no attempts",
     .method = CALL_POST,
     .replies = {{.status = 429,
                  .head = "Content-Type: application/json\nRetry-After: 1\n",
                  .body = REFUSED},
                 {.status = 400, .body = LOCKED},
                 {.status = 400, .body = LOCKED},
                 {.status = 400, .body = LOCKED},
                 {.status = 400, .body = LOCKED},
                 {.status = 200, .body = OK}},
     .expected = "yes",
     .requests = 6,
     .least_ms = 1000 + 4 * 2000},
    {.name = "held for more than an hour",
     .replies = {{.status = 429, .head = "Retry-After: 3601\n", .body = REFUSED}},
     .expected = "the source asked to wait for 60 minutes",
     .requests = 1},
    {.name = "attempts exhausted, with replies",
     .replies = {{.status = 500, .body = ""},
                 {.status = 502, .body = ""},
                 {.end = HTTP_NOT_SENT},
                 {.status = 503, .body = ""}},
     .expected = "the source failed again and again: HTTP 503",
     .requests = 4,
     .least_ms = 3500},
    {.name = "attempts exhausted, without any",
     .replies = {{.end = HTTP_NOT_SENT},
                 {.end = HTTP_NOT_SENT},
                 {.end = HTTP_NOT_SENT},
                 {.end = HTTP_NOT_SENT}},
     .expected = "the source does not answer",
     .requests = 4,
     .least_ms = 3500},
    {.name = "what is no JSON will hardly become some",
     .replies = {{.status = 200, .body = "<html>"},
                 {.status = 200, .body = "<html>"},
                 {.status = 200, .body = "<html>"}},
     .expected = "the source sent something that is not the JSON it should be",
     .requests = 3,
     .least_ms = 1500},
    {.name = "a probe asks three times and takes no for an answer",
     .probe = true,
     .replies = {{.status = 500, .body = ""},
                 {.status = 500, .body = ""},
                 {.status = 500, .body = ""}},
     .expected = "no 500",
     .requests = 3,
     .least_ms = 1500},
    {.name = "quota",
     .replies = {{.status = 429, .body = QUOTA}},
     .expected = "the source's quota is exhausted (insufficient_quota)",
     .requests = 1},
    {.name = "a certificate is not tried again",
     .replies = {{.end = HTTP_REFUSED_TLS}},
     .expected = "the source's certificate was refused",
     .requests = 1},
    {.name = "a new key",
     .keys = 2,
     .replies = {{.status = 401, .body = REFUSED}, {.status = 200, .body = OK}},
     .expected = "yes",
     .requests = 2},
    {.name = "a new key that is refused too",
     .keys = 3,
     .replies = {{.status = 401, .body = REFUSED}, {.status = 401, .body = REFUSED}},
     .expected = "the source refused the key, and a new one too (HTTP 401)",
     .requests = 2},
    {.name = "no other key",
     .keys = 1,
     .replies = {{.status = 401, .body = REFUSED}},
     .expected = "no other key",
     .requests = 1},
};

/* Keys "key-1", "key-2", … */
struct keys {
    int left;
    int number;
    char text[16];
};

static const char *next_key(void *ctx, bool renew, struct error *err)
{
    struct keys *keys = ctx;

    assert_int_equal(renew, keys->number > 0);
    if (keys->number > 0 && keys->left-- <= 1) {
        error_set(err, ERROR_AUTH, "no other key");
        return NULL;
    }
    (void)snprintf(keys->text, sizeof keys->text, "key-%d", ++keys->number);
    return keys->text;
}

/* One side of a run, with a server that follows the script. */
struct talker {
    struct endpoint endpoint;
    struct remote remote;
    struct traffic traffic;
    struct keys keys;
};

static void side_open(struct talker *side, const struct fake_http_step *replies, size_t count)
{
    struct error err;

    fake_clock_reset();
    fake_stop_reset();
    fake_http_reset();
    fake_http_script(replies, count);
    side->endpoint = (struct endpoint){.profile = profile_get(SERVICE_COMPATIBLE, SIDE_SOURCE),
                                       .base_url = "http://127.0.0.1:1/v1"};
    remote_init(&side->remote,
                &(struct remote_options){.side = SIDE_SOURCE,
                                         .endpoint = &side->endpoint,
                                         .key = next_key,
                                         .key_ctx = &side->keys,
                                         .pacer = {.window_max = 4, .seed = 1}},
                clock_now_ms());
    side->traffic = (struct traffic){
        .http = http_open(&(struct http_options){.max_connections = 4, .timeout_ms = 60000}, &err),
        .remotes[SIDE_SOURCE] = &side->remote,
        .max_attempts = 4,
        .patience_ms = 3600000,
    };
    assert_non_null(side->traffic.http);
}

static void side_close(struct talker *side)
{
    http_close(side->traffic.http);
    remote_release(&side->remote);
    fake_http_reset();
}

static void tell(struct buf *seen, bool ok, const struct answer *answer, const struct error *err)
{
    if (!ok)
        buf_printf(seen, "%.*s", (int)strcspn(err->text, ":\n"), err->text);
    else if (answer->kind == ANSWER_NO)
        buf_printf(seen, "no %ld", answer->status);
    else
        buf_add_text(seen, answer->kind == ANSWER_YES ? "yes" : "unknown");
    /* The status of a failure stands behind a colon. */
    if (!ok && strstr(err->text, ": HTTP"))
        buf_add_text(seen, strstr(err->text, ": HTTP"));
}

static void test_exchanges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof EXCHANGES / sizeof EXCHANGES[0]; i++) {
        const struct exchange *e = &EXCHANGES[i];
        const struct call call = {.side = SIDE_SOURCE,
                                  .method = e->method,
                                  .path = "/threads/t",
                                  .body =
                                      body_of(e->method == CALL_POST ? span_of("{}") : span_of("")),
                                  .probe = e->probe};
        struct talker side = {.keys.left = e->keys};
        struct error err = {.code = ERROR_NONE};
        struct fetched fetched;
        struct buf seen;
        int64_t took_ms;
        bool ok;

        side_open(&side, e->replies, (size_t)e->requests);
        fetched_init(&fetched);
        buf_init(&seen, BUF_NO_LIMIT);
        ok = fetch(&side.traffic, &call, &fetched, &err);
        tell(&seen, ok, &fetched.verdict.answer, &err);
        took_ms = clock_now_ms() - FAKE_CLOCK_START_MS;
        if (strcmp(seen.data, e->expected) != 0 || took_ms < e->least_ms)
            print_error("%s: %lld ms\n", e->name, (long long)took_ms);
        assert_string_equal(seen.data, e->expected);
        assert_int_equal(fake_http_seen_count(), e->requests);
        assert_int_equal(side.traffic.requests[SIDE_SOURCE], e->requests);
        assert_true(took_ms >= e->least_ms && took_ms <= e->least_ms + e->least_ms / 2 + 2000);
        assert_true(side.keys.number <= 2);
        buf_release(&seen);
        fetched_release(&fetched);
        side_close(&side);
    }
}

/* A signal ends the waiting, not the request. */
static void test_interrupted(void **state)
{
    static const struct fake_http_step REPLY[] = {
        {.status = 503, .head = "Retry-After: 600\n", .body = ""}};
    const struct call call = {.side = SIDE_SOURCE, .path = "/threads"};
    struct talker side = {.keys.left = 1};
    struct error err = {.code = ERROR_NONE};
    struct fetched fetched;

    (void)state;
    side_open(&side, REPLY, 1);
    fake_stop_at(FAKE_CLOCK_START_MS + 5000, SIGINT);
    fetched_init(&fetched);
    assert_false(fetch(&side.traffic, &call, &fetched, &err));
    assert_int_equal(err.code, ERROR_STOPPED);
    assert_true(clock_now_ms() >= FAKE_CLOCK_START_MS + 5000 &&
                clock_now_ms() <= FAKE_CLOCK_START_MS + 6000);
    fetched_release(&fetched);
    side_close(&side);
}

/* While a reply hangs: a read is given up, what may have changed something is waited for. */
static void test_interrupted_in_flight(void **state)
{
    static const struct {
        enum call_method method;
        int number;
        int64_t least_ms; /* it took at least so long, and not much longer */
        bool answered;
    } ROWS[] = {
        {CALL_GET, SIGINT, 5000, false},     {CALL_GET, SIGTERM, 5000, false},
        {CALL_POST, SIGINT, 30000, true},    {CALL_DELETE, SIGINT, 30000, true},
        {CALL_GET, SIGUSR1, 30000, true},    {CALL_POST, SIGUSR1, 30000, true},
        {CALL_DELETE, SIGUSR1, 30000, true},
    };
    static const struct fake_http_step REPLY[] = {{.status = 200, .body = OK, .delay_ms = 30000}};

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const struct call call = {
            .side = SIDE_SOURCE, .method = ROWS[i].method, .path = "/threads"};
        struct talker side = {.keys.left = 1};
        struct error err = {.code = ERROR_NONE};
        struct fetched fetched;

        side_open(&side, REPLY, 1);
        fake_stop_at(FAKE_CLOCK_START_MS + 5000, ROWS[i].number);
        fetched_init(&fetched);
        assert_int_equal(fetch(&side.traffic, &call, &fetched, &err), ROWS[i].answered);
        assert_int_equal(err.code, ROWS[i].answered ? ERROR_NONE : ERROR_STOPPED);
        assert_true(clock_now_ms() - FAKE_CLOCK_START_MS >= ROWS[i].least_ms &&
                    clock_now_ms() - FAKE_CLOCK_START_MS <= ROWS[i].least_ms + 1000);
        /* Whoever shows the status does so later. */
        assert_int_equal(stop_take_status_request(), ROWS[i].number == SIGUSR1);
        fetched_release(&fetched);
        side_close(&side);
    }
}

/* A signal has come: only what takes something away begins, and nothing once a read was left. */
static void test_nothing_new_after_a_signal(void **state)
{
    static const struct {
        bool read_before;
        enum call_method method;
        bool begins;
    } ROWS[] = {
        {false, CALL_GET, false},
        {false, CALL_POST, false},
        {false, CALL_DELETE, true},
        {true, CALL_DELETE, false},
    };
    static const struct fake_http_step ANSWERS[] = {{.status = 200, .body = OK, .delay_ms = 30000},
                                                    {.status = 200, .body = OK}};

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const struct call before = {.side = SIDE_SOURCE, .method = CALL_GET, .path = "/threads"};
        const struct call call = {
            .side = SIDE_SOURCE, .method = ROWS[i].method, .path = "/threads"};
        const size_t sent = ROWS[i].read_before + ROWS[i].begins;
        struct talker side = {.keys.left = 1};
        struct error err = {.code = ERROR_NONE};
        struct fetched fetched;

        side_open(&side, ANSWERS, 2);
        fake_stop_at(FAKE_CLOCK_START_MS + 1, SIGINT);
        fetched_init(&fetched);
        if (ROWS[i].read_before)
            assert_false(fetch(&side.traffic, &before, &fetched, &err));
        else
            fake_clock_advance_to(FAKE_CLOCK_START_MS + 1);
        err = (struct error){.code = ERROR_NONE};
        assert_int_equal(fetch(&side.traffic, &call, &fetched, &err), ROWS[i].begins);
        assert_int_equal(err.code, ROWS[i].begins ? ERROR_NONE : ERROR_STOPPED);
        assert_int_equal(fake_http_seen_count(), sent);
        fetched_release(&fetched);
        side_close(&side);
    }
}

struct walk {
    struct buf seen;
    size_t stop_after;
    size_t count;
};

static bool tell_object(void *ctx, const json_t *object, struct span raw)
{
    struct walk *walk = ctx;

    (void)object;
    buf_add_span(&walk->seen, raw);
    return ++walk->count != walk->stop_after;
}

/* A list over two pages, and one that is left in its middle. */
static void test_each(void **state)
{
    static const struct fake_http_step PAGES[] = {
        {.expect = "GET /v1/assistants?limit=2&order=asc",
         .status = 200,
         .body = "{\"data\":[{\"id\":\"a\"},{\"id\": \"b\"}],\"has_more\":true}"},
        {.expect = "GET /v1/assistants?limit=2&order=asc&after=b",
         .status = 200,
         .body = "{\"data\":[{\"id\":\"c\"}],\"has_more\":false}"},
    };
    struct walk walk = {.stop_after = 0};
    const struct fetch_list list = {.path = "/assistants?",
                                    .what = "assistants",
                                    .page_size = 2,
                                    .keep_raw = true,
                                    .each = tell_object,
                                    .ctx = &walk};
    struct talker side = {.keys.left = 1};
    struct error err;

    (void)state;
    buf_init(&walk.seen, BUF_NO_LIMIT);
    side_open(&side, PAGES, 2);
    assert_true(fetch_each(&side.traffic, &list, &err));
    assert_string_equal(walk.seen.data, "{\"id\":\"a\"}{\"id\": \"b\"}{\"id\":\"c\"}");
    side_close(&side);

    side = (struct talker){.keys.left = 1};
    walk.count = 0;
    walk.stop_after = 1;
    side_open(&side, PAGES, 1);
    assert_true(fetch_each(&side.traffic, &list, &err));
    assert_int_equal(walk.count, 1);
    side_close(&side);
    buf_release(&walk.seen);
}

#define SESSION_KEY                                                                                \
    "{\"error\":{\"message\":\"must be made with a session key\",\"code\":\"missing_scope\"}}"
#define GONE " has no threads any more: the API is gone (HTTP 4"
#define CANNOT "the source server cannot list threads"

struct refusal {
    enum service service;
    enum fetch_standing standing;
    long status;
    const char *body;
    enum error_code code;
    const char *text; /* begins so */
};

static const struct refusal REFUSALS[] = {
    /* A key that is good and a server that keeps its list; a key that is not. */
    {SERVICE_COMPATIBLE, FETCH_OPTIONAL, 401, SESSION_KEY, ERROR_USAGE, CANNOT},
    {SERVICE_COMPATIBLE, FETCH_OPTIONAL, 401, REFUSED, ERROR_AUTH, "no other key"},
    {SERVICE_COMPATIBLE, FETCH_ALWAYS, 401, SESSION_KEY, ERROR_AUTH, "no other key"},
    {SERVICE_COMPATIBLE, FETCH_OPTIONAL, 404, REFUSED, ERROR_USAGE, CANNOT},
    {SERVICE_COMPATIBLE, FETCH_OPTIONAL, 404, "<html>", ERROR_USAGE, CANNOT},
    {SERVICE_COMPATIBLE, FETCH_OPTIONAL, 405, "", ERROR_USAGE, CANNOT},
    {SERVICE_COMPATIBLE, FETCH_OPTIONAL, 501, "", ERROR_USAGE, CANNOT},
    {SERVICE_COMPATIBLE, FETCH_OPTIONAL, 403, REFUSED, ERROR_FORBIDDEN, "cannot read it: HTTP 403"},
    {SERVICE_COMPATIBLE, FETCH_OPTIONAL, 400, REFUSED, ERROR_BAD_SOURCE,
     "cannot read it: HTTP 400"},
    {SERVICE_COMPATIBLE, FETCH_OPTIONAL, 410, REFUSED, ERROR_SOURCE_GONE, "the source server" GONE},
    {SERVICE_COMPATIBLE, FETCH_ALWAYS, 404, REFUSED, ERROR_SOURCE_MISSING,
     "cannot read it: HTTP 404"},
    /* Of a whole API no list is missing. */
    {SERVICE_FOUNDRY, FETCH_ALWAYS, 404, REFUSED, ERROR_SOURCE_GONE, "Microsoft Foundry" GONE},
    {SERVICE_FOUNDRY, FETCH_ALWAYS, 410, "", ERROR_SOURCE_GONE, "Microsoft Foundry" GONE},
    {SERVICE_OPENAI, FETCH_ALWAYS, 404, REFUSED, ERROR_SOURCE_GONE, "OpenAI" GONE},
    {SERVICE_OPENAI, FETCH_ORDINARY, 404, REFUSED, ERROR_SOURCE_MISSING,
     "cannot read it: HTTP 404"},
    {SERVICE_OPENAI, FETCH_ORDINARY, 410, REFUSED, ERROR_SOURCE_MISSING,
     "cannot read it: HTTP 410"},
};

/* What a refused list says about the server, and about the key. */
static void test_each_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof REFUSALS / sizeof REFUSALS[0]; i++) {
        const struct refusal *r = &REFUSALS[i];
        const struct fake_http_step reply = {.status = r->status, .body = r->body};
        const struct fetch_list list = {
            .path = "/it?", .what = "it", .standing = r->standing, .page_size = 2};
        struct talker side = {.keys.left = 1};
        struct error err;

        side_open(&side, &reply, 1);
        side.endpoint.profile = profile_get(r->service, SIDE_SOURCE);
        assert_false(fetch_each(&side.traffic, &list, &err));
        if (err.code != r->code)
            print_error("row %zu: %s\n", i, err.text);
        assert_int_equal(err.code, r->code);
        assert_int_equal(strncmp(err.text, r->text, strlen(r->text)), 0);
        assert_int_equal(fake_http_seen_count(), 1);
        side_close(&side);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchanges),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_interrupted_in_flight),
        cmocka_unit_test(test_nothing_new_after_a_signal),
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_each_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
