/*
 * Reading every selected thread to say something about it: what the commands
 * that write nothing have in common, around work.h. Results come in the order
 * of the selection, progress and failed threads go to standard error, and the
 * exit status is made in one place.
 */
#ifndef RUN_SURVEY_H
#define RUN_SURVEY_H

#include "files/body.h"
#include "run/context.h"
#include "run/work.h"

#include <stdbool.h>
#include <stdint.h>

struct survey {
    struct context *context;
    /* As in struct work. */
    struct sink *(*begin)(void *ctx, struct span thread_id, struct error *err);
    /* A thread has an outcome, in order; job is borrowed. */
    void (*concluded)(void *ctx, struct job *job);
    void *ctx;
    bool keep_skipped;   /* sinks get ITEM_SKIPPED too */
    bool paging;         /* standard output is a pager: no progress, and it may be quit */
    bool tells_failures; /* failed threads are part of the results, so they are not logged */
    bool advises;        /* with the first failure of a kind, what to do: no summary will say it */

    /* What came of it. */
    int64_t concluded_count;
    int64_t failed;
    int64_t items;
    struct loop_result result;
};

/*
 * Runs to the end, a stop or a signal; also, and quietly, until a pager was quit. Returns the exit
 * status: of the error that stopped it (which err holds), of the signal, 1 if threads failed or
 * something of an archive was left unread, or 0.
 */
int survey_run(struct survey *survey, struct error *err);

/* Writes a result to standard output; whether it arrived is seen later. */
void survey_print(struct span text);

/* The same of a body with contents. False with err if it cannot be read to its end. */
bool survey_print_body(const struct body *body, struct error *err);

/* True if standard output may be coloured: --color, NO_COLOR and the terminal decide. */
bool survey_colors(const struct invocation *invocation);

#endif
