/* Handles and connections are used again and again: nothing of one request is found in the next. */
#include "http/http.h"
#include "unit/http/tls_server.h"
#include "unit/http/wire_server.h"
#include "unit/play/saved_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const int NO_WAKES[HTTP_WAKES] = {-1, -1, -1};

enum { TIMEOUT_MS = 20000, WAIT_MS = 30000, MAX_REPLY = 100000 };

#define OK_REPLY "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

static const char *const NONE[] = {NULL};
static const char *const KEY[] = {"Authorization: Bearer secret", NULL};
static const char *const TYPED[] = {"Authorization: Bearer secret",
                                    "Content-Type: application/json", NULL};
static const char *const OTHER[] = {"Authorization: Bearer other", "X-Project: p", NULL};

static struct http *open_http(void)
{
    const struct http_options options = {.max_connections = 8,
                                         .timeout_ms = TIMEOUT_MS,
                                         .connect_timeout_ms = TIMEOUT_MS,
                                         .user_agent = "t"};
    struct error err = {0};
    struct http *http = http_open(&options, &err);

    assert_non_null(http);
    return http;
}

/* How the request ended. */
static enum http_end exchange(struct http *http, const struct http_request *request)
{
    struct error err = {0};
    struct http_reply reply;
    enum http_end end;

    http_start(http, request);
    assert_true(http_wait(http, WAIT_MS, NO_WAKES, &err));
    assert_true(http_take(http, &reply));
    end = reply.end;
    http_release(http, &reply);
    return end;
}

struct turn {
    enum http_method method;
    const char *const *headers;
    const char *body;
    size_t max_reply_bytes;
    enum http_end end;
    size_t connections; /* so far; a write without a body has one of its own */
    const char *has;
    const char *lacks;
};

static const struct turn TURNS[] = {
    {HTTP_GET, TYPED, "", MAX_REPLY, HTTP_REPLY, 1, "Bearer secret", "Content-Length"},
    {HTTP_GET, OTHER, "", MAX_REPLY, HTTP_REPLY, 1, "Bearer other", "secret"},
    {HTTP_GET, KEY, "", MAX_REPLY, HTTP_REPLY, 1, "Bearer secret", "X-Project"},
    {HTTP_GET, TYPED, "", MAX_REPLY, HTTP_REPLY, 1, "application/json", "other"},
    {HTTP_GET, NONE, "", MAX_REPLY, HTTP_REPLY, 1, "GET /", "Authorization"},
    {HTTP_GET, NONE, "", 1, HTTP_TOO_LARGE, 1, "GET /", "Authorization"},
    {HTTP_GET, NONE, "", MAX_REPLY, HTTP_REPLY, 2, "GET /", "Authorization"},
    {HTTP_POST, TYPED, "{\"long\":1}", MAX_REPLY, HTTP_REPLY, 2, "{\"long\":1}", "Expect"},
    {HTTP_POST, TYPED, "{}", MAX_REPLY, HTTP_REPLY, 2, "\r\n\r\n{}", "long"},
    {HTTP_POST, TYPED, "", MAX_REPLY, HTTP_REPLY, 3, "Content-Length: 0", "{"},
    {HTTP_POST, OTHER, "[1]", MAX_REPLY, HTTP_REPLY, 3, "\r\n\r\n[1]", "secret"},
    {HTTP_DELETE, OTHER, "", MAX_REPLY, HTTP_REPLY, 4, "DELETE /", "Content-Length"},
    {HTTP_DELETE, KEY, "", MAX_REPLY, HTTP_REPLY, 5, "Bearer secret", "other"},
    {HTTP_GET, KEY, "", MAX_REPLY, HTTP_REPLY, 5, "GET /", "X-Project"},
};

static void test_nothing_is_left_over(void **state)
{
    static const struct wire_step STEPS[] = {{.text = OK_REPLY}};
    static const struct http_origin ORIGIN = {0};
    struct wire_server *server = wire_start(STEPS, 1);
    struct http *http = open_http();
    char text[1024];
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", wire_port(server));
    for (size_t i = 0; i < sizeof TURNS / sizeof TURNS[0]; i++) {
        const struct turn *turn = &TURNS[i];
        const struct http_request request = {.method = turn->method,
                                             .url = url,
                                             .headers = turn->headers,
                                             .body = body_of(span_of(turn->body)),
                                             .origin = &ORIGIN,
                                             .max_reply_bytes = turn->max_reply_bytes};

        assert_int_equal(exchange(http, &request), turn->end);
        assert_int_equal(wire_connections(server), turn->connections);
        wire_last_request(server, text, sizeof text);
        assert_non_null(strstr(text, turn->has));
        assert_null(strstr(text, turn->lacks));
    }
    http_close(http);
    wire_stop(server);
}

/* Contents of files leave as a body like any other, or not to the last byte. */
static void test_contents(void **state)
{
    static const struct wire_step STEPS[] = {{.text = OK_REPLY}};
    static const struct http_origin ORIGIN = {0};
    struct wire_server *server = wire_start(STEPS, 1);
    struct http *http = open_http();
    struct saved_play folder;
    struct saved_file contents;
    struct holes holes = {0};
    struct http_request request = {
        .method = HTTP_POST, .headers = TYPED, .origin = &ORIGIN, .max_reply_bytes = MAX_REPLY};
    char text[1024];
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", wire_port(server));
    request.url = url;
    saved_play_init(&folder);
    contents = saved_play_add(&folder, span_of("picture"));
    holes_add(&holes, 1, &contents);
    request.body = (struct body){span_of("[]"), holes.all, holes.count, &folder.files};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(exchange(http, &request), HTTP_REPLY);
        wire_last_request(server, text, sizeof text);
        assert_non_null(strstr(text, "Content-Length: 14\r\n"));
        assert_non_null(strstr(text, "\r\n\r\n[cGljdHVyZQ==]"));
    }
    saved_play_spoil(&folder, &contents, span_of("another"));
    assert_int_equal(exchange(http, &request), HTTP_UNREADABLE);
    assert_int_equal(wire_requests(server), 2);
    saved_play_spoil(&folder, &contents, span_of("picture"));
    assert_int_equal(exchange(http, &request), HTTP_REPLY);
    assert_int_equal(wire_requests(server), 3);
    holes_release(&holes);
    saved_play_release(&folder);
    http_close(http);
    wire_stop(server);
}

static void drop_blanks(void *ctx, struct span bytes, struct buf *out)
{
    (*(int *)ctx)++;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] != ' ')
            buf_add_char(out, bytes.data[i]);
    }
}

/* A filter sees every byte, and what it leaves out counts all the same. */
static void test_filter(void **state)
{
    static const struct wire_step STEPS[] = {
        {.text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3\r\n{ \"\r\n4\r\na\" :\r\n6\r\n 1   }\r\n0\r\n\r\n"}};
    static const struct {
        size_t max_reply_bytes;
        enum http_end end;
        bool is_large;
    } CASES[] = {{26, HTTP_REPLY, false}, {25, HTTP_REPLY, true}, {12, HTTP_TOO_LARGE, false}};
    static const struct http_origin ORIGIN = {0};
    struct wire_server *server = wire_start(STEPS, 1);
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", wire_port(server));
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        int calls = 0;
        const struct http_request request = {.method = HTTP_GET,
                                             .url = url,
                                             .headers = KEY,
                                             .origin = &ORIGIN,
                                             .max_reply_bytes = CASES[i].max_reply_bytes,
                                             .filter = {drop_blanks, &calls}};
        struct http *http = open_http();
        struct http_reply reply;
        struct error err;

        http_start(http, &request);
        assert_true(http_wait(http, WAIT_MS, NO_WAKES, &err));
        assert_true(http_take(http, &reply));
        assert_int_equal(reply.end, CASES[i].end);
        assert_int_equal(reply.is_large, CASES[i].is_large);
        if (reply.end == HTTP_REPLY)
            assert_true(span_is(reply.body, "{\"a\":1}"));
        assert_true(calls > 0);
        http_release(http, &reply);
        http_close(http);
    }
    wire_stop(server);
}

/* What the handle says of the request before it is not said of one that never began. */
static void test_a_refused_url_is_not_judged_by_what_was_before(void **state)
{
    static const struct wire_step STEPS[] = {{.text = OK_REPLY}};
    static const struct http_origin ORIGIN = {0};
    struct wire_server *server = wire_start(STEPS, 1);
    struct http *http = open_http();
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", wire_port(server));
    for (int i = 0; i < 3 * HTTP_METHODS; i++) {
        const bool is_refused = i % 3 == 1;
        const struct http_request request = {.method = (enum http_method)(i / 3),
                                             .url = is_refused ? "http://192.0.2.1/" : url,
                                             .headers = KEY,
                                             .origin = &ORIGIN,
                                             .max_reply_bytes = MAX_REPLY};

        assert_int_equal(exchange(http, &request), is_refused ? HTTP_NOT_SENT : HTTP_REPLY);
    }
    http_close(http);
    wire_stop(server);
}

/* Who is trusted for one origin is not trusted for another. */
static void test_trust_is_not_left_over(void **state)
{
    struct tls_server server;
    struct http *http;
    char url[64];

    (void)state;
    if (!tls_server_start(&server, "localhost", 3600)) {
        tls_server_stop(&server);
        skip(); /* no openssl(1) here */
    }
    http = open_http();
    (void)snprintf(url, sizeof url, "https://localhost:%d/", server.port);
    for (int i = 0; i < 6; i++) {
        const struct http_origin origin = {.ca_file = i % 2 == 0 ? server.certificate : NULL};
        const struct http_request request = {.method = HTTP_GET,
                                             .url = url,
                                             .headers = KEY,
                                             .origin = &origin,
                                             .max_reply_bytes = MAX_REPLY};

        assert_int_equal(exchange(http, &request), i % 2 == 0 ? HTTP_REPLY : HTTP_REFUSED_TLS);
    }
    http_close(http);
    tls_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_left_over),
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_a_refused_url_is_not_judged_by_what_was_before),
        cmocka_unit_test(test_trust_is_not_left_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
