#include "print/summary.h"

#include "base/log.h"
#include "base/text.h"
#include "json/json.h"
#include "os/stop.h"
#include "os/stream.h"
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

static void count(struct summary *summary, enum outcome_kind kind, enum error_code code, int step)
{
    summary->outcomes[kind] += step;
    if (kind != OUTCOME_FAILED)
        return;
    summary->failures[code] += step;
    summary->lasting += advice_time_helps(code) ? 0 : step;
}

void summary_forget(struct summary *summary, enum outcome_kind kind, enum error_code code)
{
    count(summary, kind, code, -1);
}

void summary_add(struct summary *summary, const struct outcome *outcome)
{
    count(summary, outcome->kind, outcome->error.code, 1);
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

/* What was not wholly done, in words; "" for nothing. */
static void describe_rest(struct summary *s)
{
    const int64_t failed = s->outcomes[OUTCOME_FAILED];
    const int64_t uncertain = s->outcomes[OUTCOME_UNCERTAIN];

    if (failed > 0)
        (void)snprintf(s->reason, sizeof s->reason, "%s failed", text_count(failed, "thread").text);
    else if (uncertain > 0)
        (void)snprintf(s->reason, sizeof s->reason, "%s %s uncertain",
                       text_count(uncertain, "thread").text, uncertain == 1 ? "is" : "are");
    else if (s->saving && s->saving->open > 0)
        (void)snprintf(s->reason, sizeof s->reason, "%s not saved",
                       text_count(s->saving->open, "file").text);
    else if (s->unread > 0)
        (void)snprintf(s->reason, sizeof s->reason, "%s of the archive left unread",
                       text_count((int64_t)s->unread, "place").text);
}

void summary_conclude(struct summary *summary, const struct loop_result *result)
{
    struct error unlogged;

    /* Whatever was waited for when a signal came. */
    const bool is_interrupted = result->error.code == ERROR_STOPPED && stop_signal() != 0;
    const int signal = is_interrupted ? stop_signal() : result->signal;

    summary->stats = result->stats;
    describe_rest(summary);
    if (result->error.code != ERROR_NONE && !is_interrupted) {
        end_with(summary, &result->error);
    } else if (signal != 0) {
        summary->exit_code = EXIT_SIGNAL + signal;
        (void)snprintf(summary->reason, sizeof summary->reason, "stopped by %s",
                       signal_name(signal));
    } else if (summary->reason[0] != '\0') {
        summary->exit_code = EXIT_PARTLY;
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

/* ---- JSON ---- */

static json_t *exit_json(const struct summary *s)
{
    return json_pack("{s:i,s:o}", "code", s->exit_code, "reason", json_string_nocheck(s->reason));
}

static void add_member(json_t *object, const char *name, int64_t count)
{
    if (count > 0)
        (void)json_object_set_new(object, name, json_integer(count));
}

static json_t *losses_json(const struct losses *losses)
{
    json_t *object = json_object();

    for (int kind = 0; kind < LOSS_KINDS; kind++)
        add_member(object, LOSS_ROWS[kind].name, losses->count[kind]);
    return object;
}

static json_t *saving_json(const struct file_saving *saving)
{
    json_t *missing = json_object();

    add_member(missing, missing_name(MISSING_BAD_ID), saving->bad_ids);
    for (int state = SAVED_CONTENTS + 1; state < SAVED_STATES; state++)
        add_member(missing, SAVED_STATE_NAMES[state], saving->states[state]);
    return json_pack("{s:I,s:o,s:I,s:I}", "saved", saving->states[SAVED_CONTENTS], "missing",
                     missing, "open", saving->open, "bytes", saving->bytes);
}

json_t *summary_files_json(const struct file_counts *files)
{
    json_t *missing = json_object();

    for (int code = 0; code < MISSING_CODES; code++)
        add_member(missing, missing_name((enum missing)code), files->missing[code]);
    return json_pack("{s:I,s:I,s:I,s:o,s:I,s:I}", "kept", files->of[FATE_KEPT], "mapped",
                     files->of[FATE_MAPPED], "inside", files->of[FATE_INSIDE], "missing", missing,
                     "unknown", files->of[FATE_UNKNOWN], "bytes", files->bytes);
}

/* Only who maps decides about files, and only export saves them. */
static json_t *files_json(const struct summary *s)
{
    if (s->saving)
        return saving_json(s->saving);
    return strcmp(s->command->name, "migrate") == 0 ? summary_files_json(&s->files) : NULL;
}

json_t *summary_json(const struct summary *s)
{
    return json_pack(
        "{s:i,s:s,s:b,s:{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I},s:{s:I},s:o,s:{s:I,s:I,s:I,s:I},"
        "s:I,s:o*,s:I,s:I,s:o}",
        "schema", 1, "command", command_document(s->command), "dry_run", s->dry_run, "threads",
        "selected", s->selected, "done", s->outcomes[OUTCOME_DONE], "already_done",
        s->outcomes[OUTCOME_ALREADY_DONE], "topped_up", s->outcomes[OUTCOME_TOPPED_UP], "failed",
        s->outcomes[OUTCOME_FAILED], "uncertain", s->outcomes[OUTCOME_UNCERTAIN], "remaining",
        summary_remaining(s), "duplicates", s->duplicates, "items", s->command->deed, s->items,
        "losses", losses_json(&s->losses), "requests", "source", s->stats.requests[SIDE_SOURCE],
        "destination", s->stats.requests[SIDE_DESTINATION], "retries", s->stats.retries,
        "throttled", s->stats.throttled, "unread", (json_int_t)s->unread, "files", files_json(s),
        "possible_empty_orphans", (json_int_t)s->orphans, "duration_ms", s->duration_ms, "exit",
        exit_json(s));
}

static void print_json(json_t *document)
{
    struct buf out;

    buf_init(&out, BUF_NO_LIMIT);
    json_write_value(&out, document, JSON_ESCAPE_HOSTILE);
    buf_add_char(&out, '\n');
    stream_print(buf_span(&out));
    buf_release(&out);
    json_decref(document);
}

/* ---- text ---- */

/* ", 5 already done" */
static void add_number(struct buf *out, int64_t count, const char *words)
{
    if (count > 0)
        buf_printf(out, ", %s %s", text_number(count).text, words);
}

static void add_threads(struct buf *out, const struct summary *s)
{
    const int64_t done = s->outcomes[OUTCOME_DONE];

    buf_printf(out, "threads: %s selected", text_number(s->selected).text);
    if (done > 0 && s->dry_run)
        buf_printf(out, ", %s would be %s", text_number(done).text, s->command->thread_deed);
    else
        add_number(out, done, "done");
    add_number(out, s->outcomes[OUTCOME_ALREADY_DONE], "already done");
    add_number(out, s->outcomes[OUTCOME_TOPPED_UP],
               s->dry_run ? "would be topped up" : "topped up");
    add_number(out, s->outcomes[OUTCOME_FAILED], s->dry_run ? "would fail" : "failed");
    add_number(out, s->outcomes[OUTCOME_UNCERTAIN], "uncertain");
    add_number(out, summary_remaining(s), "remaining");
    if (s->duplicates > 0)
        buf_printf(out, "; %s", text_count(s->duplicates, "duplicate id").text);
}

/* The threads, and what to do about those that failed. */
static void add_outcomes(struct buf *out, const struct count_layout *layout,
                         const struct summary *s)
{
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    add_threads(&line, s);
    wrap_add_line(out, layout->width, buf_span(&line));
    buf_release(&line);
    for (int code = 0; code < ERROR_CODES; code++)
        count_rows_add(out, layout,
                       &(struct count_row){
                           .count = s->failures[code],
                           .name = span_of(error_code_name((enum error_code)code)),
                           .meaning = advice_for((enum error_code)code),
                       });
}

/* "files: 3 kept, 14 in their items (183 kB), 1 missing; asked 4 times" */
static void add_files(struct buf *out, size_t width, const struct summary *s)
{
    const int64_t *of = s->files.of;
    char inside[96];
    struct buf line;

    if (of[FATE_KEPT] + of[FATE_MAPPED] + of[FATE_INSIDE] + of[FATE_MISSING] + of[FATE_UNKNOWN] ==
            0 ||
        strcmp(s->command->name, "migrate") != 0)
        return;
    (void)snprintf(inside, sizeof inside, "in their items (%s)", text_bytes(s->files.bytes).text);
    buf_init(&line, BUF_NO_LIMIT);
    buf_printf(&line, "files: %s kept", text_number(of[FATE_KEPT]).text);
    add_number(&line, of[FATE_MAPPED], "mapped");
    add_number(&line, of[FATE_INSIDE], inside);
    add_number(&line, of[FATE_MISSING], "missing");
    add_number(&line, of[FATE_UNKNOWN], "unknown (no key for the destination to ask with)");
    if (s->asked > 0)
        buf_printf(&line, "; %s to the destination", text_count(s->asked, "question").text);
    wrap_add_line(out, width, buf_span(&line));
    buf_release(&line);
}

static void add_requests(struct buf *out, const struct summary *s)
{
    buf_printf(out, "requests: %s to the source, %s to the destination",
               text_number(s->stats.requests[SIDE_SOURCE]).text,
               text_number(s->stats.requests[SIDE_DESTINATION]).text);
    add_number(out, s->stats.retries, s->stats.retries == 1 ? "retry" : "retries");
    add_number(out, s->stats.throttled, "rate limited");
    if (s->minutes > 0)
        buf_printf(out, "; about %s min at the configured rates", text_number(s->minutes).text);
    buf_add_text(out, "; took ");
    text_add_duration(out, s->duration_ms);
}

void summary_add_orphans(struct buf *out, size_t width, uint64_t orphans)
{
    struct buf line;

    if (orphans == 0)
        return;
    buf_init(&line, BUF_NO_LIMIT);
    buf_printf(&line, "up to %s may be left at the destination (requests whose reply was lost)",
               text_count((int64_t)orphans, "empty conversation").text);
    wrap_add_line(out, width, buf_span(&line));
    buf_release(&line);
}

void summary_write_text(struct buf *out, const struct summary *s, size_t width)
{
    const struct count_layout layout = {.width = width};
    struct buf line;

    add_outcomes(out, &layout, s);
    if (s->items > 0)
        buf_printf(out, "items: %s %s%s\n", text_number(s->items).text,
                   s->dry_run ? "would be " : "", s->command->deed);
    add_files(out, width, s);
    count_rows_add_losses(out, &layout, "losses:", &s->losses);
    buf_init(&line, BUF_NO_LIMIT);
    add_requests(&line, s);
    wrap_add_line(out, width, buf_span(&line));
    buf_release(&line);
    summary_add_orphans(out, width, s->orphans);
}

const char *summary_next(struct buf *out, const struct summary *s, const struct options *options)
{
    const int64_t failed = s->outcomes[OUTCOME_FAILED];

    /* A configuration has to be put right first: the words that stopped it say how. */
    if (s->exit_code == error_exit_status(ERROR_USAGE))
        return NULL;
    if (s->selected == 0) {
        const bool reads = strcmp(s->command->next, "verify") == 0 ||
                           strcmp(s->command->next, "diff") == 0; /* migrate and export */

        next_command(out, options, reads ? "inventory" : "status", NULL);
        return reads ? "see what the source holds" : "see what this job holds";
    }
    if (s->dry_run && s->outcomes[OUTCOME_DONE] + s->outcomes[OUTCOME_TOPPED_UP] > 0) {
        next_command_again(out, options, true);
        return "do it";
    }
    if (summary_remaining(s) > 0) {
        next_command_again(out, options, false);
        return s->dry_run ? "look again" : "resume";
    }
    if (s->saving && s->saving->open > 0) {
        next_command_again(out, options, false);
        return "save the files that are still open";
    }
    if (!s->dry_run && failed > s->lasting) {
        next_command_again(out, options, false);
        return "retry the failed threads";
    }
    if (s->outcomes[OUTCOME_UNCERTAIN] > 0) {
        next_command(out, options, "migrate", "--retry-uncertain");
        return "create the uncertain ones again, once you have looked at them";
    }
    if (failed > 0 && s->outcomes[OUTCOME_DONE] + s->outcomes[OUTCOME_TOPPED_UP] == 0) {
        next_command(out, options, "status", NULL);
        return "see what failed";
    }
    next_command(out, options, s->command->next, NULL);
    return s->command->next_purpose;
}

void summary_print(const struct summary *s, const struct options *options)
{
    const struct count_layout layout = {.width = terminal_width(STDERR_FILENO)};
    const char *purpose;
    struct buf out;
    struct buf next;

    if (options->json)
        print_json(summary_json(s));
    if ((options->quiet || options->json) && s->exit_code == 0)
        return;
    buf_init(&out, BUF_NO_LIMIT);
    buf_init(&next, BUF_NO_LIMIT);
    if (!options->json && options->quiet)
        add_outcomes(&out, &layout, s);
    else if (!options->json)
        summary_write_text(&out, s, layout.width);
    purpose = summary_next(&next, s, options);
    /* What ended the run in an error comes with a hint of its own. */
    if (purpose && (s->exit_code <= EXIT_PARTLY || summary_remaining(s) > 0))
        next_add(&out, purpose, buf_span(&next));
    next_print(&out);
    buf_release(&next);
    buf_release(&out);
}

int summary_print_unbegun(const struct options *options, const struct traffic *traffic,
                          const struct error *err)
{
    const struct command *command = options->command;
    struct summary s = {.command = command, .dry_run = options->dry_run};
    struct loop_result result = {.error = *err};

    if (traffic) {
        memcpy(result.stats.requests, traffic->requests, sizeof result.stats.requests);
        result.stats.retries = traffic->retries;
        result.stats.throttled = traffic->throttled;
    }
    summary_conclude(&s, &result);
    if (!options->json || (command && (command->flags & COMMAND_JSON_LINES)))
        return s.exit_code;
    if (command && command->deed)
        print_json(summary_json(&s));
    else
        print_json(json_pack("{s:i,s:s?,s:o}", "schema", 1, "command",
                             command ? command_document(command) : NULL, "exit", exit_json(&s)));
    return s.exit_code;
}
