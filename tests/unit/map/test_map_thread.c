#include "json/json.h"
#include "map/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_times(void **state)
{
    static const struct {
        const char *value;
        bool ok;
        int64_t ms;
    } CASES[] = {
        {"1721297524", true, 1721297524000},
        {"1721297524123", true, 1721297524123},
        {"100000000000", true, 100000000000000},
        {"100000000001", true, 100000000001},
        {"0", true, 0},
        {"-1", true, -1000},
        {"1721297524.25", true, 1721297524250},
        {"1721297524123.5", true, 1721297524123},
        {"\"1721297524\"", true, 1721297524000},
        {"\"1721297524.5\"", true, 1721297524500},
        {"\"0.25\"", true, 250},
        {"\"-0.25\"", true, -250},
        {"\"1721297524.123999\"", true, 1721297524123},
        {"\"2024-07-18T10:12:04.123Z\"", true, 1721297524123},
        {"\"2024-07-18T12:12:04+02:00\"", true, 1721297524000},
        {"9223372036854775807", true, INT64_MAX},
        {"1e300", false, 0},
        {"null", false, 0},
        {"true", false, 0},
        {"{}", false, 0},
        {"\"\"", false, 0},
        {"\".5\"", false, 0},
        {"\"1.x\"", false, 0},
        {"\"soon\"", false, 0},
        {"\"99999999999999999999\"", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct error err = {0};
        json_t *value = json_read(span_of(CASES[i].value), &err);
        int64_t ms = 7;

        assert_non_null(value);
        if (source_time_ms(value, &ms) != CASES[i].ok)
            fail_msg("%s", CASES[i].value);
        if (CASES[i].ok && ms != CASES[i].ms)
            fail_msg("%s: %lld", CASES[i].value, (long long)ms);
        json_decref(value);
    }
    assert_false(source_time_ms(NULL, &(int64_t){0}));
}

static void test_active(void **state)
{
    static const struct {
        const char *run;
        bool active;
    } CASES[] = {
        {"{\"status\":\"queued\"}", true},
        {"{\"status\":\"in_progress\"}", true},
        {"{\"status\":\"requires_action\"}", true},
        {"{\"status\":\"cancelling\"}", true},
        {"{\"status\":\"completed\"}", false},
        {"{\"status\":\"expired\"}", false},
        {"{\"status\":null}", false},
        {"{}", false},
        {"[]", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct error err = {0};
        json_t *run = json_read(span_of(CASES[i].run), &err);

        assert_int_equal(run_is_active(run), CASES[i].active);
        json_decref(run);
    }
}

/* The folders of tests/mapping show the rest; here is what depends on the arguments. */
static void test_provenance(void **state)
{
    static const struct {
        const char *thread; /* NULL: there is no thread object */
        int64_t first_ms;
        const char *metadata;
        const char *losses;
    } CASES[] = {
        {NULL, INT64_MIN, "{\"source_thread_id\":\"t\"}", "{}"},
        {NULL, 1500, "{\"source_thread_id\":\"t\",\"source_created_at\":\"1\"}", "{}"},
        {NULL, -1, "{\"source_thread_id\":\"t\",\"source_created_at\":\"-1\"}", "{}"},
        {"{}", 1500, "{\"source_thread_id\":\"t\",\"source_created_at\":\"1\"}", "{}"},
        {"{\"created_at\":5}", 1500, "{\"source_thread_id\":\"t\",\"source_created_at\":\"5\"}",
         "{}"},
        {"{\"metadata\":{\"source_thread_id\":\"t\"}}", INT64_MIN, "{\"source_thread_id\":\"t\"}",
         "{}"},
        {"{\"metadata\":{\"source_thread_id\":\"other\"}}", INT64_MIN,
         "{\"source_thread_id\":\"other\"}", "{\"provenance\":1}"},
        {"{\"metadata\":{\"source_thread_id\":7}}", INT64_MIN, "{\"source_thread_id\":\"t\"}",
         "{\"metadata\":1}"},
        {"{\"metadata\":[1,2]}", INT64_MIN, "{\"source_thread_id\":\"t\"}", "{\"metadata\":1}"},
        {"{\"metadata\":\"\"}", INT64_MIN, "{\"source_thread_id\":\"t\"}", "{}"},
        {"{\"metadata\":{\"a\\u0000\":1}}", INT64_MIN, NULL, NULL},
        {"{\"metadata\":{\"k\xFF\":\"v\"}}", INT64_MIN,
         "{\"k\xEF\xBF\xBD\":\"v\",\"source_thread_id\":\"t\"}", "{\"invalid_text\":1}"},
        {"{\"tool_resources\":{\"x\":{\"y\":[1]},\"z\":null}}", INT64_MIN,
         "{\"source_thread_id\":\"t\"}", "{\"tool_resources\":1}"},
        {"{\"tool_resources\":[]}", INT64_MIN, "{\"source_thread_id\":\"t\"}", "{}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct policy policy = policy_default();
        struct losses losses = {{0}};
        struct error err = {0};
        json_t *thread = CASES[i].thread ? json_read(span_of(CASES[i].thread), &err) : NULL;
        struct metadata metadata;
        struct arena arena;
        struct map_context context = {.policy = &policy, .arena = &arena};
        struct buf out;

        if (!CASES[i].metadata) {
            assert_null(thread);
            continue;
        }
        arena_init(&arena);
        buf_init(&out, BUF_NO_LIMIT);
        map_thread(&metadata, &losses, &context, thread, span_of("t"), CASES[i].first_ms);
        metadata_write_json(&out, &metadata, JSON_ESCAPE_CANONICAL);
        assert_string_equal(out.data, CASES[i].metadata);
        buf_clear(&out);
        losses_write_json(&out, &losses);
        assert_string_equal(out.data, CASES[i].losses);
        buf_release(&out);
        arena_release(&arena);
        json_decref(thread);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_active),
        cmocka_unit_test(test_provenance),
    };

    json_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
