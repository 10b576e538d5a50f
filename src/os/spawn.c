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
    int fd; /* our end of its standard output; never waits */
    const char *name;
    int64_t deadline_ms;
    bool has_ended;
    int status;
};

/* Of the caller. */
struct output {
    char *data;
    size_t size;
    size_t len;
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

/* Takes what the pipe holds now; *at_end once nobody can write to it any more. */
static bool take_output(const struct child *child, struct output *out, bool *at_end,
                        struct error *err)
{
    for (;;) {
        ssize_t got;

        if (out->len == out->size) {
            error_set(err, ERROR_AUTH, "'%s' printed more than %zu bytes", child->name,
                      out->size - 1);
            return false;
        }
        got = read(child->fd, out->data + out->len, out->size - out->len);
        if (got > 0) {
            out->len += (size_t)got;
            continue;
        }
        *at_end = got == 0;
        if (got == 0 || errno == EAGAIN)
            return true;
        if (errno != EINTR)
            return fail_start(child->name, errno, err);
    }
}

/* What is not known to have gone well has failed: where SIGCHLD is ignored, nobody can tell how a
 * program ended. */
static bool look_for_end(struct child *child, struct error *err)
{
    const pid_t ended = waitpid(child->pid, &child->status, WNOHANG);

    if (ended == 0 || (ended < 0 && errno == EINTR))
        return true;
    child->has_ended = true;
    if (ended > 0)
        return true;
    error_set(err, ERROR_AUTH, "cannot tell how '%s' ended: %s", child->name, strerror(errno));
    return false;
}

/*
 * Reads until the program itself has ended, and then what is left in the pipe: it may close its
 * output long before it ends, and what it leaves running in the background may hold it open for
 * ever.
 */
static bool follow(struct child *child, struct output *out, struct error *err)
{
    bool at_end = false;

    while (!child->has_ended) {
        struct pollfd wait = {.fd = child->fd, .events = POLLIN};

        if (!may_go_on(child, err))
            return false;
        (void)poll(&wait, at_end ? 0 : 1, at_end ? 1 : SLICE_MS);
        /* Asked first, so that all it has printed is in the pipe when that is read. */
        if (!look_for_end(child, err) || (!at_end && !take_output(child, out, &at_end, err)))
            return false;
    }
    return true;
}

static bool judge(const struct child *child, struct error *err)
{
    const int status = child->status;

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

static void end(struct child *child)
{
    if (child->has_ended)
        return;
    (void)kill(-child->pid, SIGKILL);
    while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
        continue;
}

bool spawn_run(const struct spawn_options *options, char *out, size_t size, size_t *len,
               struct error *err)
{
    struct child child = {.name = options->argv[0]};
    struct output output = {.data = out, .size = size};
    int ends[2];
    int failed;
    bool ok;

    *len = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail_start(child.name, errno, err);
    failed = fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 ? start(&child, options, ends[1]) : errno;
    (void)close(ends[1]);
    if (failed) {
        (void)close(ends[0]);
        return fail_start(child.name, failed, err);
    }
    child.fd = ends[0];
    child.deadline_ms = clock_now_ms() + options->timeout_ms;
    ok = follow(&child, &output, err);
    end(&child);
    (void)close(ends[0]);
    *len = output.len;
    return ok && judge(&child, err);
}
