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
enum { SLICE_MS = 50, NOT_FOUND = 127, LINE_SIZE = 512 };

enum stream { STREAM_OUT, STREAM_ERROR, STREAMS };

struct child {
    pid_t pid;
    const struct spawn_options *options;
    int fds[STREAMS]; /* our ends of its standard output and error, which never wait; -1: closed */
    const char *name;
    char line[LINE_SIZE]; /* of its standard error, so far */
    size_t line_len;
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

static int prepare_files(posix_spawn_file_actions_t *files, const int ends[STREAMS])
{
    int failed = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

    if (!failed)
        failed = posix_spawn_file_actions_adddup2(files, ends[STREAM_OUT], STDOUT_FILENO);
    return failed ? failed
                  : posix_spawn_file_actions_adddup2(files, ends[STREAM_ERROR], STDERR_FILENO);
}

static int start(struct child *child, const int ends[STREAMS])
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
            failed = prepare_files(&files, ends);
        if (!failed)
            failed = posix_spawnp(&child->pid, child->name, &files, &attributes,
                                  child->options->argv, child->options->environment);
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

/* Reads what a pipe holds now into the room that is left there; false at its end. */
static bool read_some(struct child *child, enum stream stream, char *data, size_t room, size_t *got)
{
    ssize_t count;

    do {
        count = read(child->fds[stream], data, room);
    } while (count < 0 && errno == EINTR);
    *got = count > 0 ? (size_t)count : 0;
    if (count > 0 || (count < 0 && errno == EAGAIN))
        return true;
    (void)close(child->fds[stream]);
    child->fds[stream] = -1;
    return false;
}

static bool take_output(struct child *child, struct output *out, struct error *err)
{
    size_t got = 1;

    while (got > 0 && child->fds[STREAM_OUT] >= 0) {
        if (out->len == out->size) {
            error_set(err, ERROR_AUTH, "'%s' printed more than %zu bytes", child->name,
                      out->size - 1);
            return false;
        }
        (void)read_some(child, STREAM_OUT, out->data + out->len, out->size - out->len, &got);
        out->len += got;
    }
    return true;
}

static void tell_line(struct child *child)
{
    if (child->line_len > 0)
        child->options->said(child->options->ctx, (struct span){child->line, child->line_len});
    child->line_len = 0;
}

/* Bounded, for a program may never stop talking. */
static void take_words(struct child *child)
{
    for (int i = 0; i < LINE_SIZE && child->fds[STREAM_ERROR] >= 0; i++) {
        char *next = child->line + child->line_len;
        size_t got;

        if (!read_some(child, STREAM_ERROR, next, 1, &got) || got == 0)
            return;
        child->line_len += *next != '\n';
        if (*next == '\n' || child->line_len == LINE_SIZE)
            tell_line(child);
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
    while (!child->has_ended) {
        struct pollfd waits[STREAMS] = {{.fd = child->fds[STREAM_OUT], .events = POLLIN},
                                        {.fd = child->fds[STREAM_ERROR], .events = POLLIN}};
        const bool at_end = child->fds[STREAM_OUT] < 0;

        if (!may_go_on(child, err))
            return false;
        (void)poll(waits, STREAMS, at_end ? 1 : SLICE_MS);
        /* Asked first, so that all it has printed is in the pipes when they are read. */
        if (!look_for_end(child, err) || !take_output(child, out, err))
            return false;
        take_words(child);
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
    tell_line(child);
    for (int i = 0; i < STREAMS; i++) {
        if (child->fds[i] >= 0)
            (void)close(child->fds[i]);
    }
    if (child->has_ended)
        return;
    (void)kill(-child->pid, SIGKILL);
    while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
        continue;
}

/* Two pipes; 0 or the reason. */
static int open_pipes(struct child *child, int ends[STREAMS])
{
    for (int i = 0; i < STREAMS; i++) {
        int both[2];

        if (pipe2(both, O_CLOEXEC) != 0)
            return errno;
        child->fds[i] = both[0];
        ends[i] = both[1];
        if (fcntl(both[0], F_SETFL, O_NONBLOCK) != 0)
            return errno;
    }
    return 0;
}

bool spawn_run(const struct spawn_options *options, char *out, size_t size, size_t *len,
               struct error *err)
{
    struct child child = {.options = options, .fds = {-1, -1}, .name = options->argv[0]};
    struct output output = {.data = out, .size = size};
    int ends[STREAMS] = {-1, -1};
    int failed = open_pipes(&child, ends);
    bool ok;

    *len = 0;
    if (!failed)
        failed = start(&child, ends);
    for (int i = 0; i < STREAMS; i++) {
        if (ends[i] >= 0)
            (void)close(ends[i]);
    }
    child.has_ended = failed != 0;
    child.deadline_ms = clock_now_ms() + options->timeout_ms;
    ok = failed ? fail_start(child.name, failed, err) : follow(&child, &output, err);
    end(&child);
    *len = output.len;
    return ok && judge(&child, err);
}
