/*
 * --report FILE of migrate and verify: from where to where, what the run has
 * done or found, what failed or differs and why, losses, throughput over time,
 * how the whole job stands after all of its runs, versions, the settings that
 * are set (secrets masked), and the next command. FILE.json or FILE.html.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "check/verifier.h"
#include "checkpoint/checkpoint.h"
#include "print/meter.h"
#include "print/summary.h"
#include "print/words.h"
#include "settings/command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report_sample {
    int64_t ms; /* since the start */
    int64_t threads;
    int64_t items;
    int64_t requests;
};

enum { REPORT_SAMPLES = 240 };

/* How the whole job stands, by its checkpoint. */
struct report_job {
    bool is_known;
    struct run_facts runs;
    size_t threads[THREAD_STATES];
    int64_t failures[ERROR_CODES];
    int64_t items;
    uint64_t orphans;
};

struct report {
    const char *path;       /* NULL: nothing is kept */
    struct buf source;      /* in words, without secrets */
    struct buf destination; /* the same */
    struct report_job job;
    const struct words *words; /* what servers said, only with -v; else NULL; borrowed */
    int64_t started_ms;
    int64_t wall_ms;  /* when that was, since 1970 */
    int64_t every_ms; /* between samples; doubles when there is no more room */
    struct report_sample samples[REPORT_SAMPLES];
    size_t sample_count;
    struct report_finding *findings; /* the first thousand */
    size_t finding_count;
};

/* False with ERROR_USAGE if the path ends neither in .json nor in .html. */
bool report_open(struct report *report, const char *path, int64_t now_ms, struct error *err);
void report_release(struct report *report);

void report_tick(struct report *report, const struct meter_counts *counts,
                 const struct loop_stats *stats);
void report_failure(struct report *report, const char *thread_id, const struct error *error);

/* A thread that differs or could not be compared; reason in our own words. */
void report_difference(struct report *report, const char *thread_id, enum verify_result result,
                       const char *reason);

/* How the job stands by now; NULL: there is none yet. */
bool report_job(struct report *report, struct checkpoint *checkpoint, struct error *err);

/*
 * Takes the last sample and writes the file, as a whole or not at all. Where that fails, *err and
 * the summary say so; if an error has stopped the run, that error stays, and the log names this
 * one.
 */
void report_write(struct report *report, struct summary *summary,
                  const struct invocation *invocation, struct error *err);

/* What came of comparing. */
struct report_verified {
    int64_t results[VERIFY_RESULTS];
    int64_t unproven;
    int64_t duration_ms;
    int exit_code;
    const char *next; /* "diff": the command that comes next */
    const char *purpose;
};

/* The same of verify. */
bool report_write_verified(const struct report *report, const struct report_verified *verified,
                           const struct invocation *invocation, struct error *err);

struct report_finding {
    char *thread_id;
    const char *label; /* a failure's code, or how the two differ */
    char *reason;
    const char *advice;
};

struct report_row {
    const char *name;
    int64_t value;
};

enum { REPORT_ROWS = 16 };

/* What both have to say; the rest is in the report. */
struct report_ending {
    const char *command;
    const char *deed;     /* "done", "compared" */
    const char *findings; /* "What failed" */
    int64_t finding_count;
    struct report_row rows[REPORT_ROWS]; /* up to one without a name */
    int64_t duration_ms;
    int exit_code;
    const char *reason;
    const struct losses *losses; /* or NULL */
    bool is_planned;             /* a dry run */
    const char *purpose;
    struct buf next;
};

/* The HTML form. */
void report_write_html(struct buf *out, const struct report *report,
                       const struct report_ending *ending, const struct invocation *invocation);

#endif
