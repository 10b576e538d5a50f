#include "print/meter.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/stop.h"
#include "os/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    BAR_EVERY_MS = 100,
    LINES_EVERY_MS = 10000,
    SAMPLE_EVERY_MS = 1000,
    RATE_SAMPLES = 10, /* how far back the rates look */
    DEFAULT_WIDTH = 80,
    BAR_CELLS = 20,
    NARROW = 60, /* columns below which there is no room for a bar */
    MS_PER_S = 1000,
};

/* ---- the screen ---- */

static size_t screen_width(void)
{
    size_t width = terminal_width(STDERR_FILENO);

    return width > 0 ? width : DEFAULT_WIDTH;
}

/* In a window that has become narrower the bar takes several lines. */
static void add_wipe(struct buf *out, const struct meter *meter)
{
    size_t lines_above;

    if (meter->shown_columns == 0)
        return;
    lines_above = (meter->shown_columns - 1) / screen_width();
    if (lines_above > 0)
        buf_printf(out, "\033[%zuA", lines_above);
    buf_add_text(out, "\r\033[J");
}

/* One write: in two, the bar would flicker. */
static void put(struct meter *meter, struct span line)
{
    struct buf out;

    buf_init(&out, BUF_NO_LIMIT);
    add_wipe(&out, meter);
    buf_add_span(&out, line);
    (void)fwrite(out.data, 1, out.len, stderr);
    meter->shown_columns = text_width(line);
    buf_release(&out);
}

void meter_hide(struct meter *meter)
{
    if (meter->shown_columns > 0)
        put(meter, (struct span){"", 0});
}

static void hide_before_log(void *ctx)
{
    meter_hide(ctx);
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
        log_set_before(hide_before_log, meter);
}

int64_t meter_tick_ms(const struct meter *meter)
{
    if (meter->mode == PROGRESS_BAR)
        return BAR_EVERY_MS;
    return meter->mode == PROGRESS_LINES ? SAMPLE_EVERY_MS : 0;
}

/* ---- the moving window ---- */

static struct meter_sample sample_of(const struct meter_counts *counts,
                                     const struct loop_stats *stats)
{
    return (struct meter_sample){
        .at_ms = stats->now_ms,
        .worked = counts->done - counts->skipped,
        .items = counts->items,
        .requests = stats->requests[SIDE_SOURCE] + stats->requests[SIDE_DESTINATION],
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

/* The sample of so many samples ago, or the oldest there is. */
static struct meter_sample sample_before(const struct meter *meter, int samples)
{
    return meter->samples[meter->sample_count > samples ? meter->sample_count - samples : 0];
}

/* ---- the line ---- */

struct meter_line {
    struct buf *out;
    size_t width; /* most columns; 0: no limit */
    size_t used;
};

/* Adds a piece; false if there is no room for it. */
static bool add_piece(struct meter_line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool add_piece(struct meter_line *line, const char *format, ...)
{
    static const char BETWEEN[] = " · ";
    struct buf piece;
    char text[128];
    size_t wide;
    bool fits;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_init(&piece, BUF_NO_LIMIT);
    buf_add_text(&piece, line->used > 0 ? BETWEEN : "");
    buf_add_text(&piece, text);
    wide = text_width(buf_span(&piece));
    fits = line->width == 0 || line->used + wide <= line->width;
    if (fits) {
        buf_add_span(line->out, buf_span(&piece));
        line->used += wide;
    }
    buf_release(&piece);
    return fits;
}

static void add_bar(struct meter_line *line, const struct meter_counts *counts)
{
    char cells[BAR_CELLS + 1];
    int64_t full = counts->total > 0 ? counts->done * BAR_CELLS / counts->total : 0;

    for (int i = 0; i < BAR_CELLS; i++)
        cells[i] = i < full ? '=' : ' ';
    cells[BAR_CELLS] = '\0';
    buf_printf(line->out, "[%s] ", cells);
    line->used += BAR_CELLS + 3;
}

struct time_of_day {
    char text[16];
};

/* As the clock on the wall has it: people plan by it. */
static struct time_of_day time_of_day(const struct loop_stats *stats, int64_t at_ms)
{
    const int64_t wall_ms = clock_wall_ms() + at_ms - stats->now_ms;
    const time_t seconds = (time_t)((wall_ms + MS_PER_S - 1) / MS_PER_S);
    struct time_of_day time = {"later"};
    struct tm parts;

    if (localtime_r(&seconds, &parts))
        (void)strftime(time.text, sizeof time.text, "%H:%M:%S", &parts);
    return time;
}

static void add_waiting(struct meter_line *line, const struct loop_stats *stats)
{
    struct time_of_day until;

    if (stats->parked_until_ms > stats->now_ms) {
        until = time_of_day(stats, stats->parked_until_ms);
        if (add_piece(line, "%s waiting until %s (a request may still be running)",
                      text_count(stats->parked, "thread").text, until.text) ||
            add_piece(line, "%s waiting until %s", text_number(stats->parked).text, until.text))
            return;
    }
    (void)add_piece(line, "%s waiting", text_number(stats->parked).text);
}

static void add_state(struct meter_line *line, const struct loop_stats *stats)
{
    if (stats->held_until_ms > stats->now_ms)
        (void)add_piece(line, "%s %s",
                        stats->held_by_429 ? "rate limited, continues at"
                                           : "server says wait until",
                        time_of_day(stats, stats->held_until_ms).text);
    else if (stats->in_flight == 0 && stats->parked > 0)
        add_waiting(line, stats);
}

/* Nothing is said before a thread has ended, and nothing while the run makes no progress. Threads
 * that are parked resume when their time has come, however quick the others were. */
static void add_eta(struct meter_line *line, const struct meter *meter,
                    const struct meter_counts *counts, const struct loop_stats *stats,
                    const struct meter_sample *now)
{
    const struct meter_sample first = sample_before(meter, METER_SAMPLES);
    int64_t worked = now->worked - first.worked;
    int64_t left = counts->total - counts->done;
    int64_t left_ms;
    struct buf text;

    if (worked <= 0 || left <= 0)
        return;
    left_ms = left * (now->at_ms - first.at_ms) / worked;
    if (stats->parked > 0 && stats->parked_until_ms > stats->now_ms + left_ms)
        left_ms = stats->parked_until_ms - stats->now_ms;
    buf_init(&text, BUF_NO_LIMIT);
    if (left_ms < 60 * MS_PER_S)
        buf_printf(&text, "%lld s", (long long)(left_ms / MS_PER_S) + 1);
    else
        text_add_duration(&text, left_ms);
    (void)add_piece(line, "ETA %s", text.data);
    buf_release(&text);
}

static void add_rates(struct meter_line *line, const struct meter *meter,
                      const struct meter_sample *now)
{
    const struct meter_sample first = sample_before(meter, RATE_SAMPLES);
    int64_t span_ms = now->at_ms - first.at_ms;

    if (span_ms < SAMPLE_EVERY_MS)
        return;
    (void)add_piece(line, "%s items/s",
                    text_number((now->items - first.items) * MS_PER_S / span_ms).text);
    (void)add_piece(line, "%s requests/s",
                    text_number((now->requests - first.requests) * MS_PER_S / span_ms).text);
}

/* What matters most comes first: a narrow terminal shows no more. */
void meter_line(const struct meter *meter, const struct meter_counts *counts,
                const struct loop_stats *stats, int width, struct buf *out)
{
    struct meter_line line = {.out = out, .width = (size_t)width};
    const struct meter_sample now = sample_of(counts, stats);

    if (width >= NARROW)
        add_bar(&line, counts);
    buf_printf(out, "%s/%s threads", text_number(counts->done).text,
               text_number(counts->total).text);
    line.used = text_width(buf_span(out));
    add_state(&line, stats);
    if (meter->sample_count > 0)
        add_eta(&line, meter, counts, stats, &now);
    if (counts->failed > 0)
        (void)add_piece(&line, "%s failed", text_number(counts->failed).text);
    if (meter->sample_count > 0)
        add_rates(&line, meter, &now);
    if (stats->throttled > 0)
        (void)add_piece(&line, "%s rate limited", text_number(stats->throttled).text);
}

/* ---- now and then ---- */

/* The last column stays free: a full line would make some terminals scroll. */
static void show_bar(struct meter *meter, const struct meter_counts *counts,
                     const struct loop_stats *stats)
{
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    meter_line(meter, counts, stats, (int)screen_width() - 1, &line);
    put(meter, buf_span(&line));
    buf_release(&line);
}

static void log_line(const struct meter *meter, const struct meter_counts *counts,
                     const struct loop_stats *stats)
{
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    meter_line(meter, counts, stats, 0, &line);
    log_event(LOG_INFO, "%s", line.data);
    buf_release(&line);
}

/* Who asks for it gets it, also with --quiet and --progress none. */
static void tell_status(struct meter *meter, const struct meter_counts *counts,
                        const struct loop_stats *stats)
{
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    meter_line(meter, counts, stats, 0, &line);
    meter_hide(meter);
    (void)fprintf(stderr, "threadferry: status: %s\n", line.data);
    buf_release(&line);
}

void meter_tick(struct meter *meter, const struct meter_counts *counts,
                const struct loop_stats *stats)
{
    int64_t every = meter->mode == PROGRESS_BAR ? BAR_EVERY_MS : LINES_EVERY_MS;

    if (stop_take_status_request())
        tell_status(meter, counts, stats);
    if (meter->mode == PROGRESS_NONE)
        return;
    if (meter->shown_ms == 0)
        meter->shown_ms = stats->now_ms - (meter->mode == PROGRESS_BAR ? every : 0);
    keep_sample(meter, counts, stats);
    if (stats->now_ms - meter->shown_ms < every)
        return;
    meter->shown_ms = stats->now_ms;
    if (meter->mode == PROGRESS_BAR)
        show_bar(meter, counts, stats);
    else
        log_line(meter, counts, stats);
}

void meter_close(struct meter *meter)
{
    if (meter->mode == PROGRESS_BAR)
        log_set_before(NULL, NULL);
    meter_hide(meter);
}
