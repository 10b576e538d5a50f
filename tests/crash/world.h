/*
 * A whole world in one process: the real program from its command line down,
 * on the fake disk, clock and network, with the mock as server and judge. A
 * test stops it at any operation, starts it again, and compares what the server
 * holds and what the checkpoint says with the undisturbed run.
 */
#ifndef CRASH_WORLD_H
#define CRASH_WORLD_H

#include "base/buf.h"
#include "mock/judge/mock.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a world is made of. */
struct world_plan {
    const char *name;
    const int *messages; /* of each thread; ends with -1 */
    const char *faults;  /* a script of the mock, or NULL */
    unsigned quirks;
    unsigned stale_lists;     /* of the mock */
    char kind;                /* of some messages: ' ' ends with a space, n with a NUL, r refuses */
    int64_t latency_ms;       /* of every reply */
    uint64_t sync_events;     /* pass before a sync of the checkpoint takes place */
    const char *command;      /* "migrate" */
    const char *const *flags; /* further flags, NULL-terminated */
    bool twice;               /* every resumed run is stopped too, at every third operation */
    bool two_projects;        /* the destination has a key of its own, WORLD_OTHER_KEY */
    bool checks_file_ids;     /* the destination refuses items with files that it does not know */
    json_t *files;            /* of both sides, as a fixture of the mock; or NULL */
    /* Somebody adds to each message that is made; or NULL. */
    void (*decorate)(json_t *message, size_t thread, int number);
    /* What happens between world_begin and the run that is disturbed, or NULL. */
    void (*prepare)(struct world_plan const *plan);
};

/* Where the checkpoint of a world is. */
#define WORLD_CHECKPOINT "/job.checkpoint"

/* The key that the program has, for both sides; or for the source only. */
#define WORLD_KEY "sk-simulated-key"
#define WORLD_OTHER_KEY "sk-simulated-other"

/* A new world: fresh server, empty disk, time zero; then plan->prepare. */
void world_begin(const struct world_plan *plan);
void world_end(void);

/* Runs the program to its end with the plan's flags, or with these; returns its exit status. */
int world_run(const struct world_plan *plan);
int world_run_with(const struct world_plan *plan, const char *command, const char *const *flags);

/* The same for any command line: words are the command and what follows it, NULL-terminated; the
 * flags that all commands of a world need are added: of the source only where words do not name
 * one of their own. What it prints is added to out and to err. */
int world_call(const char *const *words, struct buf *out, struct buf *err);

/* The server. */
struct mock *world_mock(void);

/* Somebody else asks the server for something; steals body, which may be NULL. */
void world_admin(const char *method, const char *target, json_t *body);

/* Where a process dies. */
enum world_cut {
    WORLD_DISK_BEFORE,
    WORLD_DISK_HALF,
    WORLD_DISK_HANG, /* a sync never returns, and it is killed when all else is done */
    WORLD_DISK_AFTER,
    WORLD_SERVER_BEFORE,
    WORLD_SERVER_AFTER,
    WORLD_CUTS
};

/* The next run dies at its N-th operation of that kind (from 1). */
void world_cut_at(enum world_cut cut, uint64_t number);

/* True where the run has died of it; a cut that was not reached did nothing. */
bool world_has_died(void);

/* How many operations of that kind the newest run made. */
uint64_t world_operations(enum world_cut cut);

/* The process is dead, the machine lives: locks are free. */
void world_restart(void);

/* When a thread was made, in seconds since 1970. */
int64_t world_thread_time(size_t thread);

/* Another process runs, from the moment on when so many requests of the next run have left, and to
 * its end. It may call world_call(). */
void world_meanwhile(uint64_t requests, void (*deed)(void *ctx), void *ctx);

/* A thread gets messages; 0-based. */
void world_grow(size_t thread, int count);

/* Somebody adds an item to the conversation of a thread. */
void world_meddle(size_t thread);

/*
 * What is there, in words that can be compared: for each thread its state, the number of items and
 * digest that the checkpoint tells, and the conversation that it names, item by item. New, caller
 * frees. Where the world is impossible (items that nobody names, two conversations, more orphans
 * than were told) it says so in a line that begins with "BROKEN".
 */
char *world_state(void);

/* The lines that count of the archive that export has written (of each thread the newest), sorted.
 * New, caller frees. */
char *world_archive(void);

#endif
