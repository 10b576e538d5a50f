#include "base/word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The byte c at one place, others around it: the first mark is where it should be. */
static void check(unsigned char around, unsigned char c, size_t at)
{
    unsigned char bytes[WORD_BYTES];
    uint64_t word;

    memset(bytes, around, sizeof bytes);
    bytes[at] = c;
    word = word_load(bytes);
    assert_int_equal(word_below(word, ' ') != 0, c < ' ');
    assert_int_equal(word_is(word, 'x') != 0, c == 'x');
    assert_int_equal(word_wide(word) != 0, c >= 0x80 || around >= 0x80);
    if (c < ' ')
        assert_int_equal(word_first(word_below(word, ' ')), at);
    if (c == around)
        return;
    assert_int_equal(word_first(word_is(word, c)), at);
    assert_int_equal(word_first(word_is(word, around)), at == 0);
}

static void test_marks_are_exact(void **state)
{
    static const unsigned char AROUND[] = {'a', ' ', 0x7f, 0x80, 0xff};

    (void)state;
    for (size_t i = 0; i < sizeof AROUND * 256 * WORD_BYTES; i++)
        check(AROUND[i / 256 / WORD_BYTES], (unsigned char)(i / WORD_BYTES), i % WORD_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
