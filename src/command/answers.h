/*
 * A line for each thread: what migrate --format jsonl prints while it runs, and
 * the ids that come from an open pipe (--threads -).
 *
 *     answers_open()
 *     answers_take(), answers_input()   struct work takes ids with them, if answers->streams
 *     answers_conclude()                a thread has ended: it is counted, and its line printed
 *     answers_close()                   whatever has no line yet gets one: "remaining"
 *
 * Every line that comes in is answered by one line, in order of completion. An
 * id that comes again while its thread is in work shares the result; later it is
 * decided again. In the summary it counts once.
 *
 * What is read ahead is a line of 16 MiB at most, and no more is read than can
 * begin; eight bytes and the id are kept of each thread.
 */
#ifndef COMMAND_ANSWERS_H
#define COMMAND_ANSWERS_H

#include "print/summary.h"
#include "report/report.h"
#include "run/context.h"
#include "settings/idlist.h"
#include "source/sink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answers_thread;

struct answers {
    struct context *context; /* its selection grows while ids come; borrowed */
    struct summary *summary; /* borrowed */
    struct report *report;   /* borrowed */
    bool prints;             /* --format jsonl; without it threads are counted only */
    bool streams;            /* ids come in */
    size_t given;            /* ids of the command line, which come first */
    size_t begun;            /* of them */
    int64_t invalid;         /* lines without an id */
    struct idlist list;
    struct answers_thread *threads; /* by their places in the selection */
    size_t thread_cap;
    struct buf out;
    struct error error; /* what keeps it from going on */
};

/* The context is open, and the summary has begun. */
void answers_open(struct answers *answers, struct context *context, struct summary *summary,
                  struct report *report);

/* The next id that came in; as in struct work. */
enum loop_next answers_take(struct answers *answers, struct span *thread_id);
int answers_input(const struct answers *answers);

/* Has the thread been decided before in this run? */
bool answers_was_decided(const struct answers *answers, struct span thread_id);

void answers_conclude(struct answers *answers, struct span thread_id,
                      const struct outcome *outcome);

/* After the run. */
void answers_close(struct answers *answers);

#endif
