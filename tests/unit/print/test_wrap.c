#include "print/wrap.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PARAGRAPH "one two three four five six seven eight nine ten eleven"

static void lays_out_lines(void **state)
{
    static const struct {
        struct wrap wrap;
        const char *text;
        const char *expected;
    } ROWS[] = {
        /* between words, every line at the column; 20 columns of room */
        {{4, 24, 0}, "short", "short"},
        {{4, 24, 0}, "", ""},
        {{4, 24, 0},
         PARAGRAPH,
         "one two three four\n    five six seven eight\n    nine ten eleven"},
        /* exactly as wide as the room, and one more */
        {{4, 24, 0}, "12345678901234567890", "12345678901234567890"},
        {{4, 24, 0}, "12345678901234567890 x", "12345678901234567890\n    x"},
        {{4, 24, 0}, "123456789012345678901", "12345678901234567890\n    1"},
        /* a whole text keeps its lines and its spaces, and leaves none at the end of a line */
        {{2, 40, 0}, "a\n\n  b  c\n", "a\n\n    b  c"},
        {{2, 40, 0}, "a\r\nb\tc", "a\n  b\tc"},
        /* no width, no breaking */
        {{4, 0, 0}, PARAGRAPH, PARAGRAPH},
        /* no window is too narrow */
        {{4, 3, 0}, "123456789012345678901", "1234567890\n    1234567890\n    1"},
        /* shortened */
        {{4, 24, 2}, PARAGRAPH, "one two three four\n    five six seven…"},
        {{4, 24, 3},
         PARAGRAPH,
         "one two three four\n    five six seven eight\n    nine ten eleven"},
        {{4, 24, 1}, "12345678901234567890", "12345678901234567890"},
        {{4, 24, 1}, "123456789012345678901", "1234567890123456789…"},
        {{4, 24, 1}, "12345678901234567890   \n\n", "12345678901234567890"},
        {{4, 24, 2}, "  a\n\n b\tc  ", "a b c"},
        {{4, 24, 1}, " \n ", ""},
        /* wide characters take two columns, combining ones none */
        {{4, 24, 1}, "ééééééééééééééééééee", "ééééééééééééééééééee"},
        {{4, 24, 1}, "漢字漢字漢字漢字漢字", "漢字漢字漢字漢字漢字"},
        {{4, 24, 1}, "漢字漢字漢字漢字漢字漢", "漢字漢字漢字漢字漢…"},
        /* hostile text is visible, and never broken into what it is not */
        {{4, 24, 0}, "\x1b[31m\xff\xe2\x80\xae", "\\x1b[31m\\xff\\u202e"},
        {{4, 24, 1}, "\x1b]0;title\a", "\\x1b]0;title\\x07"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct buf out;

        buf_init(&out, BUF_NO_LIMIT);
        wrap_add(&out, &ROWS[i].wrap, span_of(ROWS[i].text));
        assert_string_equal(out.data, ROWS[i].expected);
        buf_release(&out);
    }
}

static void adds_lines_and_entries(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    wrap_add_line(&out, 24, span_of(PARAGRAPH));
    wrap_add_entry(&out, 24, span_of(PARAGRAPH));
    wrap_add_entry(&out, 0, span_of(PARAGRAPH));
    assert_string_equal(out.data, "one two three four\n  five six seven eight\n  nine ten eleven\n"
                                  "  one two three four\n    five six seven eight\n"
                                  "    nine ten eleven\n"
                                  "  " PARAGRAPH "\n");
    buf_release(&out);
}

/* Whatever the text and the width: no line is wider, none is lost, none is one too many. */
static void keeps_its_limits(void **state)
{
    static const char TEXT[] =
        "a bc  def 漢字 \x1b ghijklmnopqrstuvwxyzabcdefghijk\tl\n\nm 👍 n\xff";

    (void)state;
    for (size_t width = 25; width < 80; width++) {
        for (size_t lines = 1; lines < 5; lines++) {
            struct wrap wrap = {.column = 5, .width = width, .lines = lines};
            size_t count = 0;
            struct span rest;
            struct span line;
            struct buf out;

            buf_init(&out, BUF_NO_LIMIT);
            buf_add_text(&out, "     ");
            wrap_add(&out, &wrap, span_of(TEXT));
            rest = buf_span(&out);
            while (text_next_line(&rest, &line)) {
                assert_true(text_width(line) <= width);
                assert_memory_equal(line.data, "     ", 5);
                count++;
            }
            assert_true(count <= lines);
            buf_release(&out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lays_out_lines),
        cmocka_unit_test(adds_lines_and_entries),
        cmocka_unit_test(keeps_its_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
