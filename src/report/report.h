/*
 * migrate --report FILE: what a run has done, for the file: the summary, what
 * failed and why, losses, throughput over time, versions, the configuration
 * with masked secrets, and the next command. FILE.json or FILE.html.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "print/meter.h"
#include "print/summary.h"
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

struct report {
    const char *path; /* NULL: nothing is kept */
    int64_t started_ms;
    int64_t wall_ms;  /* when that was, since 1970 */
    int64_t every_ms; /* between samples; doubles when there is no more room */
    struct report_sample samples[REPORT_SAMPLES];
    size_t sample_count;
    struct report_failure *failures; /* the first thousand */
    size_t failure_count;
};

/* False with ERROR_USAGE if the path ends neither in .json nor in .html. */
bool report_open(struct report *report, const char *path, int64_t now_ms, struct error *err);
void report_release(struct report *report);

void report_tick(struct report *report, const struct meter_counts *counts,
                 const struct loop_stats *stats);
void report_failure(struct report *report, const char *thread_id, const struct error *error);

/*
 * Takes the last sample and writes the file, as a whole or not at all. Where that fails, *err and
 * the summary say so; if an error has stopped the run, that error stays, and the log names this
 * one.
 */
void report_write(struct report *report, struct summary *summary,
                  const struct invocation *invocation, struct error *err);

/* The HTML form. */
void report_write_html(struct buf *out, const struct report *report, const struct summary *summary,
                       const struct invocation *invocation);

struct report_failure {
    char *thread_id;
    enum error_code code;
    char *reason;
};

#endif
