#include "os/syncer.h"

#include "base/mem.h"
#include "os/linux.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* It calls fdatasync() and write(). The sanitizers want more than the smallest stack there is. */
enum { STACK_BYTES = 256 << 10 };

struct syncer {
    pthread_t thread;
    int fd;             /* borrowed */
    int over_fd;        /* counts the syncs that are over and not yet told: none or one */
    sem_t begin;        /* counts the syncs that are to begin: none or one */
    atomic_int failure; /* of the newest sync; to be read once over_fd says so */
    atomic_bool quits;
};

int sync_data(int fd)
{
    int failed;

    do
        failed = fdatasync(fd);
    while (failed != 0 && errno == EINTR);
    return failed == 0 ? 0 : errno;
}

static void *run(void *ctx)
{
    static const uint64_t ONE = 1;
    struct syncer *syncer = ctx;

    for (;;) {
        ssize_t told = -1;

        while (sem_wait(&syncer->begin) != 0)
            continue;
        if (atomic_load(&syncer->quits))
            return NULL;
        atomic_store(&syncer->failure, sync_data(syncer->fd));
        while (told < 0)
            told = write(syncer->over_fd, &ONE, sizeof ONE);
    }
}

/* Signals are the main thread's: here they would interrupt a sync, or set its flags from beside. */
static bool start_thread(struct syncer *syncer)
{
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    bool ok;

    if (pthread_attr_init(&attributes) != 0)
        return false;
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    (void)sigfillset(&all);
    ok = pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    if (ok) {
        ok = pthread_create(&syncer->thread, &attributes, run, syncer) == 0;
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    (void)pthread_attr_destroy(&attributes);
    return ok;
}

struct syncer *syncer_new(int fd)
{
    struct syncer *syncer = mem_zalloc(1, sizeof *syncer);

    syncer->fd = fd;
    syncer->over_fd = linux_bell();
    if (syncer->over_fd >= 0 && sem_init(&syncer->begin, 0, 0) == 0) {
        if (start_thread(syncer))
            return syncer;
        (void)sem_destroy(&syncer->begin);
    }
    if (syncer->over_fd >= 0)
        (void)close(syncer->over_fd);
    free(syncer);
    return NULL;
}

void syncer_start(struct syncer *syncer)
{
    (void)sem_post(&syncer->begin);
}

bool syncer_end(struct syncer *syncer, bool waits, int *failure)
{
    struct pollfd over = {.fd = syncer->over_fd, .events = POLLIN};
    uint64_t count;
    ssize_t got = read(syncer->over_fd, &count, sizeof count);

    while (waits && got < 0) {
        (void)poll(&over, 1, -1);
        got = read(syncer->over_fd, &count, sizeof count);
    }
    if (got < 0)
        return false;
    *failure = atomic_load(&syncer->failure);
    return true;
}

int syncer_fd(const struct syncer *syncer)
{
    return syncer->over_fd;
}

void syncer_free(struct syncer *syncer)
{
    if (!syncer)
        return;
    atomic_store(&syncer->quits, true);
    (void)sem_post(&syncer->begin);
    (void)pthread_join(syncer->thread, NULL);
    (void)sem_destroy(&syncer->begin);
    (void)close(syncer->over_fd);
    free(syncer);
}
