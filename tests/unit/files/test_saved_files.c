/* Folders of saved contents: which are found, which file of them counts, and what is never opened.
 */
#include "files/saved_files.h"

#include "base/mem.h"
#include "unit/play/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Of "abc" and of "". */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NIL "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SAVED(id, bytes, hex)                                                                      \
    "{\"kind\":\"file\",\"file_id\":\"" id "\",\"state\":\"saved\",\"bytes\":" bytes               \
    ",\"sha256\":\"" hex "\",\"object\":null}\n"
#define MISSING(id)                                                                                \
    "{\"kind\":\"file\",\"file_id\":\"" id "\",\"state\":\"not_found\",\"object\":null}\n"
/* printf 'file-a\n' | sha256sum */
#define END_A                                                                                      \
    "{\"kind\":\"files_end\",\"ids\":1,\"sha256\":"                                                \
    "\"cd89316081dd0c7242e4d9897cdb6283abde2cbf412265393aced6e2015d30b3\"}\n"

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *path, const char *list)
{
    char *name = mem_printf("%s/" MANIFEST_NAME, path);

    assert_int_equal(mkdir(path, 0700), 0);
    if (list)
        put(name, list);
    free(name);
}

static struct span contents(const struct saved_files *files, const char *id, char bytes[16],
                            struct error *err)
{
    const struct saved_found found = saved_files_find(files, span_of(id));
    struct files_file *file = saved_files_contents(&found, err);
    size_t got = 0;

    if (!file)
        return (struct span){NULL, 0};
    assert_true(files_read(file, 0, bytes, 16, &got, err));
    files_close(file);
    return (struct span){bytes, got};
}

static void test_beside_a_file(void **state)
{
    struct saved_files files;
    struct error err;
    char bytes[16];

    (void)state;
    put("one.jsonl", "{}");
    make_folder("one.jsonl.files", SAVED("file-a", "3", ABC));
    assert_int_equal(mkdir("one.jsonl.files/ba", 0700), 0);
    put("one.jsonl.files/ba/" ABC, "abc");
    assert_true(saved_files_open(&files, NULL, "one.jsonl", &err));
    assert_int_equal(files.count, 1);
    assert_true(span_is(contents(&files, "file-a", bytes, &err), "abc"));
    assert_null(saved_files_find(&files, span_of("file-b")).file);
    saved_files_release(&files);

    put("two.jsonl", "{}");
    assert_true(saved_files_open(&files, NULL, "two.jsonl", &err));
    assert_int_equal(files.count, 0);
    saved_files_release(&files);
    assert_true(saved_files_open(&files, NULL, "-", &err));
    assert_true(saved_files_open(&files, NULL, NULL, &err));
    saved_files_release(&files);
}

/* Contents come before reasons, and reasons that are covered before others. */
static void test_below_a_directory(void **state)
{
    struct saved_files files;
    struct saved_found found;
    struct error err;

    (void)state;
    assert_int_equal(mkdir("many", 0700), 0);
    make_folder("many/a.files", MISSING("file-a") MISSING("file-b"));
    make_folder("many/b.files", MISSING("file-a") END_A SAVED("file-b", "0", NIL));
    make_folder("many/c.files", NULL);
    make_folder("many/other", MISSING("file-c"));
    assert_true(saved_files_open(&files, NULL, "many", &err));
    assert_int_equal(files.count, 2);
    found = saved_files_find(&files, span_of("file-a"));
    assert_int_equal(found.file->state, SAVED_NOT_FOUND);
    assert_true(found.is_covered);
    assert_string_equal(found.folder->path, "many/b.files");
    found = saved_files_find(&files, span_of("file-b"));
    assert_int_equal(found.file->state, SAVED_CONTENTS);
    assert_null(saved_files_find(&files, span_of("file-c")).file);
    saved_files_release(&files);

    assert_true(saved_files_open(&files, "many", "one.jsonl", &err));
    assert_int_equal(files.count, 2);
    saved_files_release(&files);
    assert_true(saved_files_open(&files, "many/other", NULL, &err));
    assert_int_equal(files.count, 1);
    saved_files_release(&files);
    assert_false(saved_files_open(&files, "many/c.files", NULL, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    saved_files_release(&files);
}

/* Links, pipes and directories in the places of files are not opened. */
static void test_hostile_folder(void **state)
{
    static const char *const PLACE = "bad.files/ba/" ABC;
    struct saved_files files;
    struct error err;
    char bytes[16];

    (void)state;
    make_folder("bad.files", SAVED("file-a", "3", ABC));
    assert_int_equal(mkdir("bad.files/ba", 0700), 0);
    put("secret", "abc");
    assert_true(saved_files_open(&files, NULL, "bad", &err) || err.code == ERROR_USAGE);
    saved_files_release(&files);
    assert_true(saved_files_open(&files, "bad.files", NULL, &err));
    assert_null(contents(&files, "file-a", bytes, &err).data);
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(symlink("../../secret", PLACE), 0);
    assert_null(contents(&files, "file-a", bytes, &err).data);
    assert_int_equal(unlink(PLACE), 0);
    assert_int_equal(mkfifo(PLACE, 0600), 0);
    assert_null(contents(&files, "file-a", bytes, &err).data);
    assert_int_equal(unlink(PLACE), 0);
    assert_int_equal(rename("bad.files/ba", "ba"), 0);
    put("ba/" ABC, "abc");
    assert_int_equal(symlink("../ba", "bad.files/ba"), 0);
    assert_null(contents(&files, "file-a", bytes, &err).data);
    saved_files_release(&files);

    assert_int_equal(unlink("bad.files/" MANIFEST_NAME), 0);
    put("list", SAVED("file-a", "3", ABC));
    assert_int_equal(symlink("../list", "bad.files/" MANIFEST_NAME), 0);
    assert_false(saved_files_open(&files, "bad.files", NULL, &err));
    assert_int_equal(err.code, ERROR_IO);
    saved_files_release(&files);
    assert_int_equal(unlink("bad.files/" MANIFEST_NAME), 0);
    assert_int_equal(mkfifo("bad.files/" MANIFEST_NAME, 0600), 0);
    assert_false(saved_files_open(&files, "bad.files", NULL, &err));
    assert_int_equal(err.code, ERROR_IO);
    saved_files_release(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beside_a_file),
        cmocka_unit_test(test_below_a_directory),
        cmocka_unit_test(test_hostile_folder),
    };

    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
