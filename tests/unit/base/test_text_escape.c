#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_what_is_hostile(void **state)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } HOSTILE[] = {
        {0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},     {0x180e, 0x180e},
        {0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
        {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
    };

    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        bool expected = false;

        for (size_t i = 0; i < COUNT(HOSTILE); i++)
            expected |= code >= HOSTILE[i].first && code <= HOSTILE[i].last;
        if (text_is_hostile(code, false) != expected)
            fail_msg("U+%04X", code);
        expected &= code != '\n' && code != '\t';
        if (text_is_hostile(code, true) != expected)
            fail_msg("U+%04X in lines", code);
    }
}

/* One text in every dress. */
static const struct {
    const char *text;
    size_t len;
    const char *visible;
    const char *html;
    const char *json;
    const char *csv;
} ROWS[] = {
    {"plain", 5, "plain", "plain", "plain", "plain"},
    {"", 0, "", "", "", ""},
    {NULL, 0, "", "", "", ""},
    {"\xc3\xa4\xf0\x9f\x98\x80", 6, "\xc3\xa4\xf0\x9f\x98\x80", "\xc3\xa4\xf0\x9f\x98\x80",
     "\xc3\xa4\xf0\x9f\x98\x80", "\xc3\xa4\xf0\x9f\x98\x80"},
    {"a\nb\tc", 5, "a\\x0ab\\x09c", "a\nb\tc", "a\\u000ab\\u0009c", "\"a\nb\tc\""},
    {"a\rb", 3, "a\\x0db", "a\\x0db", "a\\u000db", "\"a\\x0db\""},
    {"a\0b", 3, "a\\x00b", "a\\x00b", "a\\u0000b", "a\\x00b"},
    {"\x1b[2J", 4, "\\x1b[2J", "\\x1b[2J", "\\u001b[2J", "\\x1b[2J"},
    {"\x1b]52;c;eA==\a", 12, "\\x1b]52;c;eA==\\x07", "\\x1b]52;c;eA==\\x07",
     "\\u001b]52;c;eA==\\u0007", "\\x1b]52;c;eA==\\x07"},
    {"\xc2\x9b"
     "2J",
     4, "\\x9b2J", "\\x9b2J", "\\u009b2J", "\\x9b2J"},
    {"a\xe2\x80\xae"
     "b",
     5, "a\\u202eb", "a\\u202eb", "a\\u202eb", "a\\u202eb"},
    {"\xf3\xa0\x81\x81", 4, "\\U000e0041", "\\U000e0041", "\\udb40\\udc41", "\\U000e0041"},
    {"a\xff\xc3", 3, "a\\xff\\xc3", "a\\xff\\xc3", "a\\ufffd\\ufffd", "a\\xff\\xc3"},
    {"<a href=\"x\">&'", 14, "<a href=\"x\">&'", "&lt;a href=&quot;x&quot;&gt;&amp;&#39;",
     "<a href=\\\"x\\\">&'", "\"<a href=\"\"x\"\">&'\""},
    {"c:\\x", 4, "c:\\x", "c:\\x", "c:\\\\x", "c:\\x"},
    {"=cmd()", 6, "=cmd()", "=cmd()", "=cmd()", "'=cmd()"},
    {"+1", 2, "+1", "+1", "+1", "'+1"},
    {"-1", 2, "-1", "-1", "-1", "'-1"},
    {"@a,b", 4, "@a,b", "@a,b", "@a,b", "\"'@a,b\""},
    {"\tx", 2, "\\x09x", "\tx", "\\u0009x", "\"'\tx\""},
    {"\rx", 2, "\\x0dx", "\\x0dx", "\\u000dx", "\"'\\x0dx\""},
    {"a=b", 3, "a=b", "a=b", "a=b", "a=b"},
    {"a b", 3, "a b", "a b", "a b", "\"a b\""},
};

static void expect(size_t row, void (*add)(struct buf *, struct span), const char *expected)
{
    struct buf buf;

    buf_init(&buf, BUF_NO_LIMIT);
    add(&buf, (struct span){ROWS[row].text, ROWS[row].len});
    assert_string_equal(buf.data, expected);
    assert_int_equal(buf.len, strlen(expected));
    buf_release(&buf);
}

static void add_visible(struct buf *out, struct span text)
{
    text_add_visible(out, text, false);
}

static void test_escapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        expect(i, add_visible, ROWS[i].visible);
        expect(i, text_add_html, ROWS[i].html);
        expect(i, text_add_json, ROWS[i].json);
        expect(i, text_add_csv, ROWS[i].csv);
    }
}

static void test_visible_lines(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, BUF_NO_LIMIT);
    text_add_visible(&buf, span_of("a\nb\tc\r\n\x1b"), true);
    assert_string_equal(buf.data, "a\nb\tc\\x0d\n\\x1b");
    buf_release(&buf);
}

/* No byte string, whatever it is, leaves anything a terminal would act on. */
static void test_every_byte_in_every_place_is_neutral(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 0x1000000; n += 251) {
        const char text[3] = {(char)(n >> 16), (char)(n >> 8), (char)n};
        struct span rest;
        struct buf buf;

        buf_init(&buf, BUF_NO_LIMIT);
        text_add_visible(&buf, (struct span){text, sizeof text}, false);
        for (rest = buf_span(&buf); rest.len > 0;) {
            uint32_t code;
            const size_t len = text_utf8_next(rest, &code);

            if (len == 0 || text_is_hostile(code, false))
                fail_msg("%06x", n);
            rest = (struct span){rest.data + len, rest.len - len};
        }
        buf_release(&buf);
    }
}

static void test_visible_in_a_fixed_buffer(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *expected;
    } FIXED[] = {
        {"abc", 4, "abc"},
        {"abcd", 4, "\xe2\x80\xa6"},
        {"abcdefgh", 8, "abcd\xe2\x80\xa6"},
        {"abcdefg", 8, "abcdefg"},
        {"ab\x1b", 8, "ab\\x1b"},
        {"ab\n", 8, "ab\\x0a"},
        {"abcd\x1b", 8, "abcd\xe2\x80\xa6"},
        {"abc\xf0\x9f\x98\x80", 8, "abc\xf0\x9f\x98\x80"},
        {"abcd\xf0\x9f\x98\x80", 8, "abcd\xe2\x80\xa6"},
        {"abc", 3, ""},
        {"abc", 1, ""},
        {"", 1, ""},
    };
    char out[16];

    (void)state;
    for (size_t i = 0; i < COUNT(FIXED); i++) {
        memset(out, 'x', sizeof out);
        text_visible(out, FIXED[i].size, span_of(FIXED[i].text));
        assert_string_equal(out, FIXED[i].expected);
        assert_int_equal(out[FIXED[i].size], 'x');
    }
    memset(out, 'x', sizeof out);
    text_visible(out, 0, span_of("abc"));
    assert_int_equal(out[0], 'x');
}

/* Words that look like API keys never come back. */
static void test_keys_are_masked(void **state)
{
    static const struct {
        const char *text;
        bool all_kinds;
        const char *masked;
    } TEXTS[] = {
        {"no such file 'sk-proj-0Aa1Bb2Cc': it", false, "no such file '***': it"},
        {"sk-abcdefgh sk-abcdefgh", false, "*** ***"},
        {"user:sk-abcdefgh@host", false, "user:***@host"},
        {"token eyJhbGciOiJub25l.eyJhdWQi.c2ln!", false, "token ***!"},
        /* Too short, in the middle of a word, a part of a path. */
        {"sk-abc eyJhbGci task-force-of-nine a/sk-learn-models", false,
         "sk-abc eyJhbGci task-force-of-nine a/sk-learn-models"},
        /* Keys of other services look like many ids: only where nothing else is expected. */
        {"'5f1d2a90c7b4e6f8a5f1d2a90c7b4e6f'", false, "'5f1d2a90c7b4e6f8a5f1d2a90c7b4e6f'"},
        {"'5f1d2a90c7b4e6f8a5f1d2a90c7b4e6f' is", true, "'***' is"},
        {"'5f1d2a90c7b4e6f8a5f1d2a90c7b4e6f…'", true, "'***…'"},
        {"'5f1d2a90c7b4e6f8a5f1d2a90c7b4e6f", true, "'5f1d2a90c7b4e6f8a5f1d2a90c7b4e6f"},
        {"'12345678901234567890123456789012'", true, "'12345678901234567890123456789012'"},
        {"'./5f1d2a90c7b4e6f8a5f1d2a90c7b4e6f.key'", true,
         "'./5f1d2a90c7b4e6f8a5f1d2a90c7b4e6f.key'"},
        {"sk-", true, "sk-"},
        {"", true, ""},
    };
    char text[96];

    (void)state;
    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        memcpy(text, TEXTS[i].text, strlen(TEXTS[i].text) + 1);
        text_mask_keys(text, TEXTS[i].all_kinds);
        assert_string_equal(text, TEXTS[i].masked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_hostile),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_visible_lines),
        cmocka_unit_test(test_every_byte_in_every_place_is_neutral),
        cmocka_unit_test(test_visible_in_a_fixed_buffer),
        cmocka_unit_test(test_keys_are_masked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
