/*
 * convert: threads in, conversations as JSON lines out; no destination needed.
 */
#include "check/printer.h"
#include "command/commands_list.h"
#include "run/deciding.h"
#include "run/narrow.h"
#include "run/survey.h"

struct conversion {
    struct context *context;
    struct error error; /* of a line that could not be written to its end */
};

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    const struct conversion *c = ctx;

    *err = c->error;
    return c->error.code == ERROR_NONE ? printer_new(thread_id, &c->context->saved) : NULL;
}

static void concluded(void *ctx, struct job *job)
{
    struct conversion *c = ctx;
    struct body line;

    if (job_outcome(job)->kind != OUTCOME_DONE || c->error.code != ERROR_NONE)
        return;
    line = printer_line(job_sink(job));
    /* It was whole a moment ago, and half of a line is nothing to go on with. */
    if (!survey_print_body(&line, &c->error))
        c->error.code = ERROR_STOPPED;
}

int cmd_convert(struct context *context, struct error *err)
{
    struct conversion c = {.context = context};
    struct survey survey = {
        .context = context, .begin = begin, .concluded = concluded, .ctx = &c, .advises = true};
    int status;

    if (!context_open(context, CONTEXT_SOURCE | CONTEXT_THREADS, err) ||
        !narrow_selection(context, err) || !deciding_read(context, DECIDER_CONVERTS, err))
        return COMMAND_UNBEGUN;
    deciding_open(context, DECIDER_CONVERTS);
    status = survey_run(&survey, err);
    if (c.error.code == ERROR_NONE)
        return status;
    *err = c.error;
    return error_exit_status(err->code);
}
