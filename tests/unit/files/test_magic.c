/* What contents are, by how they begin. */
#include "files/magic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static void test_table(void **state)
{
    static const struct {
        struct span head;
        const char *ext; /* NULL: none */
        const char *media_type;
        bool is_picture;
    } CASES[] = {
        {BYTES("\x89PNG\r\n\x1a\n\0\0\0\r"), "png", "image/png", true},
        {BYTES("\x89PNG\r\n\x1a\n"), "png", "image/png", true},
        {BYTES("\xff\xd8\xff\xe0"), "jpg", "image/jpeg", true},
        {BYTES("GIF87a"), "gif", "image/gif", true},
        {BYTES("GIF89a…"), "gif", "image/gif", true},
        {BYTES("RIFF\x10\0\0\0WEBPVP8 "), "webp", "image/webp", true},
        {BYTES("%PDF-1.7"), "pdf", "application/pdf", false},
        {BYTES(""), NULL, NULL, false},
        {BYTES("\x89PNG\r\n\x1a"), NULL, NULL, false},
        {BYTES("\x89PNG\n\x1a\n\0\0\0\0\0"), NULL, NULL, false}, /* as a text editor saves it */
        {BYTES("\xff\xd8"), NULL, NULL, false},
        {BYTES("GIF88a"), NULL, NULL, false},
        {BYTES("RIFF\x10\0\0\0WAVEfmt "), NULL, NULL, false},
        {BYTES("<!DOCTYPE html>"), NULL, NULL, false},
        {BYTES("{\"kind\":\"thread\""), NULL, NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const struct magic *magic = magic_of(CASES[i].head);

        assert_int_equal(magic != NULL, CASES[i].ext != NULL);
        if (!magic)
            continue;
        assert_string_equal(magic->ext, CASES[i].ext);
        assert_string_equal(magic->media_type, CASES[i].media_type);
        assert_int_equal(magic->is_picture, CASES[i].is_picture);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(magic_named(span_of("webp"))->media_type, "image/webp");
    assert_false(magic_named(span_of("pdf"))->is_picture);
    assert_null(magic_named(span_of("json")));
    assert_null(magic_named(span_of("")));
    assert_null(magic_named((struct span){NULL, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
