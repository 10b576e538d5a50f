/*
 * The loop: a window of jobs over HTTP, timers, the checkpoint's group sync,
 * and stopping. One thread, one clock; nothing else asks the time.
 *
 * Each tick: read the clock once; let every job that can speak say what it
 * wants, and fill the window from the client; begin a sync of the checkpoint if
 * none is under way and it is worth it; start the requests that the pacers allow;
 * wait for replies, timers, signals or the end of the sync; feed what came.
 *
 * The sync runs beside all that. A job whose next request needs a record to be
 * durable says so (WISH_SYNC) and does not speak again before it is.
 *
 * The window holds requests, not jobs. Jobs that sleep (settling), wait for others or for a sync,
 * or are held by the server take no place in it; how many there can be is a question of memory.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "checkpoint/checkpoint.h"
#include "http/http.h"
#include "loop/job.h"
#include "net/remote.h"

#include <stdbool.h>
#include <stdint.h>

enum loop_next {
    LOOP_JOB,   /* *job is new; the loop owns it */
    LOOP_AGAIN, /* none yet; ask again once the world outside was looked at */
    LOOP_LATER, /* none at the moment; ask again after something was concluded, or came in */
    LOOP_NONE,  /* there will be no more */
};

struct loop_stats {
    int64_t requests[SIDES];
    int64_t retries;
    int64_t throttled;
    int64_t in_flight;
    int64_t parked;          /* jobs that settle, or are held */
    int64_t parked_until_ms; /* when the last of them resumes, as far as that is known */
    int64_t held_until_ms;   /* of the origin that is held longest, or INT64_MIN */
    bool held_by_429;        /* and not by a Retry-After with another status */
    int64_t now_ms;
};

struct loop_client {
    enum loop_next (*next)(void *ctx, struct job **job);
    /* Where next() gets its jobs from while the run goes on: a descriptor, or -1. May be NULL. */
    int (*input)(void *ctx);
    /* The job has an outcome. Steals it. */
    void (*concluded)(void *ctx, struct job *job);
    /* What a server said when it refused something of this thread: its words can echo content, so
     * they are for those who ask for them. request_id may be "". May be NULL. */
    void (*refused)(void *ctx, const char *thread_id, const struct answer *answer,
                    const char *request_id);
    /* A thread failed, or the run stops, after a server had refused it with these words. Borrowed;
     * may be NULL. */
    void (*said)(void *ctx, long status, struct span message);
    /* Once a tick, and at least every tick_ms if that is not 0. */
    void (*tick)(void *ctx, const struct loop_stats *stats);
    void *ctx;
};

struct loop_options {
    struct http *http;             /* NULL if nothing is requested */
    struct remote *remotes[SIDES]; /* NULL if there is no such side */
    struct checkpoint *checkpoint; /* NULL if nothing is recorded */
    struct loop_client client;
    int64_t concurrency;
    int64_t max_attempts; /* per request */
    int64_t patience_ms;  /* for answers that only ask for time */
    int64_t max_errors;   /* 0: never stop for failed threads */
    int64_t tick_ms;
    int64_t selected; /* threads in all, for "the source is gone" */
};

/* How it ended: .error.code is ERROR_NONE when there was nothing left to do. */
struct loop_result {
    struct error error;
    int signal; /* SIGINT, SIGTERM or SIGHUP asked for the stop, or 0 */
    struct loop_stats stats;
};

void loop_run(const struct loop_options *options, struct loop_result *result);

#endif
