#include "checkpoint/crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SAMPLE = 300 };

static void check_both(const void *data, size_t len, uint32_t expected)
{
    assert_int_equal(crc32c(0, data, len), expected);
    assert_int_equal(crc32c_portable(0, data, len), expected);
}

/* RFC 3720, appendix B.4. */
static void test_published_vectors(void **state)
{
    static const unsigned char READ_COMMAND[48] = {
        0x01, 0xc0, 0, 0,    0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0,
        0,    0,    0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 2,    0, 0, 0, 0, 0, 0, 0};
    unsigned char bytes[32];

    (void)state;
    memset(bytes, 0, sizeof bytes);
    check_both(bytes, sizeof bytes, 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    check_both(bytes, sizeof bytes, 0x62a8ab43);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    check_both(bytes, sizeof bytes, 0x46dd794e);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(31 - i);
    check_both(bytes, sizeof bytes, 0x113fdb5c);
    check_both(READ_COMMAND, sizeof READ_COMMAND, 0xd9963a56);
    check_both("123456789", 9, 0xe3069283);
    check_both("", 0, 0);
}

static void test_both_ways_agree_at_every_length_and_alignment(void **state)
{
    unsigned char bytes[SAMPLE];
    uint32_t seed = 1;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        seed = seed * 1664525 + 1013904223;
        bytes[i] = (unsigned char)(seed >> 24);
    }
    for (size_t from = 0; from < 9; from++) {
        for (size_t len = 0; from + len <= sizeof bytes; len++)
            assert_int_equal(crc32c(seed, bytes + from, len),
                             crc32c_portable(seed, bytes + from, len));
    }
}

static void test_pieces_give_the_crc_of_the_whole(void **state)
{
    static const char TEXT[] = "The quick brown fox jumps over the lazy dog";
    const size_t len = sizeof TEXT - 1;

    (void)state;
    for (size_t cut = 0; cut <= len; cut++) {
        assert_int_equal(crc32c(crc32c(0, TEXT, cut), TEXT + cut, len - cut), crc32c(0, TEXT, len));
        assert_int_equal(crc32c_portable(crc32c_portable(0, TEXT, cut), TEXT + cut, len - cut),
                         crc32c(0, TEXT, len));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_both_ways_agree_at_every_length_and_alignment),
        cmocka_unit_test(test_pieces_give_the_crc_of_the_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
