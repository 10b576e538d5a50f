/*
 * Stands between a program and the C library (LD_PRELOAD) and makes calls fail.
 *
 *   SHIM="OP:FROM:TO:ACTION …"   from the FROM-th call of OP to the TO-th (0: for ever)
 *   SHIM_FIRED=FILE              a line for each call that was disturbed
 *
 * OP       malloc write sync open rename truncate send resolve connect clock
 * ACTION   a number: errno, nothing is done
 *          short     half of the bytes are written
 *          kill      SIGKILL before the call
 *          torn      half of the bytes, but no whole line, then SIGKILL
 *          after     the call, then SIGKILL
 *          hang      connect: nobody ever answers
 *          jump      clock: the time of day is a year ahead, an hour behind, in turn
 *          past      clock: the time of day is a year behind
 *
 * Calls count from the start of main. Of files only those count that are regular
 * and not a standard stream; of sends only those on sockets of the internet.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum op {
    OP_MALLOC,
    OP_WRITE,
    OP_SYNC,
    OP_OPEN,
    OP_RENAME,
    OP_TRUNCATE,
    OP_SEND,
    OP_RESOLVE,
    OP_CONNECT,
    OP_CLOCK,
    OPS
};

static const char *const OP_NAMES[OPS] = {
    [OP_MALLOC] = "malloc", [OP_WRITE] = "write",     [OP_SYNC] = "sync",
    [OP_OPEN] = "open",     [OP_RENAME] = "rename",   [OP_TRUNCATE] = "truncate",
    [OP_SEND] = "send",     [OP_RESOLVE] = "resolve", [OP_CONNECT] = "connect",
    [OP_CLOCK] = "clock",
};

enum action { PASS, FAIL, SHORT, KILL, TORN, AFTER, HANG, JUMP, PAST };

static const char *const ACTION_NAMES[] = {
    [SHORT] = "short", [KILL] = "kill", [TORN] = "torn", [AFTER] = "after",
    [HANG] = "hang",   [JUMP] = "jump", [PAST] = "past",
};

struct rule {
    long from;
    long to;
    enum action action;
    int error;
};

enum { YEAR_S = 365 * 86400, HOUR_S = 3600, MOST_RULE = 64 };

static struct rule rules[OPS];
static atomic_long counts[OPS];
static atomic_bool started;
static const char *fired_path;
static struct sockaddr_in silent; /* its queue is full */

static void parse_rule(const char *text)
{
    for (int op = 0; op < OPS; op++) {
        size_t len = strlen(OP_NAMES[op]);
        char *end;

        if (strncmp(text, OP_NAMES[op], len) != 0 || text[len] != ':')
            continue;
        rules[op].from = strtol(text + len + 1, &end, 10);
        rules[op].to = strtol(end + 1, &end, 10);
        rules[op].error = (int)strtol(end + 1, NULL, 10);
        rules[op].action = FAIL;
        for (int action = SHORT; action <= PAST; action++) {
            if (strncmp(end + 1, ACTION_NAMES[action], strlen(ACTION_NAMES[action])) == 0)
                rules[op].action = (enum action)action;
        }
        return;
    }
    _exit(99);
}

static void parse(const char *text)
{
    while (text && *text != '\0') {
        const char *space = strchr(text, ' ');

        parse_rule(text);
        text = space ? space + 1 : NULL;
    }
}

/* No allocation, nothing of our own in between. */
static void tell(enum op op, long number)
{
    char line[MOST_RULE];
    int len = snprintf(line, sizeof line, "%s %ld\n", OP_NAMES[op], number);
    long fd;

    if (!fired_path)
        return;
    fd = syscall(SYS_openat, AT_FDCWD, fired_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    (void)syscall(SYS_write, fd, line, (size_t)len);
    (void)syscall(SYS_close, fd);
}

/* What is to become of this call. errno is set where it is to fail, and else untouched. */
static enum action judge(enum op op)
{
    const struct rule *rule = &rules[op];
    int saved = errno;
    long number;

    if (!atomic_load(&started) || rule->action == PASS)
        return PASS;
    number = atomic_fetch_add(&counts[op], 1) + 1;
    if (number < rule->from || (rule->to != 0 && number > rule->to))
        return PASS;
    tell(op, number);
    if (rule->action == KILL)
        (void)kill(getpid(), SIGKILL);
    errno = rule->action == FAIL ? rule->error : saved;
    return rule->action;
}

static void end_if(bool dies)
{
    if (dies)
        (void)kill(getpid(), SIGKILL);
}

static void *next(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (!found)
        _exit(98);
    return found;
}

#define NEXT(type, name)                                                                           \
    static type *real;                                                                             \
    if (!real)                                                                                     \
    *(void **)&real = next(name)

/* ---- the start ---- */

static int (*real_main)(int, char **, char **);

static int begin(int argc, char **argv, char **environment)
{
    fired_path = getenv("SHIM_FIRED");
    parse(getenv("SHIM"));
    atomic_store(&started, true);
    return real_main(argc, argv, environment);
}

typedef int start_fn(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
                     void (*)(void), void *);

start_fn __libc_start_main;
int __libc_start_main(int (*main_fn)(int, char **, char **), int argc, char **argv,
                      void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
                      void *stack_end)
{
    NEXT(start_fn, "__libc_start_main");
    real_main = main_fn;
    return real(begin, argc, argv, init, fini, rtld_fini, stack_end);
}

/* ---- memory ---- */

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

void *malloc(size_t size)
{
    return judge(OP_MALLOC) == PASS ? __libc_malloc(size) : NULL;
}

void *calloc(size_t count, size_t size)
{
    return judge(OP_MALLOC) == PASS ? __libc_calloc(count, size) : NULL;
}

void *realloc(void *old, size_t size)
{
    return judge(OP_MALLOC) == PASS ? __libc_realloc(old, size) : NULL;
}

/* ---- files ---- */

static bool is_file(int fd)
{
    struct stat about;

    return fd > STDERR_FILENO && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

static ssize_t disturbed_write(int fd, const void *data, size_t len, off_t offset)
{
    enum action action = is_file(fd) ? judge(OP_WRITE) : PASS;
    ssize_t done;

    if (action == FAIL)
        return -1;
    if ((action == SHORT || action == TORN) && len > 1)
        len /= 2;
    /* A cut between two lines leaves an older file, and no torn end. */
    if (action == TORN && len > 1 && ((const char *)data)[len - 1] == '\n')
        len--;
    done = offset < 0 ? syscall(SYS_write, fd, data, len)
                      : syscall(SYS_pwrite64, fd, data, len, offset);
    end_if(action == TORN || action == AFTER);
    return done;
}

ssize_t write(int fd, const void *data, size_t len)
{
    return disturbed_write(fd, data, len, -1);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
    return disturbed_write(fd, data, len, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
    return disturbed_write(fd, data, len, offset);
}

static int disturbed_sync(int fd, long number)
{
    enum action action = judge(OP_SYNC);
    int result;

    if (action == FAIL)
        return -1;
    result = (int)syscall(number, fd);
    end_if(action == AFTER);
    return result;
}

int fsync(int fd)
{
    return disturbed_sync(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return disturbed_sync(fd, SYS_fdatasync);
}

static int disturbed_truncate(int fd, off_t size)
{
    enum action action = judge(OP_TRUNCATE);
    int result;

    if (action == FAIL)
        return -1;
    result = (int)syscall(SYS_ftruncate, fd, size);
    end_if(action == AFTER);
    return result;
}

int ftruncate(int fd, off_t size)
{
    return disturbed_truncate(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return disturbed_truncate(fd, size);
}

static int disturbed_open(int dir, const char *path, int flags, mode_t mode)
{
    enum action action = judge(OP_OPEN);
    int fd;

    if (action == FAIL)
        return -1;
    fd = (int)syscall(SYS_openat, dir, path, flags, mode);
    end_if(action == AFTER);
    return fd;
}

#define OPEN_WITH(dir, path, flags)                                                                \
    va_list list;                                                                                  \
    mode_t mode = 0;                                                                               \
    va_start(list, flags);                                                                         \
    if (((flags) & (O_CREAT | O_TMPFILE)) != 0)                                                    \
        mode = (mode_t)va_arg(list, int);                                                          \
    va_end(list);                                                                                  \
    return disturbed_open(dir, path, flags, mode)

int open(const char *path, int flags, ...)
{
    OPEN_WITH(AT_FDCWD, path, flags);
}

int open64(const char *path, int flags, ...)
{
    OPEN_WITH(AT_FDCWD, path, flags);
}

int openat(int dir, const char *path, int flags, ...)
{
    OPEN_WITH(dir, path, flags);
}

typedef FILE *fopen_fn(const char *, const char *);
typedef int mkostemp_fn(char *, int);

FILE *fopen(const char *path, const char *mode)
{
    NEXT(fopen_fn, "fopen");
    return judge(OP_OPEN) == FAIL ? NULL : real(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
    NEXT(fopen_fn, "fopen64");
    return judge(OP_OPEN) == FAIL ? NULL : real(path, mode);
}

int mkostemp(char *name, int flags)
{
    NEXT(mkostemp_fn, "mkostemp");
    return judge(OP_OPEN) == FAIL ? -1 : real(name, flags);
}

static int disturbed_name(long number, const char *from, const char *to)
{
    enum action action = judge(OP_RENAME);
    int result;

    if (action == FAIL)
        return -1;
    result = (int)syscall(number, from, to);
    end_if(action == AFTER);
    return result;
}

int rename(const char *from, const char *to)
{
    return disturbed_name(SYS_rename, from, to);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    enum action action = judge(OP_RENAME);
    int result;

    if (action == FAIL)
        return -1;
    result = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
    end_if(action == AFTER);
    return result;
}

int link(const char *from, const char *to)
{
    return disturbed_name(SYS_link, from, to);
}

int unlink(const char *path)
{
    return disturbed_name(SYS_unlink, path, NULL);
}

/* ---- network ---- */

ssize_t send(int fd, const void *data, size_t len, int flags)
{
    enum action action = judge(OP_SEND);
    ssize_t done;

    if (action == FAIL)
        return -1;
    if ((action == SHORT || action == TORN) && len > 1)
        len /= 2;
    done = syscall(SYS_sendto, fd, data, len, flags, NULL, 0);
    end_if(action == TORN || action == AFTER);
    return done;
}

static const char TEST_NAME[] = ".test"; /* such names are this machine (RFC 6761) */

typedef int getaddrinfo_fn(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    NEXT(getaddrinfo_fn, "getaddrinfo");
    enum action action = judge(OP_RESOLVE);
    size_t len = node ? strlen(node) : 0;

    if (len > sizeof TEST_NAME - 1 && strcmp(node + len - (sizeof TEST_NAME - 1), TEST_NAME) == 0)
        node = "127.0.0.1";
    return action == PASS ? real(node, service, hints, result) : EAI_AGAIN;
}

/* A listener that never accepts and whose queue is full, so that the kernel drops what comes. */
static void open_silent(void)
{
    socklen_t len = sizeof silent;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    silent = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    (void)bind(fd, (struct sockaddr *)&silent, len);
    (void)getsockname(fd, (struct sockaddr *)&silent, &len);
    (void)listen(fd, 0);
    for (int i = 0; i < 2; i++) {
        int filler = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        (void)syscall(SYS_connect, filler, &silent, len);
    }
}

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t len)
{
    enum action action = address.__sockaddr__->sa_family == AF_INET ? judge(OP_CONNECT) : PASS;

    if (action == FAIL)
        return -1;
    if (action == HANG && silent.sin_port == 0)
        open_silent();
    if (action == HANG)
        return (int)syscall(SYS_connect, fd, &silent, sizeof silent);
    return (int)syscall(SYS_connect, fd, address.__sockaddr__, len);
}

/* ---- time ---- */

static time_t jump(void)
{
    static atomic_uint turn;
    enum action action = judge(OP_CLOCK);

    if (action == PAST)
        return -YEAR_S;
    if (action != JUMP)
        return 0;
    return atomic_fetch_add(&turn, 1) % 2 == 0 ? YEAR_S : -HOUR_S;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, id, now);

    if (result == 0 && id == CLOCK_REALTIME)
        now->tv_sec += jump();
    return result;
}

int gettimeofday(struct timeval *now, void *zone)
{
    int result = (int)syscall(SYS_gettimeofday, now, zone);

    if (result == 0)
        now->tv_sec += jump();
    return result;
}

time_t time(time_t *out)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}
