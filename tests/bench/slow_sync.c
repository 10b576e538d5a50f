/*
 * Stands between a program and the C library (LD_PRELOAD). Makes its syncs as
 * slow as those of other disks, and knows what they have made durable: a write
 * that leaves before the record that it rests on is durable is told.
 *
 *   SYNC_MS=N          each sync takes N ms longer
 *   SYNC_TAIL_MS=N     one in a hundred takes N ms longer instead
 *   SYNC_FILE=PATH     the checkpoint; what leaves is watched
 *   SYNC_LOG=FILE      "create", "append" or "delete" for each write that was seen,
 *                      with "early" where its record was not durable
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TAIL_EVERY = 100, MS_PER_SECOND = 1000, NS_PER_MS = 1000000, TEXT_SIZE = 400 };

static atomic_int syncs;
static atomic_llong durable; /* bytes of the file */
static int creates;

static long number_of(const char *variable)
{
    const char *text = getenv(variable);

    return text ? atol(text) : 0;
}

static void delay(void)
{
    const long tail_ms = number_of("SYNC_TAIL_MS");
    const int number = atomic_fetch_add(&syncs, 1);
    const long ms =
        tail_ms > 0 && number % TAIL_EVERY == TAIL_EVERY - 1 ? tail_ms : number_of("SYNC_MS");
    struct timespec left = {.tv_sec = ms / MS_PER_SECOND,
                            .tv_nsec = ms % MS_PER_SECOND * NS_PER_MS};

    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

/* What is written while a sync runs is not known to be in it. */
int fdatasync(int fd)
{
    static int (*real)(int);
    struct stat about = {0};
    int result;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
    (void)fstat(fd, &about);
    delay();
    result = real(fd);
    if (result == 0 && getenv("SYNC_FILE"))
        atomic_store(&durable, (long long)about.st_size);
    return result;
}

/* How often the durable part of the checkpoint has this text. */
static int count_durable(const char *text)
{
    const size_t size = (size_t)atomic_load(&durable);
    char *data = calloc(1, size + 1);
    int fd = open(getenv("SYNC_FILE"), O_RDONLY | O_CLOEXEC);
    int count = 0;

    if (data && fd >= 0 && pread(fd, data, size, 0) == (ssize_t)size) {
        for (const char *at = strstr(data, text); at; at = strstr(at + 1, text))
            count++;
    }
    if (fd >= 0)
        (void)close(fd);
    free(data);
    return count;
}

static void tell(const char *what, bool is_early)
{
    FILE *log = fopen(getenv("SYNC_LOG"), "ae");

    if (!log)
        return;
    (void)fprintf(log, "%s%s\n", what, is_early ? " early" : "");
    (void)fclose(log);
}

/* The head of a request: is there a record for it? */
static void watch(const char *head)
{
    char id[TEXT_SIZE];
    char text[2 * TEXT_SIZE];

    if (strncmp(head, "POST /v1/conversations ", 23) == 0) {
        tell("create", count_durable("\"k\":\"creating\"") < ++creates);
    } else if (sscanf(head, "POST /v1/conversations/%399[^/ ]/items ", id) == 1) {
        (void)snprintf(text, sizeof text, "\"conversation\":\"%s\"", id);
        tell("append", count_durable(text) == 0);
    } else if (sscanf(head, "DELETE /v1/threads/%399[^/ ] ", id) == 1) {
        (void)snprintf(text, sizeof text, "\"k\":\"pruning\",\"thread\":\"%s\"", id);
        tell("delete", count_durable(text) == 0);
    }
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
    static ssize_t (*real)(int, const void *, size_t, int);
    char head[TEXT_SIZE];

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "send");
    if (getenv("SYNC_FILE")) {
        (void)snprintf(head, sizeof head, "%.*s", len < TEXT_SIZE ? (int)len : TEXT_SIZE - 1,
                       (const char *)data);
        watch(head);
    }
    return real(fd, data, len, flags);
}
