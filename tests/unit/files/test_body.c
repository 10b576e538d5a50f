/* Bodies in pieces: every byte in its place, however they are cut. */
#include "files/body.h"

#include "base/mem.h"
#include "unit/play/saved_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void read_in(const struct body *body, size_t piece, struct buf *out)
{
    struct body_reader *reader = body_open(body);
    char bytes[64];
    struct error err;
    size_t got;

    do {
        assert_true(body_read(reader, bytes, piece, &got, &err));
        buf_add(out, bytes, got);
    } while (got == piece);
    body_close(reader);
}

static void test_holes(void **state)
{
    /* At the beginning, two at one place, and at the end. */
    static const char EXPECTED[] = "QQ==[QUI=QUJD,x]QQ==";
    struct saved_play folder;
    struct saved_file a;
    struct saved_file ab;
    struct saved_file abc;
    struct holes holes = {0};
    struct body body;

    (void)state;
    saved_play_init(&folder);
    a = saved_play_add(&folder, span_of("A"));
    ab = saved_play_add(&folder, span_of("AB"));
    abc = saved_play_add(&folder, span_of("ABC"));
    holes_add(&holes, 0, &a);
    holes_add(&holes, 1, &ab);
    holes_add(&holes, 1, &abc);
    holes_add(&holes, 4, &a);
    assert_int_equal(holes_encoded(&holes, 0), 16);
    assert_int_equal(holes_encoded(&holes, 2), 8);
    body = (struct body){span_of("[,x]"), holes.all, holes.count, &folder.files};
    assert_int_equal(body_length(&body), sizeof EXPECTED - 1);
    for (size_t piece = 1; piece <= 40; piece++) {
        struct buf out;

        buf_init(&out, BUF_NO_LIMIT);
        read_in(&body, piece, &out);
        assert_string_equal(out.data, EXPECTED);
        buf_release(&out);
    }
    holes_drop(&holes, 3);
    assert_int_equal(holes.count, 1);
    assert_int_equal(holes.all[0].at, 4);
    holes_release(&holes);
    saved_play_release(&folder);
}

static void test_without_holes(void **state)
{
    const struct body body = body_of(span_of("{\"items\":[]}"));
    struct error err;
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    assert_int_equal(body_length(&body), 12);
    read_in(&body, 5, &out);
    assert_string_equal(out.data, "{\"items\":[]}");
    buf_clear(&out);
    assert_true(body_add_to(&out, &body, &err));
    assert_string_equal(out.data, "{\"items\":[]}");
    buf_release(&out);
}

/* What has changed meanwhile ends it before its last byte. */
static void test_damaged(void **state)
{
    struct saved_play folder;
    struct saved_file contents;
    struct holes holes = {0};
    struct body body;
    struct error err;
    struct buf out;

    (void)state;
    saved_play_init(&folder);
    contents = saved_play_add(&folder, span_of("ABC"));
    saved_play_spoil(&folder, &contents, span_of("ABD"));
    holes_add(&holes, 2, &contents);
    body = (struct body){span_of("[]"), holes.all, holes.count, &folder.files};
    buf_init(&out, BUF_NO_LIMIT);
    assert_false(body_add_to(&out, &body, &err));
    assert_int_equal(err.code, ERROR_FILE_DAMAGED);
    assert_true(out.len < body_length(&body));
    buf_release(&out);
    holes_release(&holes);
    saved_play_release(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_without_holes),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
