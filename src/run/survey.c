#include "run/survey.h"

#include "os/process.h"
#include "print/advice.h"
#include "print/meter.h"
#include "settings/config_read.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct survey_run {
    struct survey *survey;
    struct meter meter;
    bool is_told[ERROR_CODES]; /* what to do about it */
};

/* Nobody reads results that do not arrive, so there is no use in making more of them. */
static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    struct survey *survey = ((struct survey_run *)ctx)->survey;

    if (ferror(stdout)) {
        if (!survey->paging)
            process_end_unread();
        if (!survey->paging)
            error_set(err, ERROR_IO, "cannot write to standard output");
        return NULL;
    }
    return survey->begin(survey->ctx, thread_id, err);
}

/* What can be done about it is said with the first of its kind. */
static void tell_failure(struct survey_run *run, struct job *job)
{
    const enum error_code code = job_outcome(job)->error.code;

    work_tell_failure(job, run->survey->advises && !run->is_told[code] ? advice_for(code) : "");
    run->is_told[code] = true;
}

static void concluded(void *ctx, struct job *job)
{
    struct survey_run *run = ctx;
    struct survey *survey = run->survey;
    const struct outcome *outcome = job_outcome(job);

    survey->concluded_count++;
    survey->items += outcome->items;
    /* What is uncertain a run would not do either. */
    survey->failed += outcome->kind == OUTCOME_UNCERTAIN;
    if (outcome->kind == OUTCOME_FAILED) {
        survey->failed++;
        if (!survey->tells_failures)
            tell_failure(run, job);
    }
    meter_hide(&run->meter);
    survey->concluded(survey->ctx, job);
}

static void tick(void *ctx, const struct loop_stats *stats)
{
    struct survey_run *run = ctx;
    const struct survey *survey = run->survey;
    const struct meter_counts counts = {
        .total = (int64_t)selection_count(&survey->context->selection),
        .done = survey->concluded_count,
        .failed = survey->failed,
        .items = survey->items,
    };

    meter_tick(&run->meter, &counts, stats);
}

int survey_run(struct survey *survey, struct error *err)
{
    struct survey_run run = {.survey = survey};
    struct work work = {
        .context = survey->context,
        .begin = begin,
        .concluded = concluded,
        .tick = tick,
        .ctx = &run,
        .in_order = true,
        .keep_skipped = survey->keep_skipped,
    };

    meter_open(&run.meter, survey->context->options);
    if (survey->paging)
        run.meter.mode = PROGRESS_NONE;
    work.tick_ms = meter_tick_ms(&run.meter);
    work_run(&work, &survey->result);
    meter_close(&run.meter);
    if (survey->result.error.code != ERROR_NONE) {
        *err = survey->result.error;
        return error_exit_status(err->code);
    }
    if (survey->result.signal != 0)
        return EXIT_SIGNAL + survey->result.signal;
    return survey->failed > 0 || context_unread(survey->context) > 0 ? EXIT_PARTLY : 0;
}

void survey_print(struct span text)
{
    (void)fwrite(text.data, 1, text.len, stdout);
}

bool survey_print_body(const struct body *body, struct error *err)
{
    struct body_reader *reader = body_open(body);
    char piece[16384];
    size_t got = 0;
    bool ok;

    do {
        ok = body_read(reader, piece, sizeof piece, &got, err);
        survey_print((struct span){piece, got});
    } while (ok && got == sizeof piece);
    body_close(reader);
    return ok;
}

static bool is_set(const char *variable)
{
    return variable && *variable;
}

bool survey_colors(const struct invocation *invocation)
{
    const char *terminal = config_variable(invocation->environment, "TERM");

    if (invocation->options->color != COLOR_AUTO)
        return invocation->options->color == COLOR_ALWAYS;
    return isatty(STDOUT_FILENO) && is_set(terminal) && strcmp(terminal, "dumb") != 0 &&
           !is_set(config_variable(invocation->environment, "NO_COLOR"));
}
