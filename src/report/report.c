#include "report/report.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "os/clock.h"
#include "os/files.h"
#include "print/help.h"
#include "print/next_command.h"

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

const char *report_next(struct buf *out, const struct summary *s, const struct options *options)
{
    if (s->dry_run) {
        next_command(out, options, "migrate", NULL);
        return "does it";
    }
    if (summary_remaining(s) > 0) {
        next_command_again(out, options);
        return "resumes where this run stopped";
    }
    if (s->outcomes[OUTCOME_FAILED] > 0) {
        next_command_again(out, options);
        return "retries the failed threads";
    }
    if (s->outcomes[OUTCOME_UNCERTAIN] > 0) {
        next_command(out, options, "migrate", "--retry-uncertain");
        return "creates the uncertain ones again, when you have looked at them";
    }
    next_command(out, options, "verify", NULL);
    return "reads everything back and compares";
}

static void add_text(struct buf *out, const char *key, const char *value)
{
    (void)buf_printf(out, ",\"%s\":", key);
    json_write_string(out, span_of(value), JSON_ESCAPE_HOSTILE);
}

static void write_json(struct buf *out, const struct report *report, const struct summary *summary,
                       const struct invocation *invocation)
{
    struct buf next;

    (void)buf_add_text(out, "{\"schema\":1,\"report\":\"migrate\",\"started\":\"");
    text_add_iso8601(out, report->wall_ms);
    (void)buf_add_text(out, "\",\"versions\":");
    help_version(out, true);
    (void)buf_add_text(out, ",\"configuration\":");
    config_print_json(out, invocation->config);
    (void)buf_add_text(out, ",\"summary\":");
    summary_write_json(out, summary);
    (void)buf_add_text(out, ",\"failures\":[");
    for (size_t i = 0; i < report->failure_count; i++) {
        const struct report_failure *failure = &report->failures[i];

        (void)buf_printf(out, "%s{\"code\":\"%s\"", i > 0 ? "," : "",
                         error_code_name(failure->code));
        add_text(out, "thread_id", failure->thread_id);
        add_text(out, "reason", failure->reason);
        (void)buf_add_char(out, '}');
    }
    (void)buf_add_text(out, "],\"throughput\":[");
    for (size_t i = 0; i < report->sample_count; i++) {
        const struct report_sample *sample = &report->samples[i];

        (void)buf_printf(out, "%s{\"ms\":%lld,\"threads\":%lld,\"items\":%lld,\"requests\":%lld}",
                         i > 0 ? "," : "", (long long)sample->ms, (long long)sample->threads,
                         (long long)sample->items, (long long)sample->requests);
    }
    (void)buf_add_char(out, ']');
    buf_init(&next, BUF_NO_LIMIT);
    (void)report_next(&next, summary, invocation->options);
    add_text(out, "next", next.data);
    (void)buf_add_text(out, "}\n");
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
