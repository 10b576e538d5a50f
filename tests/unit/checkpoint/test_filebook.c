/*
 * What is on record of file ids: which decision counts for whom.
 */
#include "checkpoint/filebook.h"

#include "checkpoint/record.h"
#include "files/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void take(struct filebook *book, const char *file, const char *state, int64_t at)
{
    const struct record record = {.kind = RECORD_FILE,
                                  .file = span_of(file),
                                  .state = span_of(state),
                                  .id = span_of("new\\\"id"),
                                  .code = span_of("too_large"),
                                  .sha256 = span_of(HEX),
                                  .bytes = 7};

    filebook_take(book, &record, at);
}

/* The newest before the conversation, else the first after it; the newest without one. */
static void test_which_counts(void **state)
{
    static const struct {
        int64_t created_at;
        enum fate_kind kind;
    } ROWS[] = {
        {-1, FATE_INSIDE}, {5, FATE_MISSING}, {15, FATE_MISSING},
        {25, FATE_MAPPED}, {35, FATE_INSIDE},
    };
    struct filebook book;
    struct fate fate;

    (void)state;
    filebook_init(&book);
    take(&book, "file-1", "missing", 10);
    take(&book, "file-2", "kept", 12);
    take(&book, "file-1", "mapped", 20);
    take(&book, "file-1", "inside", 30);
    take(&book, "file-1", "of a newer version", 40);
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        assert_true(filebook_find(&book, span_of("file-1"), ROWS[i].created_at, &fate));
        assert_int_equal(fate.kind, ROWS[i].kind);
    }
    assert_false(filebook_find(&book, span_of("file-3"), -1, &fate));
    assert_true(filebook_find(&book, span_of("file-1"), 25, &fate));
    assert_true(span_is(fate.id, "new\"id"));
    assert_null(fate.saved);
    assert_true(filebook_find(&book, span_of("file-1"), -1, &fate));
    assert_int_equal(fate.saved->bytes, 7);
    assert_int_equal(fate.saved->sha256.bytes[31], 0xef);
    assert_int_equal(fate.code, MISSING_TOO_LARGE);
    filebook_release(&book);
}

static void test_counts(void **state)
{
    struct file_counts counts = {.bytes = 0};
    struct filebook book;

    (void)state;
    filebook_init(&book);
    take(&book, "file-1", "kept", 1);
    take(&book, "file-1", "missing", 2);
    take(&book, "file-2", "inside", 3);
    take(&book, "file-3", "inside", 4);
    file_counts_add(&counts, &book, NULL);
    assert_int_equal(counts.of[FATE_KEPT], 0);
    assert_int_equal(counts.of[FATE_MISSING], 1);
    assert_int_equal(counts.missing[MISSING_TOO_LARGE], 1);
    assert_int_equal(counts.of[FATE_INSIDE], 2);
    assert_int_equal(counts.bytes, 14);
    filebook_release(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_counts),
        cmocka_unit_test(test_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
