#include "os/process.h"

#include "os/linux.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PRIVATE_MASK = 077, EXIT_NO_DESCRIPTORS = 3, SIGNAL_EXIT_BASE = 128 };

/* open() gives the lowest free number, so each hole is filled in turn. The modes are crossed on
 * purpose: reading from standard input and writing to the others fail. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(EXIT_NO_DESCRIPTORS);
    }
}

void process_prepare(void)
{
    const struct rlimit no_core = {0, 0};

    fill_standard_descriptors();
    /* Whoever started us may ignore it, and then nobody is told how a program of ours ended. */
    (void)signal(SIGCHLD, SIG_DFL);
    (void)umask(PRIVATE_MASK);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    linux_no_attach();
}

void process_end_unread(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    sigset_t pipe_signal;

    if (poll(&out, 1, 0) != 1 || (out.revents & POLLERR) == 0)
        return;
    (void)sigemptyset(&pipe_signal);
    (void)sigaddset(&pipe_signal, SIGPIPE);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_UNBLOCK, &pipe_signal, NULL);
    (void)raise(SIGPIPE);
    /* As PID 1 of a container the signal is ignored. */
    _exit(SIGNAL_EXIT_BASE + SIGPIPE);
}
