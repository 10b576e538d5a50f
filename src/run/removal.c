#include "run/removal.h"

#include "base/log.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/stop.h"
#include "print/meter.h"
#include "print/summary.h"
#include "run/journal.h"
#include "run/work.h"
#include "source/source_none.h"

#include <stdio.h>
#include <unistd.h>

enum { NAMED_MOST = 5 };

struct run {
    struct removal *removal;
    struct summary summary;
    struct meter meter;
    int64_t items; /* of the threads that are concerned */
    int64_t concerned;
};

bool removal_confirm(const struct options *options, const char *question, struct error *err)
{
    char answer[8] = "";

    if (options->yes)
        return true;
    if (isatty(STDIN_FILENO) != 1) {
        error_set(err, ERROR_USAGE,
                  "this deletes, and there is no terminal to ask\n"
                  "hint: --dry-run shows what it would do, --yes does it");
        return false;
    }
    (void)fprintf(stderr, "%sContinue? [y/N] ", question);
    (void)fflush(stderr);
    if (!stop_wait_input(STDIN_FILENO, err)) {
        (void)fputc('\n', stderr);
        return false;
    }
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static bool facts_of(struct removal *removal, struct span thread_id, struct thread_facts *facts,
                     struct error *err)
{
    return journal_facts(removal->checkpoint, thread_id, facts, err);
}

/* ---- which threads ---- */

static void spare(struct removal *removal, struct span thread_id)
{
    removal->spared++;
    if (removal->spared <= NAMED_MOST)
        (void)buf_printf(&removal->spared_names, "%s%.*s", removal->spared > 1 ? ", " : "",
                         (int)thread_id.len, thread_id.data);
    else if (removal->spared == NAMED_MOST + 1)
        (void)buf_add_text(&removal->spared_names, ", …");
}

static bool goes(struct removal *removal, struct span thread_id, const struct thread_facts *facts)
{
    return removal->choose(removal, thread_id, facts) == REMOVAL_GOES;
}

/* Every thread that is offered or selected comes here once. */
static bool concerns(struct removal *removal, struct span thread_id,
                     const struct thread_facts *facts)
{
    const enum removal_choice choice = removal->choose(removal, thread_id, facts);

    if (choice == REMOVAL_SPARES)
        spare(removal, thread_id);
    return choice == REMOVAL_GOES;
}

static bool offer_concerned(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    struct removal *removal = ctx;

    return !concerns(removal, thread_id, facts) ||
           selection_offer(&removal->context.selection, thread_id);
}

static bool select_threads(struct removal *removal, struct error *err)
{
    return removal->context.selection.kind == SELECTION_IDS ||
           checkpoint_each(removal->checkpoint, offer_concerned, removal, err);
}

static bool count_concerned(struct run *run, struct error *err)
{
    const struct selection *selection = &run->removal->context.selection;
    struct thread_facts facts;

    for (size_t i = 0; i < selection_count(selection); i++) {
        const struct span thread_id = selection_get(selection, i);

        if (!facts_of(run->removal, thread_id, &facts, err))
            return false;
        if (!concerns(run->removal, thread_id, &facts))
            continue;
        run->concerned++;
        run->items += facts.items;
    }
    return true;
}

/* Who misspells an id believes that it was taken. */
static void name_unknown(const struct removal *removal)
{
    const struct options *options = removal->context.options;

    for (size_t i = 0; i < options->force_count; i++) {
        const struct thread_slot slot =
            progress_get(checkpoint_progress(removal->checkpoint), span_of(options->force_ids[i]));

        if (slot.state == THREAD_NEW && slot.moved_at < 0)
            log_event(LOG_WARNING, "--force %s: the checkpoint knows no such thread",
                      options->force_ids[i]);
    }
}

/* Why threads stay, how many, and the first of them. */
static void add_spared(struct buf *out, const struct removal *removal)
{
    (void)buf_printf(out, "%s: %lld (%s)", removal->spares, (long long)removal->spared,
                     removal->spared_names.data);
}

/* ---- doing it ---- */

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    struct run *run = ctx;
    struct removal *removal = run->removal;
    struct thread_facts facts;

    if (!facts_of(removal, thread_id, &facts, err))
        return NULL;
    if (!goes(removal, thread_id, &facts)) {
        run->summary.outcomes[OUTCOME_ALREADY_DONE]++;
        return NULL;
    }
    return (removal->context.options->dry_run ? removal->rehearse
                                              : removal->begin)(removal, thread_id, &facts);
}

static void concluded(void *ctx, struct job *job)
{
    struct run *run = ctx;
    const struct outcome *outcome = job_outcome(job);

    run->summary.outcomes[outcome->kind]++;
    run->summary.items += outcome->items;
    if (outcome->kind != OUTCOME_FAILED)
        losses_add(&run->summary.losses, job_losses(job));
    else if (outcome->error.code == ERROR_CONFLICT || outcome->error.code == ERROR_GONE)
        run->summary.lasting++;
    if (outcome->kind == OUTCOME_FAILED)
        log_event(LOG_WARNING, "thread %s: %s: %s", job_thread_id(job),
                  error_code_name(outcome->error.code), outcome->error.text);
    else
        log_event(LOG_INFO, "thread %s %s%s", job_thread_id(job),
                  run->removal->context.options->dry_run ? "would be " : "", run->removal->verb);
}

static void tick(void *ctx, const struct loop_stats *stats)
{
    struct run *run = ctx;
    const struct meter_counts counts = summary_counts(&run->summary);

    meter_tick(&run->meter, &counts, stats);
}

static int remove_all(struct run *run, struct error *err)
{
    struct removal *removal = run->removal;
    struct loop_result result;
    struct work work = {
        .context = &removal->context,
        .begin = begin,
        .concluded = concluded,
        .tick = tick,
        .ctx = run,
        .checkpoint = removal->context.options->dry_run ? NULL : removal->checkpoint,
    };

    meter_open(&run->meter, removal->context.options);
    work.tick_ms = meter_tick_ms(&run->meter);
    work_run(&work, &result);
    meter_close(&run->meter);
    if (removal->settle && work.checkpoint && result.error.code == ERROR_NONE && result.signal == 0)
        (void)removal->settle(removal, &result.error);
    run->summary.orphans = checkpoint_orphans(removal->checkpoint);
    run->summary.duration_ms = clock_now_ms() - removal->context.started_ms;
    summary_conclude(&run->summary, &result);
    if (work.checkpoint)
        journal_ended(work.checkpoint, run->summary.exit_code);
    summary_print(&run->summary, removal->context.options);
    *err = result.error;
    return run->summary.exit_code;
}

/* What is spared is told in the question, or where nobody is asked. */
static bool confirm(const struct run *run, struct error *err)
{
    struct removal *removal = run->removal;
    const struct options *options = removal->context.options;
    const bool asks = !options->dry_run && !options->yes && run->concerned > 0;
    struct buf text;
    bool go_on = true;

    buf_init(&text, BUF_NO_LIMIT);
    if (asks) {
        removal->ask(removal, run->concerned, run->items, &text);
        if (removal->spared > 0) {
            add_spared(&text, removal);
            (void)buf_add_char(&text, '\n');
        }
        go_on = removal_confirm(options, text.data, err);
    } else if (removal->spared > 0) {
        add_spared(&text, removal);
        log_event(LOG_WARNING, "%s", text.data);
    }
    buf_release(&text);
    return go_on;
}

static int ask_and_remove(struct removal *removal, struct error *err)
{
    struct run run = {.removal = removal};
    bool go_on;

    run.summary = (struct summary){
        .command = removal->command,
        .deed = "deleted",
        .dry_run = removal->context.options->dry_run,
        .selected = (int64_t)selection_count(&removal->context.selection),
        .duplicates = removal->context.selection.duplicates,
    };
    if (!count_concerned(&run, err))
        return summary_print_unbegun(removal->context.options, &removal->context.traffic, err);
    name_unknown(removal);
    go_on = confirm(&run, err);
    if (err->code != ERROR_NONE)
        return summary_print_unbegun(removal->context.options, &removal->context.traffic, err);
    if (!go_on) {
        (void)fputs("nothing was done\n", stderr);
        return summary_print_unbegun(removal->context.options, &removal->context.traffic, err);
    }
    return remove_all(&run, err);
}

/* A dry run reads the checkpoint; it cannot write to it. */
static bool open_all(struct removal *removal, const struct invocation *invocation,
                     struct error *err)
{
    const char *path = invocation->config->checkpoint;

    /* Nothing is created here: without a checkpoint there is nothing to take back. */
    removal->checkpoint = journal_open_reader(path, err);
    if (!removal->checkpoint)
        return false;
    if (!context_open(&removal->context, invocation, removal->needs, err))
        return false;
    if (!(removal->needs & CONTEXT_SOURCE))
        removal->context.source = source_none_open();
    if (invocation->options->dry_run) {
        if (!journal_is_ours(removal->checkpoint, &removal->context, err))
            return false;
    } else {
        checkpoint_close(removal->checkpoint);
        removal->checkpoint = journal_open(&removal->context, err);
    }
    return removal->checkpoint && select_threads(removal, err);
}

int removal_run(struct removal *removal, const struct invocation *invocation, struct error *err)
{
    int status;

    buf_init(&removal->spared_names, BUF_NO_LIMIT);
    status = open_all(removal, invocation, err)
                 ? ask_and_remove(removal, err)
                 : summary_print_unbegun(invocation->options, &removal->context.traffic, err);
    buf_release(&removal->spared_names);
    checkpoint_close(removal->checkpoint);
    context_close(&removal->context);
    return status;
}
