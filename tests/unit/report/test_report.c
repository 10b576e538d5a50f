#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_endings(void **state)
{
    static const struct {
        const char *path;
        bool ok;
    } ROWS[] = {
        {NULL, true},     {"a.json", true},   {"dir.d/a.html", true},
        {"a.txt", false}, {"a.json~", false}, {".json", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct report report;
        struct error err = {.code = ERROR_NONE};

        assert_int_equal(report_open(&report, ROWS[i].path, 0, &err), ROWS[i].ok);
        assert_int_equal(err.code, ROWS[i].ok ? ERROR_NONE : ERROR_USAGE);
        report_release(&report);
    }
}

/* However long a run takes, its samples find room, and stay evenly spread. */
static void test_samples(void **state)
{
    struct report report;
    struct error err;
    struct meter_counts counts = {0};
    struct loop_stats stats = {.now_ms = 0};

    (void)state;
    assert_true(report_open(&report, "a.json", 0, &err));
    for (; stats.now_ms < 3600 * 1000; stats.now_ms += 100) {
        counts.done = stats.now_ms / 100;
        report_tick(&report, &counts, &stats);
    }
    assert_true(report.sample_count >= REPORT_SAMPLES / 2 && report.sample_count <= REPORT_SAMPLES);
    assert_int_equal(report.samples[0].ms, 0);
    for (size_t i = 1; i < report.sample_count; i++) {
        assert_int_equal(report.samples[i].ms - report.samples[i - 1].ms, report.every_ms);
        assert_int_equal(report.samples[i].threads, report.samples[i].ms / 100);
    }
    report_release(&report);
}

/* Without a path nothing is kept. */
static void test_nothing_kept(void **state)
{
    const struct error failure = {.code = ERROR_TRUNCATED, .text = "cut"};
    const struct meter_counts counts = {.done = 1};
    const struct loop_stats stats = {.now_ms = 5000};
    struct report report;
    struct error err;

    (void)state;
    assert_true(report_open(&report, NULL, 0, &err));
    report_tick(&report, &counts, &stats);
    report_failure(&report, "thread_1", &failure);
    assert_int_equal(report.sample_count + report.finding_count, 0);
    report_release(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_nothing_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
