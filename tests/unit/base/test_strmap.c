#include "base/strmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_empty(void **state)
{
    struct strmap map = {0};

    (void)state;
    assert_int_equal(strmap_find(&map, span_of("a")), SIZE_MAX);
    strmap_release(&map);
    strmap_init(&map);
    assert_int_equal(strmap_find(&map, span_of("")), SIZE_MAX);
    strmap_release(&map);
    strmap_release(&map);
}

static void test_odd_keys(void **state)
{
    static char long_key[70000];
    const struct span keys[] = {
        {"", 0},         {"a", 1},          {"a\0", 2},        {"a\0b", 3},
        {"\xff\xfe", 2}, {long_key, 65535}, {long_key, 65534},
    };
    const size_t count = sizeof keys / sizeof keys[0];
    struct strmap map;
    bool added;

    (void)state;
    memset(long_key, 'k', sizeof long_key);
    strmap_init(&map);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(strmap_find(&map, keys[i]), SIZE_MAX);
        assert_int_equal(strmap_add(&map, keys[i], &added), i);
        assert_true(added);
        assert_int_equal(strmap_add(&map, keys[i], &added), i);
        assert_false(added);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(strmap_find(&map, keys[i]), i);
        assert_true(span_equal(strmap_key(&map, i), keys[i]));
    }
    assert_int_equal(strmap_find(&map, (struct span){long_key, 65536}), SIZE_MAX);
    strmap_release(&map);
}

static struct span nth_key(char *buffer, size_t size, size_t n)
{
    const int len = snprintf(buffer, size, "thread_%024zx", n * 2654435761u);

    return (struct span){buffer, (size_t)len};
}

static void test_many_keys_keep_order_and_values(void **state)
{
    enum { COUNT = 200000 };
    struct strmap map;
    char buffer[64];
    bool added;

    (void)state;
    strmap_init(&map);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(strmap_add(&map, nth_key(buffer, sizeof buffer, i), &added), i);
        assert_true(added);
        assert_int_equal(strmap_value(&map, i), 0);
        strmap_set_value(&map, i, UINT64_MAX - i);
    }
    assert_int_equal(map.count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        const struct span key = nth_key(buffer, sizeof buffer, i);

        assert_int_equal(strmap_find(&map, key), i);
        assert_true(span_equal(strmap_key(&map, i), key));
        assert_int_equal(strmap_value(&map, i), UINT64_MAX - i);
    }
    for (size_t i = COUNT; i < COUNT + 1000; i++)
        assert_int_equal(strmap_find(&map, nth_key(buffer, sizeof buffer, i)), SIZE_MAX);
    strmap_release(&map);
}

/* A stranger who knows one map's order of cells learns nothing of the next one's. */
static void test_maps_have_seeds_of_their_own(void **state)
{
    struct strmap a;
    struct strmap b;

    (void)state;
    strmap_init(&a);
    strmap_init(&b);
    assert_memory_not_equal(a.seed, b.seed, sizeof a.seed);
    strmap_release(&a);
    strmap_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_odd_keys),
        cmocka_unit_test(test_many_keys_keep_order_and_values),
        cmocka_unit_test(test_maps_have_seeds_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
