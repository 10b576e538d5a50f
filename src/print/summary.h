/*
 * What a migrate run has done, counted; printed at its end, also when it stops
 * early.
 */
#ifndef PRINT_SUMMARY_H
#define PRINT_SUMMARY_H

#include "base/buf.h"
#include "loop/job.h"
#include "loop/loop.h"
#include "map/losses.h"
#include "net/flight.h"
#include "print/meter.h"
#include "settings/options.h"

#include <stdbool.h>
#include <stdint.h>

struct summary {
    const char *command;
    const char *deed; /* what happened to the items: "written", "deleted" */
    bool dry_run;
    int64_t selected;
    int64_t outcomes[OUTCOME_KINDS]; /* threads by how they ended */
    int64_t failures[ERROR_CODES];   /* failed threads by code */
    int64_t lasting;                 /* failed threads that the same command fails again */
    int64_t duplicates;
    int64_t items;
    struct losses losses;
    struct loop_stats stats;
    uint64_t unread;  /* places of an archive that were left unread */
    uint64_t orphans; /* possible empty conversations nobody names */
    int64_t duration_ms;
    int64_t minutes; /* of a dry run: what the run takes at the configured rates; 0: none are */
    int exit_code;
    char reason[ERROR_TEXT_SIZE]; /* one line */
};

/* Counts one thread that has ended. */
void summary_add(struct summary *summary, struct job *job);

/* Selected threads that have not ended. */
int64_t summary_remaining(const struct summary *summary);

/* The same for the meter. */
struct meter_counts summary_counts(const struct summary *summary);

/*
 * Fills exit code and reason: of the error that stopped the run, of the signal, or of what failed.
 */
void summary_conclude(struct summary *summary, const struct loop_result *result);

/*
 * Something that was to be written by the run (its report, its log) could not be: the summary says
 * so, unless what stopped the run is said there.
 */
void summary_unwritten(struct summary *summary, const struct error *err);

void summary_write_json(struct buf *out, const struct summary *summary);

/* Lines are broken at the width, 0: never. */
void summary_write_text(struct buf *out, const struct summary *summary, size_t width);

/* With --json to standard output, else to standard error with what to do next. */
void summary_print(const struct summary *summary, const struct options *options);

/*
 * Where a command ends before it began (a locked checkpoint, a list that cannot be read): with
 * --json its one document is printed all the same, with how it ended and what was requested until
 * then (traffic may be NULL). Gives the exit status.
 */
int summary_print_unbegun(const struct options *options, const struct traffic *traffic,
                          const struct error *err);

#endif
