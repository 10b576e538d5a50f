#include "run/removal.h"

#include "base/log.h"
#include "base/text.h"
#include "os/stop.h"
#include "print/advice.h"
#include "print/meter.h"
#include "print/summary.h"
#include "run/journal.h"
#include "run/narrow.h"
#include "run/work.h"

#include <stdio.h>
#include <unistd.h>

enum { NAMED_MOST = 10 };

struct removal_run {
    struct removal *removal;
    struct summary summary;
    struct meter meter;
    bool rehearses;
    bool counts_losses; /* and nothing else */
    int64_t items;      /* of the threads that go */
    int64_t concerned;  /* how many go */
    int64_t spared;     /* how many stay */
    int64_t named;      /* of those that stay */
};

static bool can_ask(struct error *err)
{
    if (isatty(STDIN_FILENO) == 1)
        return true;
    error_set(err, ERROR_USAGE,
              "cannot ask for confirmation: no terminal\n"
              "hint: --dry-run shows what would be deleted, --yes deletes it without asking");
    return false;
}

bool removal_confirm(const struct options *options, const char *question, struct error *err)
{
    char answer[8] = "";

    if (options->yes)
        return true;
    if (!can_ask(err))
        return false;
    (void)fprintf(stderr, "%sContinue? [y/N] ", question);
    (void)fflush(stderr);
    if (!stop_wait_input(STDIN_FILENO, err)) {
        (void)fputc('\n', stderr);
        return false;
    }
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* What the plan makes of a thread; threads that the command passes over come back as PLAN_PASS. */
static struct plan plan_for(const struct removal *removal, const struct thread_facts *facts)
{
    const struct plan_options options = {.top_up = false};
    const struct plan_thread thread = plan_of_facts(facts);

    return plan_make(removal->plan, &thread, &options);
}

static bool goes(const struct plan *plan)
{
    return plan->deed != PLAN_PASS && plan->deed != PLAN_SETTLED && plan->deed != PLAN_SPARE;
}

/* ---- which threads ---- */

/* With what stays, for people to hear of it. */
static bool offer_concerned(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    struct removal *removal = ctx;
    const struct plan plan = plan_for(removal, facts);

    return (!goes(&plan) && plan.deed != PLAN_SPARE) ||
           selection_offer(&removal->context->selection, thread_id);
}

static bool count_concerned(struct removal_run *run, struct error *err)
{
    const struct selection *selection = &run->removal->context->selection;
    struct thread_facts facts;

    for (size_t i = 0; i < selection_count(selection); i++) {
        const struct span thread_id = selection_get(selection, i);
        struct plan plan;

        if (!checkpoint_facts(run->removal->context->checkpoint, thread_id, &facts, err))
            return false;
        plan = plan_for(run->removal, &facts);
        run->spared += plan.deed == PLAN_SPARE;
        if (!goes(&plan))
            continue;
        run->concerned++;
        run->items += facts.items;
    }
    return true;
}

/* Who misspells an id believes that it was taken. */
static void name_unknown(const struct removal *removal)
{
    const struct strmap *forced = &removal->context->selection.forced;
    char shown[RECORD_LINE_MAX];

    for (size_t i = 0; i < forced->count; i++) {
        const struct span id = strmap_key(forced, i);
        const struct thread_slot slot =
            progress_get(checkpoint_progress(removal->context->checkpoint), id);

        text_visible(shown, sizeof shown, id);
        if (slot.state == THREAD_NEW && slot.moved_at < 0)
            log_event(LOG_WARNING, "--force %s: the checkpoint has no such thread", shown);
    }
}

/* ---- doing it ---- */

/* Named one by one, as far as people read on. */
static void spare(struct removal_run *run, struct span thread_id, const struct plan *plan)
{
    char id[RECORD_LINE_MAX];

    run->summary.outcomes[OUTCOME_FAILED]++;
    run->summary.lasting++;
    text_visible(id, sizeof id, thread_id);
    if (++run->named <= NAMED_MOST)
        log_event(LOG_WARNING, "thread %s: %s: %s", id, error_code_name(plan->code), plan->reason);
    else if (run->named == NAMED_MOST + 1)
        log_event(LOG_WARNING, "and %s more that stay; -v names them",
                  text_number(run->spared - NAMED_MOST).text);
    if (run->named > NAMED_MOST)
        log_event(LOG_INFO, "thread %s: %s: %s", id, error_code_name(plan->code), plan->reason);
}

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    struct removal_run *run = ctx;
    struct removal *removal = run->removal;
    struct thread_facts facts;
    struct plan plan;

    if (!checkpoint_facts(removal->context->checkpoint, thread_id, &facts, err))
        return NULL;
    plan = plan_for(removal, &facts);
    if (goes(&plan))
        /* cppcheck-suppress returnDanglingLifetime ; the sink copies the facts */
        return removal->begin(removal, thread_id, &facts, run->rehearses);
    if (run->counts_losses)
        return NULL;
    if (plan.deed == PLAN_SPARE)
        spare(run, thread_id, &plan);
    else
        run->summary.outcomes[OUTCOME_ALREADY_DONE]++;
    return NULL;
}

static bool is_late(void *ctx, struct span thread_id)
{
    const struct removal *removal = ((struct removal_run *)ctx)->removal;
    const struct thread_slot slot =
        progress_get(checkpoint_progress(removal->context->checkpoint), thread_id);
    const struct plan_thread thread = plan_of_slot(&slot);

    return removal->is_late && removal->is_late(removal, &thread);
}

static bool is_open(const struct removal *removal, const struct job *job)
{
    return removal->is_open && removal->is_open(removal, span_of(job_thread_id(job)));
}

static void concluded(void *ctx, struct job *job)
{
    struct removal_run *run = ctx;
    const struct outcome *outcome = job_outcome(job);

    run->summary.outcomes[outcome->kind]++;
    run->summary.items += outcome->items;
    if (outcome->kind != OUTCOME_FAILED)
        losses_add(&run->summary.losses, job_losses(job));
    else if (!advice_time_helps(outcome->error.code))
        run->summary.lasting++;
    if (outcome->kind == OUTCOME_FAILED)
        log_event(LOG_WARNING, "thread %s: %s: %s", job_thread_id(job),
                  error_code_name(outcome->error.code), outcome->error.text);
    else if (run->rehearses || !is_open(run->removal, job))
        log_event(LOG_INFO, "thread %s %s%s", job_thread_id(job), run->rehearses ? "would be " : "",
                  run->summary.command->thread_deed);
}

static void count_losses(void *ctx, struct job *job)
{
    struct removal_run *run = ctx;

    run->summary.outcomes[job_outcome(job)->kind]++;
    losses_add(&run->removal->losses, job_losses(job));
}

static void tick(void *ctx, const struct loop_stats *stats)
{
    struct removal_run *run = ctx;
    const struct meter_counts counts = summary_counts(&run->summary);

    meter_tick(&run->meter, &counts, stats);
}

static void work_through(struct removal_run *run, struct loop_result *result)
{
    struct removal *removal = run->removal;
    struct work work = {
        .context = removal->context,
        .begin = begin,
        .is_late = is_late,
        .concluded = run->counts_losses ? count_losses : concluded,
        .tick = tick,
        .ctx = run,
        .checkpoint = run->rehearses ? NULL : removal->context->checkpoint,
    };

    meter_open(&run->meter, removal->context->options);
    work.tick_ms = meter_tick_ms(&run->meter);
    work_run(&work, result);
    meter_close(&run->meter);
}

static int remove_all(struct removal_run *run, struct error *err)
{
    struct removal *removal = run->removal;
    struct loop_result result;
    int64_t failed = 0;

    run->rehearses = removal->context->options->dry_run;
    work_through(run, &result);
    if (removal->settle && !run->rehearses && result.error.code == ERROR_NONE && result.signal == 0)
        (void)removal->settle(removal, &failed, &result.error);
    run->summary.outcomes[OUTCOME_DONE] -= failed;
    run->summary.outcomes[OUTCOME_FAILED] += failed;
    work_end_summary(&run->summary, removal->context, &result);
    if (!run->rehearses)
        journal_ended(removal->context->checkpoint, run->summary.exit_code);
    summary_print(&run->summary, removal->context->options);
    *err = result.error;
    return run->summary.exit_code;
}

/* Reads everything once: a person who is asked has to know what will be gone. */
static bool learn_losses(struct removal *removal, struct error *err)
{
    struct removal_run run = {.removal = removal, .rehearses = true, .counts_losses = true};
    struct loop_result result;

    log_event(LOG_INFO, "reading the threads once to count what would be lost");
    run.summary.selected = (int64_t)selection_count(&removal->context->selection);
    work_through(&run, &result);
    *err = result.error;
    if (result.error.code == ERROR_NONE && result.signal != 0)
        error_set(err, ERROR_STOPPED, "stopped by a signal");
    return err->code == ERROR_NONE;
}

/* False where the answer is no, or with err. */
static bool confirm(const struct removal_run *run, struct error *err)
{
    struct removal *removal = run->removal;
    const struct options *options = removal->context->options;
    struct buf text;
    bool go_on;

    if (options->dry_run || options->yes || run->concerned == 0)
        return true;
    if (removal->asks_losses && can_ask(err) && !learn_losses(removal, err))
        return false;
    if (err->code != ERROR_NONE)
        return false;
    buf_init(&text, BUF_NO_LIMIT);
    removal->ask(removal, run->concerned, run->items, &text);
    if (run->spared > 0)
        buf_printf(&text, "%s will be left alone.\n", text_count(run->spared, "thread").text);
    go_on = removal_confirm(options, text.data, err);
    buf_release(&text);
    return go_on;
}

static int ask_and_remove(struct removal *removal, struct error *err)
{
    struct removal_run run = {.removal = removal};
    bool go_on;

    work_begin_summary(&run.summary, removal->context);
    if (!count_concerned(&run, err))
        return COMMAND_UNBEGUN;
    name_unknown(removal);
    go_on = confirm(&run, err);
    if (err->code != ERROR_NONE)
        return COMMAND_UNBEGUN;
    if (!go_on) {
        (void)fputs("nothing was done\n", stderr);
        return COMMAND_UNBEGUN;
    }
    return remove_all(&run, err);
}

/* What is deleted at another place than the threads came from would be somebody else's. */
static bool is_same_source(const struct removal *removal, struct error *err)
{
    struct buf here;

    if (!removal->same_source)
        return true;
    buf_init(&here, BUF_NO_LIMIT);
    context_source_text(removal->context, &here);
    const bool same = checkpoint_compare_source(removal->context->checkpoint, buf_span(&here), err);
    buf_release(&here);
    return same;
}

/* A dry run reads the checkpoint; it cannot write to it. */
static bool open_all(struct removal *removal, struct error *err)
{
    struct context *context = removal->context;

    /* Nothing is created here: without a checkpoint there is nothing to take back. */
    context->checkpoint = journal_open_reader(context->config->checkpoint, err);
    if (!context->checkpoint)
        return false;
    if (!context_open(context, removal->needs, err))
        return false;
    if (!is_same_source(removal, err))
        return false;
    if (context->options->dry_run) {
        if (!journal_is_ours(context->checkpoint, context, err))
            return false;
    } else {
        checkpoint_close(context->checkpoint);
        context->checkpoint = journal_open(context, err);
    }
    return context->checkpoint &&
           (context->selection.kind == SELECTION_IDS ||
            checkpoint_each(context->checkpoint, offer_concerned, removal, err)) &&
           narrow_selection(context, err);
}

int removal_run(struct removal *removal, struct context *context, struct error *err)
{
    removal->context = context;
    return open_all(removal, err) ? ask_and_remove(removal, err) : COMMAND_UNBEGUN;
}
