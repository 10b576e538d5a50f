/* What the head of a reply tells the pacer, line by line. */
#include "http/http_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_LINES = 6 };

static const int64_t ABSENT = INT64_MIN;
static const int64_t WALL_MS = 1795258800000; /* Sat, 21 Nov 2026 11:00:00 GMT */

static void read_head(struct http_head *head, const char *const *lines)
{
    http_head_start(head);
    http_head_line(head, span_of("HTTP/1.1 429 Slow down\r\n"));
    for (; *lines != NULL; lines++)
        http_head_line(head, span_of(*lines));
    http_head_line(head, span_of("\r\n"));
    assert_true(head->complete);
}

struct row {
    const char *lines[MAX_LINES];
    int64_t retry_after_ms;
};

static const struct row RETRY_AFTER[] = {
    {{NULL}, INT64_MIN},
    {{"Retry-After: 2\r\n"}, 2000},
    {{"retry-after:0\r\n"}, 0},
    {{"Retry-After: 1.5\r\n"}, 1500},
    {{"Retry-After: 0.0001\r\n"}, 1},
    {{"Retry-After: 1000000000\r\n"}, 1000000000000},
    {{"Retry-After: 99999999999999999999999999\r\n"}, 1000000000000000},
    {{"Retry-After: -1\r\n"}, INT64_MIN},
    {{"Retry-After: soon\r\n"}, INT64_MIN},
    {{"Retry-After: 2s\r\n"}, INT64_MIN},
    {{"Retry-After: 2.\r\n"}, INT64_MIN},
    {{"Retry-After:\r\n"}, INT64_MIN},
    {{"Retry-After\r\n"}, INT64_MIN},
    {{"X-Retry-After: 2\r\n"}, INT64_MIN},
    {{"retry-after-ms: 1500\r\n"}, 1500},
    {{"retry-after-ms: 20.5\r\n"}, 21},
    {{"retry-after-ms: -5\r\n"}, INT64_MIN},
    {{"retry-after-ms: 100\r\n", "Retry-After: 2\r\n"}, 2000},
    {{"Retry-After: 2\r\n", "retry-after-ms: 2500\r\n"}, 2500},
    /* A date counts from the reply's own Date, in either order, not from our clock. */
    {{"Date: Wed, 01 Jan 2020 00:00:00 GMT\r\n", "Retry-After: Wed, 01 Jan 2020 00:01:30 GMT\r\n"},
     90000},
    {{"Retry-After: Wed, 01 Jan 2020 00:01:30 GMT\r\n", "Date: Wed, 01 Jan 2020 00:00:00 GMT\r\n"},
     90000},
    {{"Date: Wed, 01 Jan 2020 00:00:00 GMT\r\n", "Retry-After: Tue, 31 Dec 2019 00:00:00 GMT\r\n"},
     0},
    /* Without one there is only our clock. */
    {{"Retry-After: Sat, 21 Nov 2026 11:00:05 GMT\r\n"}, 5000},
    {{"Date: yesterday\r\n", "Retry-After: Sat, 21 Nov 2026 11:00:05 GMT\r\n"}, 5000},
};

static void test_retry_after(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof RETRY_AFTER / sizeof RETRY_AFTER[0]; i++) {
        const struct row *row = &RETRY_AFTER[i];
        struct http_hints hints;
        struct http_head head;

        read_head(&head, row->lines);
        http_head_finish(&head, WALL_MS, &hints);
        if (hints.retry_after_ms != row->retry_after_ms)
            fail_msg("row %zu: %lld, expected %lld", i, (long long)hints.retry_after_ms,
                     (long long)row->retry_after_ms);
    }
}

static void test_counts(void **state)
{
    static const char *const LINES[] = {"X-RateLimit-Limit-Requests: 500\r\n",
                                        "x-ratelimit-remaining-requests: 0\r\n", NULL};
    static const char *const NONSENSE[] = {"x-ratelimit-limit-requests: many\r\n",
                                           "x-ratelimit-remaining-requests: -3\r\n", NULL};
    struct http_head head;

    (void)state;
    read_head(&head, LINES);
    assert_int_equal(head.hints.limit_requests, 500);
    assert_int_equal(head.hints.remaining_requests, 0);
    read_head(&head, NONSENSE);
    assert_true(head.hints.limit_requests == ABSENT);
    assert_true(head.hints.remaining_requests == ABSENT);
}

static void test_interim_replies_and_trailers_do_not_count(void **state)
{
    struct http_head head;

    (void)state;
    http_head_start(&head);
    http_head_line(&head, span_of("HTTP/1.1 103 Early Hints\r\n"));
    http_head_line(&head, span_of("Retry-After: 9\r\n"));
    http_head_line(&head, span_of("\r\n"));
    assert_false(head.complete);
    http_head_line(&head, span_of("HTTP/1.1 200 OK\r\n"));
    http_head_line(&head, span_of("X-Request-Id: req_1\r\n"));
    http_head_line(&head, span_of("\r\n"));
    assert_true(head.complete);
    assert_true(head.hints.retry_after_ms == ABSENT);
    http_head_line(&head, span_of("Retry-After: 9\r\n"));
    http_head_line(&head, span_of("X-Request-Id: other\r\n"));
    assert_true(head.hints.retry_after_ms == ABSENT);
    assert_string_equal(head.request_id, "req_1");
}

static void test_hostile_lines(void **state)
{
    static const char *const LINES[] = {"X-Request-Id: a\x1b]52;b\x07\r\n", ":\r\n", ": x\r\n",
                                        "no colon\r\n", NULL};
    char large[300];
    struct http_head head;

    (void)state;
    read_head(&head, LINES);
    assert_string_equal(head.request_id, "a\\x1b]52;b\\x07");
    memset(large, 'x', sizeof large);
    memcpy(large, "X-Request-Id:", strlen("X-Request-Id:"));
    http_head_start(&head);
    http_head_line(&head, (struct span){large, sizeof large});
    assert_true(strlen(head.request_id) < sizeof head.request_id);
    assert_int_equal(head.bytes, sizeof large);
    http_head_line(&head, (struct span){"\0:\0", 3});
    http_head_line(&head, (struct span){"", 0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_interim_replies_and_trailers_do_not_count),
        cmocka_unit_test(test_hostile_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
