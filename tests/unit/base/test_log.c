#include "base/log.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the log wrote since open_log(). */
struct sink {
    char *data;
    size_t len;
    FILE *stream;
};

static int64_t fixed_time(void)
{
    return 1795255924123;
}

static void open_log(struct sink *sink, struct log_options options)
{
    sink->stream = open_memstream(&sink->data, &sink->len);
    options.stream = sink->stream;
    log_open(&options);
}

static void close_log(struct sink *sink)
{
    log_open(&(struct log_options){0});
    fclose(sink->stream);
    free(sink->data);
}

static void test_nothing_before_open(void **state)
{
    (void)state;
    assert_false(log_enabled(LOG_ERROR));
    log_event(LOG_ERROR, "nobody listens");
    assert_false(log_failed());
}

static void test_levels(void **state)
{
    static const struct {
        enum log_level level;
        const char *expected;
    } ROWS[] = {
        {LOG_ERROR, "threadferry: error: a\n"},
        {LOG_WARNING, "threadferry: error: a\nthreadferry: warning: b\n"},
        {LOG_INFO, "threadferry: error: a\nthreadferry: warning: b\nthreadferry: info: c\n"},
        {LOG_DEBUG, "threadferry: error: a\nthreadferry: warning: b\nthreadferry: info: c\n"
                    "threadferry: debug: d\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct sink sink;

        open_log(&sink, (struct log_options){.level = ROWS[i].level});
        log_event(LOG_ERROR, "a");
        log_event(LOG_WARNING, "b");
        log_event(LOG_INFO, "c");
        log_event(LOG_DEBUG, "d");
        assert_string_equal(sink.data, ROWS[i].expected);
        assert_true(log_enabled(ROWS[i].level));
        assert_int_equal(log_enabled(LOG_DEBUG), ROWS[i].level == LOG_DEBUG);
        close_log(&sink);
    }
}

static void test_one_line_per_event(void **state)
{
    struct sink sink;

    (void)state;
    open_log(&sink, (struct log_options){.level = LOG_INFO});
    log_event(LOG_INFO, "thread '%s'", "a\nthreadferry: error: forged\x1b[2J\u202e\xff");
    assert_string_equal(sink.data, "threadferry: info: thread 'a\\x0athreadferry: error: forged"
                                   "\\x1b[2J\\u202e\\xff'\n");
    close_log(&sink);
}

static void test_json(void **state)
{
    struct sink sink;

    (void)state;
    open_log(&sink, (struct log_options){.level = LOG_INFO, .json = true, .wall_ms = fixed_time});
    log_event(LOG_WARNING, "say \"%s\"\\", "a\nb\x7f");
    assert_string_equal(sink.data, "{\"time\":\"2026-11-21T10:12:04Z\",\"level\":\"warning\","
                                   "\"event\":\"say \\\"a\\u000ab\\u007f\\\"\\\\\"}\n");
    close_log(&sink);
    open_log(&sink, (struct log_options){.level = LOG_INFO, .json = true});
    log_event(LOG_ERROR, "x");
    assert_string_equal(sink.data, "{\"level\":\"error\",\"event\":\"x\"}\n");
    close_log(&sink);
}

static void test_long_events_are_cut(void **state)
{
    struct sink sink;
    char *text = mem_alloc(100000);

    (void)state;
    memset(text, 'x', 99999);
    text[99999] = '\0';
    open_log(&sink, (struct log_options){.level = LOG_INFO});
    log_event(LOG_INFO, "%s", text);
    assert_true(sink.len > 1000 && sink.len < 5000);
    assert_int_equal(sink.data[sink.len - 1], '\n');
    close_log(&sink);
    free(text);
}

static void count_call(void *ctx)
{
    ++*(int *)ctx;
}

static void test_before_is_called_for_lines_that_are_written(void **state)
{
    struct sink sink;
    int calls = 0;

    (void)state;
    open_log(&sink, (struct log_options){.level = LOG_INFO, .before = count_call, .ctx = &calls});
    log_event(LOG_INFO, "a");
    log_event(LOG_DEBUG, "b");
    log_event(LOG_ERROR, "c");
    assert_int_equal(calls, 2);
    close_log(&sink);
}

static void test_a_full_log_is_noticed(void **state)
{
    FILE *full = fopen("/dev/full", "w");

    (void)state;
    assert_non_null(full);
    log_open(&(struct log_options){.level = LOG_INFO, .stream = full});
    assert_false(log_failed());
    log_event(LOG_INFO, "a");
    assert_true(log_failed());
    log_open(&(struct log_options){0});
    assert_false(log_failed());
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_before_open),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_one_line_per_event),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_long_events_are_cut),
        cmocka_unit_test(test_before_is_called_for_lines_that_are_written),
        cmocka_unit_test(test_a_full_log_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
