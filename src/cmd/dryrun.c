#include "cmd/dryrun.h"

#include "cmd/plan.h"
#include "cmd/summary.h"
#include "cmd/survey.h"
#include "os/clock.h"

#include <stdio.h>

struct dryrun {
    struct plan plan;
    struct summary summary;
    int64_t requests; /* that a run would send to the destination */
};

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    return plan_begin(&((struct dryrun *)ctx)->plan, thread_id, err);
}

static void concluded(void *ctx, struct job *job)
{
    struct dryrun *d = ctx;
    struct diff_result result;

    differ_result(job_sink(job), &result);
    d->requests += result.requests;
    summary_add(&d->summary, job);
}

static void print_summary(const struct dryrun *d)
{
    struct buf out;

    buf_init(&out, BUF_NO_LIMIT);
    if (d->plan.context.options->json) {
        summary_write_json(&out, &d->summary);
        survey_print(buf_span(&out));
    } else if (!d->plan.context.options->quiet) {
        summary_write_text(&out, &d->summary);
        (void)fwrite(out.data, 1, out.len, stderr);
    }
    buf_release(&out);
}

static int run(struct dryrun *d, struct error *err)
{
    struct context *context = &d->plan.context;
    struct survey survey = {.context = context, .begin = begin, .concluded = concluded, .ctx = d};

    d->summary = (struct summary){
        .command = "migrate",
        .dry_run = true,
        .selected = (int64_t)selection_count(&context->selection),
        .duplicates = context->selection.duplicates,
    };
    (void)survey_run(&survey, err);
    if (d->plan.checkpoint)
        d->summary.orphans = checkpoint_orphans(d->plan.checkpoint);
    d->summary.duration_ms = clock_now_ms() - context->started_ms;
    summary_conclude(&d->summary, &survey.result);
    /* What was asked of the destination now is not what a run would ask. */
    d->summary.stats.requests[ORIGIN_DESTINATION] = d->requests;
    print_summary(d);
    return d->summary.exit_code;
}

int dryrun_migrate(const struct invocation *invocation, struct error *err)
{
    struct dryrun dryrun = {.requests = 0};
    int status;

    if (plan_open(&dryrun.plan, invocation, NULL, err))
        status = run(&dryrun, err);
    else
        status = error_exit_status(err->code);
    plan_close(&dryrun.plan);
    return status;
}
