#include "report/report.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "os/clock.h"
#include "os/files.h"
#include "print/advice.h"
#include "print/help.h"
#include "print/next_command.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_EVERY_MS = 100, FINDINGS_MAX = 1000 };

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
    buf_init(&report->source, BUF_NO_LIMIT);
    buf_init(&report->destination, BUF_NO_LIMIT);
    if (!path || ends_with(path, ".json") || ends_with(path, ".html"))
        return true;
    error_set(err, ERROR_USAGE, "--report writes FILE.html or FILE.json, not '%s'", path);
    return false;
}

void report_release(struct report *report)
{
    for (size_t i = 0; i < report->finding_count; i++) {
        free(report->findings[i].thread_id);
        free(report->findings[i].reason);
    }
    free(report->findings);
    buf_release(&report->source);
    buf_release(&report->destination);
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

static void add_finding(struct report *report, const struct report_finding *finding)
{
    if (!report->path || report->finding_count == FINDINGS_MAX)
        return;
    if (!report->findings)
        report->findings = mem_zalloc(FINDINGS_MAX, sizeof *report->findings);
    report->findings[report->finding_count++] = (struct report_finding){
        .thread_id = mem_strdup(finding->thread_id),
        .label = finding->label,
        .reason = mem_strdup(finding->reason),
        .advice = finding->advice,
    };
}

void report_failure(struct report *report, const char *thread_id, const struct error *error)
{
    add_finding(report, &(struct report_finding){
                            .thread_id = (char *)(uintptr_t)thread_id,
                            .label = error_code_name(error->code),
                            .reason = (char *)(uintptr_t)error->text,
                            .advice = advice_for(error->code),
                        });
}

void report_difference(struct report *report, const char *thread_id, enum verify_result result,
                       const char *reason)
{
    add_finding(report, &(struct report_finding){
                            .thread_id = (char *)(uintptr_t)thread_id,
                            .label = verify_result_name(result),
                            .reason = (char *)(uintptr_t)reason,
                            .advice = "",
                        });
}

static bool count_thread(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    struct report_job *job = ctx;

    (void)thread_id;
    job->items += facts->items;
    if (facts->state == THREAD_FAILED)
        job->failures[facts->code]++;
    return true;
}

bool report_job(struct report *report, struct checkpoint *checkpoint, struct error *err)
{
    struct report_job *job = &report->job;

    if (!report->path || !checkpoint)
        return true;
    *job = (struct report_job){
        .is_known = true,
        .runs = *checkpoint_runs(checkpoint),
        .orphans = checkpoint_orphans(checkpoint),
    };
    for (int state = 0; state < THREAD_STATES; state++)
        job->threads[state] =
            progress_count(checkpoint_progress(checkpoint), (enum thread_state)state);
    return checkpoint_each(checkpoint, count_thread, job, err);
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

static json_t *findings_json(const struct report *report)
{
    json_t *list = json_array();

    for (size_t i = 0; i < report->finding_count; i++) {
        const struct report_finding *finding = &report->findings[i];

        (void)json_array_append_new(list,
                                    json_pack("{s:s,s:o,s:o}", "code", finding->label, "thread_id",
                                              json_string_nocheck(finding->thread_id), "reason",
                                              json_string_nocheck(finding->reason)));
    }
    return list;
}

static json_t *words_json(const struct words *words)
{
    json_t *list = json_array();

    for (size_t i = 0; i < words->texts.count; i++) {
        const struct span text = strmap_key(&words->texts, i);

        (void)json_array_append_new(
            list, json_pack("{s:I,s:o}", "threads", (json_int_t)strmap_value(&words->texts, i),
                            "text", json_stringn_nocheck(text.data, text.len)));
    }
    return list;
}

static json_t *number_or_null(int64_t number)
{
    return number == RUN_UNKNOWN ? json_null() : json_integer(number);
}

static json_t *job_json(const struct report *report)
{
    const struct report_job *job = &report->job;
    json_t *threads = json_object();
    json_t *failures = json_object();

    if (!job->is_known) {
        json_decref(threads);
        json_decref(failures);
        return json_null();
    }
    for (int state = THREAD_PARTIAL; state < THREAD_STATES; state++)
        (void)json_object_set_new(threads, thread_state_name((enum thread_state)state),
                                  json_integer((json_int_t)job->threads[state]));
    for (int code = 0; code < ERROR_CODES; code++) {
        if (job->failures[code] > 0)
            (void)json_object_set_new(failures, error_code_name((enum error_code)code),
                                      json_integer(job->failures[code]));
    }
    return json_pack("{s:o,s:o,s:o,s:I,s:I,s:o}", "since", number_or_null(job->runs.since),
                     "selected", number_or_null(job->runs.selected), "threads", threads, "items",
                     job->items, "possible_empty_orphans", (json_int_t)job->orphans, "failures",
                     failures);
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

/* Steals the summary. */
static void write_json(struct buf *out, const struct report *report,
                       const struct report_ending *ending, const struct invocation *invocation,
                       json_t *summary)
{
    buf_printf(out, "{\"schema\":1,\"report\":\"%s\",\"started\":\"", ending->command);
    text_add_iso8601(out, report->wall_ms);
    buf_add_text(out, "\",\"source\":");
    json_write_string(out, buf_span(&report->source), JSON_ESCAPE_HOSTILE);
    buf_add_text(out, ",\"destination\":");
    json_write_string(out, buf_span(&report->destination), JSON_ESCAPE_HOSTILE);
    buf_add_text(out, ",\"versions\":");
    help_version(out, true);
    buf_add_text(out, ",\"configuration\":");
    config_print_json(out, invocation->config, true);
    add_member(out, "summary", summary);
    add_member(out, "failures", findings_json(report));
    if (report->words)
        add_member(out, "server_messages", words_json(report->words));
    add_member(out, "job", job_json(report));
    add_member(out, "throughput", samples_json(report));
    add_member(out, "next", json_string_nocheck(ending->next.data));
    buf_add_text(out, "}\n");
}

/* Steals the summary. */
static bool write_file(const struct report *report, const struct report_ending *ending,
                       const struct invocation *invocation, json_t *summary, struct error *err)
{
    struct buf out;
    bool ok;

    buf_init(&out, BUF_NO_LIMIT);
    if (ends_with(report->path, ".json")) {
        write_json(&out, report, ending, invocation, summary);
    } else {
        report_write_html(&out, report, ending, invocation);
        json_decref(summary);
    }
    ok = files_replace(report->path, buf_span(&out), err);
    buf_release(&out);
    return ok;
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

void report_write(struct report *report, struct summary *s, const struct invocation *invocation,
                  struct error *err)
{
    struct report_ending ending = {
        .command = "migrate",
        .deed = "done",
        .findings = "What failed",
        .finding_count = s->outcomes[OUTCOME_FAILED] + s->outcomes[OUTCOME_UNCERTAIN],
        .rows = {{"threads selected", s->selected},
                 {s->dry_run ? "to migrate" : "done", s->outcomes[OUTCOME_DONE]},
                 {"already done", s->outcomes[OUTCOME_ALREADY_DONE]},
                 {"topped up", s->outcomes[OUTCOME_TOPPED_UP]},
                 {"failed", s->outcomes[OUTCOME_FAILED]},
                 {"uncertain", s->outcomes[OUTCOME_UNCERTAIN]},
                 {"remaining", summary_remaining(s)},
                 {s->dry_run ? "items to write" : "items written", s->items},
                 {"requests to the source", s->stats.requests[SIDE_SOURCE]},
                 {"requests to the destination", s->stats.requests[SIDE_DESTINATION]},
                 {"retries", s->stats.retries},
                 {"rate limited", s->stats.throttled},
                 {"empty conversations that may be left", (int64_t)s->orphans}},
        .duration_ms = s->duration_ms,
        .exit_code = s->exit_code,
        .reason = s->reason,
        .losses = &s->losses,
        .is_planned = s->dry_run,
    };
    struct error unwritten;

    if (!report->path)
        return;
    take_last_sample(report, s);
    buf_init(&ending.next, BUF_NO_LIMIT);
    ending.purpose = summary_next(&ending.next, s, invocation->options);
    if (!write_file(report, &ending, invocation, summary_json(s), &unwritten))
        tell_unwritten(s, &unwritten, err);
    buf_release(&ending.next);
}

bool report_write_verified(const struct report *report, const struct report_verified *v,
                           const struct invocation *invocation, struct error *err)
{
    const int64_t *results = v->results;
    struct report_ending ending = {
        .command = "verify",
        .deed = "compared",
        .findings = "What is not the same",
        .finding_count = results[VERIFY_DIFFERS] + results[VERIFY_MISSING] + results[VERIFY_ERROR],
        .rows = {{"the same", results[VERIFY_SAME]},
                 {"differ", results[VERIFY_DIFFERS]},
                 {"missing", results[VERIFY_MISSING]},
                 {"errors", results[VERIFY_ERROR]},
                 {"images unproven", v->unproven}},
        .duration_ms = v->duration_ms,
        .exit_code = v->exit_code,
        .reason = v->exit_code == 0 ? "the same" : "see below",
        .purpose = v->purpose,
    };
    bool ok;

    if (!report->path)
        return true;
    buf_init(&ending.next, BUF_NO_LIMIT);
    next_command(&ending.next, invocation->options, v->next, NULL);
    ok = write_file(report, &ending, invocation,
                    json_pack("{s:I,s:I,s:I,s:I,s:I}", "same", results[VERIFY_SAME], "differs",
                              results[VERIFY_DIFFERS], "missing", results[VERIFY_MISSING], "error",
                              results[VERIFY_ERROR], "unproven", v->unproven),
                    err);
    buf_release(&ending.next);
    return ok;
}
