#include "base/siphash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The reference vectors of SipHash-2-4: key 00 01 … 0f, message of the first n bytes 00 01 02 …;
 * the printed values are those of the authors' implementation, first and some later ones. */
static void test_vectors(void **state)
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
        assert_int_equal(siphash(KEY, (struct span){message, ROWS[i].len}), ROWS[i].hash);
}

static void test_keys_are_random(void **state)
{
    uint64_t a[2];
    uint64_t b[2];

    (void)state;
    siphash_random_key(a);
    siphash_random_key(b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(siphash(a, span_of("thread_1")) != siphash(b, span_of("thread_1")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_keys_are_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
