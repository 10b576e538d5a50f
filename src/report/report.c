#include "report/report.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "os/clock.h"
#include "os/files.h"
#include "print/help.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_EVERY_MS = 100, FAILURES_MAX = 1000 };

static bool ends_with(const char *path, const char *end)
{
    size_t len = strlen(path);
    size_t end_len = strlen(end);

    return len > end_len && strcmp(path + len - end_len, end) == 0;
}

bool report_open(struct report *report, const char *path, int64_t now_ms, struct error *err)
{
    *report = (struct report){
        .path = path, .started_ms = now_ms, .wall_ms = clock_wall_ms(), .every_ms = FIRST_EVERY_MS};
    if (!path || ends_with(path, ".json") || ends_with(path, ".html"))
        return true;
    error_set(err, ERROR_USAGE, "--report writes FILE.html or FILE.json, not '%s'", path);
    return false;
}

void report_release(struct report *report)
{
    for (size_t i = 0; i < report->failure_count; i++) {
        free(report->failures[i].thread_id);
        free(report->failures[i].reason);
    }
    free(report->failures);
    *report = (struct report){.path = NULL};
}

/* Every other sample goes, and they come half as often. */
static void thin_out(struct report *report)
{
    for (size_t i = 0; 2 * i < report->sample_count; i++)
        report->samples[i] = report->samples[2 * i];
    report->sample_count = (report->sample_count + 1) / 2;
    report->every_ms *= 2;
}

void report_tick(struct report *report, const struct meter_counts *counts,
                 const struct loop_stats *stats)
{
    int64_t ms = stats->now_ms - report->started_ms;

    if (!report->path || ms < (int64_t)report->sample_count * report->every_ms)
        return;
    if (report->sample_count == REPORT_SAMPLES)
        thin_out(report);
    report->samples[report->sample_count++] = (struct report_sample){
        .ms = ms,
        .threads = counts->done,
        .items = counts->items,
        .requests = stats->requests[SIDE_SOURCE] + stats->requests[SIDE_DESTINATION],
    };
}

void report_failure(struct report *report, const char *thread_id, const struct error *error)
{
    if (!report->path || report->failure_count == FAILURES_MAX)
        return;
    if (!report->failures)
        report->failures = mem_zalloc(FAILURES_MAX, sizeof *report->failures);
    report->failures[report->failure_count++] = (struct report_failure){
        .thread_id = mem_strdup(thread_id),
        .code = error->code,
        .reason = mem_strdup(error->text),
    };
}

/* What has happened since the last one; the first and the last are there however short the run. */
static void take_last_sample(struct report *report, const struct summary *summary)
{
    if (report->sample_count == REPORT_SAMPLES)
        report->sample_count--;
    report->samples[report->sample_count++] = (struct report_sample){
        .ms = summary->duration_ms,
        .threads = summary->selected - summary_remaining(summary),
        .items = summary->items,
        .requests =
            summary->stats.requests[SIDE_SOURCE] + summary->stats.requests[SIDE_DESTINATION],
    };
}

static void add_member(struct buf *out, const char *key, json_t *value)
{
    buf_printf(out, ",\"%s\":", key);
    json_write_value(out, value, JSON_ESCAPE_HOSTILE);
    json_decref(value);
}

static json_t *failures_json(const struct report *report)
{
    json_t *list = json_array();

    for (size_t i = 0; i < report->failure_count; i++) {
        const struct report_failure *failure = &report->failures[i];

        (void)json_array_append_new(
            list, json_pack("{s:s,s:o,s:o}", "code", error_code_name(failure->code), "thread_id",
                            json_string_nocheck(failure->thread_id), "reason",
                            json_string_nocheck(failure->reason)));
    }
    return list;
}

static json_t *samples_json(const struct report *report)
{
    json_t *list = json_array();

    for (size_t i = 0; i < report->sample_count; i++) {
        const struct report_sample *s = &report->samples[i];

        (void)json_array_append_new(list, json_pack("{s:I,s:I,s:I,s:I}", "ms", s->ms, "threads",
                                                    s->threads, "items", s->items, "requests",
                                                    s->requests));
    }
    return list;
}

static void write_json(struct buf *out, const struct report *report, const struct summary *summary,
                       const struct invocation *invocation)
{
    struct buf next;

    buf_init(&next, BUF_NO_LIMIT);
    (void)summary_next(&next, summary, invocation->options);
    buf_add_text(out, "{\"schema\":1,\"report\":\"migrate\",\"started\":\"");
    text_add_iso8601(out, report->wall_ms);
    buf_add_text(out, "\",\"versions\":");
    help_version(out, true);
    buf_add_text(out, ",\"configuration\":");
    config_print_json(out, invocation->config);
    add_member(out, "summary", summary_json(summary));
    add_member(out, "failures", failures_json(report));
    add_member(out, "throughput", samples_json(report));
    add_member(out, "next", json_string_nocheck(next.data));
    buf_add_text(out, "}\n");
    buf_release(&next);
}

static void tell_unwritten(struct summary *summary, const struct error *unwritten,
                           struct error *err)
{
    if (summary->exit_code > EXIT_PARTLY)
        log_event(LOG_ERROR, "%s", unwritten->text);
    else
        *err = *unwritten;
    summary_unwritten(summary, unwritten);
}

void report_write(struct report *report, struct summary *summary,
                  const struct invocation *invocation, struct error *err)
{
    struct buf out;
    struct error unwritten;

    if (!report->path)
        return;
    take_last_sample(report, summary);
    buf_init(&out, BUF_NO_LIMIT);
    if (ends_with(report->path, ".json"))
        write_json(&out, report, summary, invocation);
    else
        report_write_html(&out, report, summary, invocation);
    if (!files_replace(report->path, buf_span(&out), &unwritten))
        tell_unwritten(summary, &unwritten, err);
    buf_release(&out);
}
