#include "fields/pairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void set(struct pairs *pairs, const char *name, const char *value)
{
    pairs_set(pairs, span_of(name), span_of(value));
}

static void sorted_by_name(void **state)
{
    static const char *const SORTED[] = {"a", "aa", "b", "role", "roles", "text"};
    struct pairs pairs = {0};

    (void)state;
    set(&pairs, "text", "1");
    set(&pairs, "a", "2");
    set(&pairs, "roles", "3");
    set(&pairs, "role", "4");
    set(&pairs, "b", "5");
    set(&pairs, "aa", "6");
    assert_int_equal(pairs.count, 6);
    for (size_t i = 0; i < pairs.count; i++)
        assert_string_equal(pairs.items[i].name, SORTED[i]);
    assert_string_equal(pairs_get(&pairs, span_of("role")), "4");
    assert_null(pairs_get(&pairs, span_of("rol")));
    assert_null(pairs_get(&pairs, span_of("rolex")));
    pairs_release(&pairs);
}

static void a_name_has_one_value(void **state)
{
    struct pairs pairs = {0};

    (void)state;
    pairs_remove(&pairs, span_of("x"));
    set(&pairs, "x", "1");
    set(&pairs, "y", "2");
    set(&pairs, "x", "3");
    assert_int_equal(pairs.count, 2);
    assert_string_equal(pairs_get(&pairs, span_of("x")), "3");
    pairs_remove(&pairs, span_of("x"));
    assert_int_equal(pairs.count, 1);
    assert_null(pairs_get(&pairs, span_of("x")));
    assert_string_equal(pairs_get(&pairs, span_of("y")), "2");
    pairs_release(&pairs);
    assert_int_equal(pairs.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorted_by_name),
        cmocka_unit_test(a_name_has_one_value),
    };

    return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
