/*
 * Progress on standard error: on a terminal a bar, redrawn at most ten times a
 * second and gone at the end; elsewhere a line every ten seconds. Never a
 * control code into a pipe. A line more whenever SIGUSR1 asks for the status.
 *
 * Rates are those of the last ten seconds; the remaining time is estimated from
 * the last minute, so that it does not jump about.
 */
#ifndef PRINT_METER_H
#define PRINT_METER_H

#include "loop/loop.h"
#include "settings/options.h"

#include <stdbool.h>
#include <stdint.h>

/* What the bar shows besides the loop's own figures. */
struct meter_counts {
    int64_t total;
    int64_t done;    /* of total, however they ended */
    int64_t skipped; /* of done: those that took no time, because they were done before */
    int64_t failed;
    int64_t items;
};

enum { METER_SAMPLES = 60 };

struct meter_sample {
    int64_t at_ms;
    int64_t worked; /* done without those that were skipped */
    int64_t items;
    int64_t requests;
};

struct meter {
    enum progress_mode mode; /* BAR, LINES or NONE */
    size_t shown_columns;    /* of the bar on the screen; 0: none */
    int64_t shown_ms;
    int64_t sampled_ms;
    struct meter_sample samples[METER_SAMPLES]; /* one a second: the moving window */
    int sample_count;
};

void meter_open(struct meter *meter, const struct options *options);

/* How often the meter wants to be called, in milliseconds; 0: never. */
int64_t meter_tick_ms(const struct meter *meter);

/* Shows what has to be shown by now; after SIGUSR1 the status too, whatever the mode. */
void meter_tick(struct meter *meter, const struct meter_counts *counts,
                const struct loop_stats *stats);

/* Takes the bar off the screen until the next tick, for others to write there. */
void meter_hide(struct meter *meter);

/* Takes it off for good. */
void meter_close(struct meter *meter);

/* Adds one line of progress, without a newline: what the bar and the lines show. It takes at most
 * width columns, what matters less is left out; 0: as wide as it is, without a bar. */
void meter_line(const struct meter *meter, const struct meter_counts *counts,
                const struct loop_stats *stats, int width, struct buf *out);

#endif
