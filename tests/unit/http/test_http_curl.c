/* libcurl's side of the HTTP seam against a server that speaks bytes. */
#include "base/mem.h"
#include "http/http.h"
#include "os/clock.h"
#include "unit/http/wire_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const int NO_WAKES[HTTP_WAKES] = {-1, -1, -1};

/* Patient, because machines can be slow; only what is to time out is given SHORT_MS. */
enum { TIMEOUT_MS = 20000, SHORT_MS = 1000, MAX_REPLY = 1000, WAIT_MS = 30000 };

#define JSON_HEAD(length)                                                                          \
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " length "\r\n\r\n"
#define OK_REPLY JSON_HEAD("2") "{}"

static const struct http_origin ORIGIN = {0};
static const char *const HEADERS[] = {"Authorization: Bearer secret",
                                      "Content-Type: application/json", NULL};

static struct http *open_http(int64_t timeout_ms)
{
    const struct http_options options = {
        .max_connections = 8,
        .timeout_ms = timeout_ms,
        .connect_timeout_ms = timeout_ms,
        .user_agent = "threadferry/test",
    };
    struct error err = {0};
    struct http *http = http_open(&options, &err);

    assert_non_null(http);
    return http;
}

/* Starts one request; url must live until the reply was released. */
static void start(struct http *http, enum http_method method, const char *url)
{
    const struct http_request request = {
        .method = method,
        .url = url,
        .headers = HEADERS,
        .body = body_of(span_of("{\"items\":[]}")),
        .origin = &ORIGIN,
        .max_reply_bytes = MAX_REPLY,
        .owner = http,
    };

    http_start(http, &request);
}

static void await(struct http *http, struct http_reply *reply)
{
    struct error err = {0};

    assert_true(http_wait(http, WAIT_MS, NO_WAKES, &err));
    assert_true(http_take(http, reply));
    assert_ptr_equal(reply->owner, http);
}

static void exchange(struct http *http, enum http_method method, int port, struct http_reply *reply)
{
    char url[64];

    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/x", port);
    start(http, method, url);
    await(http, reply);
}

/* One answer of a server, and what must be made of it for each method. */
struct row {
    const char *name;
    struct wire_step step;
    enum http_end get;
    enum http_end write;
    long status;
    const char *body; /* HTTP_REPLY only */
    bool got_bytes;
    bool timed_out;
};

#define REPLY_ROW(label, bytes, code, content)                                                     \
    {                                                                                              \
        .name = (label), .step = {.text = (bytes)}, .get = HTTP_REPLY, .write = HTTP_REPLY,        \
        .status = (code), .body = (content), .got_bytes = true                                     \
    }
#define BROKEN_ROW(label, ...)                                                                     \
    {                                                                                              \
        .name = (label), .step = {__VA_ARGS__}, .get = HTTP_BROKEN, .write = HTTP_BROKEN,          \
        .got_bytes = true                                                                          \
    }
#define SILENT_ROW(label, ...)                                                                     \
    {                                                                                              \
        .name = (label), .step = {__VA_ARGS__}, .get = HTTP_NOT_SENT, .write = HTTP_BROKEN         \
    }
#define LARGE_ROW(label, ...)                                                                      \
    {                                                                                              \
        .name = (label), .step = {__VA_ARGS__}, .get = HTTP_TOO_LARGE, .write = HTTP_TOO_LARGE,    \
        .status = 200, .got_bytes = true                                                           \
    }

static const struct row ROWS[] = {
    REPLY_ROW("plain", OK_REPLY, 200, "{}"),
    REPLY_ROW("no content", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
    REPLY_ROW("interim reply first", "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" OK_REPLY, 200,
              "{}"),
    REPLY_ROW("chunked",
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
              "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
              200, "{}"),
    REPLY_ROW("redirect is not followed",
              "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\n"
              "Content-Length: 0\r\n\r\n",
              307, ""),
    REPLY_ROW("error", "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\noops", 503, "oops"),
    {.name = "HTTP/1.0, end by FIN",
     .step = {.text = "HTTP/1.0 200 OK\r\n\r\n{}", .then = WIRE_FIN},
     .get = HTTP_REPLY,
     .write = HTTP_REPLY,
     .status = 200,
     .body = "{}",
     .got_bytes = true},
    {.name = "a header of 90 kB",
     .step = {.text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Pad: ",
              .fill = 'a',
              .fill_count = 90000,
              .tail = "\r\n\r\n{}"},
     .get = HTTP_REPLY,
     .write = HTTP_REPLY,
     .status = 200,
     .body = "{}",
     .got_bytes = true},
    BROKEN_ROW("one header of 1 MiB", .text = "HTTP/1.1 200 OK\r\nX-Pad: ", .fill = 'a',
               .fill_count = 1024 * 1024, .tail = "\r\n\r\n", .then = WIRE_FIN),
    BROKEN_ROW("body cut", .text = JSON_HEAD("10") "{\"a\"", .then = WIRE_FIN),
    BROKEN_ROW("body reset", .text = JSON_HEAD("10") "{\"a\"", .then = WIRE_RESET),
    BROKEN_ROW("chunks cut", .text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{",
               .then = WIRE_FIN),
    BROKEN_ROW("head cut", .text = "HTTP/1.1 200 OK\r\nContent-Le", .then = WIRE_FIN),
    {.name = "body stalls",
     .step = {.text = JSON_HEAD("10") "{", .then = WIRE_SILENCE},
     .get = HTTP_BROKEN,
     .write = HTTP_BROKEN,
     .got_bytes = true,
     .timed_out = true},
    {.name = "no word",
     .step = {.text = "", .then = WIRE_SILENCE},
     .get = HTTP_NOT_SENT,
     .write = HTTP_BROKEN,
     .timed_out = true},
    SILENT_ROW("FIN", .text = "", .then = WIRE_FIN),
    SILENT_ROW("reset", .text = "", .then = WIRE_RESET),
    SILENT_ROW("not HTTP", .text = "<html>hello</html>\r\n\r\n", .then = WIRE_FIN),
    SILENT_ROW("a proxy's 407", .text = "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\n{}"),
    LARGE_ROW("claims 1 GiB", .text = JSON_HEAD("1073741824") "{"),
    LARGE_ROW("too much without a length", .text = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
              .fill = ' ', .fill_count = MAX_REPLY + 1, .then = WIRE_FIN),
    BROKEN_ROW("not what its encoding says",
               .text = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n"
                       "this is not gzipped!"),
};

static void check_row(const struct row *row, enum http_method method, bool is_reused)
{
    const struct wire_step steps[] = {{.text = OK_REPLY}, row->step};
    struct wire_server *server = wire_start(is_reused ? steps : steps + 1, is_reused ? 2 : 1);
    enum http_end end = method == HTTP_GET ? row->get : row->write;
    struct http *http = open_http(row->timed_out ? SHORT_MS : TIMEOUT_MS);
    size_t expected = 1;
    struct http_reply reply;

    if (is_reused) {
        exchange(http, HTTP_GET, wire_port(server), &reply);
        assert_int_equal(reply.end, HTTP_REPLY);
        http_release(http, &reply);
        expected++;
    }
    exchange(http, method, wire_port(server), &reply);
    if (reply.end != end)
        fail_msg("%s: end %d, expected %d (%s)", row->name, reply.end, end, reply.reason);
    assert_int_equal(reply.status, row->status);
    assert_int_equal(reply.got_bytes, row->got_bytes);
    assert_int_equal(reply.timed_out, row->timed_out);
    assert_int_equal(reply.reason[0] == '\0', end == HTTP_REPLY);
    if (end == HTTP_REPLY)
        assert_true(span_is(reply.body, row->body));
    /* A write has been seen once, whatever became of its reply. libcurl repeats reads. */
    if (method == HTTP_GET)
        assert_true(wire_requests(server) >= expected);
    else
        assert_int_equal(wire_requests(server), expected);
    http_release(http, &reply);

    /* Nothing of it disturbs the next request. */
    assert_int_equal(http_in_flight(http), 0);
    http_close(http);
    wire_stop(server);
}

static void check_rows(enum http_method method, bool is_reused, bool timed_out)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (ROWS[i].timed_out == timed_out)
            check_row(&ROWS[i], method, is_reused);
    }
}

static void test_get(void **state)
{
    (void)state;
    check_rows(HTTP_GET, false, false);
}

static void test_post(void **state)
{
    (void)state;
    check_rows(HTTP_POST, false, false);
}

static void test_post_on_a_reused_connection(void **state)
{
    (void)state;
    check_rows(HTTP_POST, true, false);
}

static void test_delete_on_a_reused_connection(void **state)
{
    (void)state;
    check_rows(HTTP_DELETE, true, false);
}

static void test_time_outs(void **state)
{
    (void)state;
    check_rows(HTTP_GET, false, true);
    check_rows(HTTP_POST, true, true);
}

static void test_connection_refused_is_not_sent(void **state)
{
    struct http *http = open_http(TIMEOUT_MS);
    int port = wire_dead_port();

    (void)state;
    for (int method = HTTP_GET; method <= HTTP_DELETE; method++) {
        struct http_reply reply;

        exchange(http, (enum http_method)method, port, &reply);
        assert_int_equal(reply.end, HTTP_NOT_SENT);
        assert_false(reply.got_bytes);
        assert_non_null(strstr(reply.reason, "refused"));
        http_release(http, &reply);
    }
    http_close(http);
}

static void test_request_on_the_wire(void **state)
{
    static const struct wire_step STEPS[] = {{.text = OK_REPLY}};
    struct wire_server *server = wire_start(STEPS, 1);
    struct http *http = open_http(TIMEOUT_MS);
    struct http_reply reply;
    char text[1024];

    (void)state;
    exchange(http, HTTP_POST, wire_port(server), &reply);
    http_release(http, &reply);
    wire_last_request(server, text, sizeof text);
    assert_int_equal(strncmp(text, "POST /v1/x HTTP/1.1\r\n", 21), 0);
    assert_non_null(strstr(text, "\r\nContent-Length: 12\r\n"));
    assert_non_null(strstr(text, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(text, "\r\nUser-Agent: threadferry/test\r\n"));
    assert_non_null(strstr(text, "\r\n\r\n{\"items\":[]}"));
    assert_null(strstr(text, "Expect:"));
    assert_null(strstr(text, "urlencoded"));
    http_close(http);
    wire_stop(server);
}

static void test_unusable_urls_are_refused(void **state)
{
    static const char *const URLS[] = {
        "http://192.0.2.1/",     "ftp://127.0.0.1/",    "file:///etc/passwd",
        "http://u:p@127.0.0.1/", "https://u@host/",     "",
        "http://127.0.0.1.x.y/", "http://localhost.x/",
    };
    struct http *http = open_http(TIMEOUT_MS);

    (void)state;
    for (size_t i = 0; i < sizeof URLS / sizeof URLS[0]; i++) {
        struct http_reply reply;

        start(http, HTTP_POST, URLS[i]);
        await(http, &reply);
        assert_int_equal(reply.end, HTTP_NOT_SENT);
        assert_null(strstr(reply.reason, "127"));
        http_release(http, &reply);
    }
    http_close(http);
}

/* A server may refuse before it has read the body; that is an answer like any other. */
static void test_an_early_refusal_is_read(void **state)
{
    enum { BODY = 8 * 1024 * 1024 };
    static const struct wire_step STEPS[] = {
        {.text = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}", .at_head = true}};
    struct wire_server *server = wire_start(STEPS, 1);
    struct http *http = open_http(TIMEOUT_MS);
    char *body = mem_zalloc(BODY, 1);
    struct http_reply reply;
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", wire_port(server));
    http_start(http, &(struct http_request){.method = HTTP_POST,
                                            .url = url,
                                            .headers = HEADERS,
                                            .body = body_of((struct span){body, BODY}),
                                            .origin = &ORIGIN,
                                            .max_reply_bytes = MAX_REPLY,
                                            .owner = http});
    await(http, &reply);
    assert_int_equal(reply.end, HTTP_REPLY);
    assert_int_equal(reply.status, 413);
    assert_int_equal(wire_requests(server), 1);
    http_release(http, &reply);
    http_close(http);
    wire_stop(server);
    free(body);
}

static void test_connections_and_buffers_are_reused(void **state)
{
    static const struct wire_step STEPS[] = {{.text = OK_REPLY}};
    struct wire_server *server = wire_start(STEPS, 1);
    struct http *http = open_http(TIMEOUT_MS);

    (void)state;
    for (int i = 0; i < 20; i++) {
        struct http_reply reply;

        exchange(http, i % 2 == 0 ? HTTP_POST : HTTP_GET, wire_port(server), &reply);
        assert_int_equal(reply.end, HTTP_REPLY);
        http_release(http, &reply);
    }
    assert_int_equal(wire_requests(server), 20);
    assert_int_equal(wire_connections(server), 1);
    http_close(http);
    wire_stop(server);
}

static void test_many_at_a_time(void **state)
{
    enum { COUNT = 20 };
    static const struct wire_step STEPS[] = {{.text = OK_REPLY}};
    struct wire_server *server = wire_start(STEPS, 1);
    struct http *http = open_http(TIMEOUT_MS);
    struct error err = {0};
    struct http_reply reply;
    char url[64];
    int taken = 0;

    (void)state;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", wire_port(server));
    for (int i = 0; i < COUNT; i++)
        start(http, i % 2 == 0 ? HTTP_POST : HTTP_GET, url);
    assert_int_equal(http_in_flight(http), COUNT);
    while (http_in_flight(http) > 0) {
        assert_true(http_wait(http, WAIT_MS, NO_WAKES, &err));
        while (http_take(http, &reply)) {
            assert_int_equal(reply.end, HTTP_REPLY);
            http_release(http, &reply);
            taken++;
        }
    }
    assert_int_equal(taken, COUNT);
    assert_true(wire_connections(server) <= 8);
    http_close(http);
    wire_stop(server);
}

/* ---- bodies that are taken piece by piece ---- */

struct taken {
    struct buf body;
    int begun;
    bool refuses;
};

static void begin_taking(void *ctx)
{
    struct taken *taken = ctx;

    buf_clear(&taken->body);
    taken->begun++;
}

static bool take_piece(void *ctx, struct span piece)
{
    struct taken *taken = ctx;

    buf_add_span(&taken->body, piece);
    return !taken->refuses;
}

static const struct drain_row {
    struct wire_step step;
    enum http_end end;
    long status;
    const char *taken;
    const char *body; /* of the reply */
    bool refuses;
    bool timed_out;
} DRAINS[] = {
    {{.text = JSON_HEAD("3") "abc"}, HTTP_REPLY, 200, "abc", "", false, false},
    {{.text = JSON_HEAD("0")}, HTTP_REPLY, 200, "", "", false, false},
    {{.text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
     HTTP_REPLY,
     200,
     "abc",
     "",
     false,
     false},
    {{.text = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"},
     HTTP_REPLY,
     404,
     "",
     "{}",
     false,
     false},
    {{.text = JSON_HEAD("3") "abc"}, HTTP_TOO_LARGE, 200, "abc", NULL, true, false},
    {{.text = JSON_HEAD("9000") "abc"}, HTTP_TOO_LARGE, 200, "", NULL, false, false},
    {{.text = JSON_HEAD("4") "abc", .then = WIRE_FIN}, HTTP_BROKEN, 0, "abc", NULL, false, false},
    {{.text = "HTTP/1.1 200 OK\r\n\r\nabc", .then = WIRE_FIN},
     HTTP_BROKEN,
     0,
     "abc",
     NULL,
     false,
     false},
    {{.text = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"},
     HTTP_BROKEN,
     0,
     "",
     NULL,
     false,
     false},
    {{.text = JSON_HEAD("4") "abc", .then = WIRE_SILENCE},
     HTTP_BROKEN,
     0,
     "abc",
     NULL,
     false,
     true},
};

static void check_drain(const struct drain_row *row)
{
    struct wire_server *server = wire_start(&row->step, 1);
    struct http *http = open_http(row->timed_out ? SHORT_MS : TIMEOUT_MS);
    struct taken taken = {.refuses = row->refuses};
    const struct http_drain drain = {
        .begin = begin_taking, .take = take_piece, .max_bytes = 5000, .ctx = &taken};
    struct http_reply reply;
    char url[64];

    buf_init(&taken.body, BUF_NO_LIMIT);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/x", wire_port(server));
    http_start(http, &(struct http_request){.method = HTTP_GET,
                                            .url = url,
                                            .headers = HEADERS,
                                            .origin = &ORIGIN,
                                            .max_reply_bytes = MAX_REPLY,
                                            .drain = &drain,
                                            .owner = http});
    await(http, &reply);
    assert_int_equal(reply.end, row->end);
    assert_int_equal(reply.status, row->status);
    assert_int_equal(reply.timed_out, row->timed_out);
    assert_int_equal(taken.begun, 1);
    assert_string_equal(taken.body.data, row->taken);
    assert_true(!row->body || span_is(reply.body, row->body));
    http_release(http, &reply);
    buf_release(&taken.body);
    http_close(http);
    wire_stop(server);
}

static void test_drains(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(DRAINS); i++)
        check_drain(&DRAINS[i]);
}

static void test_waiting_ends_in_time(void **state)
{
    struct http *http = open_http(TIMEOUT_MS);
    struct error err = {0};
    struct http_reply reply;
    int64_t before = clock_now_ms();
    int ends[2];

    (void)state;
    assert_true(http_wait(http, 30, NO_WAKES, &err)); /* nothing in flight: still waits */
    assert_true(clock_now_ms() - before >= 30);
    assert_false(http_take(http, &reply));
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    before = clock_now_ms();
    assert_true(http_wait(http, WAIT_MS, (const int[HTTP_WAKES]){-1, ends[0], -1}, &err));
    assert_true(clock_now_ms() - before < WAIT_MS);
    (void)close(ends[0]);
    (void)close(ends[1]);
    http_close(http);
}

/* A pipe that jobs come from: an open one is waited for, its end wakes at once. */
static void test_the_end_of_input_wakes(void **state)
{
    struct http *http = open_http(TIMEOUT_MS);
    struct error err = {0};
    int64_t before = clock_now_ms();
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    const int wakes[HTTP_WAKES] = {-1, -1, ends[0]};
    assert_true(http_wait(http, 30, wakes, &err));
    assert_true(clock_now_ms() - before >= 30);
    (void)close(ends[1]);
    before = clock_now_ms();
    assert_true(http_wait(http, WAIT_MS, wakes, &err));
    assert_true(clock_now_ms() - before < WAIT_MS);
    (void)close(ends[0]);
    http_close(http);
}

static void test_close_breaks_off(void **state)
{
    static const struct wire_step STEPS[] = {{.text = "", .then = WIRE_SILENCE}};
    struct wire_server *server = wire_start(STEPS, 1);
    struct http *http = open_http(TIMEOUT_MS);
    struct error err = {0};
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", wire_port(server));
    start(http, HTTP_POST, url);
    assert_true(http_wait(http, 10, NO_WAKES, &err));
    assert_int_equal(http_in_flight(http), 1);
    http_close(http);
    http_close(NULL);
    wire_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_post),
        cmocka_unit_test(test_post_on_a_reused_connection),
        cmocka_unit_test(test_delete_on_a_reused_connection),
        cmocka_unit_test(test_time_outs),
        cmocka_unit_test(test_connection_refused_is_not_sent),
        cmocka_unit_test(test_request_on_the_wire),
        cmocka_unit_test(test_unusable_urls_are_refused),
        cmocka_unit_test(test_an_early_refusal_is_read),
        cmocka_unit_test(test_connections_and_buffers_are_reused),
        cmocka_unit_test(test_many_at_a_time),
        cmocka_unit_test(test_drains),
        cmocka_unit_test(test_waiting_ends_in_time),
        cmocka_unit_test(test_the_end_of_input_wakes),
        cmocka_unit_test(test_close_breaks_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
