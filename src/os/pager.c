#include "os/pager.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNAL_EXIT_BASE = 128 };

/* What makes a command more than a program and its words. */
static const char SHELL_CHARACTERS[] = "\"'$`\\;&|<>(){}*?[]~=#!\n";

/* There is one standard output in a process, and so one pager. */
static pid_t pager_process = -1;
static struct sigaction interrupt_before; /* what SIGINT does without a pager */

/* ^C goes to the pager too, and what it means there is the pager's business: less goes on. Where
 * nobody reads what we write any more, it means us. */
static void on_interrupt(int number)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    const int saved_errno = errno;

    if (poll(&out, 1, 0) != 0)
        interrupt_before.sa_handler(number);
    errno = saved_errno;
}

static void handle_interrupt(void (*handler)(int), struct sigaction *before)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, before);
}

static _Noreturn void run_pager(const char *command, char **environment, const int ends[2])
{
    environ = environment;
    (void)signal(SIGPIPE, SIG_DFL); /* as programs expect it; we ignore it */
    (void)dup2(ends[0], STDIN_FILENO);
    (void)close(ends[0]);
    (void)close(ends[1]);
    /* Quit where it fits on a screen, show colours, leave the text on the screen. */
    (void)setenv("LESS", "FRX", 0);
    /* A shell in between would end by ^C, however the pager did. */
    if (strpbrk(command, SHELL_CHARACTERS))
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    else
        (void)execl("/bin/sh", "sh", "-c", "exec $0", command, (char *)NULL);
    _exit(127);
}

static bool is_program(const char *directory, size_t directory_len, const char *name, size_t len)
{
    char path[PATH_MAX];
    int used = snprintf(path, sizeof path, "%.*s%s%.*s", (int)directory_len, directory,
                        directory_len > 0 ? "/" : "", (int)len, name);

    return used > 0 && (size_t)used < sizeof path && access(path, X_OK) == 0;
}

/* A machine without less is no reason to show nothing. What is more than a name, the shell judges.
 */
static bool may_run(const char *command)
{
    const size_t len = strcspn(command, " \t");
    const char *path = getenv("PATH");

    if (strcspn(command, SHELL_CHARACTERS) < len)
        return true;
    if (memchr(command, '/', len))
        return is_program("", 0, command, len);
    while (path && *path != '\0') {
        const size_t directory_len = strcspn(path, ":");

        if (directory_len > 0 && is_program(path, directory_len, command, len))
            return true;
        path += directory_len + (path[directory_len] == ':');
    }
    return false;
}

bool pager_start(const char *command, char **environment)
{
    int ends[2];

    if (!command || command[0] == '\0')
        command = "less";
    if (isatty(STDOUT_FILENO) != 1 || strcmp(command, "cat") == 0 || !may_run(command) ||
        pipe(ends) != 0)
        return false;
    (void)fflush(stdout);
    pager_process = fork();
    if (pager_process == 0)
        run_pager(command, environment, ends);
    (void)close(ends[0]);
    if (pager_process > 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        handle_interrupt(on_interrupt, &interrupt_before);
    }
    (void)close(ends[1]);
    return pager_process > 0;
}

/* A shell around it gives the signal as a status. */
static bool was_interrupted(int status)
{
    return (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) ||
           (WIFEXITED(status) && WEXITSTATUS(status) == SIGNAL_EXIT_BASE + SIGINT);
}

bool pager_finish(void)
{
    int status = 0;

    (void)fflush(stdout);
    handle_interrupt(SIG_IGN, NULL);
    (void)close(STDOUT_FILENO);
    while (waitpid(pager_process, &status, 0) < 0 && errno == EINTR)
        continue;
    pager_process = -1;
    (void)sigaction(SIGINT, &interrupt_before, NULL);
    /* What main flushes at the end must have somewhere to go, and a person who has read enough is
     * no failed write. */
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    clearerr(stdout);
    return !was_interrupted(status);
}
