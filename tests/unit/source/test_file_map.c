#include "source/file_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_reads(void **state)
{
    static const char TEXT[] = "\xef\xbb\xbf"
                               "file_id,new_id\r\nfile-1,file-a\r\n\r\n\"file-2\",file-b\n"
                               "file-1,file-a\nfile-3,file-b";
    struct file_map map;
    struct error err;

    (void)state;
    file_map_init(&map);
    assert_true(file_map_read(&map, span_of(TEXT), &err));
    assert_true(span_is(file_map_find(&map, span_of("file-1")), "file-a"));
    assert_true(span_is(file_map_find(&map, span_of("file-2")), "file-b"));
    assert_true(span_is(file_map_find(&map, span_of("file-3")), "file-b"));
    assert_null(file_map_find(&map, span_of("file-a")).data);
    file_map_release(&map);
}

static void test_refuses(void **state)
{
    static const struct {
        const char *text;
        const char *why;
    } ROWS[] = {
        {"", "record 1: the file is empty"},
        {"file-1,file-a\n", "record 1: the header must be file_id,new_id"},
        {"file_id,new_id,more\n", "record 1: the header"},
        {"file_id,new_id\nfile-1\n", "record 2: not two file ids"},
        {"file_id,new_id\nfile-1,\n", "record 2: not two file ids"},
        {"file_id,new_id\nfile-1,a,b\n", "record 2: not two file ids"},
        {"file_id,new_id\nfile-1,a\nfile-1,b\n", "record 3: this file id has another new id"},
        {"file_id,new_id\n\"file-1,a\n", "record 2: a quote is not closed"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct file_map map;
        struct error err;

        file_map_init(&map);
        assert_false(file_map_read(&map, span_of(ROWS[i].text), &err));
        assert_int_equal(err.code, ERROR_USAGE);
        if (!strstr(err.text, ROWS[i].why))
            fail_msg("%s: %s", ROWS[i].why, err.text);
        file_map_release(&map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
