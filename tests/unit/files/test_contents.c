/* Contents of saved files: base64 in pieces of any size, and nothing that has changed. */
#include "files/contents.h"

#include "base/mem.h"
#include "unit/play/saved_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { LONG = 200000 };

/* All of it in pieces of that size; what came of it is added to out. */
static bool read_all(const struct saved_files *files, const struct saved_file *contents,
                     size_t piece, struct buf *out, struct error *err)
{
    struct contents_reader *reader = contents_open(files, contents, err);
    char *bytes = mem_alloc(piece);
    size_t got = piece;
    bool ok = reader != NULL;

    while (ok && got > 0) {
        ok = contents_read(reader, bytes, piece, &got, err);
        buf_add(out, bytes, ok ? got : 0);
    }
    contents_close(reader);
    free(bytes);
    return ok;
}

static void test_texts(void **state)
{
    static const struct {
        const char *bytes;
        const char *base64;
    } TEXTS[] = {
        {"", ""}, {"A", "QQ=="}, {"AB", "QUI="}, {"ABC", "QUJD"}, {"ABCD", "QUJDRA=="},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(TEXTS); i++) {
        struct saved_play folder;
        struct saved_file contents;
        struct error err;
        struct buf out;

        saved_play_init(&folder);
        contents = saved_play_add(&folder, span_of(TEXTS[i].bytes));
        buf_init(&out, BUF_NO_LIMIT);
        assert_true(read_all(&folder.files, &contents, 3, &out, &err));
        assert_string_equal(out.data, TEXTS[i].base64);
        assert_int_equal(contents_encoded(&contents), strlen(TEXTS[i].base64));
        buf_clear(&out);
        contents_add_url_head(&out, &contents);
        assert_string_equal(out.data, "data:image/png;base64,");
        buf_release(&out);
        saved_play_release(&folder);
    }
}

/* However it is cut, it is the same text. */
static void test_pieces(void **state)
{
    static const size_t PIECES[] = {1000, 32768, 32769, 65536, 1 << 20};
    char *bytes = mem_alloc(LONG);
    struct saved_play folder;
    struct saved_file contents;
    struct error err;
    struct buf whole;

    (void)state;
    for (size_t i = 0; i < LONG; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    saved_play_init(&folder);
    contents = saved_play_add(&folder, (struct span){bytes, LONG});
    buf_init(&whole, BUF_NO_LIMIT);
    assert_true(read_all(&folder.files, &contents, 7, &whole, &err));
    assert_int_equal(whole.len, contents_encoded(&contents));
    for (size_t i = 0; i < COUNT_OF(PIECES); i++) {
        struct buf out;

        buf_init(&out, BUF_NO_LIMIT);
        assert_true(read_all(&folder.files, &contents, PIECES[i], &out, &err));
        assert_true(span_equal(buf_span(&out), buf_span(&whole)));
        buf_release(&out);
    }
    buf_release(&whole);
    saved_play_release(&folder);
    free(bytes);
}

static void assert_damaged(const struct saved_play *folder, const struct saved_file *contents)
{
    struct error err;
    struct buf out;

    buf_init(&out, BUF_NO_LIMIT);
    assert_false(read_all(&folder->files, contents, 1 << 20, &out, &err));
    assert_int_equal(err.code, ERROR_FILE_DAMAGED);
    assert_non_null(strstr(err.text, folder->root));
    /* The last piece never comes. */
    assert_true(out.len < contents_encoded(contents));
    buf_release(&out);
}

static void test_damaged(void **state)
{
    char *bytes = mem_zalloc(LONG, 1);
    struct saved_play folder;
    struct saved_file contents;
    char *path;

    (void)state;
    saved_play_init(&folder);
    contents = saved_play_add(&folder, (struct span){bytes, LONG});
    bytes[LONG - 1] ^= 1;
    saved_play_spoil(&folder, &contents, (struct span){bytes, LONG});
    assert_damaged(&folder, &contents);
    saved_play_spoil(&folder, &contents, (struct span){bytes, LONG - 1});
    assert_damaged(&folder, &contents);
    bytes[LONG - 1] ^= 1;
    path = saved_play_path(&folder, &contents);
    assert_int_equal(unlink(path), 0);
    assert_damaged(&folder, &contents);
    assert_int_equal(symlink("/dev/zero", path), 0);
    assert_damaged(&folder, &contents);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_damaged(&folder, &contents);
    assert_int_equal(unlink(path), 0);
    saved_play_spoil(&folder, &contents, (struct span){bytes, LONG});
    {
        struct error err;
        struct buf out;

        buf_init(&out, BUF_NO_LIMIT);
        assert_true(read_all(&folder.files, &contents, 1 << 20, &out, &err));
        buf_release(&out);
    }
    free(path);
    saved_play_release(&folder);
    free(bytes);
}

/* It may be in any of the folders; without one it is nowhere. */
static void test_folders(void **state)
{
    struct saved_folder both[2];
    struct saved_play empty;
    struct saved_play folder;
    struct saved_file contents;
    struct error err;
    struct buf out;

    (void)state;
    saved_play_init(&empty);
    saved_play_init(&folder);
    contents = saved_play_add(&folder, span_of("picture"));
    buf_init(&out, BUF_NO_LIMIT);
    both[0] = empty.folder;
    both[1] = folder.folder;
    assert_true(read_all(&(struct saved_files){both, 2}, &contents, 99, &out, &err));
    assert_string_equal(out.data, "cGljdHVyZQ==");
    assert_false(read_all(&empty.files, &contents, 99, &out, &err));
    assert_false(read_all(NULL, &contents, 99, &out, &err));
    assert_int_equal(err.code, ERROR_FILE_DAMAGED);
    buf_release(&out);
    saved_play_release(&empty);
    saved_play_release(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_folders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
