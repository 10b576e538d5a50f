/*
 * diff: what a migrate run would do, thread by thread and item by item.
 */
#include "command/commands_list.h"
#include "os/pager.h"
#include "os/stream.h"
#include "os/terminal.h"
#include "print/next_command.h"
#include "report/diff_form.h"
#include "run/preview.h"
#include "run/survey.h"
#include "settings/config_read.h"
#include "settings/secrets.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PICTURES_MAX = 16 << 20 }; /* bytes of pictures in a page, which is built in memory */

struct diff {
    struct preview preview;
    const struct diff_form *form;
    struct diff_style style;
    struct diff_totals totals;
    FILE *stream; /* stdout, or the file of -o */
    bool paging;  /* stdout is a pager */
    struct buf out;
};

static const struct diff_form *const FORMS[] = {&DIFF_TEXT, &DIFF_JSONL, &DIFF_HTML};

static const struct diff_form *choose_form(const struct options *options)
{
    const char *name = options->json ? "jsonl" : options->format;

    for (size_t i = 0; name && i < sizeof FORMS / sizeof FORMS[0]; i++) {
        if (strcmp(FORMS[i]->name, name) == 0)
            return FORMS[i];
    }
    return &DIFF_TEXT;
}

static void flush(struct diff *d, struct buf *text)
{
    (void)fwrite(text->data, 1, text->len, d->stream);
    buf_clear(text);
}

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    return preview_begin(&((struct diff *)ctx)->preview, thread_id, err);
}

static void concluded(void *ctx, struct job *job)
{
    struct diff *d = ctx;
    struct diff_result result;

    differ_result(job_sink(job), &result);
    d->totals.actions[result.action]++;
    /* What a run would refuse in its middle is not written. */
    if (job_outcome(job)->kind == OUTCOME_FAILED)
        result.ops[DIFF_ADD] = job_outcome(job)->items;
    for (int op = 0; op < DIFF_OPS; op++)
        d->totals.ops[op] += result.ops[op];
    d->totals.requests[SIDE_DESTINATION] += result.requests;
    losses_add(&d->totals.shown, job_losses(job));
    losses_add(&d->totals.losses, &job_outcome(job)->losses);
    d->form->thread(&d->out, &d->style, job, &result);
    if (!d->form->summary_first)
        flush(d, &d->out);
}

static void total_up(struct diff *d, const struct survey *survey)
{
    struct diff_totals *totals = &d->totals;

    totals->selected = (int64_t)selection_count(&d->preview.context->selection);
    totals->requests[SIDE_SOURCE] = survey->result.stats.requests[SIDE_SOURCE];
    totals->minutes = preview_minutes(&d->preview, totals->requests);
}

static bool open_stream(struct diff *d, const char *path, struct error *err)
{
    d->stream = path ? stream_open_output(path, "we", err) : stdout;
    if (!d->stream && err->code != ERROR_STOPPED)
        error_set(err, ERROR_IO, "cannot write '%s': %s", path, strerror(errno));
    return d->stream != NULL;
}

/* Standard output is closed and judged by main. */
static bool close_stream(struct diff *d, const char *path, struct error *err)
{
    bool ok = true;

    if (d->stream && d->stream != stdout) {
        /* What failed on the way is tried once more by this, and fails as it did. */
        ok = fflush(d->stream) == 0 && !ferror(d->stream);
        if (!ok)
            error_set(err, ERROR_IO, "cannot write '%s': %s", path, strerror(errno));
        if (fclose(d->stream) != 0 && ok) {
            error_set(err, ERROR_IO, "cannot write '%s': %s", path, strerror(errno));
            ok = false;
        }
    }
    return ok;
}

static int run(struct diff *d, struct error *err)
{
    struct survey survey = {
        .context = d->preview.context,
        .begin = begin,
        .concluded = concluded,
        .ctx = d,
        .keep_skipped = true,
        .tells_failures = true,
        .paging = d->paging,
    };
    struct buf around; /* what comes before and after the threads */
    int status;

    buf_init(&around, BUF_NO_LIMIT);
    if (d->form->begin)
        d->form->begin(&around);
    flush(d, &around);
    status = survey_run(&survey, err);
    total_up(d, &survey);
    /* What a stopped diff has seen sums up to nothing; a page has to be whole all the same. */
    if (d->form->summary && (err->code == ERROR_NONE || d->form->summary_first))
        d->form->summary(&around, &d->style, &d->totals);
    if (d->form->summary_first) {
        flush(d, &around);
        flush(d, &d->out);
    }
    if (d->form->end)
        d->form->end(&around);
    flush(d, &around);
    buf_release(&around);
    return status;
}

/* For people only, and only where they sit in front of it. */
static bool start_pager(const struct diff *d, const struct context *context)
{
    const struct options *options = context->options;
    char *const *own = context->invocation->environment;
    const char *command = config_variable(own, "PAGER");
    char **environment;
    bool started;

    if (d->form != &DIFF_TEXT || options->output || options->no_pager)
        return false;
    environment = secrets_environment(context->config, own);
    started = pager_start(command, environment);
    free(environment);
    return started;
}

int cmd_diff(struct context *context, struct error *err)
{
    const struct options *options = context->options;
    size_t picture_bytes = PICTURES_MAX;
    struct diff d = {
        .form = choose_form(options),
        .style = {.files = &context->saved,
                  .picture_bytes = &picture_bytes,
                  .colors = survey_colors(context->invocation),
                  .full = options->full,
                  .width = options->output ? 0 : terminal_width(STDOUT_FILENO)},
    };
    const struct diff_renderer renderer = {.line = d.form->line, .ctx = &d.style};
    int status = 0;

    buf_init(&d.out, BUF_NO_LIMIT);
    if (preview_open(&d.preview, context, &renderer, err) &&
        open_stream(&d, options->output, err)) {
        d.paging = start_pager(&d, context);
        status = run(&d, err);
    } else {
        status = COMMAND_UNBEGUN;
    }
    if (d.paging && !pager_finish() && err->code == ERROR_NONE)
        status = EXIT_SIGNAL + SIGINT;
    if (!close_stream(&d, options->output, err))
        status = error_exit_status(err->code);
    if (status == 0 && options->exit_code &&
        d.totals.actions[DIFF_CREATE] + d.totals.actions[DIFF_APPEND] > 0)
        status = EXIT_PARTLY;
    if (err->code == ERROR_NONE && d.form != &DIFF_JSONL &&
        d.totals.actions[DIFF_CREATE] + d.totals.actions[DIFF_APPEND] > 0)
        next_say(options, "do it", "migrate", NULL);
    buf_release(&d.out);
    return status;
}
