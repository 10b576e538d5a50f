#include "os/stream.h"

#include "base/mem.h"
#include "os/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RETRY_MS = 50, READER_MS = 5000, PIECE_BYTES = PIPE_BUF };

struct waiting_input {
    int fd;
    struct error *err;
};

static ssize_t read_input(void *cookie, char *data, size_t size)
{
    struct waiting_input *input = cookie;

    return stop_wait_input(input->fd, input->err) ? read(input->fd, data, size) : -1;
}

static int close_input(void *cookie)
{
    struct waiting_input *input = cookie;
    const int failed = input->fd == STDIN_FILENO ? 0 : close(input->fd);

    free(input);
    return failed;
}

FILE *stream_open_input(const char *path, struct error *err)
{
    const cookie_io_functions_t functions = {.read = read_input, .close = close_input};
    struct waiting_input *input;
    /* Without waiting for a writer: that is waited for when it is read. */
    const int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : STDIN_FILENO;
    FILE *stream;

    if (fd < 0)
        return NULL;
    input = mem_alloc(sizeof *input);
    *input = (struct waiting_input){fd, err};
    stream = fopencookie(input, "r", functions);
    if (!stream)
        (void)close_input(input);
    return stream;
}

ssize_t stream_read_now(int fd, char *data, size_t size)
{
    struct pollfd input = {.fd = fd, .events = POLLIN};

    if (poll(&input, 1, 0) > 0)
        return read(fd, data, size);
    errno = EAGAIN;
    return -1;
}

/* False if nobody has taken a byte for READER_MS after a signal. */
static bool wait_reader(int fd)
{
    /* Without end until a signal wakes us, which may come more than once. */
    for (int left_ms = READER_MS; left_ms > 0;) {
        const bool stops = stop_signal() != 0;
        struct pollfd fds[] = {{.fd = fd, .events = POLLOUT},
                               {.fd = stops ? -1 : stop_wake_fd(), .events = POLLIN}};
        const int ready = poll(fds, sizeof fds / sizeof fds[0], RETRY_MS);

        if (fds[0].revents != 0 || (ready < 0 && errno != EINTR))
            return true;
        left_ms -= stops ? RETRY_MS : 0;
    }
    return false;
}

void stream_print(struct span text)
{
    /* What cannot be written to is no pipe that nobody reads: a command that prints ends as by
     * SIGPIPE then. */
    static const char UNWRITABLE[] = "/dev/null";
    const int fd = fileno(stdout);

    if (fd < 0) { /* it is in memory: nobody has to take it */
        (void)fwrite(text.data, 1, text.len, stdout);
        return;
    }
    (void)fflush(stdout);
    while (text.len > 0 && !ferror(stdout)) {
        const size_t len = text.len < PIECE_BYTES ? text.len : PIECE_BYTES;
        ssize_t put = -1;

        if (!wait_reader(fd)) {
            const int unwritable = open(UNWRITABLE, O_RDONLY | O_CLOEXEC);

            (void)dup2(unwritable, fd);
            (void)close(unwritable);
        }
        put = write(fd, text.data, len);
        if (put > 0)
            text = span_skip(text, (size_t)put);
        else if (errno != EINTR && errno != EAGAIN)
            break;
    }
    /* So that it is known at the end. */
    if (text.len > 0)
        (void)fwrite(text.data, 1, 1, stdout);
    (void)fflush(stdout);
}

static bool is_pipe(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* Waits until somebody reads the pipe. The descriptor, or -1. */
static int open_pipe(const char *path, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);

    while (fd < 0 && errno == ENXIO) {
        struct pollfd wake = {.fd = stop_wake_fd(), .events = POLLIN};

        if (stop_is_asked(err))
            return -1;
        (void)poll(&wake, 1, RETRY_MS);
        fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    }
    if (fd >= 0)
        (void)fcntl(fd, F_SETFL, 0);
    return fd;
}

FILE *stream_open_output(const char *path, const char *mode, struct error *err)
{
    int fd;

    if (!is_pipe(path) || strchr(mode, 'x'))
        return fopen(path, mode);
    fd = open_pipe(path, err);
    return fd >= 0 ? fdopen(fd, "w") : NULL;
}
