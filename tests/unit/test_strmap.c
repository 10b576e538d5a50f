#include "base/strmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The reference vectors of SipHash-2-4: key 00 01 … 0f, message of the first n bytes 00 01 02 …;
 * the printed values are those of the authors' implementation, first and some later ones. */
static void test_siphash_vectors(void **state)
{
    static const struct {
        size_t len;
        uint64_t hash;
    } ROWS[] = {
        {0, 0x726fdb47dd0e0e31},  {1, 0x74f839c593dc67fd},  {2, 0x0d6c8009d9a94f5a},
        {7, 0xab0200f58b01d137},  {8, 0x93f5f5799a932462},  {15, 0xa129ca6149be45e5},
        {16, 0x3f2acc7f57c29bdb}, {63, 0x958a324ceb064572},
    };
    static const uint64_t KEY[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    char message[64];

    (void)state;
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (char)i;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        assert_int_equal(strmap_siphash(KEY, (struct span){message, ROWS[i].len}), ROWS[i].hash);
}

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
        cmocka_unit_test(test_siphash_vectors),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_odd_keys),
        cmocka_unit_test(test_many_keys_keep_order_and_values),
        cmocka_unit_test(test_maps_have_seeds_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
