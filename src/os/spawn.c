#include "os/spawn.h"

#include "os/clock.h"
#include "os/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a signal to stop may go unnoticed. */
enum { SLICE_MS = 50, NOT_FOUND = 127 };

struct child {
    pid_t pid;
    int fd; /* our end of its standard output */
    const char *name;
    int64_t deadline_ms;
};

static bool fail_start(const char *name, int reason, struct error *err)
{
    error_set(err, reason == ENOMEM ? ERROR_STOPPED : ERROR_USAGE, "cannot run '%s': %s", name,
              strerror(reason));
    return false;
}

/* A group of its own, so that all of it can be ended; signals as a program expects them. */
static int prepare_attributes(posix_spawnattr_t *attributes)
{
    sigset_t signals;
    short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;

    (void)sigemptyset(&signals);
    (void)posix_spawnattr_setsigmask(attributes, &signals);
    (void)sigaddset(&signals, SIGPIPE);
    (void)posix_spawnattr_setsigdefault(attributes, &signals);
    (void)posix_spawnattr_setpgroup(attributes, 0);
    return posix_spawnattr_setflags(attributes, flags);
}

static int prepare_files(posix_spawn_file_actions_t *files, int out)
{
    const int failed =
        posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

    return failed ? failed : posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);
}

static int start(struct child *child, const struct spawn_options *options, int out)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    int failed = posix_spawnattr_init(&attributes);

    if (failed)
        return failed;
    failed = posix_spawn_file_actions_init(&files);
    if (!failed) {
        failed = prepare_attributes(&attributes);
        if (!failed)
            failed = prepare_files(&files, out);
        if (!failed)
            failed = posix_spawnp(&child->pid, options->argv[0], &files, &attributes, options->argv,
                                  options->environment);
        (void)posix_spawn_file_actions_destroy(&files);
    }
    (void)posix_spawnattr_destroy(&attributes);
    return failed;
}

static bool may_go_on(const struct child *child, struct error *err)
{
    if (stop_signal() != 0) {
        error_set(err, ERROR_STOPPED, "stopped while '%s' was running", child->name);
        return false;
    }
    if (clock_now_ms() < child->deadline_ms)
        return true;
    error_set(err, ERROR_AUTH, "'%s' took too long and was ended", child->name);
    return false;
}

static bool read_output(const struct child *child, char *out, size_t size, size_t *len,
                        struct error *err)
{
    *len = 0;
    while (may_go_on(child, err)) {
        struct pollfd wait = {.fd = child->fd, .events = POLLIN};
        ssize_t got;

        if (poll(&wait, 1, SLICE_MS) <= 0)
            continue;
        if (*len == size) {
            error_set(err, ERROR_AUTH, "'%s' printed more than %zu bytes", child->name, size - 1);
            return false;
        }
        got = read(child->fd, out + *len, size - *len);
        if (got == 0)
            return true;
        if (got > 0)
            *len += (size_t)got;
        else if (errno != EINTR && errno != EAGAIN)
            return fail_start(child->name, errno, err);
    }
    return false;
}

/* A program may close its output long before it ends. What is not known to have gone well has
 * failed: where SIGCHLD is ignored, nobody can tell how a program ended. */
static bool wait_for_end(const struct child *child, int *status, struct error *err)
{
    pid_t ended = waitpid(child->pid, status, WNOHANG);

    while (ended == 0 || (ended < 0 && errno == EINTR)) {
        if (!may_go_on(child, err))
            return false;
        (void)poll(NULL, 0, 1);
        ended = waitpid(child->pid, status, WNOHANG);
    }
    if (ended > 0)
        return true;
    error_set(err, ERROR_AUTH, "cannot tell how '%s' ended: %s", child->name, strerror(errno));
    return false;
}

static bool judge(const struct child *child, int status, struct error *err)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    /* Where posix_spawn() cannot tell by itself, this is how a program that is not there ends. */
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
        return fail_start(child->name, ENOENT, err);
    if (WIFEXITED(status))
        error_set(err, ERROR_AUTH, "'%s' failed with exit status %d", child->name,
                  WEXITSTATUS(status));
    else
        error_set(err, ERROR_AUTH, "'%s' was ended by signal %d", child->name, WTERMSIG(status));
    return false;
}

bool spawn_run(const struct spawn_options *options, char *out, size_t size, size_t *len,
               struct error *err)
{
    struct child child = {.name = options->argv[0]};
    int ends[2];
    int failed;
    int status = 0;
    bool ended;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail_start(child.name, errno, err);
    failed = start(&child, options, ends[1]);
    (void)close(ends[1]);
    if (failed) {
        (void)close(ends[0]);
        return fail_start(child.name, failed, err);
    }
    child.fd = ends[0];
    child.deadline_ms = clock_now_ms() + options->timeout_ms;
    ended = read_output(&child, out, size, len, err) && wait_for_end(&child, &status, err);
    (void)close(ends[0]);
    if (ended)
        return judge(&child, status, err);
    (void)kill(-child.pid, SIGKILL);
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return false;
}
