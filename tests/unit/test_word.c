#include "base/word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Every byte at every place, before and behind others: the first mark is where it should be. */
static void test_marks_are_exact(void **state)
{
    static const unsigned char AROUND[] = {'a', ' ', 0x7f, 0x80, 0xff};

    (void)state;
    for (size_t around = 0; around < sizeof AROUND; around++) {
        for (unsigned c = 0; c < 256; c++) {
            for (size_t at = 0; at < WORD_BYTES; at++) {
                unsigned char bytes[WORD_BYTES];
                uint64_t word;

                memset(bytes, AROUND[around], sizeof bytes);
                bytes[at] = (unsigned char)c;
                word = word_load(bytes);
                assert_int_equal(word_below(word, ' ') != 0, c < ' ');
                if (c < ' ')
                    assert_int_equal(word_first(word_below(word, ' ')), at);
                if (c != AROUND[around]) {
                    assert_int_equal(word_first(word_is(word, (unsigned char)c)), at);
                    assert_int_equal(word_first(word_is(word, AROUND[around])), at == 0);
                }
                assert_int_equal(word_is(word, 'x') != 0, c == 'x');
                assert_int_equal(word_wide(word) != 0, c >= 0x80 || AROUND[around] >= 0x80);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
