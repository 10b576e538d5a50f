#include "os/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* Without a pipe nothing wakes us. */
enum { SIGNAL_EXIT_BASE = 128, LONGEST_WAIT_MS = 1000 };

/* Mutable at file scope, because a handler has no argument of its own. */
static volatile sig_atomic_t stop_number;
static volatile sig_atomic_t status_wanted;
static int wake_pipe[2] = {-1, -1};
static const char *volatile announced;

static void wake(void)
{
    int saved_errno = errno;
    /* A full pipe wakes as well as one more byte would. */
    ssize_t written = write(wake_pipe[1], "", 1);

    (void)written;
    errno = saved_errno;
}

static void announce(void)
{
    const char *line = announced;
    int saved_errno = errno;
    ssize_t written = line ? write(STDERR_FILENO, line, strlen(line)) : 0;

    (void)written;
    errno = saved_errno;
}

static void on_stop(int number)
{
    /* Not raise(): as PID 1 of a container the default action would be ignored. */
    if (stop_number != 0)
        _exit(SIGNAL_EXIT_BASE + number);
    stop_number = number;
    announce();
    wake();
}

static void on_status(int number)
{
    (void)number;
    status_wanted = 1;
    wake();
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

/* nohup ignores it on purpose. */
static bool is_ignored(int number)
{
    struct sigaction before;

    return sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_IGN;
}

void stop_install(void)
{
    /* Without a pipe a signal is noticed at the next tick instead of at once. */
    if (wake_pipe[0] < 0 && pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        wake_pipe[0] = wake_pipe[1] = -1;
    handle(SIGINT, on_stop);
    handle(SIGTERM, on_stop);
    if (!is_ignored(SIGHUP))
        handle(SIGHUP, on_stop);
    handle(SIGUSR1, on_status);
    handle(SIGPIPE, SIG_IGN);
    handle(SIGXFSZ, SIG_IGN); /* a limit on files is a full disk, which writing reports */
}

/* Before the flags are read, so that a signal in between leaves the pipe readable: at worst one
 * wake-up too many, never one too few. */
static void drain(void)
{
    char bytes[64];
    ssize_t got = wake_pipe[0] >= 0;

    while (got > 0)
        got = read(wake_pipe[0], bytes, sizeof bytes);
}

void stop_announce(const char *line)
{
    announced = line;
}

int stop_signal(void)
{
    drain();
    return stop_number;
}

bool stop_take_status_request(void)
{
    drain();
    if (status_wanted == 0)
        return false;
    status_wanted = 0;
    return true;
}

int stop_wake_fd(void)
{
    return wake_pipe[0];
}

bool stop_wait_input(int fd, struct error *err)
{
    while (stop_signal() == 0) {
        struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
                               {.fd = wake_pipe[0], .events = POLLIN}};
        const int ready = poll(fds, sizeof fds / sizeof fds[0], LONGEST_WAIT_MS);

        /* Where there is nothing to wait with, the read itself does. */
        if (fds[0].revents != 0 || (ready < 0 && errno != EINTR))
            return true;
    }
    error_set(err, ERROR_STOPPED, "interrupted");
    return false;
}
