/*
 * diff: what a migrate run would do, thread by thread and item by item.
 */
#include "cmd/commands_list.h"
#include "cmd/diff_form.h"
#include "cmd/plan.h"
#include "cmd/survey.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_DIFFERS = 1 };

struct diff {
    struct plan plan;
    const struct diff_form *form;
    struct diff_style style;
    struct diff_totals totals;
    FILE *stream; /* stdout, or the file of -o */
    struct buf out;
};

static const struct diff_form *const FORMS[] = {&DIFF_TEXT, &DIFF_JSONL};

static const struct diff_form *choose_form(const struct options *options)
{
    const char *name = options->json ? "jsonl" : options->format;

    for (size_t i = 0; name && i < sizeof FORMS / sizeof FORMS[0]; i++) {
        if (strcmp(FORMS[i]->name, name) == 0)
            return FORMS[i];
    }
    return &DIFF_TEXT;
}

static void flush(struct diff *d)
{
    (void)fwrite(d->out.data, 1, d->out.len, d->stream);
    buf_clear(&d->out);
}

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    return plan_begin(&((struct diff *)ctx)->plan, thread_id, err);
}

static void concluded(void *ctx, struct job *job)
{
    struct diff *d = ctx;
    struct diff_result result;

    differ_result(job_sink(job), &result);
    d->totals.actions[result.action]++;
    for (int op = 0; op < DIFF_OPS; op++) {
        /* What a run would refuse in its middle is not written. */
        if (op != DIFF_ADD || job_outcome(job)->kind != OUTCOME_FAILED)
            d->totals.ops[op] += result.ops[op];
    }
    d->totals.requests[ORIGIN_DESTINATION] += result.requests;
    losses_add(&d->totals.losses, job_losses(job));
    d->form->thread(&d->out, &d->style, job, &result);
    flush(d);
}

static int64_t minutes_of(int64_t requests, int64_t per_minute)
{
    return per_minute > 0 ? (requests + per_minute - 1) / per_minute : 0;
}

static void total_up(struct diff *d, const struct survey *survey)
{
    const struct config *config = d->plan.context.config;
    struct diff_totals *totals = &d->totals;
    int64_t source;
    int64_t destination;

    totals->selected = (int64_t)selection_count(&d->plan.context.selection);
    totals->requests[ORIGIN_SOURCE] = survey->result.stats.requests[ORIGIN_SOURCE];
    source = minutes_of(totals->requests[ORIGIN_SOURCE], config->source.requests_per_minute);
    destination =
        minutes_of(totals->requests[ORIGIN_DESTINATION], config->destination.requests_per_minute);
    totals->minutes = source > destination ? source : destination;
}

static bool open_stream(struct diff *d, const char *path, struct error *err)
{
    d->stream = path ? fopen(path, "we") : stdout;
    if (!d->stream)
        error_set(err, ERROR_IO, "cannot write '%s': %s", path, strerror(errno));
    return d->stream != NULL;
}

/* Standard output is closed and judged by main. */
static bool close_stream(struct diff *d, const char *path, struct error *err)
{
    bool ok = true;

    if (d->stream && d->stream != stdout) {
        ok = !ferror(d->stream);
        ok = fclose(d->stream) == 0 && ok;
    }
    if (!ok)
        error_set(err, ERROR_IO, "cannot write '%s'", path);
    return ok;
}

static int run(struct diff *d, struct error *err)
{
    struct survey survey = {
        .context = &d->plan.context,
        .begin = begin,
        .concluded = concluded,
        .ctx = d,
        .keep_skipped = true,
        .tells_failures = true,
    };
    int status;

    if (d->form->begin)
        d->form->begin(&d->out);
    status = survey_run(&survey, err);
    total_up(d, &survey);
    if (d->form->end)
        d->form->end(&d->out, &d->style, &d->totals);
    flush(d);
    return status;
}

int cmd_diff(const struct invocation *invocation, struct error *err)
{
    const struct options *options = invocation->options;
    struct diff d = {
        .form = choose_form(options),
        .style = {.colors = survey_colors(invocation), .full = options->full},
    };
    const struct diff_renderer renderer = {.line = d.form->line, .ctx = &d.style};
    int status = 0;

    buf_init(&d.out, BUF_NO_LIMIT);
    if (plan_open(&d.plan, invocation, &renderer, err) && open_stream(&d, options->output, err))
        status = run(&d, err);
    else
        status = error_exit_status(err->code);
    if (!close_stream(&d, options->output, err))
        status = error_exit_status(err->code);
    if (status == 0 && options->exit_code &&
        d.totals.actions[DIFF_CREATE] + d.totals.actions[DIFF_APPEND] > 0)
        status = EXIT_DIFFERS;
    plan_close(&d.plan);
    buf_release(&d.out);
    return status;
}
