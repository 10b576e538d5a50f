/* Files that get their names when they are whole. */
#include "os/parts.h"
#include "unit/play/folder.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

/* In the place of libc's: is a file safe before it gets its name? */
static int safe; /* files that were synced while they were parts */

int fsync(int fd)
{
    struct stat about;

    safe += fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && access("a/.part-3", F_OK) == 0;
    return (int)syscall(SYS_fsync, fd);
}

static void assert_content(const char *path, const char *content)
{
    char seen[16] = "";
    FILE *file = fopen(path, "re");

    assert_non_null(file);
    assert_int_equal(fread(seen, 1, sizeof seen - 1, file), strlen(content));
    assert_int_equal(fclose(file), 0);
    assert_string_equal(seen, content);
}

static void put(const char *path)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static struct parts *open_parts(const char *path)
{
    struct error err;
    struct parts *parts;

    assert_true(parts_make(path, &err));
    parts = parts_open(path, &err);
    assert_non_null(parts);
    return parts;
}

static void test_keep_and_drop(void **state)
{
    struct parts *parts = open_parts("a");
    struct error err;
    struct part_file *part;
    struct stat about;

    (void)state;
    assert_int_equal(stat("a", &about), 0);
    assert_int_equal(about.st_mode & 07777, 0700);
    for (int turn = 0; turn < 2; turn++) {
        part = part_begin(parts, 3, &err);
        assert_true(part_write(part, span_of("wrong"), &err));
        assert_int_equal(access("a/.part-3", F_OK), 0);
        assert_true(part_restart(part, &err));
        assert_true(part_write(part, span_of("ri"), &err));
        assert_true(part_write(part, span_of("ght"), &err));
        assert_true(part_keep(part, "ab/x.png", &err));
        assert_content("a/ab/x.png", "right");
        assert_int_equal(stat("a/ab/x.png", &about), 0);
        assert_int_equal(about.st_mode & 07777, 0600);
        assert_int_not_equal(access("a/.part-3", F_OK), 0);
    }
    assert_int_equal(safe, 2);
    part = part_begin(parts, 0, &err);
    part_drop(part);
    assert_int_not_equal(access("a/.part-0", F_OK), 0);
    part_drop(NULL);
    parts_close(parts);
    parts_close(NULL);
}

/* What a dead process has left goes, whatever it is; nothing else does. */
static void test_leftovers(void **state)
{
    struct parts *parts;

    (void)state;
    assert_int_equal(mkdir("b", 0700), 0);
    put("b/.part-7");
    put("b/MANIFEST");
    put("precious");
    assert_int_equal(symlink("../precious", "b/.part-8"), 0);
    parts = open_parts("b");
    assert_int_not_equal(access("b/.part-7", F_OK), 0);
    assert_int_equal(access("b/MANIFEST", F_OK), 0);
    assert_int_equal(access("precious", F_OK), 0);
    parts_close(parts);
}

/* A link in the place of a part, of a folder or of a file leads nowhere. */
static void test_links(void **state)
{
    struct parts *parts = open_parts("c");
    struct error err;
    struct part_file *part;

    (void)state;
    put("target");
    assert_int_equal(symlink("../target", "c/.part-1"), 0);
    part = part_begin(parts, 1, &err);
    assert_true(part_write(part, span_of("x"), &err));
    assert_int_equal(mkdir("c/ab", 0700), 0);
    assert_int_equal(symlink("../../target", "c/ab/x"), 0);
    assert_true(part_keep(part, "ab/x", &err));
    assert_content("target", "");
    assert_content("c/ab/x", "x");

    assert_int_equal(mkdir("elsewhere", 0700), 0);
    assert_int_equal(symlink("../elsewhere", "c/cd"), 0);
    part = part_begin(parts, 1, &err);
    assert_false(part_keep(part, "cd/x", &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_int_not_equal(access("elsewhere/x", F_OK), 0);
    assert_int_not_equal(access("c/.part-1", F_OK), 0);
    parts_close(parts);

    put("file");
    assert_null(parts_open("file", &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_false(parts_make("nowhere/x", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keep_and_drop),
        cmocka_unit_test(test_leftovers),
        cmocka_unit_test(test_links),
    };

    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
