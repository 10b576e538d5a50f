#include "cmd/meter.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "os/clock.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    BAR_EVERY_MS = 100,
    LINES_EVERY_MS = 10000,
    SAMPLE_EVERY_MS = 1000,
    DEFAULT_WIDTH = 80,
    BAR_CELLS = 20,
    NARROW = 60, /* columns below which there is no room for a bar */
};

static void wipe(void *ctx)
{
    struct meter *meter = ctx;

    if (!meter->shown)
        return;
    (void)fputs("\r\033[K", stderr);
    meter->shown = false;
}

void meter_open(struct meter *meter, const struct options *options)
{
    bool is_terminal = isatty(STDERR_FILENO) == 1;

    *meter = (struct meter){.mode = (enum progress_mode)options->progress};
    if (meter->mode == PROGRESS_AUTO)
        meter->mode = is_terminal ? PROGRESS_BAR : PROGRESS_LINES;
    if (meter->mode == PROGRESS_BAR && !is_terminal)
        meter->mode = PROGRESS_LINES;
    if (options->quiet)
        meter->mode = PROGRESS_NONE;
    if (meter->mode == PROGRESS_BAR)
        log_set_before(wipe, meter);
}

int64_t meter_tick_ms(const struct meter *meter)
{
    if (meter->mode == PROGRESS_BAR)
        return BAR_EVERY_MS;
    return meter->mode == PROGRESS_LINES ? SAMPLE_EVERY_MS : 0;
}

static int terminal_width(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return DEFAULT_WIDTH;
}

static struct meter_sample sample_of(const struct meter_counts *counts,
                                     const struct loop_stats *stats)
{
    return (struct meter_sample){
        .at_ms = stats->now_ms,
        .done = counts->done,
        .items = counts->items,
        .requests = stats->requests[ORIGIN_SOURCE] + stats->requests[ORIGIN_DESTINATION],
    };
}

static void keep_sample(struct meter *meter, const struct meter_counts *counts,
                        const struct loop_stats *stats)
{
    if (meter->sample_count > 0 && stats->now_ms - meter->sampled_ms < SAMPLE_EVERY_MS)
        return;
    if (meter->sample_count == METER_SAMPLES) {
        for (int i = 1; i < METER_SAMPLES; i++)
            meter->samples[i - 1] = meter->samples[i];
        meter->sample_count--;
    }
    meter->samples[meter->sample_count++] = sample_of(counts, stats);
    meter->sampled_ms = stats->now_ms;
}

static void add_state(const struct loop_stats *stats, struct buf *out)
{
    if (stats->held_until_ms > stats->now_ms) {
        int64_t hold_ms = stats->held_until_ms - stats->now_ms;

        /* "until 2026-11-21T21:04:10Z": the time of day is what people plan by. */
        struct buf when;

        buf_init(&when, BUF_NO_LIMIT);
        text_add_iso8601(&when, clock_wall_ms() + hold_ms);
        (void)buf_printf(out, " · held until %.8s by the server", when.data + 11);
        buf_release(&when);
    } else if (stats->in_flight == 0 && stats->parked > 0) {
        (void)buf_printf(out, " · settling (%lld)", (long long)stats->parked);
    }
}

static void add_bar(const struct meter_counts *counts, struct buf *out)
{
    int64_t cells = counts->total > 0 ? counts->done * BAR_CELLS / counts->total : 0;

    (void)buf_add_char(out, '[');
    for (int64_t i = 0; i < BAR_CELLS; i++)
        (void)buf_add_char(out, i < cells ? '=' : ' ');
    (void)buf_add_text(out, "] ");
}

void meter_line(const struct meter *meter, const struct meter_counts *counts,
                const struct loop_stats *stats, int width, struct buf *out)
{
    struct meter_sample now = sample_of(counts, stats);
    struct meter_sample first = meter->sample_count > 0 ? meter->samples[0] : now;
    int64_t span_ms = now.at_ms - first.at_ms;

    if (width >= NARROW)
        add_bar(counts, out);
    (void)buf_printf(out, "%lld/%lld threads", (long long)counts->done, (long long)counts->total);
    if (span_ms > 0)
        (void)buf_printf(out, " · %lld items/s · %lld requests/s",
                         (long long)((now.items - first.items) * 1000 / span_ms),
                         (long long)((now.requests - first.requests) * 1000 / span_ms));
    if (stats->throttled > 0)
        (void)buf_printf(out, " · %lld throttled", (long long)stats->throttled);
    if (counts->failed > 0)
        (void)buf_printf(out, " · %lld failed", (long long)counts->failed);
    add_state(stats, out);
    if (now.done > first.done && counts->total > counts->done) {
        (void)buf_add_text(out, " · ETA ");
        text_add_duration(out, (counts->total - counts->done) * span_ms / (now.done - first.done));
    }
}

/* A bar never wraps: what does not fit is cut between characters. */
static void cut_to_width(struct buf *line, size_t width)
{
    struct span rest = buf_span(line);
    size_t used = 0;

    while (rest.len > 0) {
        uint32_t code;
        size_t len = text_utf8_next(rest, &code);

        used += (size_t)text_code_width(code);
        if (len == 0 || used > width)
            break;
        rest.data += len;
        rest.len -= len;
    }
    buf_truncate(line, line->len - rest.len);
}

void meter_tick(struct meter *meter, const struct meter_counts *counts,
                const struct loop_stats *stats)
{
    int64_t every = meter->mode == PROGRESS_BAR ? BAR_EVERY_MS : LINES_EVERY_MS;
    struct buf line;
    int width;

    if (meter->mode == PROGRESS_NONE)
        return;
    if (meter->shown_ms == 0)
        meter->shown_ms = stats->now_ms - (meter->mode == PROGRESS_BAR ? every : 0);
    keep_sample(meter, counts, stats);
    if (stats->now_ms - meter->shown_ms < every)
        return;
    meter->shown_ms = stats->now_ms;
    width = meter->mode == PROGRESS_BAR ? terminal_width() : 0;
    buf_init(&line, BUF_NO_LIMIT);
    meter_line(meter, counts, stats, width, &line);
    if (meter->mode == PROGRESS_BAR) {
        cut_to_width(&line, (size_t)(width - 1));
        (void)fprintf(stderr, "\r%s\033[K", line.data);
        meter->shown = true;
    } else {
        log_event(LOG_INFO, "%s", line.data);
    }
    buf_release(&line);
}

void meter_close(struct meter *meter)
{
    if (meter->mode == PROGRESS_BAR)
        log_set_before(NULL, NULL);
    wipe(meter);
}
