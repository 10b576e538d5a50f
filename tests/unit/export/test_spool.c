/* A spool gives back what it was given, from memory and from its file. */
#include "export/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CHUNK = 1000, MANY = 4000, FEW = 3 };

static bool collect(void *ctx, struct span piece, struct error *err)
{
    (void)err;
    buf_add_span(ctx, piece);
    return true;
}

static bool refuse(void *ctx, struct span piece, struct error *err)
{
    (void)ctx;
    (void)piece;
    error_set(err, ERROR_IO, "no");
    return false;
}

static void check_round_trip(int chunks, bool in_file)
{
    struct spool spool;
    struct buf want;
    struct buf have;
    struct error err = {0};
    char chunk[CHUNK];

    spool_init(&spool);
    buf_init(&want, BUF_NO_LIMIT);
    buf_init(&have, BUF_NO_LIMIT);
    for (int i = 0; i < chunks; i++) {
        memset(chunk, 'a' + i % 26, sizeof chunk);
        buf_add(&want, chunk, sizeof chunk);
        buf_add(&spool.bytes, chunk, sizeof chunk);
        assert_true(spool_settle(&spool, &err));
    }
    assert_int_equal(spool.file != NULL, in_file);
    assert_true(spool_each(&spool, collect, &have, &err));
    assert_int_equal(have.len, want.len);
    assert_memory_equal(have.data, want.data, want.len);
    assert_false(spool_each(&spool, refuse, NULL, &err));
    assert_string_equal(err.text, "no");
    buf_release(&want);
    buf_release(&have);
    spool_release(&spool);
}

static void few_stay_in_memory(void **state)
{
    (void)state;
    check_round_trip(FEW, false);
}

static void many_go_to_a_file(void **state)
{
    (void)state;
    check_round_trip(MANY, true);
}

static char first_byte(const struct spool *spool)
{
    char first = '\0';
    size_t got;
    struct error err;

    assert_true(files_read(spool->file, 0, &first, 1, &got, &err));
    return first;
}

/* Where a person says that temporary files go, and nowhere else. */
static void the_file_is_where_tmpdir_says(void **state)
{
    static char big[2 << 20];
    struct spool spool;
    struct error err = {0};

    (void)state;
    memset(big, 'b', sizeof big);
    spool_init(&spool);
    buf_add(&spool.bytes, big, sizeof big);
    assert_int_equal(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
    assert_false(spool_settle(&spool, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.text, "'/nowhere/at/all'"));
    assert_int_equal(spool.bytes.len, sizeof big);
    assert_int_equal(unsetenv("TMPDIR"), 0);
    assert_true(spool_settle(&spool, &err));
    assert_int_equal(spool.bytes.len, 0);
    assert_int_equal(first_byte(&spool), 'b');
    spool_release(&spool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_stay_in_memory),
        cmocka_unit_test(many_go_to_a_file),
        cmocka_unit_test(the_file_is_where_tmpdir_says),
    };

    return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
