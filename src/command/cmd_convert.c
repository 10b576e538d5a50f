/*
 * convert: threads in, conversations as JSON lines out; no destination needed.
 */
#include "check/printer.h"
#include "command/commands_list.h"
#include "run/narrow.h"
#include "run/survey.h"

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    (void)ctx;
    (void)err;
    return printer_new(thread_id);
}

static void concluded(void *ctx, struct job *job)
{
    (void)ctx;
    if (job_outcome(job)->kind == OUTCOME_DONE)
        survey_print(printer_line(job_sink(job)));
}

int cmd_convert(struct context *context, struct error *err)
{
    struct survey survey = {
        .context = context, .begin = begin, .concluded = concluded, .advises = true};

    if (!context_open(context, CONTEXT_SOURCE | CONTEXT_THREADS, err) ||
        !narrow_selection(context, err))
        return COMMAND_UNBEGUN;
    return survey_run(&survey, err);
}
