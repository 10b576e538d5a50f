/* What only Linux has: what it opens, and what it refuses. */
#include "os/linux.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int enter_folder(void **state)
{
    char folder[] = "test-linux-XXXXXX";
    const char *scratch = getenv("TMPDIR"); /* which is removed by who starts the tests */

    (void)state;
    assert_int_equal(chdir(scratch ? scratch : "/tmp"), 0);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(mkdir("root", 0700), 0);
    assert_int_equal(mkdir("root/a", 0700), 0);
    assert_int_equal(mkdir("root/a/b", 0700), 0);
    write_file("root/a/b/file", "x");
    write_file("outside", "x");
    assert_int_equal(symlink("b", "root/a/link"), 0);
    assert_int_equal(symlink("../outside", "root/out"), 0);
    assert_int_equal(symlink("file", "root/a/b/last"), 0);
    return 0;
}

static const struct {
    const char *path;
    bool opens;
} PATHS[] = {
    {"a/b/file", true},    {"a", true},           {"a/link/file", false}, {"out", false},
    {"a/b/last", false},   {"../outside", false}, {"a/none", false},      {"/etc/passwd", false},
    {"a/b/file/x", false},
};

static void test_nothing_but_what_is_below(void **state)
{
    static int (*const WAYS[])(int, const char *, int) = {linux_open_below, linux_open_stepwise};
    const int root = linux_open_root("root");

    (void)state;
    assert_true(root >= 0);
    for (size_t i = 0; i < 2 * sizeof PATHS / sizeof PATHS[0]; i++) {
        const char *path = PATHS[i / 2].path;
        const int fd = WAYS[i % 2](root, path, O_RDONLY);

        if ((fd >= 0) != PATHS[i / 2].opens)
            fail_msg("way %zu: '%s'", i % 2, path);
        if (fd >= 0)
            assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        (void)close(fd);
    }
    (void)close(root);
}

static void test_a_new_name_takes_no_place(void **state)
{
    (void)state;
    write_file("one", "1");
    write_file("two", "22");
    assert_false(linux_rename_new("one", "two"));
    assert_int_equal(errno, EEXIST);
    assert_int_equal(access("one", F_OK), 0);
    assert_true(linux_rename_new("one", "three"));
    assert_int_equal(access("three", F_OK), 0);
    assert_int_equal(access("one", F_OK), -1);
}

static void test_a_bell_is_heard_once(void **state)
{
    static const uint64_t ONE = 1;
    const int bell = linux_bell();
    struct pollfd heard = {.fd = bell, .events = POLLIN};
    uint64_t count = 0;

    (void)state;
    assert_int_equal(poll(&heard, 1, 0), 0);
    assert_int_equal(write(bell, &ONE, sizeof ONE), sizeof ONE);
    assert_int_equal(poll(&heard, 1, 0), 1);
    assert_int_equal(read(bell, &count, sizeof count), sizeof count);
    assert_int_equal(poll(&heard, 1, 0), 0);
    (void)close(bell);
}

static void test_memory_is_private(void **state)
{
    (void)state;
    linux_no_attach();
    assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing_but_what_is_below, enter_folder),
        cmocka_unit_test_setup(test_a_new_name_takes_no_place, enter_folder),
        cmocka_unit_test(test_a_bell_is_heard_once),
        cmocka_unit_test(test_memory_is_private),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
