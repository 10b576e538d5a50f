/*
 * What a run has done, counted; printed at its end, also when it stops early.
 * Commands: migrate, export, rollback, prune.
 */
#ifndef PRINT_SUMMARY_H
#define PRINT_SUMMARY_H

#include "base/buf.h"
#include "checkpoint/filebook.h"
#include "loop/file_saving.h"
#include "loop/job.h"
#include "loop/loop.h"
#include "map/losses.h"
#include "net/flight.h"
#include "print/meter.h"
#include "settings/command.h"
#include "settings/options.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct summary {
    const struct command *command;
    bool dry_run;
    int64_t selected;
    int64_t outcomes[OUTCOME_KINDS]; /* threads by how they ended */
    int64_t failures[ERROR_CODES];   /* failed threads by code */
    int64_t lasting;                 /* failed threads that the same command fails again */
    int64_t duplicates;
    int64_t items;
    struct losses losses;
    struct file_counts files; /* of the whole job */
    int64_t asked;            /* questions about files, in this run */
    struct loop_stats stats;
    const struct file_saving *saving; /* what export made of files; NULL: nothing */
    uint64_t unread;                  /* places of an archive that were left unread */
    uint64_t orphans;                 /* most empty conversations that may be left */
    int64_t duration_ms;
    int64_t minutes; /* of a dry run: what the run takes at the configured rates; 0: none are */
    int exit_code;
    char reason[ERROR_TEXT_SIZE]; /* one line */
};

/* Counts one thread that has ended. */
void summary_add(struct summary *summary, const struct outcome *outcome);

/* The thread that ended so is counted as ended otherwise. What it wrote stays counted. */
void summary_forget(struct summary *summary, enum outcome_kind kind, enum error_code code);

/* Selected threads that have not ended. */
int64_t summary_remaining(const struct summary *summary);

/* The counts that the progress meter shows. */
struct meter_counts summary_counts(const struct summary *summary);

/* Sets exit code and reason: the error that stopped the run, the signal, or what failed. */
void summary_conclude(struct summary *summary, const struct loop_result *result);

/* A file of the run (its report, its log) could not be written: the summary says so, unless it
 * already says what stopped the run. */
void summary_unwritten(struct summary *summary, const struct error *err);

/* {"kept":3,…,"missing":{"not_found":1},…}. New. */
json_t *summary_files_json(const struct file_counts *files);

/* The document of --json. New. */
json_t *summary_json(const struct summary *summary);

/* Lines are broken at the width, 0: never. */
void summary_write_text(struct buf *out, const struct summary *summary, size_t width);

/* "up to 3 empty conversations may be left …"; nothing for none. */
void summary_add_orphans(struct buf *out, size_t width, uint64_t orphans);

/* Adds the command that comes next; returns what it is good for ("resume"). Static. */
const char *summary_next(struct buf *out, const struct summary *summary,
                         const struct options *options);

/*
 * With --json to standard output, else to standard error, with the next command. With --quiet only
 * what needs attention: how threads ended, unless all went well.
 */
void summary_print(const struct summary *summary, const struct options *options);

/*
 * For a command that ends before it began (a locked checkpoint, a list that cannot be read): with
 * --json its one document is still printed, with how it ended and what was requested until then
 * (traffic may be NULL). Returns the exit status.
 */
int summary_print_unbegun(const struct options *options, const struct traffic *traffic,
                          const struct error *err);

#endif
