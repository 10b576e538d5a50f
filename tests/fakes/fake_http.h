/*
 * The fake side of http/http.h: a server in the same process and on the fake
 * clock. Waiting moves the clock to the next thing that happens, so hours of
 * back-off take no time and every run of a test is the same run.
 *
 * The server is either the mock (mock/mock.h, with its faults and latencies)
 * or a script of canned replies in the order of the requests.
 *
 * One operation, the N-th request or the N-th write, can be cut: the process
 * dies before or after the server has executed it, or only its reply is lost.
 * What the server has begun goes on after the process has died. A process that
 * has died on fake_fsio's disk is dead here too.
 */
#ifndef FAKES_FAKE_HTTP_H
#define FAKES_FAKE_HTTP_H

#include "base/span.h"
#include "http/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mock;

/* Nothing: no server, no script, no plan, no log, counts at 0, requests of the dead forgotten. */
void fake_http_reset(void);

/* Requests go to this mock; borrowed until the next reset. */
void fake_http_use_mock(struct mock *mock);

/* One canned answer. Everything is borrowed until the next reset. */
struct fake_http_step {
    const char *expect; /* start of "POST /v1/path?query body"; NULL: any */
    enum http_end end;
    long status;
    const char *head; /* header lines, each with LF; "" or NULL: Content-Type: application/json */
    const char *body;
    int64_t delay_ms;
    bool timed_out;
};

/* Requests take these in turn. One too many, or one that was not expected, ends the program. */
void fake_http_script(const struct fake_http_step *steps, size_t count);

/* How many steps nobody has taken yet. */
size_t fake_http_steps_left(void);

enum fake_http_cut {
    FAKE_HTTP_RESET_BEFORE, /* HTTP_NOT_SENT */
    FAKE_HTTP_RESET_AFTER,  /* executed, the reply is lost */
    FAKE_HTTP_STOP_BEFORE,  /* the process dies, the request never leaves */
    FAKE_HTTP_STOP_AFTER,   /* the process dies, the request is executed */
};

struct fake_http_plan {
    uint64_t at;      /* counted from 1; 0 is none */
    bool writes_only; /* counts what is not GET */
    enum fake_http_cut cut;
    void (*stopped)(void *ctx); /* told that the process dies; or NULL */
    void *ctx;
};

/* Sets the plan and begins to count anew. */
void fake_http_plan(const struct fake_http_plan *plan);
uint64_t fake_http_requests(void);
uint64_t fake_http_writes(void);
bool fake_http_is_stopped(void);

/* The server does what is due by now, though nobody waits for it. */
void fake_http_catch_up(void);

/* A new process: the plan is gone, the server and what it was told are not. */
void fake_http_restart(void);

/* A request that the server was sent. Texts live until the reset. */
struct fake_http_seen {
    enum http_method method;
    int64_t at_ms;
    const char *target;  /* path and query */
    const char *headers; /* lines, each with LF */
    struct span body;
};

/* Somebody wants to hear of each request when it leaves; until the next reset. */
void fake_http_watch(void (*leaves)(void *ctx, const struct fake_http_seen *seen), void *ctx);

/* Where the process waits, and so many requests have left since the plan was set, another one runs:
 * deed plays it, to its end. Once; a restart forgets it. */
void fake_http_meanwhile(uint64_t requests, void (*deed)(void *ctx), void *ctx);

size_t fake_http_seen_count(void);
const struct fake_http_seen *fake_http_seen(size_t number);

#endif
