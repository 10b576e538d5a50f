#include "os/pager.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* There is one standard output in a process, and so one pager. */
static pid_t pager_process = -1;

static _Noreturn void run_pager(const char *command, char **environment, const int ends[2])
{
    environ = environment;
    (void)dup2(ends[0], STDIN_FILENO);
    (void)close(ends[0]);
    (void)close(ends[1]);
    /* Quit where it fits on a screen, show colours, leave the text on the screen. */
    (void)setenv("LESS", "FRX", 0);
    (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
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

    if (strcspn(command, "\"'$`\\;&|<>(){}*?[]~=#!") < len)
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
    if (pager_process > 0)
        (void)dup2(ends[1], STDOUT_FILENO);
    (void)close(ends[1]);
    return pager_process > 0;
}

void pager_finish(void)
{
    int status;

    (void)fflush(stdout);
    (void)close(STDOUT_FILENO);
    while (waitpid(pager_process, &status, 0) < 0 && errno == EINTR)
        continue;
    pager_process = -1;
    /* What main flushes at the end must have somewhere to go, and a person who has read enough is
     * no failed write. */
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    clearerr(stdout);
}
