#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MS_PER_DAY = 86400000 };

struct row {
    const char *text;
    bool is_valid;
    int64_t ms;
};

static void expect(const struct row *row, bool (*parse)(struct span, int64_t *))
{
    int64_t ms = 42;

    if (parse(span_of(row->text), &ms) != row->is_valid)
        fail_msg("'%s'", row->text);
    assert_int_equal(ms, row->is_valid ? row->ms : 42);
}

static void test_iso8601(void **state)
{
    static const struct row ROWS[] = {
        {"1970-01-01T00:00:00Z", true, 0},
        {"1970-01-01", true, 0},
        {"1969-12-31T23:59:59Z", true, -1000},
        {"2025-07-18T10:12:04.123Z", true, 1752833524123},
        {"2025-07-18T10:12:04.123456789Z", true, 1752833524123},
        {"2025-07-18T10:12:04.5Z", true, 1752833524500},
        {"2025-07-18T10:12:04,05Z", true, 1752833524050},
        {"2025-07-18T10:12:04", true, 1752833524000},
        {"2025-07-18 10:12:04", true, 1752833524000},
        {"2025-07-18t10:12:04z", true, 1752833524000},
        {"2025-07-18T10:12Z", true, 1752833520000},
        {"2025-07-18T12:12:04+02:00", true, 1752833524000},
        {"2025-07-18T12:12:04+0200", true, 1752833524000},
        {"2025-07-18T12:12:04+02", true, 1752833524000},
        {"2025-07-18T04:42:04-05:30", true, 1752833524000},
        {"1970-01-01T23:59:00+23:59", true, 0},
        {"2024-02-29", true, 1709164800000},
        {"2000-02-29", true, 951782400000},
        {"2016-12-31T23:59:60Z", true, 1483228800000},
        {"0000-01-01T00:00:00Z", true, -62167219200000},
        {"9999-12-31T23:59:59.999Z", true, 253402300799999},
        {"2023-02-29", false, 0},
        {"1900-02-29", false, 0},
        {"2025-00-18", false, 0},
        {"2025-13-18", false, 0},
        {"2025-04-31", false, 0},
        {"2025-07-00", false, 0},
        {"2025-07-18T24:00:00Z", false, 0},
        {"2025-07-18T10:60:00Z", false, 0},
        {"2025-07-18T10:12:61Z", false, 0},
        {"2025-07-18T10:12:04.Z", false, 0},
        {"2025-07-18T10:12:04+24:00", false, 0},
        {"2025-07-18T10:12:04+02:60", false, 0},
        {"2025-07-18T10:12:04+2", false, 0},
        {"2025-07-18T10:12:04Zx", false, 0},
        {"2025-07-18T", false, 0},
        {"2025-07-18Z", false, 0},
        {"2025-7-18", false, 0},
        {"+025-07-18", false, 0},
        {"20250718", false, 0},
        {"2025-07", false, 0},
        {"", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++)
        expect(&ROWS[i], text_parse_iso8601);
}

static void test_http_date(void **state)
{
    static const struct row ROWS[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", true, 784111777000},
        {"Thu, 01 Jan 1970 00:00:00 GMT", true, 0},
        {"Sat, 21 Nov 2026 10:12:04 GMT", true, 1795255924000},
        {"Sunday, 06-Nov-94 08:49:37 GMT", false, 0},
        {"Sun Nov  6 08:49:37 1994", false, 0},
        {"Sun, 06 Nov 1994 08:49:37 +0000", false, 0},
        {"Sun, 06 Nov 1994 08:49:37", false, 0},
        {"Sun, 06 Nov 1994 08:49:37 GMT ", false, 0},
        {"Sun, 31 Nov 1994 08:49:37 GMT", false, 0},
        {"Sun, 06 Foo 1994 08:49:37 GMT", false, 0},
        {"Foo, 06 Nov 1994 08:49:37 GMT", false, 0},
        {"Sun, 6 Nov 1994 08:49:37 GMT", false, 0},
        {"Sun, 06 Nov 1994 25:49:37 GMT", false, 0},
        {"120", false, 0},
        {"", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++)
        expect(&ROWS[i], text_parse_http_date);
}

static void test_printed_times(void **state)
{
    static const struct row ROWS[] = {
        {"2024-05-21T08:13:20Z", true, 1716279200000},
        {"2024-05-21 10:13:20 +02:00", true, 1716279200000},
        {"2024-05-21 08:13:20.250 UTC", true, 1716279200250},
        {"2024/05/21 08:13:20", true, 1716279200000},
        {"20240521T081320Z", true, 1716279200000},
        {"21.05.2024 08:13:20", true, 1716279200000},
        {"21.05.2024, 08:13", true, 1716279180000},
        {"21.05.2024", true, 1716249600000},
        {"Tue, 21 May 2024 10:13:20 +0200", true, 1716279200000},
        {"21 May 2024 08:13:20 GMT", true, 1716279200000},
        {"Tue, 7 May 2024 08:13:20 UTC", true, 1715069600000},
        {"Tue May 21 2024 10:13:20 GMT+0200 (CEST)", true, 1716279200000},
        {"Tue May  7 08:13:20 2024", true, 1715069600000},
        {"/Date(1716279200000)/", true, 1716279200000},
        {"/Date(1716279200000+0200)/", true, 1716279200000},
        {"/Date(-1000)/", true, -1000},
        {"1.5.2024, 08:13:20", true, 1714551200000},
        /* The day is the one that can be no month; where it could be either, nobody knows. */
        {"5/21/2024, 8:13:20 AM", true, 1716279200000},
        {"5/21/2024, 8:13:20\xE2\x80\xAF"
         "AM",
         true, 1716279200000},
        {"05/21/2024 08:13:20 PM", true, 1716322400000},
        {"21/05/2024 08:13:20", true, 1716279200000},
        {"21-05-2024 8:13 am", true, 1716279180000},
        {"5/5/2024 12:00:00 AM", true, 1714867200000},
        {"5/5/2024 12:00 PM", true, 1714910400000},
        {"2024-05-21 8:13:20 PM", true, 1716322400000},
        {"5/6/2024", false, 0},
        {"01/02/2026 10:00:00 AM", false, 0},
        {"5/21/2024 13:00:00 PM", false, 0},
        {"5/21/2024 0:00:00 AM", false, 0},
        {"5/32/2024", false, 0},
        {"21/5-2024", false, 0},
        {"05/06/2024 10:13", false, 0},
        {"2024/05-21", false, 0},
        {"20240521", false, 0},
        {"31.04.2024", false, 0},
        {"21.05.24", false, 0},
        {"Tue May 21", false, 0},
        {"Tue, 21 May 2024", false, 0},
        {"Tue May 21 2024 10:13:20 (CEST", false, 0},
        {"/Date()/", false, 0},
        {"/Date(12", false, 0},
        {"May be", false, 0},
        {"", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        expect(&ROWS[i], text_parse_time);
        for (size_t len = 0; len <= strlen(ROWS[i].text); len++) {
            char *exact = malloc(len + 1);
            int64_t ms;

            memcpy(exact, ROWS[i].text, len);
            (void)text_parse_time((struct span){exact, len}, &ms);
            free(exact);
        }
    }
}

static void test_parsing_reads_no_byte_behind(void **state)
{
    const char *iso = "2025-07-18T10:12:04.123Z";
    const char *http = "Sun, 06 Nov 1994 08:49:37 GMT";
    int64_t ms;

    (void)state;
    for (size_t len = 0; len <= strlen(iso); len++) {
        char *exact = malloc(len + 1);

        memcpy(exact, iso, len);
        (void)text_parse_iso8601((struct span){exact, len}, &ms);
        free(exact);
    }
    for (size_t len = 0; len < strlen(http); len++)
        assert_false(text_parse_http_date((struct span){http, len}, &ms));
}

/* Against the C library, a day in every two weeks of ten thousand years. */
static void test_printing_agrees_with_the_library(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, BUF_NO_LIMIT);
    for (int64_t day = -719528; day < 2932896; day += 13) {
        const time_t seconds = (time_t)(day * 86400 + (day % 86400 + 86400) % 86400);
        struct tm tm;
        char expected[40];
        int64_t back;

        assert_non_null(gmtime_r(&seconds, &tm));
        snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        buf_clear(&buf);
        text_add_iso8601(&buf, (int64_t)seconds * 1000 + 999);
        assert_string_equal(buf.data, expected);
        assert_true(text_parse_iso8601(buf_span(&buf), &back));
        assert_int_equal(back, (int64_t)seconds * 1000);
    }
    buf_release(&buf);
}

static void test_printing_far_times(void **state)
{
    static const int64_t TIMES[] = {INT64_MIN, INT64_MIN + 1, -1, INT64_MAX};
    struct buf buf;

    (void)state;
    buf_init(&buf, BUF_NO_LIMIT);
    for (size_t i = 0; i < COUNT(TIMES); i++) {
        buf_clear(&buf);
        text_add_iso8601(&buf, TIMES[i]);
        assert_int_equal(buf.data[buf.len - 1], 'Z');
    }
    buf_release(&buf);
}

static void test_durations(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } ROWS[] = {
        {-5, "0 ms"},
        {0, "0 ms"},
        {999, "999 ms"},
        {1000, "1.0 s"},
        {4199, "4.1 s"},
        {59999, "59.9 s"},
        {60000, "1 min 00 s"},
        {3599999, "59 min 59 s"},
        {3600000, "1 h 00 min"},
        {3720000, "1 h 02 min"},
        {MS_PER_DAY - 1, "23 h 59 min"},
        {MS_PER_DAY, "1 d 00 h"},
        {INT64_MAX, "106751991167 d 07 h"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct buf buf;

        buf_init(&buf, BUF_NO_LIMIT);
        text_add_duration(&buf, ROWS[i].ms);
        assert_string_equal(buf.data, ROWS[i].text);
        buf_release(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iso8601),
        cmocka_unit_test(test_http_date),
        cmocka_unit_test(test_printed_times),
        cmocka_unit_test(test_parsing_reads_no_byte_behind),
        cmocka_unit_test(test_printing_agrees_with_the_library),
        cmocka_unit_test(test_printing_far_times),
        cmocka_unit_test(test_durations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
