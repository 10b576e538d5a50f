#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SIZES = 700 };

/* Blocks of every size at once, each filled to its end: none overlaps another. */
static void test_blocks_are_apart_and_aligned(void **state)
{
    unsigned char *blocks[SIZES];

    (void)state;
    for (size_t size = 0; size < SIZES; size++) {
        blocks[size] = pool_alloc(size);
        assert_int_equal((uintptr_t)blocks[size] % _Alignof(max_align_t), 0);
        memset(blocks[size], (int)(size % 251), size);
    }
    for (size_t size = 0; size < SIZES; size++) {
        for (size_t i = 0; i < size; i++)
            assert_int_equal(blocks[size][i], size % 251);
        pool_free(blocks[size]);
    }
    pool_free(NULL);
}

/* What was given back is handed out again, the newest first, and only for its own size. */
static void test_blocks_come_back(void **state)
{
    void *first = pool_alloc(40);
    void *second = pool_alloc(40);
    void *other = pool_alloc(200);

    (void)state;
    pool_free(other);
    pool_free(first);
    pool_free(second);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
    assert_ptr_equal(pool_alloc(33), second);
    assert_ptr_equal(pool_alloc(48), first);
    assert_ptr_equal(pool_alloc(200), other);
    pool_free(first);
    pool_free(second);
    pool_free(other);
#endif
}

/* Many rounds of the same need take no more memory than one. */
static void test_memory_is_used_again(void **state)
{
    void *blocks[1000];
    uintptr_t highest = 0;

    (void)state;
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < 1000; i++) {
            blocks[i] = pool_alloc(1 + i % 480);
            if (round == 0 && (uintptr_t)blocks[i] > highest)
                highest = (uintptr_t)blocks[i];
        }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
        for (size_t i = 0; i < 1000; i++)
            assert_true((uintptr_t)blocks[i] <= highest);
#endif
        for (size_t i = 0; i < 1000; i++)
            pool_free(blocks[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_apart_and_aligned),
        cmocka_unit_test(test_blocks_come_back),
        cmocka_unit_test(test_memory_is_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
