/*
 * export: saves threads of any source into threadferry's own archive, objects of
 * the API byte for byte, and the assistants behind them. The same command again
 * goes on.
 */
#include "archive/source_archive.h"
#include "base/log.h"
#include "base/text.h"
#include "command/commands_list.h"
#include "export/archive_out.h"
#include "export/exporter.h"
#include "loop/file_saving.h"
#include "print/meter.h"
#include "print/summary.h"
#include "run/narrow.h"
#include "run/output_check.h"
#include "run/work.h"

#include <stdio.h>
#include <string.h>

enum { SYNC_EVERY_MS = 1000 };

struct export
{
    struct context *context;
    struct archive_out archive;
    struct summary summary;
    struct file_saving saving;
    struct meter meter;
    int64_t synced_ms;
    struct error error; /* the archive cannot be written any more */
};

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    struct export *x = ctx;
    const struct archive_held *held = archive_out_find(&x->archive, thread_id);

    if (x->error.code != ERROR_NONE) {
        *err = x->error;
        return NULL;
    }
    if (!held || !held->is_closed || x->context->options->top_up)
        return exporter_new(x->context->source, thread_id);
    x->summary.outcomes[OUTCOME_ALREADY_DONE]++;
    return NULL;
}

static bool add_piece(void *ctx, struct span piece, struct error *err)
{
    return archive_out_add(ctx, piece, err);
}

/* What becomes of a thread that was read whole, against what the file holds of it. */
static enum outcome_kind outcome_of(const struct archive_held *older,
                                    const struct archive_held *newer, struct error *err)
{
    if (!older)
        return OUTCOME_DONE;
    if (fingerprint_equal(&older->lines, &newer->lines))
        return OUTCOME_ALREADY_DONE;
    if (!older->is_closed)
        return OUTCOME_DONE;
    if (newer->is_closed && newer->messages >= older->messages)
        return OUTCOME_TOPPED_UP;
    error_set(err, ERROR_SOURCE_CHANGED,
              "the source has %lld messages, the archive %lld; the archive keeps what it has\n"
              "hint: -o FILE with another name saves the thread as it is now",
              (long long)newer->messages, (long long)older->messages);
    return OUTCOME_FAILED;
}

/* Writes a thread that was read whole, unless the file holds it so; false where the file cannot be
 * written. */
static bool save(struct export *x, struct job *job)
{
    struct span thread_id = span_of(job_thread_id(job));
    const struct archive_held *older = archive_out_find(&x->archive, thread_id);
    struct outcome *outcome = &job_sink(job)->outcome;
    struct error failure = {.code = ERROR_NONE};
    struct archive_held held;

    if (!exporter_held(job_sink(job), &held, &x->error))
        return false;
    outcome->kind = outcome_of(older, &held, &failure);
    outcome->items = held.messages;
    switch (outcome->kind) {
    case OUTCOME_TOPPED_UP:
        outcome->items -= older->messages;
        break;
    case OUTCOME_DONE:
        break;
    case OUTCOME_FAILED:
        job_fail(job, &failure);
        outcome->items = 0;
        return true;
    case OUTCOME_ALREADY_DONE:
    case OUTCOME_UNCERTAIN:
    case OUTCOME_KINDS:
        outcome->items = 0;
        return true;
    }
    if (!exporter_each(job_sink(job), add_piece, &x->archive, &x->error))
        return false;
    archive_out_done(&x->archive, thread_id, &held);
    return true;
}

static void concluded(void *ctx, struct job *job)
{
    struct export *x = ctx;
    const struct outcome *outcome = job_outcome(job);

    if (outcome->kind != OUTCOME_FAILED && (x->error.code != ERROR_NONE || !save(x, job)))
        return;
    if (outcome->kind == OUTCOME_FAILED)
        work_tell_failure(job, "");
    summary_add(&x->summary, job_outcome(job));
}

static void tick(void *ctx, const struct loop_stats *stats)
{
    struct export *x = ctx;
    const struct meter_counts counts = summary_counts(&x->summary);

    meter_tick(&x->meter, &counts, stats);
    if (stats->now_ms - x->synced_ms < SYNC_EVERY_MS || x->error.code != ERROR_NONE)
        return;
    x->synced_ms = stats->now_ms;
    (void)archive_out_sync(&x->archive, &x->error);
}

struct assistants_out {
    struct export *x;
    struct buf line;
};

static bool add_assistant(struct assistants_out *out, struct span raw, struct span from)
{
    buf_clear(&out->line);
    exporter_write_line(&out->line, "assistant", (struct span){NULL, 0}, raw, from);
    return archive_out_add_assistant(&out->x->archive, buf_span(&out->line), &out->x->error);
}

static bool add_live(void *ctx, const json_t *object, struct span raw)
{
    (void)object;
    return add_assistant(ctx, raw, (struct span){NULL, 0});
}

static bool add_saved(void *ctx, const struct archive_assistant_facts *assistant)
{
    return add_assistant(ctx, assistant->raw, assistant->from);
}

static bool read_assistants(struct assistants_out *out, struct error *err)
{
    const struct context *context = out->x->context;
    const struct fetch_list list = {
        .path = "/assistants?",
        .what = "assistants",
        .page_size = context->config->source.page_size,
        .keep_raw = true,
        .each = add_live,
        .ctx = out,
    };

    if (!context->source_is_archive)
        return fetch_each(&out->x->context->traffic, &list, err);
    source_archive_each_assistant(context->archive, add_saved, out);
    return true;
}

/* After the threads; one that has changed is written anew, and the newest counts. */
static bool export_assistants(struct export *x, struct error *err)
{
    struct assistants_out out = {.x = x};
    bool ok;

    buf_init(&out.line, BUF_NO_LIMIT);
    ok = read_assistants(&out, err);
    buf_release(&out.line);
    if (x->error.code != ERROR_NONE)
        *err = x->error;
    else if (!ok && !error_stops_run(err)) {
        log_event(LOG_WARNING, "the assistants were not saved: %s", err->text);
        error_clear(err);
    }
    return err->code == ERROR_NONE;
}

static struct file_saving_options saving_options(const struct context *context)
{
    return (struct file_saving_options){
        .traffic = &context->traffic,
        .all = context->options->files == FILES_ALL,
        .concurrency = context->config->concurrency,
    };
}

/* Contents that files do not hold: whoever has a service that holds them can say so. */
static bool tell_unsaved(struct export *x, struct error *err)
{
    const struct file_saving_options options = saving_options(x->context);
    struct file_saving saving;

    if (!file_saving_count(&saving, &options, &x->archive, err))
        return false;
    if (saving.named > 0)
        log_event(LOG_INFO,
                  "the contents of %s are not saved: files hold none\n"
                  "hint: --files-from SERVICE saves them from a service that still has them",
                  text_count(saving.named, "file").text);
    return true;
}

/* After the threads, and from what the archive holds of them: also of those of earlier runs. */
static void export_files(struct export *x, struct loop_result *result)
{
    const struct context *context = x->context;
    const struct file_saving_options options = saving_options(context);
    const char *path = context->options->output;
    struct file_saving *saving = &x->saving;

    if (context->options->files == FILES_NONE)
        return;
    if (!context->has_remote[SIDE_SOURCE]) {
        (void)tell_unsaved(x, &result->error);
        return;
    }
    if (!file_saving_run(saving, &options, &x->archive, path, &result->error))
        return;
    result->error = saving->result.error;
    result->signal = saving->result.signal;
    result->stats.requests[SIDE_SOURCE] += saving->result.stats.requests[SIDE_SOURCE];
    result->stats.retries += saving->result.stats.retries;
    result->stats.throttled += saving->result.stats.throttled;
    x->summary.saving = saving;
    file_saving_tell(saving, path);
}

static void run(struct export *x, struct loop_result *result)
{
    const struct work work = {
        .context = x->context,
        .begin = begin,
        .concluded = concluded,
        .tick = tick,
        .ctx = x,
        .tick_ms = meter_tick_ms(&x->meter),
    };

    work_run(&work, result);
    if (result->error.code == ERROR_NONE)
        result->error = x->error;
    if (result->error.code == ERROR_NONE && result->signal == 0)
        (void)export_assistants(x, &result->error);
    if (x->error.code == ERROR_NONE && !archive_out_sync(&x->archive, &x->error))
        result->error = x->error;
    if (result->error.code == ERROR_NONE && result->signal == 0)
        export_files(x, result);
}

static int export(struct export *x, struct error *err)
{
    struct loop_result result;

    work_begin_summary(&x->summary, x->context);
    if (x->archive.cut > 0)
        log_event(LOG_INFO, "an unfinished last line (%lld bytes) was moved to '%s'",
                  (long long)x->archive.cut, x->archive.kept_as);
    if (x->archive.unended > 0)
        log_event(LOG_INFO, "threads that an earlier run left unfinished: %lld; saving them again",
                  (long long)x->archive.unended);
    meter_open(&x->meter, x->context->options);
    run(x, &result);
    meter_close(&x->meter);
    work_end_summary(&x->summary, x->context, &result);
    summary_print(&x->summary, x->context->options);
    *err = result.error;
    return x->summary.exit_code;
}

static bool check(const struct invocation *invocation, struct error *err)
{
    if (!invocation->options->output && !invocation->options->dry_run) {
        error_set(err, ERROR_USAGE, "export needs -o FILE");
        return false;
    }
    if (invocation->options->output && strcmp(invocation->options->output, "-") == 0) {
        error_set(err, ERROR_USAGE,
                  "export cannot write to standard output: it resumes in its file\n"
                  "hint: -o FILE, or -o ./- for a file of that name");
        return false;
    }
    return output_check_folder(invocation, err);
}

/* The source may have the file under another name. */
static bool spares_source(const struct context *context, struct error *err)
{
    const char *path = context->options->output;

    if (!context->archive || !path || !source_archive_holds(context->archive, path))
        return true;
    error_set(err, ERROR_USAGE,
              "-o: '%s' is a file of the source, which is not overwritten\n"
              "hint: -o FILE with another name",
              path);
    return false;
}

/* A live source has its files itself. */
static bool open_files_from(struct context *context, struct error *err)
{
    if (context->source_is_archive)
        return context_open_files_from(context, (enum service)context->options->files_from, err);
    error_set(err, ERROR_USAGE, "--files-from is for archives: source.type is %s",
              SERVICE_NAMES[context->config->source.type]);
    return false;
}

/* A dry run tells what would be asked for; it opens no archive and reads no thread, so all of them
 * remain. */
static int dry_run(struct export *x)
{
    const struct traffic *traffic = &x->context->traffic;
    struct loop_result result = {.error = {.code = ERROR_NONE}};

    work_begin_summary(&x->summary, x->context);
    memcpy(result.stats.requests, traffic->requests, sizeof result.stats.requests);
    result.stats.retries = traffic->retries;
    result.stats.throttled = traffic->throttled;
    work_end_summary(&x->summary, x->context, &result);
    if (x->context->options->json)
        summary_print(&x->summary, x->context->options);
    else
        (void)printf("%s would be saved\n", text_count(x->summary.selected, "thread").text);
    return x->summary.exit_code;
}

int cmd_export(struct context *context, struct error *err)
{
    struct export x = {.context = context};
    const unsigned needs = CONTEXT_SOURCE | CONTEXT_THREADS | CONTEXT_RAW;
    int status = COMMAND_UNBEGUN;

    if (!check(context->invocation, err) || !context_open(context, needs, err) ||
        !spares_source(context, err) || !narrow_selection(context, err) ||
        (context->options->files_from != 0 && !open_files_from(context, err)))
        return COMMAND_UNBEGUN;
    if (context->options->dry_run)
        return dry_run(&x);
    if (archive_out_open(&x.archive, context->options->output, err))
        status = export(&x, err);
    archive_out_close(&x.archive);
    return status;
}
