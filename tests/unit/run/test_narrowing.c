#include "run/narrowing.h"

#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct narrowing parse(struct options *options)
{
    struct narrowing narrowing;
    struct error err;

    if (!narrowing_parse(&narrowing, options, &err))
        fail_msg("%s", err.text);
    return narrowing;
}

/* since <= creation < until; a date is 00:00 UTC. */
static void test_times(void **state)
{
    enum { DAY_MS = 86400000 };
    struct options options = {.since = "1970-01-02", .until = "1970-01-03"};
    const struct narrowing narrowing = parse(&options);

    (void)state;
    assert_false(narrowing_fits_time(&narrowing, DAY_MS - 1));
    assert_true(narrowing_fits_time(&narrowing, DAY_MS));
    assert_true(narrowing_fits_time(&narrowing, 2 * DAY_MS - 1));
    assert_false(narrowing_fits_time(&narrowing, 2 * DAY_MS));
}

static void test_codes(void **state)
{
    static const struct {
        const char *only;
        struct thread_facts facts;
        bool fits;
    } ROWS[] = {
        {"refused", {.state = THREAD_FAILED, .code = ERROR_REFUSED}, true},
        {"refused", {.state = THREAD_FAILED, .code = ERROR_CONFLICT}, false},
        {"failed", {.state = THREAD_FAILED, .code = ERROR_CONFLICT}, true},
        {"failed", {.state = THREAD_UNCERTAIN}, true},
        {"failed", {.state = THREAD_DONE}, false},
        {"rolling_back", {.state = THREAD_ROLLING_BACK}, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const char *words[] = {ROWS[i].only};
        struct options options = {.only = {.all = words, .count = 1}};
        const struct narrowing narrowing = parse(&options);

        if (narrowing_fits_failure(&narrowing, &ROWS[i].facts) != ROWS[i].fits)
            fail_msg("row %zu", i);
    }
}

/* Byte for byte, and all of them. */
static void test_metadata(void **state)
{
    const char *words[] = {"a=1", "b=x=y"};
    struct options options = {.where = {.all = words, .count = 2}};
    const struct narrowing narrowing = parse(&options);
    static const struct {
        const char *thread;
        bool fits;
    } ROWS[] = {
        {"{\"metadata\":{\"a\":\"1\",\"b\":\"x=y\",\"c\":\"\"}}", true},
        {"{\"metadata\":{\"a\":\"1\"}}", false},
        {"{\"metadata\":{\"a\":\"10\",\"b\":\"x=y\"}}", false},
        {"{\"metadata\":{\"a\":1,\"b\":\"x=y\"}}", false},
        {"{\"metadata\":null}", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct error err;
        json_t *thread = json_read(span_of(ROWS[i].thread), &err);

        if (narrowing_fits_metadata(&narrowing, thread) != ROWS[i].fits)
            fail_msg("row %zu", i);
        json_decref(thread);
    }
    assert_false(narrowing_fits_metadata(&narrowing, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_metadata),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
