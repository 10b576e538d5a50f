#include "json/json_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void values(void **state)
{
    static const struct {
        const char *text;
        const char *value; /* NULL: broken */
    } CASES[] = {
        {"1", "1"},
        {" -1.5e3,", "-1.5e3"},
        {"true]", "true"},
        {"\"a\" ", "\"a\""},
        {"\"a\\\"b\"", "\"a\\\"b\""},
        {"\"a\\\\\"x", "\"a\\\\\""},
        {"\"a\\\\\\\"", NULL},
        {"\"a", NULL},
        {"\"", NULL},
        {"\xef\xbb\xbf {\"a\":[1,{}]} x", "{\"a\":[1,{}]}"},
        {"[\"]\"]", "[\"]\"]"},
        {"[1}", NULL},
        {"{\"a\":[1}", NULL},
        {"[[]", NULL},
        {"", NULL},
        {"  ", NULL},
        {",", NULL},
        {"]", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct json_scan scan = json_scan_of(span_of(CASES[i].text));
        struct span value = json_scan_value(&scan);

        if (CASES[i].value ? !span_is(value, CASES[i].value) : value.data != NULL)
            fail_msg("%s", CASES[i].text);
    }
}

static void depth_is_bounded(void **state)
{
    char text[400];

    (void)state;
    memset(text, '[', 200);
    memset(text + 200, ']', 200);
    for (size_t depth = 127; depth <= 129; depth++) {
        struct json_scan scan = json_scan_of((struct span){text + 200 - depth, 2 * depth});

        assert_int_equal(json_scan_value(&scan).data != NULL, depth <= 128);
    }
}

static void members(void **state)
{
    struct json_scan scan = json_scan_of(span_of("{ \"a\" : 1, \"b\\n\":{\"c\":2} } 3"));
    struct span key;
    struct span value;

    (void)state;
    assert_false(json_scan_enter(&scan, '['));
    assert_true(json_scan_enter(&scan, '{'));
    assert_int_equal(json_scan_member(&scan, &key, &value), JSON_SCAN_ITEM);
    assert_true(span_is(key, "a") && span_is(value, "1"));
    assert_int_equal(json_scan_member(&scan, &key, &value), JSON_SCAN_ITEM);
    assert_true(span_is(key, "b\\n") && span_is(value, "{\"c\":2}"));
    assert_int_equal(json_scan_member(&scan, &key, &value), JSON_SCAN_END);
    assert_true(span_is(json_scan_value(&scan), "3"));
}

static void broken_members(void **state)
{
    static const struct {
        const char *text;
        const char *rest; /* of the broken value, or NULL */
    } CASES[] = {
        {"{\"a\":\"x", "\"x"}, {"{\"a\":[1,", "[1,"}, {"{\"a\"", NULL}, {"{\"a", NULL},
        {"{a:1}", NULL},       {"{\"a\":", NULL},     {"{,", NULL},     {"{", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct json_scan scan = json_scan_of(span_of(CASES[i].text));
        struct span key;
        struct span value;

        assert_true(json_scan_enter(&scan, '{'));
        assert_int_equal(json_scan_member(&scan, &key, &value), JSON_SCAN_BROKEN);
        if (CASES[i].rest ? !span_is(value, CASES[i].rest) : value.data != NULL)
            fail_msg("%s", CASES[i].text);
    }
}

static void elements(void **state)
{
    struct json_scan scan = json_scan_of(span_of("[1 ,[2],\"[\"]"));
    struct json_scan missing = json_scan_of(span_of("[1 2]"));
    struct json_scan empty = json_scan_of(span_of("[ ]"));
    static const char *const WANT[] = {"1", "[2]", "\"[\""};
    struct span element;

    (void)state;
    assert_true(json_scan_enter(&scan, '['));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(json_scan_element(&scan, &element), JSON_SCAN_ITEM);
        assert_true(span_is(element, WANT[i]));
    }
    assert_int_equal(json_scan_element(&scan, &element), JSON_SCAN_END);
    assert_true(json_scan_enter(&missing, '['));
    assert_int_equal(json_scan_element(&missing, &element), JSON_SCAN_ITEM);
    assert_int_equal(json_scan_element(&missing, &element), JSON_SCAN_BROKEN);
    assert_true(json_scan_enter(&empty, '['));
    assert_int_equal(json_scan_element(&empty, &element), JSON_SCAN_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),   cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(members),  cmocka_unit_test(broken_members),
        cmocka_unit_test(elements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
