/* What stands between us and the server: proxies, encodings, certificates. */
#include "base/mem.h"
#include "http/http.h"
#include "unit/http/tls_server.h"
#include "unit/http/wire_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int NO_WAKES[HTTP_WAKES] = {-1, -1, -1};

enum { TIMEOUT_MS = 20000, WAIT_MS = 30000, MAX_REPLY = 100000 };

static const char *const HEADERS[] = {"Authorization: Bearer secret", NULL};

/* What is kept of a reply when it was released. */
struct outcome {
    enum http_end end;
    long status;
    bool got_bytes;
    size_t body_len;
    char reason[320];
};

static struct outcome exchange(enum http_method method, const char *url, const char *ca_file)
{
    const struct http_options options = {.max_connections = 2,
                                         .timeout_ms = TIMEOUT_MS,
                                         .connect_timeout_ms = TIMEOUT_MS,
                                         .user_agent = "t"};
    const struct http_origin origin = {.ca_file = ca_file, .allow_plain = true};
    const struct http_request request = {
        .method = method,
        .url = url,
        .headers = HEADERS,
        .body = body_of(span_of("{}")),
        .origin = &origin,
        .max_reply_bytes = MAX_REPLY,
    };
    struct error err = {0};
    struct http *http = http_open(&options, &err);
    struct outcome outcome;
    struct http_reply reply;

    http_start(http, &request);
    assert_true(http_wait(http, WAIT_MS, NO_WAKES, &err));
    assert_true(http_take(http, &reply));
    outcome = (struct outcome){reply.end, reply.status, reply.got_bytes, reply.body.len, ""};
    memcpy(outcome.reason, reply.reason, sizeof outcome.reason);
    http_release(http, &reply);
    http_close(http);
    return outcome;
}

/* --- proxies -------------------------------------------------------------- */

struct proxy_row {
    const char *answer;
    const char *reason;
    enum wire_then then;
};

static const struct proxy_row PROXY_ROWS[] = {
    {"HTTP/1.1 407 Who are you\r\nContent-Length: 2\r\n\r\n{}", "status 407", WIRE_KEEP},
    {"HTTP/1.1 503 Sorry\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p/>", "status 503",
     WIRE_KEEP},
    {"HTTP/1.1 302 Login\r\nLocation: http://portal/\r\nContent-Length: 0\r\n\r\n", "status 302",
     WIRE_KEEP},
    /* A tunnel that leads nowhere. */
    {"HTTP/1.1 200 OK\r\n\r\n", "TLS", WIRE_FIN},
};

static void check_proxy(const struct proxy_row *row, const char *url)
{
    const struct wire_step step = {.text = row->answer, .then = row->then};

    for (int method = HTTP_GET; method <= HTTP_DELETE; method++) {
        struct wire_server *proxy = wire_start(&step, 1);
        char address[64];
        char request[1024];
        struct outcome outcome;

        (void)snprintf(address, sizeof address, "http://127.0.0.1:%d", wire_port(proxy));
        assert_int_equal(setenv("http_proxy", address, 1), 0);
        assert_int_equal(setenv("https_proxy", address, 1), 0);
        outcome = exchange((enum http_method)method, url, NULL);
        /* Behind an open tunnel older versions of libcurl do not tell whether a head without a body
         * has left. */
        if (row->then != WIRE_FIN || method != HTTP_DELETE || outcome.end != HTTP_BROKEN)
            assert_int_equal(outcome.end, HTTP_NOT_SENT);
        assert_int_equal(outcome.status, 0);
        assert_false(outcome.got_bytes);
        assert_non_null(strstr(outcome.reason, row->reason));
        if (strncmp(row->reason, "status", 6) == 0) {
            wire_last_request(proxy, request, sizeof request);
            assert_int_equal(strncmp(request, "CONNECT api.invalid:", 20), 0);
            assert_null(strstr(request, "secret"));
        }
        assert_int_equal(unsetenv("http_proxy"), 0);
        assert_int_equal(unsetenv("https_proxy"), 0);
        wire_stop(proxy);
    }
}

static void test_a_proxy_never_answers_for_the_server(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PROXY_ROWS / sizeof PROXY_ROWS[0]; i++)
        check_proxy(&PROXY_ROWS[i], "https://api.invalid/v1");
}

/* With these the environment names proxies; no_proxy takes nothing out. */
static const char *const PROXY_VARIABLES[] = {"http_proxy", "https_proxy", "HTTPS_PROXY",
                                              "all_proxy", "ALL_PROXY"};

static void set_proxies(const char *scheme, int port)
{
    char address[64];

    (void)snprintf(address, sizeof address, "%s://127.0.0.1:%d", scheme, port);
    for (size_t i = 0; i < sizeof PROXY_VARIABLES / sizeof PROXY_VARIABLES[0]; i++)
        assert_int_equal(setenv(PROXY_VARIABLES[i], address, 1), 0);
    assert_int_equal(setenv("no_proxy", "", 1), 0);
}

static void unset_proxies(void)
{
    for (size_t i = 0; i < sizeof PROXY_VARIABLES / sizeof PROXY_VARIABLES[0]; i++)
        assert_int_equal(unsetenv(PROXY_VARIABLES[i]), 0);
    assert_int_equal(unsetenv("no_proxy"), 0);
}

static void test_plain_text_and_this_machine_need_no_proxy(void **state)
{
    static const char *const SCHEMES[] = {"http", "socks5h"};
    static const struct wire_step ANSWER = {.text =
                                                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct wire_server *proxy = wire_start(&ANSWER, 1);
        struct wire_server *server = wire_start(&ANSWER, 1);
        char local[64];
        char local_tls[64];
        struct outcome outcome;

        (void)snprintf(local, sizeof local, "http://127.0.0.1:%d/v1", wire_port(server));
        (void)snprintf(local_tls, sizeof local_tls, "https://localhost:%d/v1", wire_dead_port());
        set_proxies(SCHEMES[i], wire_port(proxy));
        for (int method = HTTP_GET; method <= HTTP_DELETE; method++) {
            outcome = exchange((enum http_method)method, local, NULL);
            assert_int_equal(outcome.end, HTTP_REPLY);
            outcome = exchange((enum http_method)method, local_tls, NULL);
            assert_int_equal(outcome.end, HTTP_NOT_SENT);
            /* --insecure-http: in clear, but to nobody that was not named. */
            outcome = exchange((enum http_method)method, "http://api.invalid/v1", NULL);
            assert_int_equal(outcome.end, HTTP_NOT_SENT);
            assert_string_equal(outcome.reason, "the host name does not resolve");
        }
        assert_int_equal(wire_requests(server), HTTP_METHODS);
        assert_int_equal(wire_connections(proxy), 0);
        unset_proxies();
        wire_stop(server);
        wire_stop(proxy);
    }
}

/* --- compressed replies ---------------------------------------------------- */

struct bits {
    struct buf *out;
    unsigned byte;
    unsigned count;
};

/* Huffman codes of deflate begin with their highest bit, which makes the lowest of the byte. */
static void add_code(struct bits *bits, unsigned code, int len)
{
    while (len-- > 0) {
        bits->byte |= ((code >> len) & 1U) << bits->count;
        bits->count++;
        if (bits->count == 8) {
            buf_add_char(bits->out, (char)bits->byte);
            bits->byte = 0;
            bits->count = 0;
        }
    }
}

/* A gzip file of 1 + 258 * copies spaces: one literal, then "258 bytes from one byte back". */
static void write_gzip(struct buf *out, size_t copies)
{
    static const char HEAD[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03";
    struct bits bits = {.out = out};

    buf_add(out, HEAD, sizeof HEAD - 1);
    add_code(&bits, 1, 1); /* the last block, */
    add_code(&bits, 2, 2); /* with the fixed codes (01, lowest bit first) */
    add_code(&bits, 0x30 + (unsigned)' ', 8);
    for (size_t i = 0; i < copies; i++) {
        add_code(&bits, 0xc5, 8); /* length 258 */
        add_code(&bits, 0, 5);    /* distance 1 */
    }
    add_code(&bits, 0, 7); /* end of block */
    add_code(&bits, 0, 7); /* fills the byte */
}

/* A reply of so many copies, or of no gzip at all. */
static struct outcome exchange_gzip(size_t copies)
{
    struct wire_step step = {.then = WIRE_FIN};
    struct wire_server *server;
    struct outcome outcome;
    struct buf body;
    char head[128];
    char url[64];

    buf_init(&body, BUF_NO_LIMIT);
    if (copies > 0)
        write_gzip(&body, copies);
    else
        buf_add_text(&body, "{\"id\":1}");
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
                   body.len);
    step.text = head;
    step.data = body.data;
    step.data_len = body.len;
    server = wire_start(&step, 1);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", wire_port(server));
    outcome = exchange(HTTP_GET, url, NULL);
    wire_stop(server);
    buf_release(&body);
    return outcome;
}

static void test_compressed_replies_are_bounded(void **state)
{
    struct outcome small = exchange_gzip(10);
    struct outcome bomb = exchange_gzip(50000); /* 81 kB of 13 MB */
    struct outcome plain = exchange_gzip(0);

    (void)state;
    assert_int_equal(small.end, HTTP_REPLY);
    assert_int_equal(small.body_len, 1 + 258 * 10);
    assert_int_equal(bomb.end, HTTP_TOO_LARGE);
    assert_int_equal(bomb.status, 200);
    /* Smaller pages would not help. */
    assert_int_equal(plain.end, HTTP_BROKEN);
    assert_string_equal(plain.reason, "the reply could not be decoded");
}

/* --- certificates ----------------------------------------------------------- */

struct tls_row {
    const char *name; /* in the certificate */
    long expires_in_s;
    bool is_trusted;
    enum http_end end;
    const char *reason;
};

static const struct tls_row TLS_ROWS[] = {
    {"localhost", 3600, true, HTTP_REPLY, ""},
    {"localhost", 3600, false, HTTP_REFUSED_TLS, "signed by itself"},
    {"localhost", -3600, true, HTTP_REFUSED_TLS, "expired"},
    {"example.org", 3600, true, HTTP_REFUSED_TLS, "another host"},
};

static void test_certificates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TLS_ROWS / sizeof TLS_ROWS[0]; i++) {
        const struct tls_row *row = &TLS_ROWS[i];
        struct tls_server server;
        struct outcome outcome;
        char url[64];

        if (!tls_server_start(&server, row->name, row->expires_in_s)) {
            tls_server_stop(&server);
            skip(); /* no openssl(1) here */
        }
        (void)snprintf(url, sizeof url, "https://localhost:%d/", server.port);
        outcome = exchange(HTTP_GET, url, row->is_trusted ? server.certificate : NULL);
        tls_server_stop(&server);
        assert_int_equal(outcome.end, row->end);
        /* What GnuTLS says of it. */
        if (strstr(outcome.reason, row->reason) == NULL &&
            (row->is_trusted || strstr(outcome.reason, "authority is unknown") == NULL))
            fail_msg("%s, expected %s", outcome.reason, row->reason);
    }
}

static void test_a_missing_ca_file_stops_before_the_first_byte(void **state)
{
    static const struct wire_step STEPS[] = {{.text = "", .then = WIRE_SILENCE}};
    struct wire_server *server = wire_start(STEPS, 1);
    struct outcome outcome;
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%d/", wire_port(server));
    outcome = exchange(HTTP_POST, url, "/nonexistent/ca");
    assert_int_equal(outcome.end, HTTP_REFUSED_TLS);
    assert_non_null(strstr(outcome.reason, "certificate authorities cannot be read"));
    assert_int_equal(wire_requests(server), 0);
    wire_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_proxy_never_answers_for_the_server),
        cmocka_unit_test(test_plain_text_and_this_machine_need_no_proxy),
        cmocka_unit_test(test_compressed_replies_are_bounded),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_a_missing_ca_file_stops_before_the_first_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
