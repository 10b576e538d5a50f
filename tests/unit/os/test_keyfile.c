#include "os/keyfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void make_file(char *path, const char *content, mode_t mode)
{
    const int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

static void test_modes(void **state)
{
    static const struct {
        mode_t mode;
        bool ok;
    } ROWS[] = {
        {0600, true},  {0400, true},  {0700, true},  {0644, false}, {0640, false},
        {0604, false}, {0620, false}, {0601, false}, {0666, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char path[] = "/tmp/threadferry-test-XXXXXX";
        char data[64];
        size_t len = 0;
        struct error err = {.code = ERROR_NONE};

        make_file(path, "sk-canary\n", ROWS[i].mode);
        assert_int_equal(keyfile_read(path, data, sizeof data, &len, &err), ROWS[i].ok);
        if (ROWS[i].ok) {
            assert_int_equal(len, 10);
            assert_memory_equal(data, "sk-canary\n", 10);
        } else {
            assert_int_equal(err.code, ERROR_USAGE);
            assert_non_null(strstr(err.text, "is open to group or others"));
            assert_non_null(strstr(err.text, path));
            assert_null(strstr(err.text, "canary"));
        }
        (void)unlink(path);
    }
}

static void test_sizes(void **state)
{
    char path[] = "/tmp/threadferry-test-XXXXXX";
    char data[4];
    size_t len = 7;
    struct error err;

    (void)state;
    make_file(path, "abc", 0600);
    assert_true(keyfile_read(path, data, sizeof data, &len, &err));
    assert_int_equal(len, 3);
    assert_false(keyfile_read(path, data, 3, &len, &err));
    assert_non_null(strstr(err.text, "File too large"));
    (void)unlink(path);
}

static void test_what_is_no_file(void **state)
{
    char path[] = "/tmp/threadferry-test-XXXXXX";
    char fifo[sizeof path + 8];
    char data[64];
    size_t len;
    struct error err;

    (void)state;
    assert_non_null(mkdtemp(path));
    assert_false(keyfile_read(path, data, sizeof data, &len, &err));
    assert_non_null(strstr(err.text, "not a regular file"));
    (void)snprintf(fifo, sizeof fifo, "%s/f", path);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_false(keyfile_read(fifo, data, sizeof data, &len, &err));
    assert_non_null(strstr(err.text, "not a regular file"));
    (void)unlink(fifo);
    assert_false(keyfile_read(fifo, data, sizeof data, &len, &err));
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(err.code, ERROR_USAGE);
    (void)rmdir(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_what_is_no_file),
    };

    return cmocka_run_group_tests_name("keyfile", tests, NULL, NULL);
}
