/*
 * One call after the other, waited for: for what is not a job, such as listing
 * the threads of a source. The same retries, pacing and keys as everywhere.
 */
#ifndef LOOP_FETCH_H
#define LOOP_FETCH_H

#include "net/flight.h"

#include <stdbool.h>

/* What came of a call. */
struct fetched {
    struct verdict verdict; /* .answer */
    struct buf raw;         /* the answer's bytes, with keep_raw */
};

void fetched_init(struct fetched *fetched);
void fetched_release(struct fetched *fetched);

/*
 * Sends the call and waits for its answer. Fails if patience is at an end, the run must stop,
 * or a signal asked for it (ERROR_STOPPED): a read at once, anything else before it is sent. A
 * deletion is sent anyway, if it may go at once. ANSWER_NO is not a failure.
 */
bool fetch(struct traffic *traffic, const struct call *call, struct fetched *fetched,
           struct error *err);

/* What it means that a server refuses to list at all. But for ordinary lists a 410, and a 404 of a
 * server that is not partial (struct profile), is ERROR_SOURCE_GONE. */
enum fetch_standing {
    FETCH_ORDINARY, /* what it says */
    FETCH_OPTIONAL, /* threads, which it may not list: fetch_no_list() */
    FETCH_ALWAYS,   /* whoever has the API has it */
};

/*
 * Tells every object of a list, oldest first; path is that of struct cursor_options. each() stops
 * the walk by returning false.
 */
struct fetch_list {
    const char *path;
    const char *what;
    enum fetch_standing standing;
    int64_t page_size;
    bool keep_raw;
    /* raw.data is NULL without keep_raw. */
    bool (*each)(void *ctx, const json_t *object, struct span raw);
    void *ctx;
};

bool fetch_each(struct traffic *traffic, const struct fetch_list *list, struct error *err);

/* ERROR_USAGE: a server that does not list its threads. */
void fetch_no_list(const struct profile *profile, struct error *err);

#endif
