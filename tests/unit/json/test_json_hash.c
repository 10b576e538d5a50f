#include "json/json_hash.h"

#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint64_t hash_of(const char *text)
{
    struct error err = {0};
    json_t *value = json_read(span_of(text), &err);

    assert_non_null(value);
    const uint64_t hash = json_hash(value);
    json_decref(value);
    return hash;
}

static void test_equal(void **state)
{
    static const char *const ROWS[][2] = {
        {"{\"a\":1,\"b\":[\"x\",{\"c\":null}]}", " {\"b\": [\"x\", {\"c\": null}], \"a\": 1}"},
        {"\"\\u0061\"", "\"a\""},
        {"0.5", "5e-1"},
        {"[1]", "[1.0]"},
        {"0", "-0.0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        assert_int_equal(hash_of(ROWS[i][0]), hash_of(ROWS[i][1]));
}

static void test_different(void **state)
{
    static const char *const ROWS[] = {
        "0",
        "1",
        "-1",
        "\"1\"",

        "0.5",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\"",
        "\"a\\u0000\"",
        "[]",
        "[0]",
        "[0,0]",
        "[[]]",
        "[1,2]",
        "[2,1]",
        "{}",
        "{\"a\":1}",
        "{\"a\":2}",
        "{\"b\":1}",
        "{\"a\":1,\"b\":2}",
        "{\"a\":2,\"b\":1}",
        "[{}]",
        "{\"a\":{}}",
        "{\"a\":[]}",
        "[[1],2]",
        "[1,[2]]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        for (size_t k = 0; k < i; k++) {
            if (hash_of(ROWS[i]) == hash_of(ROWS[k]))
                fail_msg("%s and %s", ROWS[i], ROWS[k]);
        }
        assert_int_not_equal(hash_of(ROWS[i]), json_hash(NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_different),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
