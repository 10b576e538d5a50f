#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_next(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        uint32_t code;
    } ROWS[] = {
        {"a", 1, 'a'},
        {"\x7f", 1, 0x7f},
        {"\xc2\x80", 2, 0x80},
        {"\xdf\xbf", 2, 0x7ff},
        {"\xe0\xa0\x80", 3, 0x800},
        {"\xed\x9f\xbf", 3, 0xd7ff},
        {"\xee\x80\x80", 3, 0xe000},
        {"\xef\xbf\xbf", 3, 0xffff},
        {"\xf0\x90\x80\x80", 4, 0x10000},
        {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
        /* cut short, stray, overlong, surrogate, too large, never a first byte */
        {"\xc2", 0, 0},
        {"\xe2\x82", 0, 0},
        {"\xf0\x9f\x98", 0, 0},
        {"\x80", 0, 0},
        {"\xbf", 0, 0},
        {"\xc3(", 0, 0},
        {"\xe2(\xa1", 0, 0},
        {"\xe2\x82(", 0, 0},
        {"\xf0\x28\x8c\xbc", 0, 0},
        {"\xc0\x80", 0, 0},
        {"\xc1\xbf", 0, 0},
        {"\xe0\x9f\xbf", 0, 0},
        {"\xf0\x8f\xbf\xbf", 0, 0},
        {"\xed\xa0\x80", 0, 0},
        {"\xed\xbf\xbf", 0, 0},
        {"\xf4\x90\x80\x80", 0, 0},
        {"\xf5\x80\x80\x80", 0, 0},
        {"\xf8\x88\x80\x80\x80", 0, 0},
        {"\xfe", 0, 0},
        {"\xff", 0, 0},
        {"", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        uint32_t code = 99;

        assert_int_equal(text_utf8_next(span_of(ROWS[i].bytes), &code), ROWS[i].len);
        assert_int_equal(code, ROWS[i].code);
    }
}

/* Every code point there and back; every other number of bytes is refused. */
static void test_all_code_points(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, BUF_NO_LIMIT);
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
        uint32_t back;
        size_t len;

        buf_clear(&buf);
        text_add_utf8(&buf, code);
        len = text_utf8_next(buf_span(&buf), &back);
        if (len != (is_surrogate ? 0 : buf.len) || (!is_surrogate && back != code))
            fail_msg("U+%04X: length %zu, back as U+%04X", code, len, back);
    }
    buf_release(&buf);
}

static void test_valid_prefix(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } ROWS[] = {
        {"", 0},
        {"plain", 5},
        {"exactly8", 8},
        {"more than sixteen bytes of it", 29},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9},
        {"12345678\xff", 8},
        {"1234567\xff", 7},
        {"12345678\xc3\xa4\x80", 10},
        {"12345678abc\xe2\x82", 11},
        {"\xff", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++)
        assert_int_equal(text_utf8_valid_prefix(span_of(ROWS[i].bytes)), ROWS[i].len);
    assert_int_equal(text_utf8_valid_prefix((struct span){"a\0b\0c\0d\0e", 9}), 9);
}

static void test_count_and_width(void **state)
{
    static const struct {
        const char *text;
        size_t count;
        size_t width;
    } ROWS[] = {
        {"", 0, 0},
        {"abc", 3, 3},
        {"\xc3\xa4", 1, 1},
        {"a\xcc\x88", 2, 1},                /* a, combining diaeresis */
        {"\xe6\x97\xa5\xe6\x9c\xac", 2, 4}, /* two ideographs */
        {"\xf0\x9f\x98\x80", 1, 2},         /* an emoji */
        {"\xed\x95\x9c", 1, 2},             /* a Hangul syllable */
        {"\xe2\x80\x8b", 1, 0},             /* zero width space */
        {"\xef\xbc\xa1\xef\xbd\xb1", 2, 3}, /* fullwidth A, halfwidth katakana */
        {"\xd7\x90\xd6\xb8", 2, 1},         /* a Hebrew letter and a point */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        assert_int_equal(text_utf8_count(span_of(ROWS[i].text)), ROWS[i].count);
        assert_int_equal(text_width(span_of(ROWS[i].text)), ROWS[i].width);
    }
    assert_int_equal(text_width(span_of("a\xff\xfe")), 3);
}

static void test_code_width_at_the_edges(void **state)
{
    static const struct {
        uint32_t code;
        int width;
    } ROWS[] = {
        {0, 0},        {0x1f, 0},   {0x20, 1},    {0x7e, 1},    {0x7f, 0},    {0x9f, 0},
        {0xa0, 1},     {0xad, 1},   {0x2ff, 1},   {0x300, 0},   {0x36f, 0},   {0x370, 1},
        {0x10ff, 1},   {0x1100, 2}, {0x115f, 2},  {0x1160, 0},  {0x11ff, 0},  {0x200d, 0},
        {0x231a, 2},   {0x231c, 1}, {0x3000, 2},  {0x303f, 1},  {0x4e00, 2},  {0xd7a3, 2},
        {0xff60, 2},   {0xff61, 1}, {0x1f600, 2}, {0x20000, 2}, {0xe0001, 0}, {0xe01ef, 0},
        {0x10ffff, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        if (text_code_width(ROWS[i].code) != ROWS[i].width)
            fail_msg("U+%04X: width %d", ROWS[i].code, text_code_width(ROWS[i].code));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_all_code_points),
        cmocka_unit_test(test_valid_prefix),
        cmocka_unit_test(test_count_and_width),
        cmocka_unit_test(test_code_width_at_the_edges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
