/*
 * Doing something with every selected thread: the loop, fed from the
 * selection. A command says which sink a thread gets; results come in
 * the order of the selection if the command wants that.
 */
#ifndef RUN_WORK_H
#define RUN_WORK_H

#include "loop/loop.h"
#include "print/summary.h"
#include "report/report.h"
#include "run/context.h"
#include "source/sink.h"

#include <stdbool.h>
#include <stdint.h>

struct work {
    struct context *context;
    /* Where ids come while the run goes on: the next one (LOOP_JOB), and what to wait for. NULL:
     * the selection. */
    enum loop_next (*take)(void *ctx, struct span *thread_id);
    int (*input)(void *ctx);
    /* A new sink for the thread, or NULL if there is nothing to do with it; with err set too,
     * the run stops. */
    struct sink *(*begin)(void *ctx, struct span thread_id, struct error *err);
    /* True for threads that come after all others; may be NULL. */
    bool (*is_late)(void *ctx, struct span thread_id);
    /* The thread has an outcome; job is borrowed. */
    void (*concluded)(void *ctx, struct job *job);
    /* Once a tick; may be NULL. */
    void (*tick)(void *ctx, const struct loop_stats *stats);
    void *ctx;
    struct checkpoint *checkpoint; /* or NULL: nothing is recorded */
    bool in_order;                 /* concluded() in the order of the selection */
    bool keep_skipped;             /* sinks get ITEM_SKIPPED too */
    bool heads_only;               /* sinks get no items: see reader.h */
    int64_t tick_ms;
};

/*
 * Runs until all threads are concluded, the run must stop, or a signal came. The statistics of
 * tick() and of the result count what the context had requested before, too: the list of threads.
 */
void work_run(const struct work *work, struct loop_result *result);

/* The summary of a run at its start: the command and what is selected; and at its end: how it
 * ended, what was left, how long it took. */
void work_begin_summary(struct summary *summary, const struct context *context);
void work_end_summary(struct summary *summary, const struct context *context,
                      const struct loop_result *result);

/* What a report says of the job: from where to where, and how it stands. */
bool work_tell_report(struct report *report, const struct context *context, struct error *err);

/* A warning: the thread failed, why, and what to do about it ("" for nothing). */
void work_tell_failure(struct job *job, const char *advice);

#endif
