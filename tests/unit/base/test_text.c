#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_to_int(void **state)
{
    static const struct {
        const char *text;
        bool is_valid;
        int64_t value;
    } ROWS[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"007", true, 7},
        {"-12", true, -12},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1x", false, 0},
        {"--1", false, 0},
        {"1.0", false, 0},
        {"0x10", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        int64_t value = 42;

        assert_int_equal(text_to_int(span_of(ROWS[i].text), &value), ROWS[i].is_valid);
        assert_int_equal(value, ROWS[i].is_valid ? ROWS[i].value : 42);
    }
}

static void test_to_int_reads_no_byte_behind(void **state)
{
    int64_t value;

    (void)state;
    assert_true(text_to_int((struct span){"1234", 2}, &value));
    assert_int_equal(value, 12);
    assert_false(text_to_int((struct span){"1\0", 2}, &value));
    assert_false(text_to_int((struct span){NULL, 0}, &value));
}

static void test_trim(void **state)
{
    static const char *const ROWS[][2] = {
        {"", ""},           {" ", ""}, {" \t\r\n", ""}, {"a", "a"}, {"  a b\t\r\n", "a b"},
        {"\va\f", "\va\f"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++)
        assert_true(span_is(text_trim(span_of(ROWS[i][0])), ROWS[i][1]));
    assert_int_equal(text_trim((struct span){NULL, 0}).len, 0);
}

static void test_lines(void **state)
{
    static const struct {
        const char *text;
        const char *lines[4];
    } ROWS[] = {
        {"", {NULL}},
        {"\n", {""}},
        {"a", {"a"}},
        {"a\n", {"a"}},
        {"a\r\nb\n\nc", {"a", "b", "", "c"}},
        {"a\rb\r\r\nc\r", {"a\rb\r", "c\r"}},
        {"\r\n\r\n", {"", ""}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct span rest = span_of(ROWS[i].text);
        struct span line;

        for (size_t j = 0; j < COUNT(ROWS[i].lines) && ROWS[i].lines[j]; j++) {
            assert_true(text_next_line(&rest, &line));
            assert_true(span_is(line, ROWS[i].lines[j]));
        }
        assert_false(text_next_line(&rest, &line));
    }
}

static void test_hex(void **state)
{
    char hex[] = "__________!";

    (void)state;
    text_write_hex(hex, "\x00\x7f\x80\xff\xa5", 5);
    text_write_hex(hex, NULL, 0);
    assert_string_equal(hex, "007f80ffa5!");
}

static void test_url(void **state)
{
    static const char *const ROWS[][2] = {
        {"thread_abcXYZ019-._~", "thread_abcXYZ019-._~"},
        {"a/b?c#d&e=f", "a%2Fb%3Fc%23d%26e%3Df"},
        {"../x", "..%2Fx"},
        {"..", "%2E%2E"},
        {".", "%2E"},
        {"...", "..."},
        {"a b+%\r\n", "a%20b%2B%25%0D%0A"},
        {"\xc3\xa4", "%C3%A4"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct buf buf;

        buf_init(&buf, BUF_NO_LIMIT);
        text_add_url(&buf, span_of(ROWS[i][0]));
        assert_string_equal(buf.data, ROWS[i][1]);
        buf_release(&buf);
    }
}

static void test_thread_ids(void **state)
{
    static const struct {
        const char *id;
        bool is_valid;
    } ROWS[] = {
        {"thread_abc123", true}, {"a", true},      {"A-b.c:d_9", true}, {"", false},
        {"a b", false},          {"a/b", false},   {"a\n", false},      {"\xc3\xa4", false},
        {"a@b", false},          {"a\x1b", false}, {"a[b", false},      {"a`b", false},
    };
    char longest[258];

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++)
        assert_int_equal(text_is_thread_id(span_of(ROWS[i].id)), ROWS[i].is_valid);
    assert_false(text_is_thread_id((struct span){"a\0b", 3}));
    memset(longest, 'x', sizeof longest);
    assert_true(text_is_thread_id((struct span){longest, 256}));
    assert_false(text_is_thread_id((struct span){longest, 257}));
}

static void test_ids(void **state)
{
    static const struct {
        const char *id;
        bool is_valid;
    } ROWS[] = {
        {"msg_1", true},      {"a b/c", true},  {"\xc3\xa4\xf0\x9f\x98\x80", true},
        {"", false},          {"a\x1f", false}, {"a\x7f", false},
        {"a\xc2\x9b", false}, {"a\xc3", false}, {"\xed\xa0\x80", false},
        {"\xc0\xaf", false},
    };
    char longest[258];

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++)
        assert_int_equal(text_is_id(span_of(ROWS[i].id)), ROWS[i].is_valid);
    assert_false(text_is_id((struct span){"a\0", 2}));
    memset(longest, 'x', sizeof longest);
    assert_true(text_is_id((struct span){longest, 256}));
    assert_false(text_is_id((struct span){longest, 257}));
}

static void test_distance(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        size_t distance;
    } ROWS[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"abc", "", 3},
        {"abc", "abc", 0},
        {"abc", "acb", 1},
        {"abc", "ab", 1},
        {"ab", "abc", 1},
        {"abc", "axc", 1},
        {"kitten", "sitting", 3},
        {"migarte", "migrate", 1},
        {"ca", "abc", 3},
        {"abcd", "badc", 2},
    };
    char longer[80];

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        assert_int_equal(text_distance(ROWS[i].a, ROWS[i].b), ROWS[i].distance);
        assert_int_equal(text_distance(ROWS[i].b, ROWS[i].a), ROWS[i].distance);
    }
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(text_distance(longer, "aaa"), sizeof longer - 1);
    longer[64] = '\0';
    assert_int_equal(text_distance(longer, "aaa"), 61);
}

static void test_nearest(void **state)
{
    static const char *const WORDS[] = {"migrate", "diff", "verify", "status", "--dry-run", "all"};
    static const struct {
        const char *word;
        const char *nearest;
    } ROWS[] = {
        {"migarte", "migrate"},
        {"stats", "status"},
        {"dif", "diff"},
        {"verfiy", "verify"},
        {"--dryrun", "--dry-run"},
        {"frobnicate", NULL},
        {"xyz", NULL},
        {"diff", "diff"},
        {"al", "all"},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        const char *nearest = text_nearest(ROWS[i].word, WORDS, COUNT(WORDS));

        if (ROWS[i].nearest)
            assert_string_equal(nearest, ROWS[i].nearest);
        else
            assert_null(nearest);
    }
    assert_null(text_nearest("migrate", WORDS, 0));
}

static void test_numbers(void **state)
{
    static const struct {
        int64_t number;
        const char *text;
    } ROWS[] = {
        {0, "0"},
        {7, "7"},
        {999, "999"},
        {1000, "1,000"},
        {-1000, "-1,000"},
        {-999, "-999"},
        {100000, "100,000"},
        {1234567, "1,234,567"},
        {INT64_MIN, "-9,223,372,036,854,775,808"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        assert_string_equal(text_number(ROWS[i].number).text, ROWS[i].text);
    assert_string_equal(text_count(0, "item").text, "0 items");
    assert_string_equal(text_count(1, "item").text, "1 item");
    assert_string_equal(text_count(1000, "empty conversation").text, "1,000 empty conversations");
    assert_string_equal(text_bytes(1).text, "1 byte");
    assert_string_equal(text_bytes(999).text, "999 bytes");
    assert_string_equal(text_bytes(1000).text, "1.0 kB");
    assert_string_equal(text_bytes(9949).text, "9.9 kB");
    assert_string_equal(text_bytes(9950).text, "10 kB");
    assert_string_equal(text_bytes(183441).text, "183 kB");
    assert_string_equal(text_bytes(999499).text, "999 kB");
    assert_string_equal(text_bytes(999500).text, "1.0 MB");
    assert_string_equal(text_bytes(15728600).text, "16 MB");
    assert_string_equal(text_bytes(INT64_MAX).text, "9223372 TB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_to_int),
        cmocka_unit_test(test_to_int_reads_no_byte_behind),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_url),
        cmocka_unit_test(test_thread_ids),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
