#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_pieces_come_together(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, BUF_NO_LIMIT);
    assert_string_equal(buf.data, "");
    buf_add_text(&buf, "ab");
    buf_add(&buf, "c\0d", 3);
    buf_add_char(&buf, 'e');
    buf_add_int(&buf, INT64_MIN);
    buf_add_span(&buf, span_of("!"));
    buf_add(&buf, NULL, 0);
    buf_printf(&buf, "[%s %d]", "x", 7);
    assert_int_equal(buf.len, 6 + 20 + 1 + 5);
    assert_memory_equal(buf.data, "abc\0de-9223372036854775808![x 7]", buf.len + 1);
    assert_true(span_equal(buf_span(&buf), (struct span){buf.data, buf.len}));
    buf_release(&buf);
    assert_int_equal(buf.len, 0);
    buf_release(&buf);
}

static void test_growing_keeps_the_bytes(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, BUF_NO_LIMIT);
    for (int i = 0; i < 100000; i++)
        buf_add_char(&buf, (char)('a' + i % 26));
    for (int i = 0; i < 100000; i++)
        assert_int_equal(buf.data[i], 'a' + i % 26);
    assert_int_equal(buf.data[buf.len], '\0');
    buf_release(&buf);
}

static void test_the_maximum_holds(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 4);
    buf_add(&buf, "abcd", 4);
    assert_false(buf.overflow);
    buf_add(&buf, "", 0);
    buf_add_char(&buf, 'e');
    assert_true(buf.overflow);
    assert_string_equal(buf.data, "abcd");
    /* Nothing is added behind a hole. */
    buf_truncate(&buf, 1);
    buf_add_char(&buf, 'f');
    assert_string_equal(buf.data, "a");
    buf_clear(&buf);
    assert_false(buf.overflow);
    buf_printf(&buf, "%s", "wxyz");
    assert_false(buf.overflow);
    buf_printf(&buf, "%d", 1);
    assert_string_equal(buf.data, "wxyz");
    buf_release(&buf);
}

static void test_a_length_near_the_end_of_size_t(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, BUF_NO_LIMIT);
    buf_add_text(&buf, "ab");
    buf_add(&buf, "", SIZE_MAX);
    assert_true(buf.overflow);
    assert_string_equal(buf.data, "ab");
    buf_release(&buf);
}

static void test_truncate_and_consume(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, BUF_NO_LIMIT);
    buf_truncate(&buf, 0);
    buf_consume(&buf, 3);
    assert_string_equal(buf.data, "");
    buf_add_text(&buf, "abcdef");
    buf_truncate(&buf, 9);
    assert_string_equal(buf.data, "abcdef");
    buf_consume(&buf, 2);
    assert_string_equal(buf.data, "cdef");
    buf_truncate(&buf, 3);
    assert_string_equal(buf.data, "cde");
    assert_int_equal(buf.len, 3);
    buf_consume(&buf, 3);
    assert_string_equal(buf.data, "");
    buf_release(&buf);
}

static void test_steal_leaves_an_empty_buffer(void **state)
{
    struct buf buf;
    char *stolen;

    (void)state;
    buf_init(&buf, 10);
    stolen = buf_steal(&buf);
    assert_string_equal(stolen, "");
    free(stolen);
    buf_add_text(&buf, "abc");
    stolen = buf_steal(&buf);
    assert_string_equal(stolen, "abc");
    free(stolen);
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf.max, 10);
    buf_add_text(&buf, "again");
    buf_release(&buf);
}

static void test_spans(void **state)
{
    const struct span absent = {NULL, 0};

    (void)state;
    assert_int_equal(span_of("abc").len, 3);
    assert_null(span_of(NULL).data);
    assert_true(span_equal(absent, span_of("")));
    assert_true(span_is((struct span){"abcd", 3}, "abc"));
    assert_false(span_is((struct span){"abcd", 3}, "abcd"));
    assert_true(span_starts_with(span_of("abc"), "ab"));
    assert_false(span_starts_with(span_of("a"), "ab"));
    assert_true(span_starts_with(span_of(""), ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_come_together),
        cmocka_unit_test(test_growing_keeps_the_bytes),
        cmocka_unit_test(test_the_maximum_holds),
        cmocka_unit_test(test_a_length_near_the_end_of_size_t),
        cmocka_unit_test(test_truncate_and_consume),
        cmocka_unit_test(test_steal_leaves_an_empty_buffer),
        cmocka_unit_test(test_spans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
