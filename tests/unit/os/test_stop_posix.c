/* The signals, each in a child process, because handlers are for ever. */
#include "os/stop.h"

#include "unit/os/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_readable(void)
{
    struct pollfd wake = {.fd = stop_wake_fd(), .events = POLLIN};

    return poll(&wake, 1, 0) == 1;
}

static int first_signal(void)
{
    if (stop_signal() != 0 || is_readable() || stop_take_status_request())
        return 1;
    raise(SIGTERM);
    if (!is_readable())
        return 2;
    if (stop_signal() != SIGTERM || is_readable())
        return 3; /* asked once, the pipe is empty again: no busy loop */
    return stop_signal() == SIGTERM ? 0 : 4;
}

static void test_first_signal_asks(void **state)
{
    (void)state;
    assert_int_equal(in_child(stop_install, first_signal), 0);
}

/* Standard error is a pipe; the line is there before anybody has looked for the signal. */
static int announced_signal(void)
{
    static const char LINE[] = "stopping\n";
    char seen[sizeof LINE] = "";
    int ends[2];

    if (pipe2(ends, O_NONBLOCK) != 0 || dup2(ends[1], STDERR_FILENO) < 0)
        return 1;
    stop_announce(LINE);
    raise(SIGINT);
    if (read(ends[0], seen, sizeof seen) != sizeof LINE - 1 || strcmp(seen, LINE) != 0)
        return 2;
    return stop_signal() == SIGINT ? 0 : 3;
}

static void test_first_signal_is_announced(void **state)
{
    (void)state;
    assert_int_equal(in_child(stop_install, announced_signal), 0);
}

static int second_signal(void)
{
    raise(SIGTERM);
    raise(SIGINT);
    return 99;
}

static void test_second_signal_ends(void **state)
{
    (void)state;
    assert_int_equal(in_child(stop_install, second_signal), 128 + SIGINT);
}

static int status_request(void)
{
    raise(SIGUSR1);
    raise(SIGUSR1);
    if (!is_readable() || !stop_take_status_request())
        return 1;
    return stop_take_status_request() || is_readable() || stop_signal() != 0 ? 2 : 0;
}

static void test_status_request_is_taken_once(void **state)
{
    (void)state;
    assert_int_equal(in_child(stop_install, status_request), 0);
}

static int many_signals(void)
{
    for (int i = 0; i < 100000; i++)
        raise(SIGUSR1); /* more than a pipe holds: must not block */
    return stop_take_status_request() && !is_readable() ? 0 : 1;
}

static void test_a_full_pipe_does_not_block(void **state)
{
    (void)state;
    assert_int_equal(in_child(stop_install, many_signals), 0);
}

static int closed_pipe(void)
{
    int ends[2];

    if (pipe(ends) != 0 || close(ends[0]) != 0)
        return 1;
    return write(ends[1], "x", 1) == -1 ? 0 : 2; /* EPIPE instead of death */
}

static int hang_up(void)
{
    raise(SIGHUP);
    return stop_signal() == SIGHUP && is_readable() == 0 ? 0 : 1;
}

static void test_a_hang_up_asks(void **state)
{
    (void)state;
    assert_int_equal(in_child(stop_install, hang_up), 0);
}

static int hang_up_under_nohup(void)
{
    raise(SIGHUP);
    return stop_signal();
}

static void test_a_hang_up_that_nohup_ignores(void **state)
{
    (void)state;
    (void)signal(SIGHUP, SIG_IGN);
    assert_int_equal(in_child(stop_install, hang_up_under_nohup), 0);
    (void)signal(SIGHUP, SIG_DFL);
}

/* As a full disk: an error, not the end. */
static int file_too_large(void)
{
    const struct rlimit limit = {0, 0};
    FILE *file = tmpfile();
    const int failed = !file || setrlimit(RLIMIT_FSIZE, &limit) != 0;

    return !failed && write(fileno(file), "x", 1) == -1 && errno == EFBIG ? 0 : 1;
}

static void test_a_limit_on_files_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(in_child(stop_install, file_too_large), 0);
}

static void test_sigpipe_is_ignored(void **state)
{
    (void)state;
    assert_int_equal(in_child(stop_install, closed_pipe), 0);
}

/* Somebody else sends the signal, at whatever moment, and then writes. */
static void send_signal(int number, int fd)
{
    const pid_t parent = getpid();

    if (fork() != 0)
        return;
    (void)kill(parent, number);
    _exit(write(fd, "x", 1) == 1 ? 0 : 1);
}

static int stop_while_reading(void)
{
    struct error err = {.code = ERROR_NONE};
    int ends[2];
    int other[2];

    (void)alarm(30);
    if (pipe(ends) != 0 || pipe(other) != 0)
        return 1;
    send_signal(SIGTERM, other[1]);
    if (stop_wait_input(ends[0], &err) || err.code != ERROR_STOPPED)
        return 2;
    /* Also where there is something: it would be begun with in vain. */
    return stop_wait_input(other[0], &err) ? 3 : 0;
}

static int status_while_reading(void)
{
    struct error err = {.code = ERROR_NONE};
    int ends[2];

    (void)alarm(30);
    if (pipe(ends) != 0)
        return 1;
    send_signal(SIGUSR1, ends[1]);
    if (!stop_wait_input(ends[0], &err) || err.code != ERROR_NONE)
        return 2;
    if (!stop_take_status_request())
        return 3;
    /* The end of a pipe is something to be read, too. */
    if (read(ends[0], &(char){0}, 1) != 1 || close(ends[1]) != 0)
        return 4;
    return stop_wait_input(ends[0], &err) ? 0 : 5;
}

static void test_waiting_for_input(void **state)
{
    (void)state;
    assert_int_equal(in_child(stop_install, stop_while_reading), 0);
    assert_int_equal(in_child(stop_install, status_while_reading), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_signal_is_announced),
        cmocka_unit_test(test_first_signal_asks),
        cmocka_unit_test(test_second_signal_ends),
        cmocka_unit_test(test_status_request_is_taken_once),
        cmocka_unit_test(test_a_full_pipe_does_not_block),
        cmocka_unit_test(test_a_hang_up_asks),
        cmocka_unit_test(test_a_hang_up_that_nohup_ignores),
        cmocka_unit_test(test_a_limit_on_files_is_an_error),
        cmocka_unit_test(test_sigpipe_is_ignored),
        cmocka_unit_test(test_waiting_for_input),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
