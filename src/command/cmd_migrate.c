/*
 * migrate: the backfill. Every thread that is not done gets a writer; the same
 * command again resumes.
 */
#include "archive/source_archive.h"
#include "base/log.h"
#include "base/text.h"
#include "command/answers.h"
#include "command/commands_list.h"
#include "command/dry_run.h"
#include "os/clock.h"
#include "print/meter.h"
#include "print/summary.h"
#include "report/report.h"
#include "run/context.h"
#include "run/deciding.h"
#include "run/journal.h"
#include "run/nameless.h"
#include "run/narrow.h"
#include "run/work.h"
#include "write/plan.h"
#include "write/writer.h"

struct migration {
    struct context *context;
    struct writer_setup setup;
    struct plan_options plan;
    struct idset conversations;
    struct pioneer pioneer;
    struct summary summary;
    struct meter meter;
    struct report report;
    struct answers answers;
};

static struct thread_slot slot_of(const struct migration *m, struct span thread_id)
{
    return progress_get(checkpoint_progress(m->context->checkpoint), thread_id);
}

/* A thread that ends before it has begun. */
static void end_unbegun(struct migration *m, struct span thread_id, const struct plan *plan)
{
    struct outcome outcome = {.kind = plan->deed == PLAN_UNCERTAIN ? OUTCOME_UNCERTAIN
                                                                   : OUTCOME_FAILED};
    char id[RECORD_LINE_MAX];

    error_set(&outcome.error, plan->code, "%s", plan->reason);
    text_visible(id, sizeof id, thread_id);
    answers_conclude(&m->answers, thread_id, &outcome);
    report_failure(&m->report, id, &outcome.error);
    log_event(LOG_WARNING, "thread %s: %s: %s", id, error_code_name(plan->code), plan->reason);
}

/* A thread that was done before: true if it is the same one still. */
static bool is_settled(struct migration *m, struct span thread_id, struct error *err)
{
    struct thread_facts facts;
    struct error changed = {.code = ERROR_NONE};

    if (!m->context->archive || !source_archive_is_nameless(m->context->archive, thread_id))
        return true;
    if (!checkpoint_facts(m->context->checkpoint, thread_id, &facts, err))
        return false;
    if (nameless_is_same(m->context, thread_id, &facts, &changed))
        return true;
    end_unbegun(m, thread_id,
                &(struct plan){.deed = PLAN_FAIL, .code = changed.code, .reason = changed.text});
    return false;
}

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    struct migration *m = ctx;
    const struct thread_slot slot = slot_of(m, thread_id);
    const struct plan_thread thread = plan_of_slot(&slot);
    const struct plan plan = plan_make(PLAN_MIGRATE, &thread, &m->plan);
    struct thread_facts facts = {.state = THREAD_NEW};

    if (plan.deed == PLAN_SETTLED) {
        if (is_settled(m, thread_id, err))
            answers_conclude(&m->answers, thread_id,
                             &(struct outcome){.kind = OUTCOME_ALREADY_DONE});
        return NULL;
    }
    if (plan.deed == PLAN_FAIL || plan.deed == PLAN_UNCERTAIN) {
        end_unbegun(m, thread_id, &plan);
        return NULL;
    }
    if (plan.deed != PLAN_CREATE &&
        !checkpoint_facts(m->context->checkpoint, thread_id, &facts, err))
        return NULL;
    /* What this process has sent itself may be under way as well. */
    m->setup.started_ms =
        answers_was_decided(&m->answers, thread_id) ? clock_now_ms() : m->context->started_ms;
    return writer_new(&m->setup, thread_id, &facts);
}

static enum loop_next take(void *ctx, struct span *thread_id)
{
    return answers_take(&((struct migration *)ctx)->answers, thread_id);
}

static int input(void *ctx)
{
    return answers_input(&((struct migration *)ctx)->answers);
}

/* Threads that failed before are tried again after all others. Where the job has a conversation and
 * nobody knows yet whether items can be appended, those with one come first. */
static bool is_late(void *ctx, struct span thread_id)
{
    const struct migration *m = ctx;
    const struct thread_slot slot = slot_of(m, thread_id);

    if (m->pioneer.has_created && !m->pioneer.has_appended)
        return slot.created_at < 0;
    return slot.state == THREAD_FAILED;
}

static void concluded(void *ctx, struct job *job)
{
    struct migration *m = ctx;
    const struct outcome *outcome = job_outcome(job);

    if (m->answers.prints)
        meter_hide(&m->meter);
    answers_conclude(&m->answers, span_of(job_thread_id(job)), outcome);
    if (outcome->kind == OUTCOME_FAILED) {
        report_failure(&m->report, job_thread_id(job), &outcome->error);
        work_tell_failure(job, "");
    } else if (outcome->kind != OUTCOME_UNCERTAIN) {
        log_event(LOG_DEBUG, "thread %s: %lld items", job_thread_id(job),
                  (long long)outcome->items);
    }
}

static void tick(void *ctx, const struct loop_stats *stats)
{
    struct migration *m = ctx;
    const struct meter_counts counts = summary_counts(&m->summary);

    meter_tick(&m->meter, &counts, stats);
    report_tick(&m->report, &counts, stats);
}

static void run(struct migration *m, struct loop_result *result)
{
    const bool streams = m->answers.streams;
    const struct work work = {
        .context = m->context,
        .take = streams ? take : NULL,
        .input = input,
        .begin = begin,
        .is_late = streams ? NULL : is_late,
        .concluded = concluded,
        .tick = tick,
        .ctx = m,
        .checkpoint = m->context->checkpoint,
        .tick_ms = meter_tick_ms(&m->meter),
    };

    work_run(&work, result);
    answers_close(&m->answers);
    if (result->error.code == ERROR_NONE)
        result->error = m->answers.error;
}

static int migrate(struct migration *m, struct error *err)
{
    const struct config *config = m->context->config;
    struct loop_result result;
    struct error unreadable;

    idset_init(&m->conversations);
    m->pioneer = (struct pioneer){
        .has_created = progress_has_created(checkpoint_progress(m->context->checkpoint)),
        .has_appended = progress_has_appended(checkpoint_progress(m->context->checkpoint)),
    };
    m->setup = (struct writer_setup){
        .checkpoint = m->context->checkpoint,
        .conversations = &m->conversations,
        .pacer = m->context->remotes[SIDE_DESTINATION].pacer,
        .pioneer = &m->pioneer,
        .profile = m->context->endpoints[SIDE_DESTINATION].profile,
        .files = &m->context->saved,
        .create_inline = config->create == CREATE_INLINE,
        .batch_items = config->batch_items,
        .batch_bytes = config->batch_bytes,
        .settle_ms = config->settle_ms,
        .max_attempts = config->max_attempts,
        .patience_ms = config->patience_ms,
    };
    m->plan = (struct plan_options){
        .top_up = m->context->options->top_up,
        .retry_uncertain = m->context->options->retry_uncertain,
    };
    deciding_open(m->context, DECIDER_RECORDS);
    work_begin_summary(&m->summary, m->context);
    answers_open(&m->answers, m->context, &m->summary, &m->report);
    if (!m->answers.streams)
        journal_selected(m->context->checkpoint, m->summary.selected);
    meter_open(&m->meter, m->context->options);
    /* It may wait for hours. */
    if (m->answers.streams && m->meter.mode == PROGRESS_LINES &&
        m->context->options->progress == PROGRESS_AUTO)
        m->meter.mode = PROGRESS_NONE;
    run(m, &result);
    meter_close(&m->meter);
    if (m->answers.streams)
        journal_selected(m->context->checkpoint, m->summary.selected);
    work_end_summary(&m->summary, m->context, &result);
    *err = result.error;
    if (!work_tell_report(&m->report, m->context, &unreadable) && err->code == ERROR_NONE)
        *err = unreadable;
    report_write(&m->report, &m->summary, m->context->invocation, err);
    journal_ended(m->context->checkpoint, m->summary.exit_code);
    summary_print(&m->summary, m->context->options);
    return m->summary.exit_code;
}

int cmd_migrate(struct context *context, struct error *err)
{
    struct migration m = {.context = context};
    unsigned needs = CONTEXT_SOURCE | CONTEXT_DESTINATION | CONTEXT_THREADS;
    int status = COMMAND_UNBEGUN;

    if (context->options->dry_run)
        return dry_run(context, err);
    if (context_open(context, needs, err) && narrow_selection(context, err) &&
        deciding_read(context, DECIDER_RECORDS, err) &&
        report_open(&m.report, context->options->report, context->started_ms, err))
        context->checkpoint = journal_open(context, err);
    if (context->checkpoint)
        status = migrate(&m, err);
    report_release(&m.report);
    idset_release(&m.conversations);
    return status;
}
