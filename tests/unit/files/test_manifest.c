/* The list of a folder of saved contents: its lines, its end, what is refused. */
#include "files/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Of "abc". */
#define HEX "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SAVED(id)                                                                                  \
    "{\"kind\":\"file\",\"file_id\":\"" id "\",\"state\":\"saved\",\"bytes\":3,\"sha256\":\"" HEX  \
    "\",\"ext\":\"png\",\"object\":{\"id\":\"" id "\"}}\n"
#define REFUSED(id, state)                                                                         \
    "{\"kind\":\"file\",\"file_id\":\"" id "\",\"state\":\"" state "\",\"object\":null}\n"
/* printf 'file-a\nfile-b\n' | sha256sum */
#define END_A_B                                                                                    \
    "{\"kind\":\"files_end\",\"ids\":2,\"sha256\":"                                                \
    "\"ab345ed59b1c463c47ee5570063dd6661ca5651c04c0f7ac5b6db5f2ca0e509b\"}\n"

static bool take(struct manifest *manifest, const char *text, struct error *err)
{
    manifest_init(manifest);
    return manifest_take(manifest, span_of(text), "x.files/MANIFEST", err);
}

static void test_states(void **state)
{
    struct manifest manifest;
    const struct saved_file *file;
    struct error err;
    bool is_covered;
    char name[SAVED_NAME_SIZE];

    (void)state;
    assert_true(take(&manifest,
                     SAVED("file-b") REFUSED("file-a", "not_downloadable")
                         END_A_B REFUSED("file-c", "not_found") REFUSED("file-d", "too_large"),
                     &err));
    manifest_taken(&manifest);
    assert_false(manifest.is_end_wrong);
    file = manifest_find(&manifest, span_of("file-b"), &is_covered);
    assert_int_equal(file->state, SAVED_CONTENTS);
    assert_int_equal(file->bytes, 3);
    assert_string_equal(file->magic->ext, "png");
    assert_true(is_covered);
    saved_name(file, name);
    assert_string_equal(name, "ba/" HEX ".png");
    file = manifest_find(&manifest, span_of("file-a"), &is_covered);
    assert_int_equal(file->state, SAVED_NOT_DOWNLOADABLE);
    assert_true(is_covered);
    file = manifest_find(&manifest, span_of("file-c"), &is_covered);
    assert_int_equal(file->state, SAVED_NOT_FOUND);
    assert_false(is_covered);
    assert_int_equal(manifest_find(&manifest, span_of("file-d"), NULL)->state, SAVED_TOO_LARGE);
    assert_null(manifest_find(&manifest, span_of("file-e"), &is_covered));
    assert_false(is_covered);
    manifest_release(&manifest);
}

/* Byte by byte it is the same, and what has no LF is no line. */
static void test_torn_tail(void **state)
{
    static const char text[] = SAVED("file-a") "{\"kind\":\"file\",\"file_id\":\"file-b";
    struct manifest manifest;
    struct error err;

    (void)state;
    manifest_init(&manifest);
    for (size_t i = 0; i + 1 < sizeof text; i++)
        assert_true(manifest_take(&manifest, (struct span){text + i, 1}, "m", &err));
    manifest_taken(&manifest);
    assert_non_null(manifest_find(&manifest, span_of("file-a"), NULL));
    assert_null(manifest_find(&manifest, span_of("file-b"), NULL));
    assert_int_equal(manifest.line.len, 32);
    manifest_release(&manifest);
}

/* An end that is not of what is before it closes nothing. */
static void test_wrong_ends(void **state)
{
    static const char *const TEXTS[] = {
        SAVED("file-a") END_A_B,
        SAVED("file-a") SAVED("file-c") END_A_B,
        SAVED("file-a") SAVED("file-b") SAVED("file-c") END_A_B,
        END_A_B SAVED("file-a") SAVED("file-b"),
        SAVED("file-a") SAVED("file-b") END_A_B SAVED("file-c") END_A_B,
    };
    struct manifest manifest;
    struct error err;
    bool is_covered;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(TEXTS); i++) {
        assert_true(take(&manifest, TEXTS[i], &err));
        manifest_taken(&manifest);
        assert_true(manifest.is_end_wrong);
        assert_non_null(manifest_find(&manifest, span_of("file-a"), &is_covered));
        assert_false(is_covered);
        manifest_release(&manifest);
    }
}

static void test_lines_that_are_not_ours(void **state)
{
    static const char *const TEXTS[] = {
        "\n",
        "x\n",
        "[]\n",
        "{\"kind\":\"thread\",\"thread_id\":\"t\",\"object\":{}}\n",
        "{\"kind\":\"file\",\"file_id\":\"../x\",\"state\":\"not_found\"}\n",
        "{\"kind\":\"file\",\"file_id\":\"\",\"state\":\"not_found\"}\n",
        "{\"kind\":\"file\",\"file_id\":\"file-a\",\"state\":\"open\"}\n",
        "{\"kind\":\"file\",\"file_id\":\"file-a\",\"state\":\"saved\",\"bytes\":-1,\"sha256\":"
        "\"" HEX "\"}\n",
        "{\"kind\":\"file\",\"file_id\":\"file-a\",\"state\":\"saved\",\"sha256\":\"" HEX "\"}\n",
        "{\"kind\":\"file\",\"file_id\":\"file-a\",\"state\":\"saved\",\"bytes\":1,\"sha256\":"
        "\"../../../etc/passwd\"}\n",
        "{\"kind\":\"file\",\"file_id\":\"file-a\",\"state\":\"saved\",\"bytes\":1,\"sha256\":"
        "\"" HEX "\",\"ext\":\"json\"}\n",
        "{\"kind\":\"files_end\",\"ids\":0}\n",
        "{\"kind\":\"files_end\",\"sha256\":\"" HEX "\"}\n",
    };
    struct manifest manifest;
    struct error err;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(TEXTS); i++) {
        assert_false(take(&manifest, TEXTS[i], &err));
        assert_int_equal(err.code, ERROR_USAGE);
        manifest_release(&manifest);
        error_clear(&err);
    }
}

/* What is written is read as it was. */
static void test_round(void **state)
{
    struct saved_file saved = {.state = SAVED_CONTENTS, .bytes = 3, .magic = NULL};
    const struct saved_file missing = {.state = SAVED_NOT_FOUND};
    struct manifest manifest;
    struct manifest again;
    struct error err;
    struct buf out;
    bool is_covered;

    (void)state;
    saved.sha256 = fingerprint_of(span_of("abc"));
    buf_init(&out, BUF_NO_LIMIT);
    manifest_init(&manifest);
    manifest_write_file(&out, span_of("file-b"), &saved, span_of("{\n \"id\": \"file-b\"\r\n}"));
    manifest_note(&manifest, span_of("file-b"), &saved);
    manifest_write_file(&out, span_of("file-a"), &missing, (struct span){NULL, 0});
    manifest_note(&manifest, span_of("file-a"), &missing);
    manifest_write_end(&out, &manifest);
    assert_string_equal(out.data,
                        "{\"kind\":\"file\",\"file_id\":\"file-b\",\"state\":\"saved\",\"bytes\":3,"
                        "\"sha256\":\"" HEX
                        "\",\"object\":{  \"id\": \"file-b\"  }}\n" REFUSED("file-a", "not_found")
                            END_A_B);
    assert_true(take(&again, out.data, &err));
    manifest_taken(&again);
    assert_non_null(manifest_find(&again, span_of("file-b"), &is_covered));
    assert_true(is_covered);
    assert_null(manifest_find(&again, span_of("file-b"), NULL)->magic);
    manifest_release(&again);
    manifest_release(&manifest);
    buf_release(&out);
}

static void test_file_ids(void **state)
{
    char id[258];

    (void)state;
    memset(id, 'a', sizeof id);
    assert_true(saved_is_file_id(span_of("file-Ab_9")));
    assert_true(saved_is_file_id((struct span){id, 256}));
    assert_false(saved_is_file_id((struct span){id, 257}));
    assert_false(saved_is_file_id(span_of("")));
    assert_false(saved_is_file_id(span_of("..")));
    assert_false(saved_is_file_id(span_of("file-a/../b")));
    assert_false(saved_is_file_id(span_of("file.a")));
    assert_false(saved_is_file_id((struct span){"a\0b", 3}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),     cmocka_unit_test(test_torn_tail),
        cmocka_unit_test(test_wrong_ends), cmocka_unit_test(test_lines_that_are_not_ours),
        cmocka_unit_test(test_round),      cmocka_unit_test(test_file_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
