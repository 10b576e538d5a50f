/* The real files: what is refused, what is locked, what is written. */
#include "base/mem.h"
#include "os/fsio.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder of its own for each test. */
struct fixture {
    char directory[64];
    char *path; /* of the file under test; not there yet */
};

static int set_up(void **state)
{
    struct fixture *fixture = mem_zalloc(1, sizeof *fixture);

    (void)snprintf(fixture->directory, sizeof fixture->directory, "/tmp/fsio-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    fixture->path = mem_printf("%s/job", fixture->directory);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char *other = mem_printf("%s/other", fixture->directory);

    (void)unlink(fixture->path);
    (void)rmdir(fixture->path);
    (void)unlink(other);
    assert_int_equal(rmdir(fixture->directory), 0); /* nothing temporary is left */
    free(other);
    free(fixture->path);
    free(fixture);
    return 0;
}

static void put_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

static struct fsio_file *create(const char *path, const char *text)
{
    struct fsio_file *file;
    struct error err = {0};

    if (!fsio_create(&file, path, span_of(text), &err))
        fail_msg("%s", err.text);
    return file;
}

static void assert_content(const char *path, const char *expected)
{
    struct fsio_file *file;
    struct error err = {0};
    char data[256];
    size_t got;

    assert_int_equal(fsio_open(&file, path, FSIO_READ, &err), FSIO_OK);
    assert_true(fsio_read(file, 0, data, sizeof data, &got, &err));
    assert_int_equal(got, strlen(expected));
    assert_memory_equal(data, expected, got);
    fsio_close(file);
}

static void test_create_append_sync(void **state)
{
    const struct fixture *fixture = *state;
    struct fsio_file *file = create(fixture->path, "one\n");
    struct error err = {0};
    struct stat about;
    int64_t size;

    assert_int_equal(stat(fixture->path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(about.st_nlink, 1);
    assert_true(fsio_append(file, span_of("two\n"), &err));
    assert_true(fsio_append(file, span_of("three\n"), &err));
    assert_true(fsio_sync(file, &err));
    assert_true(fsio_size(file, &size, &err));
    assert_int_equal(size, 14);
    assert_true(fsio_overwrite(file, 4, span_of("TWO\n"), &err));
    assert_true(fsio_truncate(file, 8, &err));
    assert_true(fsio_append(file, span_of("3\n"), &err));
    assert_true(fsio_sync(file, &err));
    fsio_close(file);
    assert_content(fixture->path, "one\nTWO\n3\n");
}

/* The sync beside the program: told when it is over, waited for by others, and alone where there
 * can be no thread. */
static void test_sync_beside(void **state)
{
    const struct fixture *fixture = *state;

    for (int without_thread = 0; without_thread < 2; without_thread++) {
        struct fsio_file *file = create(fixture->path, "one\n");
        struct error err = {0};
        struct rlimit before;
        struct rlimit limit;
        bool is_over = false;

        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        limit = (struct rlimit){.rlim_cur = without_thread ? 3 : before.rlim_cur,
                                .rlim_max = before.rlim_max};
        assert_true(fsio_append(file, span_of("two\n"), &err));
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        assert_true(fsio_sync_start(file, &err));
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(fsio_wake_fd(file) < 0, without_thread);
        while (!is_over) {
            struct pollfd over = {.fd = fsio_wake_fd(file), .events = POLLIN};

            assert_true(without_thread || poll(&over, 1, -1) == 1);
            assert_true(fsio_sync_end(file, &is_over, &err));
        }
        assert_true(fsio_append(file, span_of("three\n"), &err));
        assert_true(fsio_sync_start(file, &err));
        assert_true(fsio_sync(file, &err));
        assert_true(fsio_append(file, span_of("four\n"), &err));
        assert_true(fsio_sync_start(file, &err));
        assert_int_equal(unlink(fixture->path), 0);
        assert_false(fsio_sync(file, &err));
        assert_non_null(strstr(err.text, "renamed, replaced or removed while"));
        assert_false(fsio_sync_start(file, &err));
        fsio_close(file);
    }
}

static void test_open_continues_at_the_end(void **state)
{
    const struct fixture *fixture = *state;
    struct fsio_file *file;
    struct error err = {0};

    put_file(fixture->path, "one\n", 0600);
    assert_int_equal(fsio_open(&file, fixture->path, FSIO_WRITE, &err), FSIO_OK);
    assert_true(fsio_append(file, span_of("two\n"), &err));
    fsio_close(file);
    assert_content(fixture->path, "one\ntwo\n");
}

static void test_absent(void **state)
{
    const struct fixture *fixture = *state;
    struct fsio_file *file;
    struct error err = {0};

    assert_int_equal(fsio_open(&file, fixture->path, FSIO_WRITE, &err), FSIO_ABSENT);
    assert_null(file);
    assert_int_equal(err.code, ERROR_NONE);
}

static void test_second_writer_is_locked_out(void **state)
{
    const struct fixture *fixture = *state;
    struct fsio_file *first = create(fixture->path, "one\n"); /* locked from its birth */
    struct fsio_file *second;
    struct error err = {0};

    assert_int_equal(fsio_open(&second, fixture->path, FSIO_WRITE, &err), FSIO_LOCKED);
    assert_null(second);
    assert_int_equal(err.code, ERROR_LOCKED);
    assert_content(fixture->path, "one\n"); /* readers do not care */
    fsio_close(first);
    assert_int_equal(fsio_open(&first, fixture->path, FSIO_WRITE, &err), FSIO_OK);
    assert_int_equal(fsio_open(&second, fixture->path, FSIO_WRITE, &err), FSIO_LOCKED);
    fsio_close(first);
}

static void test_create_replaces_nothing(void **state)
{
    const struct fixture *fixture = *state;
    struct fsio_file *file;
    struct error err = {0};

    put_file(fixture->path, "precious", 0600);
    assert_false(fsio_create(&file, fixture->path, span_of("new"), &err));
    assert_null(file);
    assert_int_equal(err.code, ERROR_LOCKED);
    assert_content(fixture->path, "precious");
}

static void test_create_does_not_follow_a_dangling_link(void **state)
{
    const struct fixture *fixture = *state;
    char *other = mem_printf("%s/other", fixture->directory);
    struct fsio_file *file;
    struct error err = {0};

    assert_int_equal(symlink(other, fixture->path), 0);
    assert_false(fsio_create(&file, fixture->path, span_of("new"), &err));
    assert_int_equal(access(other, F_OK), -1);
    free(other);
}

/* How the path is occupied by something that is not a checkpoint. */
enum occupant { SYMLINK, FIFO, DIRECTORY, GROUP_READABLE, WORLD_WRITABLE, FOREIGN, OCCUPANTS };

static bool occupy(const struct fixture *fixture, enum occupant occupant)
{
    enum { NOBODY = 65534 };
    char *other = mem_printf("%s/other", fixture->directory);

    put_file(other, "text", 0600);
    switch (occupant) {
    case SYMLINK:
        assert_int_equal(symlink(other, fixture->path), 0);
        break;
    case FIFO:
        assert_int_equal(mkfifo(fixture->path, 0600), 0);
        break;
    case DIRECTORY:
        assert_int_equal(mkdir(fixture->path, 0700), 0);
        break;
    case GROUP_READABLE:
        put_file(fixture->path, "text", 0640);
        break;
    case WORLD_WRITABLE:
        put_file(fixture->path, "text", 0666);
        break;
    case FOREIGN:
        put_file(fixture->path, "text", 0600);
        if (chown(fixture->path, NOBODY, NOBODY) != 0) {
            free(other);
            return false; /* needs root */
        }
        break;
    case OCCUPANTS:
        break;
    }
    free(other);
    return true;
}

static void test_strange_files_are_refused(void **state)
{
    const struct fixture *fixture = *state;

    for (int occupant = 0; occupant < OCCUPANTS; occupant++) {
        for (int mode = FSIO_READ; mode <= FSIO_WRITE; mode++) {
            struct fsio_file *file;
            struct error err = {0};

            if (occupy(fixture, (enum occupant)occupant)) {
                assert_int_equal(fsio_open(&file, fixture->path, (enum fsio_mode)mode, &err),
                                 FSIO_FAILED);
                assert_null(file);
                assert_int_equal(err.code, ERROR_IO);
                assert_non_null(strstr(err.text, fixture->path));
            }
            (void)unlink(fixture->path);
            (void)rmdir(fixture->path);
        }
    }
}

static void test_another_writer_is_noticed(void **state)
{
    const struct fixture *fixture = *state;
    struct fsio_file *file = create(fixture->path, "one\n");
    struct error err = {0};
    int fd = open(fixture->path, O_WRONLY | O_APPEND);

    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(close(fd), 0);
    assert_false(fsio_append(file, span_of("two\n"), &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_false(fsio_sync(file, &err)); /* and stays broken */
    fsio_close(file);
    assert_content(fixture->path, "one\nx");
}

/* What somebody does to the path of a file that is open. */
enum deed { REMOVED, RENAMED, REPLACED, LINKED, DEEDS };

static void do_to(enum deed deed, const char *path, const char *other)
{
    switch (deed) {
    case REMOVED:
        assert_int_equal(unlink(path), 0);
        break;
    case RENAMED:
        assert_int_equal(rename(path, other), 0);
        break;
    case REPLACED: /* as editors and rsync do it */
        put_file(other, "one\n", 0600);
        assert_int_equal(rename(other, path), 0);
        break;
    case LINKED: /* the same file, but not in its place */
        assert_int_equal(rename(path, other), 0);
        assert_int_equal(symlink(other, path), 0);
        break;
    case DEEDS:
        break;
    }
}

static void test_a_path_that_leads_elsewhere_is_noticed(void **state)
{
    const struct fixture *fixture = *state;
    char *other = mem_printf("%s/other", fixture->directory);

    for (int deed = 0; deed < DEEDS; deed++) {
        for (int opened = 0; opened < 2; opened++) {
            struct fsio_file *file = create(fixture->path, "one\n");
            struct error err = {0};

            if (opened) {
                fsio_close(file);
                assert_int_equal(fsio_open(&file, fixture->path, FSIO_WRITE, &err), FSIO_OK);
            }
            assert_true(fsio_sync(file, &err) && fsio_check(file, &err));
            do_to((enum deed)deed, fixture->path, other);
            if (opened) {
                assert_true(fsio_append(file, span_of("two\n"), &err));
                assert_false(fsio_sync(file, &err));
            } else {
                assert_false(fsio_check(file, &err));
            }
            assert_int_equal(err.code, ERROR_IO);
            assert_non_null(strstr(err.text, "renamed, replaced or removed while"));
            assert_false(fsio_append(file, span_of("three\n"), &err)); /* and stays so */
            fsio_close(file);
            (void)unlink(fixture->path);
            (void)unlink(other);
        }
    }
    free(other);
}

/* A limit on the size of files stands for a full disk: a short write, then an error. */
static void test_a_failed_append_is_final(void **state)
{
    const struct fixture *fixture = *state;
    struct fsio_file *file = create(fixture->path, "one\n");
    struct rlimit before;
    struct rlimit limit;
    struct error err = {0};

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 6;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(fsio_append(file, span_of("two\n"), &err));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.text, "File too large"));

    /* There is room again, but the file's end is not what we said it was. */
    assert_false(fsio_append(file, span_of("two\n"), &err));
    assert_non_null(strstr(err.text, "an earlier write or sync failed"));
    assert_false(fsio_sync(file, &err));
    assert_false(fsio_truncate(file, 4, &err));
    assert_false(fsio_overwrite(file, 0, span_of("x"), &err));
    fsio_close(file);
    assert_content(fixture->path, "one\ntw");
}

static void test_create_cleans_up_after_a_full_disk(void **state)
{
    const struct fixture *fixture = *state;
    struct rlimit before;
    struct rlimit limit;
    struct fsio_file *file;
    struct error err = {0};

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 2;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(fsio_create(&file, fixture->path, span_of("too long"), &err));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(access(fixture->path, F_OK), -1);
}

/* What recovery cuts is kept under the first name that is free, and in full. */
static void test_the_tail_is_kept(void **state)
{
    const struct fixture *fixture = *state;
    char *first = mem_printf("%s.torn-1", fixture->path);
    char *second = mem_printf("%s.torn-2", fixture->path);
    char *third = mem_printf("%s.torn-3", fixture->path);
    struct fsio_file *file = create(fixture->path, "0123456789");
    char *const names[] = {first, second, third};
    char *kept_as;
    struct error err = {0};

    put_file(second, "older", 0600);
    assert_true(fsio_keep_tail(file, 4, &kept_as, &err));
    assert_string_equal(kept_as, first);
    free(kept_as);
    assert_true(fsio_keep_tail(file, 9, &kept_as, &err));
    assert_string_equal(kept_as, third);
    free(kept_as);
    assert_true(fsio_truncate(file, 4, &err));
    fsio_close(file);
    assert_content(fixture->path, "0123");
    assert_content(first, "456789");
    assert_content(second, "older");
    assert_content(third, "9");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(unlink(names[i]), 0);
        free(names[i]);
    }
}

static void test_directory_is_missing(void **state)
{
    const struct fixture *fixture = *state;
    char *path = mem_printf("%s/no/job", fixture->directory);
    struct fsio_file *file;
    struct error err = {0};

    assert_false(fsio_create(&file, path, span_of("x"), &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(fsio_open(&file, path, FSIO_WRITE, &err), FSIO_ABSENT);
    fsio_close(NULL);
    free(path);
}

static void test_reads_are_short_only_at_the_end(void **state)
{
    const struct fixture *fixture = *state;
    struct fsio_file *file = create(fixture->path, "0123456789");
    struct error err = {0};
    char data[8];
    size_t got;

    assert_true(fsio_read(file, 2, data, 4, &got, &err));
    assert_int_equal(got, 4);
    assert_memory_equal(data, "2345", 4);
    assert_true(fsio_read(file, 6, data, sizeof data, &got, &err));
    assert_int_equal(got, 4);
    assert_true(fsio_read(file, 99, data, sizeof data, &got, &err));
    assert_int_equal(got, 0);
    fsio_close(file);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_create_append_sync),
        CASE(test_sync_beside),
        CASE(test_open_continues_at_the_end),
        CASE(test_absent),
        CASE(test_second_writer_is_locked_out),
        CASE(test_create_replaces_nothing),
        CASE(test_create_does_not_follow_a_dangling_link),
        CASE(test_strange_files_are_refused),
        CASE(test_another_writer_is_noticed),
        CASE(test_a_path_that_leads_elsewhere_is_noticed),
        CASE(test_a_failed_append_is_final),
        CASE(test_create_cleans_up_after_a_full_disk),
        CASE(test_the_tail_is_kept),
        CASE(test_directory_is_missing),
        CASE(test_reads_are_short_only_at_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
