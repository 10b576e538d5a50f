#include "command/dry_run.h"

#include "command/answers.h"
#include "os/clock.h"
#include "print/summary.h"
#include "report/report.h"
#include "run/preview.h"
#include "run/survey.h"

struct dry_run {
    struct preview preview;
    struct summary summary;
    struct report report;
    struct answers answers;
    int64_t requests; /* that a run would send to the destination */
};

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    return preview_begin(&((struct dry_run *)ctx)->preview, thread_id, err);
}

static void concluded(void *ctx, struct job *job)
{
    struct dry_run *d = ctx;
    struct diff_result result;

    differ_result(job_sink(job), &result);
    d->requests += result.requests;
    answers_conclude(&d->answers, span_of(job_thread_id(job)), job_outcome(job));
    if (job_outcome(job)->kind == OUTCOME_FAILED)
        report_failure(&d->report, job_thread_id(job), &job_outcome(job)->error);
}

static int run(struct dry_run *d, struct error *err)
{
    int64_t planned[SIDES];
    struct context *context = d->preview.context;
    struct survey survey = {.context = context, .begin = begin, .concluded = concluded, .ctx = d};

    work_begin_summary(&d->summary, context);
    answers_open(&d->answers, context, &d->summary, &d->report);
    (void)survey_run(&survey, err);
    answers_close(&d->answers);
    work_end_summary(&d->summary, context, &survey.result);
    d->summary.stats.requests[SIDE_DESTINATION] = d->requests;
    planned[SIDE_SOURCE] = d->summary.stats.requests[SIDE_SOURCE];
    planned[SIDE_DESTINATION] = d->requests;
    d->summary.minutes = preview_minutes(&d->preview, planned);
    if (err->code == ERROR_NONE)
        (void)work_tell_report(&d->report, context, err);
    report_write(&d->report, &d->summary, context->invocation, err);
    summary_print(&d->summary, context->options);
    return d->summary.exit_code;
}

int dry_run(struct context *context, struct error *err)
{
    struct dry_run d = {.requests = 0};
    int status = report_open(&d.report, context->options->report, clock_now_ms(), err) &&
                         preview_open(&d.preview, context, NULL, err)
                     ? run(&d, err)
                     : COMMAND_UNBEGUN;

    report_release(&d.report);
    return status;
}
