#include "print/summary.h"

#include "base/log.h"
#include "base/text.h"
#include "json/json.h"
#include "os/stop.h"
#include "os/terminal.h"
#include "print/advice.h"
#include "print/count_rows.h"
#include "print/next_command.h"
#include "print/wrap.h"
#include "settings/command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void summary_add(struct summary *summary, struct job *job)
{
    const struct outcome *outcome = job_outcome(job);

    summary->outcomes[outcome->kind]++;
    if (outcome->kind == OUTCOME_FAILED)
        summary->failures[outcome->error.code]++;
    if (outcome->kind == OUTCOME_FAILED && !advice_time_helps(outcome->error.code))
        summary->lasting++;
    summary->items += outcome->items;
    losses_add(&summary->losses, &outcome->losses);
}

int64_t summary_remaining(const struct summary *summary)
{
    int64_t remaining = summary->selected;

    for (int kind = 0; kind < OUTCOME_KINDS; kind++)
        remaining -= summary->outcomes[kind];
    return remaining;
}

struct meter_counts summary_counts(const struct summary *s)
{
    return (struct meter_counts){
        .total = s->selected,
        .done = s->selected - summary_remaining(s),
        .skipped = s->outcomes[OUTCOME_ALREADY_DONE],
        .failed = s->outcomes[OUTCOME_FAILED],
        .items = s->items,
    };
}

static const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

/* Exit code and reason, the latter without its hints. */
static void end_with(struct summary *summary, const struct error *err)
{
    char *line_end;

    summary->exit_code = error_exit_status(err->code);
    (void)snprintf(summary->reason, sizeof summary->reason, "%s", err->text);
    line_end = strchr(summary->reason, '\n');
    if (line_end)
        *line_end = '\0';
}

static const char *signal_name(int number)
{
    if (number == SIGINT)
        return "SIGINT";
    return number == SIGHUP ? "SIGHUP" : "SIGTERM";
}

void summary_conclude(struct summary *summary, const struct loop_result *result)
{
    int64_t failed = summary->outcomes[OUTCOME_FAILED];
    int64_t uncertain = summary->outcomes[OUTCOME_UNCERTAIN];
    struct error unlogged;

    /* Whatever was waited for when a signal came. */
    const bool is_interrupted = result->error.code == ERROR_STOPPED && stop_signal() != 0;
    const int signal = is_interrupted ? stop_signal() : result->signal;

    summary->stats = result->stats;
    if (result->error.code != ERROR_NONE && !is_interrupted) {
        end_with(summary, &result->error);
    } else if (signal != 0) {
        summary->exit_code = EXIT_SIGNAL + signal;
        (void)snprintf(summary->reason, sizeof summary->reason, "stopped by %s",
                       signal_name(signal));
    } else if (failed > 0) {
        summary->exit_code = EXIT_PARTLY;
        (void)snprintf(summary->reason, sizeof summary->reason, "%lld thread%s failed",
                       (long long)failed, plural(failed));
    } else if (uncertain > 0) {
        summary->exit_code = EXIT_PARTLY;
        (void)snprintf(summary->reason, sizeof summary->reason, "%lld thread%s uncertain",
                       (long long)uncertain, uncertain == 1 ? " is" : "s are");
    } else if (summary->unread > 0) {
        summary->exit_code = EXIT_PARTLY;
        (void)snprintf(summary->reason, sizeof summary->reason,
                       "%llu place%s of the archive left unread",
                       (unsigned long long)summary->unread, plural((int64_t)summary->unread));
    } else {
        (void)snprintf(summary->reason, sizeof summary->reason, "done");
    }
    if (log_failed()) {
        error_set(&unlogged, ERROR_IO, "cannot write to the log");
        summary_unwritten(summary, &unlogged);
    }
}

void summary_unwritten(struct summary *summary, const struct error *err)
{
    if (summary->exit_code <= EXIT_PARTLY)
        end_with(summary, err);
}

static void add_int(struct buf *out, const char *key, int64_t value)
{
    (void)buf_printf(out, "%s\"%s\":%lld", out->data[out->len - 1] == '{' ? "" : ",", key,
                     (long long)value);
}

/* The end of every document. */
static void add_exit(struct buf *out, const struct summary *s)
{
    (void)buf_printf(out, ",\"exit\":{\"code\":%d,\"reason\":", s->exit_code);
    json_write_string(out, span_of(s->reason), JSON_ESCAPE_HOSTILE);
    (void)buf_add_text(out, "}}\n");
}

void summary_write_json(struct buf *out, const struct summary *s)
{
    (void)buf_printf(out, "{\"schema\":1,\"command\":\"%s\",\"dry_run\":%s,\"threads\":{",
                     s->command, s->dry_run ? "true" : "false");
    add_int(out, "selected", s->selected);
    add_int(out, "done", s->outcomes[OUTCOME_DONE]);
    add_int(out, "already_done", s->outcomes[OUTCOME_ALREADY_DONE]);
    add_int(out, "topped_up", s->outcomes[OUTCOME_TOPPED_UP]);
    add_int(out, "failed", s->outcomes[OUTCOME_FAILED]);
    add_int(out, "uncertain", s->outcomes[OUTCOME_UNCERTAIN]);
    add_int(out, "remaining", summary_remaining(s));
    add_int(out, "duplicates", s->duplicates);
    (void)buf_add_text(out, "},\"items\":{");
    add_int(out, s->deed, s->items);
    (void)buf_add_text(out, "},\"losses\":");
    losses_write_json(out, &s->losses);
    (void)buf_add_text(out, ",\"requests\":{");
    add_int(out, "source", s->stats.requests[SIDE_SOURCE]);
    add_int(out, "destination", s->stats.requests[SIDE_DESTINATION]);
    add_int(out, "retries", s->stats.retries);
    add_int(out, "throttled", s->stats.throttled);
    (void)buf_add_char(out, '}');
    add_int(out, "unread", (int64_t)s->unread);
    add_int(out, "possible_empty_orphans", (int64_t)s->orphans);
    add_int(out, "duration_ms", s->duration_ms);
    add_exit(out, s);
}

/* ---- text ---- */

static void add_threads(struct buf *out, const struct summary *s)
{
    static const char *const NAMES[OUTCOME_KINDS] = {
        [OUTCOME_DONE] = "done",           [OUTCOME_ALREADY_DONE] = "already done",
        [OUTCOME_TOPPED_UP] = "topped up", [OUTCOME_FAILED] = "failed",
        [OUTCOME_UNCERTAIN] = "uncertain",
    };
    int64_t remaining = summary_remaining(s);

    (void)buf_printf(out, "threads: %lld selected", (long long)s->selected);
    for (int kind = 0; kind < OUTCOME_KINDS; kind++) {
        if (s->outcomes[kind] > 0)
            (void)buf_printf(out, ", %lld %s", (long long)s->outcomes[kind], NAMES[kind]);
    }
    if (remaining > 0)
        (void)buf_printf(out, ", %lld remaining", (long long)remaining);
    if (s->duplicates > 0)
        (void)buf_printf(out, "; %lld duplicate id%s", (long long)s->duplicates,
                         plural(s->duplicates));
}

static void add_requests(struct buf *out, const struct summary *s)
{
    (void)buf_printf(out, "requests: %lld to the source, %lld to the destination",
                     (long long)s->stats.requests[SIDE_SOURCE],
                     (long long)s->stats.requests[SIDE_DESTINATION]);
    if (s->stats.retries > 0)
        (void)buf_printf(out, ", %lld retr%s", (long long)s->stats.retries,
                         s->stats.retries == 1 ? "y" : "ies");
    if (s->stats.throttled > 0)
        (void)buf_printf(out, ", %lld throttled", (long long)s->stats.throttled);
    if (s->minutes > 0)
        (void)buf_printf(out, "; about %lld min at the configured rates", (long long)s->minutes);
    (void)buf_add_text(out, "; took ");
    text_add_duration(out, s->duration_ms);
}

static void add_failures(struct buf *out, const struct count_layout *layout,
                         const struct summary *s)
{
    for (int code = 0; code < ERROR_CODES; code++) {
        const struct count_row row = {
            .count = s->failures[code],
            .name = span_of(error_code_name((enum error_code)code)),
            .meaning = advice_for((enum error_code)code),
        };

        count_rows_add(out, layout, &row);
    }
}

void summary_write_text(struct buf *out, const struct summary *s, size_t width)
{
    const struct count_layout layout = {.width = width};
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    add_threads(&line, s);
    wrap_add_line(out, width, buf_span(&line));
    add_failures(out, &layout, s);
    buf_clear(&line);
    (void)buf_printf(&line, "items: %lld %s%s", (long long)s->items, s->dry_run ? "would be " : "",
                     s->deed);
    wrap_add_line(out, width, buf_span(&line));
    if (losses_total(&s->losses) > 0)
        (void)buf_add_text(out, "losses:\n");
    count_rows_add_losses(out, &layout, &s->losses);
    buf_clear(&line);
    add_requests(&line, s);
    wrap_add_line(out, width, buf_span(&line));
    buf_clear(&line);
    if (s->orphans > 0) {
        (void)buf_printf(&line,
                         "up to %llu empty conversation%s may be left at the destination (requests "
                         "whose reply was lost)",
                         (unsigned long long)s->orphans, plural((int64_t)s->orphans));
        wrap_add_line(out, width, buf_span(&line));
    }
    buf_release(&line);
}

static void say_what_next(const struct summary *s, const struct options *options)
{
    const bool goes_on = summary_remaining(s) > 0;
    struct buf out;

    /* A configuration has to be put right first: the words that stopped it say how. */
    if (s->dry_run || s->exit_code == error_exit_status(ERROR_USAGE) ||
        (!goes_on && s->outcomes[OUTCOME_FAILED] == s->lasting))
        return;
    buf_init(&out, BUF_NO_LIMIT);
    (void)buf_add_text(&out,
                       goes_on ? "To resume, run:\n  " : "To retry the failed threads, run:\n  ");
    next_command_again(&out, options);
    (void)buf_add_char(&out, '\n');
    (void)fwrite(out.data, 1, out.len, stderr);
    buf_release(&out);
}

void summary_print(const struct summary *s, const struct options *options)
{
    struct buf out;

    buf_init(&out, BUF_NO_LIMIT);
    if (options->json) {
        summary_write_json(&out, s);
        (void)fwrite(out.data, 1, out.len, stdout);
    } else if (!options->quiet) {
        summary_write_text(&out, s, terminal_width(STDERR_FILENO));
        (void)fwrite(out.data, 1, out.len, stderr);
    }
    if (!options->quiet)
        say_what_next(s, options);
    buf_release(&out);
}

/* What a command without a summary says in its place. */
static void print_exit(const struct summary *s)
{
    struct buf out;

    buf_init(&out, BUF_NO_LIMIT);
    (void)buf_add_text(&out, "{\"schema\":1,\"command\":");
    if (s->command)
        json_write_string(&out, span_of(s->command), JSON_ESCAPE_HOSTILE);
    else
        (void)buf_add_text(&out, "null");
    add_exit(&out, s);
    (void)fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
}

int summary_print_unbegun(const struct options *options, const struct traffic *traffic,
                          const struct error *err)
{
    const struct command *command = options->command;
    struct summary summary = {.dry_run = options->dry_run};
    struct loop_result result = {.error = *err};

    if (command) {
        summary.command = command->document ? command->document : command->name;
        summary.deed = command->deed;
    }
    if (traffic) {
        memcpy(result.stats.requests, traffic->requests, sizeof result.stats.requests);
        result.stats.retries = traffic->retries;
        result.stats.throttled = traffic->throttled;
    }
    summary_conclude(&summary, &result);
    if (!options->json || (command && (command->flags & COMMAND_JSON_LINES)))
        return summary.exit_code;
    if (summary.deed)
        summary_print(&summary, options);
    else
        print_exit(&summary);
    return summary.exit_code;
}
