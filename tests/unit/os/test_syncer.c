#include "os/syncer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROUNDS = 200, WAIT_MS = 10000 };

static volatile sig_atomic_t signals_taken;
static pthread_t main_thread;
static volatile sig_atomic_t taken_elsewhere;

static int open_file(void)
{
    char path[] = "/tmp/test_syncer.XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0);
    return fd;
}

static void wait_for(const struct syncer *syncer)
{
    struct pollfd over = {.fd = syncer_fd(syncer), .events = POLLIN};

    assert_int_equal(poll(&over, 1, WAIT_MS), 1);
}

/* Started, told once, and again. */
static void test_one_after_the_other(void **state)
{
    int fd = open_file();
    struct syncer *syncer = syncer_new(fd);
    int failure = -1;

    (void)state;
    assert_non_null(syncer);
    assert_false(syncer_end(syncer, false, &failure));
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(write(fd, "line\n", 5), 5);
        syncer_start(syncer);
        if (i % 2 == 0)
            wait_for(syncer);
        assert_true(syncer_end(syncer, i % 2 != 0, &failure));
        assert_int_equal(failure, 0);
        assert_false(syncer_end(syncer, false, &failure));
    }
    syncer_free(syncer);
    syncer_free(NULL);
    assert_int_equal(close(fd), 0);
}

/* What cannot be synced says so, each time. */
static void test_a_failure(void **state)
{
    int ends[2];
    struct syncer *syncer;
    int failure = 0;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    syncer = syncer_new(ends[1]);
    assert_non_null(syncer);
    for (int i = 0; i < 2; i++) {
        syncer_start(syncer);
        wait_for(syncer);
        assert_true(syncer_end(syncer, false, &failure));
        assert_int_equal(failure, EINVAL);
    }
    syncer_free(syncer);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* Given back with a sync under way, or with none ever begun. */
static void test_an_early_end(void **state)
{
    int fd = open_file();

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct syncer *syncer = syncer_new(fd);

        assert_non_null(syncer);
        if (i % 4 != 0)
            syncer_start(syncer);
        syncer_free(syncer);
    }
    assert_int_equal(close(fd), 0);
}

static void on_signal(int number)
{
    (void)number;
    signals_taken++;
    taken_elsewhere |= !pthread_equal(pthread_self(), main_thread);
}

/* Signals come to the main thread, also where it blocks them for a while. */
static void test_signals(void **state)
{
    struct sigaction action = {.sa_handler = on_signal};
    int fd = open_file();
    struct syncer *syncer = syncer_new(fd);
    sigset_t usr1;
    sigset_t mask;

    (void)state;
    main_thread = pthread_self();
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    assert_int_equal(sigismember(&mask, SIGUSR1), 0); /* left as it was */
    (void)sigemptyset(&usr1);
    (void)sigaddset(&usr1, SIGUSR1);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &usr1, NULL), 0);
    assert_int_equal(kill(getpid(), SIGUSR1), 0);
    syncer_start(syncer);
    wait_for(syncer);
    assert_int_equal(signals_taken, 0);
    assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL), 0);
    assert_int_equal(signals_taken, 1);
    assert_int_equal(taken_elsewhere, 0);
    syncer_free(syncer);
    assert_int_equal(close(fd), 0);
}

/* No descriptor is to be had. */
static void test_without_resources(void **state)
{
    int fd = open_file();
    struct rlimit before;
    struct rlimit limit;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    limit.rlim_cur = (rlim_t)fd + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_null(syncer_new(fd));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(close(fd), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_after_the_other), cmocka_unit_test(test_a_failure),
        cmocka_unit_test(test_an_early_end),        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_without_resources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
