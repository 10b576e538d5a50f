/*
 * status: what the checkpoint says. Reads that file and nothing else, also
 * while a run is writing to it.
 */
#include "base/text.h"
#include "command/commands_list.h"
#include "json/json.h"
#include "os/terminal.h"
#include "print/next_command.h"
#include "print/wrap.h"
#include "run/journal.h"
#include "run/survey.h"
#include "write/plan.h"

#include <inttypes.h>
#include <unistd.h>

/* A thread counts once, by its last state; new ones are in no file. */
static const struct shown {
    enum thread_state state;
    const char *words;
} SHOWN[] = {
    {THREAD_DONE, "done"},
    {THREAD_PARTIAL, "partial"},
    {THREAD_FAILED, "failed"},
    {THREAD_UNCERTAIN, "uncertain"},
    {THREAD_ROLLING_BACK, "rolling back"},
    {THREAD_ROLLED_BACK, "rolled back"},
    {THREAD_PRUNING, "pruning"},
    {THREAD_PRUNED, "pruned"},
};
enum {
    SHOWN_COUNT = sizeof SHOWN / sizeof SHOWN[0],
    FLUSH_BYTES = 1 << 16,
    MS_PER_SECOND = 1000,
    VALUE_COLUMN = 15, /* after the longest state, which is indented */
};

struct status {
    struct checkpoint *checkpoint;
    bool json;
    size_t width; /* of the terminal; 0: none */
    int64_t items;
    int64_t failures; /* listed so far */
    struct buf out;
};

static void flush(struct status *s, size_t keep)
{
    if (s->out.len <= keep)
        return;
    survey_print(buf_span(&s->out));
    buf_clear(&s->out);
}

static bool add_items(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    struct status *s = ctx;

    (void)thread_id;
    s->items += facts->items;
    return true;
}

/* Threads that list_failure() may name: a file without any is not read twice. */
static size_t failures_of(const struct progress *progress)
{
    return progress_count(progress, THREAD_FAILED) + progress_count(progress, THREAD_UNCERTAIN) +
           progress_count(progress, THREAD_ROLLING_BACK);
}

static bool list_failure(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    const struct plan_failure failure = plan_failure(facts);
    const char *code = error_code_name(failure.code);
    const struct span reason = span_of(failure.reason);
    struct status *s = ctx;

    if (failure.code == ERROR_NONE)
        return true;
    if (s->json) {
        buf_printf(&s->out, "%s{\"thread_id\":", s->failures > 0 ? "," : "");
        json_write_string(&s->out, thread_id, JSON_ESCAPE_HOSTILE);
        buf_printf(&s->out, ",\"code\":\"%s\",\"reason\":", code);
        json_write_string(&s->out, reason, JSON_ESCAPE_HOSTILE);
        buf_add_char(&s->out, '}');
    } else {
        struct buf line;

        buf_init(&line, BUF_NO_LIMIT);
        text_add_visible(&line, thread_id, false);
        buf_printf(&line, "  %s: ", code);
        text_add_visible(&line, reason, false);
        wrap_add_entry(&s->out, s->width, buf_span(&line));
        buf_release(&line);
    }
    s->failures++;
    flush(s, FLUSH_BYTES);
    return true;
}

static void add_number_or_null(struct buf *out, const char *name, int64_t number)
{
    if (number == RUN_UNKNOWN)
        buf_printf(out, ",\"%s\":null", name);
    else
        buf_printf(out, ",\"%s\":%" PRId64, name, number);
}

static void add_runs_json(struct buf *out, const struct run_facts *run)
{
    add_number_or_null(out, "since", run->since);
    add_number_or_null(out, "selected", run->selected);
    if (run->time == RUN_UNKNOWN) {
        buf_add_text(out, ",\"last_run\":null");
        return;
    }
    buf_add_text(out, ",\"last_run\":{\"time\":");
    buf_printf(out, "%" PRId64 ",\"host\":", run->time);
    json_write_string(out, span_of(run->host), JSON_ESCAPE_HOSTILE);
    add_number_or_null(out, "exit", run->exit);
    buf_add_char(out, '}');
}

static void add_files_json(struct status *s)
{
    struct file_counts counts = {.bytes = 0};
    json_t *files;

    file_counts_add(&counts, checkpoint_files(s->checkpoint), NULL);
    files = summary_files_json(&counts);
    buf_add_text(&s->out, ",\"files\":");
    json_write_value(&s->out, files, JSON_ESCAPE_HOSTILE);
    json_decref(files);
}

/* Texts of the header are kept as they stand in the file: escaped, and so harmless anywhere. */
static void head_json(struct status *s)
{
    const struct progress *progress = checkpoint_progress(s->checkpoint);
    const struct record *header = checkpoint_header(s->checkpoint);

    buf_printf(&s->out, "{\"schema\":1,\"job\":\"%.*s\",\"threads\":{", (int)header->job.len,
               header->job.data);
    for (int i = 0; i < SHOWN_COUNT; i++)
        buf_printf(&s->out, "%s\"%s\":%zu", i > 0 ? "," : "", thread_state_name(SHOWN[i].state),
                   progress_count(progress, SHOWN[i].state));
    buf_add_char(&s->out, '}');
    add_runs_json(&s->out, checkpoint_runs(s->checkpoint));
    buf_printf(&s->out, ",\"items\":%" PRId64, s->items);
    add_files_json(s);
    buf_printf(&s->out, ",\"possible_empty_orphans\":%" PRIu64 ",\"failures\":[",
               checkpoint_orphans(s->checkpoint));
}

static void add_pin(struct status *s, const char *name, struct span value)
{
    const struct wrap wrap = {.column = VALUE_COLUMN, .width = s->width};

    if (value.len == 0)
        return;
    buf_printf(&s->out, "%-*s", VALUE_COLUMN, name);
    wrap_add(&s->out, &wrap, value);
    buf_add_char(&s->out, '\n');
}

static void add_destination(struct status *s, const struct pins *pins)
{
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    buf_add_span(&text, pins->destination_type);
    buf_add_char(&text, ' ');
    buf_add_span(&text, pins->base_url);
    add_pin(s, "destination", buf_span(&text));
    buf_release(&text);
}

/* When the job began, and "2026-11-30T11:00:00Z on host 'hal', ended with exit status 1" */
static void add_times(struct status *s, const struct run_facts *run)
{
    struct buf text;

    if (run->time == RUN_UNKNOWN)
        return;
    buf_init(&text, BUF_NO_LIMIT);
    text_add_iso8601(&text, run->since * MS_PER_SECOND);
    add_pin(s, "since", buf_span(&text));
    buf_clear(&text);
    text_add_iso8601(&text, run->time * MS_PER_SECOND);
    buf_add_text(&text, " on host '");
    text_add_visible(&text, span_of(run->host), false);
    if (run->exit == RUN_UNKNOWN)
        buf_add_text(&text, "', running or killed");
    else
        buf_printf(&text, "', ended with exit status %" PRId64, run->exit);
    add_pin(s, "last run", buf_span(&text));
    buf_release(&text);
}

static void add_count(struct status *s, const struct shown *shown, size_t count)
{
    const int64_t selected = checkpoint_runs(s->checkpoint)->selected;

    buf_printf(&s->out, "  %-*s%s", VALUE_COLUMN - 2, shown->words,
               text_number((int64_t)count).text);
    /* A later run may have selected less than is done by now. */
    if (shown->state == THREAD_DONE && selected >= (int64_t)count)
        buf_printf(&s->out, " of %s selected", text_number(selected).text);
    buf_add_char(&s->out, '\n');
}

static void head_text(struct status *s)
{
    const struct progress *progress = checkpoint_progress(s->checkpoint);
    const struct record *header = checkpoint_header(s->checkpoint);

    add_pin(s, "job", header->job);
    add_pin(s, "source", header->source);
    add_destination(s, &header->pins);
    add_pin(s, "organization", header->pins.organization);
    add_pin(s, "project", header->pins.project);
    add_pin(s, "shard", header->pins.shard);
    add_times(s, checkpoint_runs(s->checkpoint));
    buf_add_text(&s->out, "threads\n");
    for (int i = 0; i < SHOWN_COUNT; i++) {
        size_t count = progress_count(progress, SHOWN[i].state);

        if (count > 0 || SHOWN[i].state == THREAD_DONE)
            add_count(s, &SHOWN[i], count);
    }
    buf_printf(&s->out, "%-*s%s\n", VALUE_COLUMN, "items", text_number(s->items).text);
    summary_add_orphans(&s->out, s->width, checkpoint_orphans(s->checkpoint));
    if (failures_of(progress) > 0)
        buf_add_text(&s->out, "failures\n");
}

static void say_next(const struct options *options, const struct checkpoint *checkpoint)
{
    const struct progress *progress = checkpoint_progress(checkpoint);
    int64_t remaining = checkpoint_runs(checkpoint)->selected;

    for (int i = 0; i < SHOWN_COUNT; i++)
        remaining -= (int64_t)progress_count(progress, SHOWN[i].state);
    if (progress_count(progress, THREAD_ROLLING_BACK) > 0)
        next_say(options, "finish the rollback", "rollback", NULL);
    else if (progress_count(progress, THREAD_PARTIAL) > 0 || remaining > 0)
        next_say(options, "resume", "migrate", NULL);
    else if (progress_count(progress, THREAD_DONE) > 0)
        next_say(options, "read everything back and compare", "verify", NULL);
}

static bool report(struct status *s, const struct options *options, struct error *err)
{
    const struct progress *progress = checkpoint_progress(s->checkpoint);

    /* Two walks instead of keeping what millions of failures say. */
    if (!checkpoint_each(s->checkpoint, add_items, s, err))
        return false;
    if (s->json)
        head_json(s);
    else
        head_text(s);
    if (failures_of(progress) > 0 && !checkpoint_each(s->checkpoint, list_failure, s, err))
        return false;
    if (s->json)
        buf_add_text(&s->out, "]}\n");
    flush(s, 0);
    say_next(options, s->checkpoint);
    return true;
}

int cmd_status(struct context *context, struct error *err)
{
    struct status status = {
        .json = context->options->json,
        .width = terminal_width(STDOUT_FILENO),
    };
    int exit_status = 0;

    buf_init(&status.out, BUF_NO_LIMIT);
    context->checkpoint = journal_open_reader(context->config->checkpoint, err);
    status.checkpoint = context->checkpoint;
    if (!status.checkpoint)
        exit_status = COMMAND_UNBEGUN;
    else if (!report(&status, context->options, err))
        exit_status = error_exit_status(err->code);
    buf_release(&status.out);
    return exit_status;
}
