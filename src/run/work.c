#include "run/work.h"

#include "base/log.h"
#include "base/mem.h"
#include "os/clock.h"
#include "run/deciding.h"

#include <stdlib.h>

enum {
    AHEAD_FACTOR = 8,      /* jobs that may wait for their turn, in multiples of the window */
    PASSED_AT_ONCE = 1024, /* threads passed over before the world outside is looked at again */
};

struct worker {
    const struct work *work;
    size_t place; /* in the selection */
    size_t *late; /* the places of those that come last; owned */
    size_t late_count;
    size_t late_at; /* the next of them, once the others are through */
    struct error error;
    uint64_t begun;    /* jobs that were begun; the number of the next one */
    uint64_t told;     /* jobs whose end was told, in order */
    struct job **ring; /* concluded jobs that wait for their turn */
    size_t ring_size;
    struct reader_options reader;
};

static void keep_for_later(struct worker *w, size_t place)
{
    if ((w->late_count & (w->late_count + 1)) == 0)
        w->late = mem_resize(w->late, 2 * w->late_count + 2, sizeof *w->late);
    w->late[w->late_count++] = place;
}

/* The next thread; those that come last are told twice, the second time after all others. False at
 * the end. */
static bool next_thread(struct worker *w, struct span *id)
{
    const struct selection *selection = &w->work->context->selection;
    const bool is_first = w->place < selection_count(selection);

    if (!is_first && w->late_at == w->late_count)
        return false;
    *id = selection_get(selection, is_first ? w->place++ : w->late[w->late_at++]);
    return true;
}

/* NULL where there is nothing to do with the thread, not yet, or with err. */
static struct sink *begin(struct worker *w, struct span id)
{
    const struct work *work = w->work;

    if (w->late_at == 0 && work->is_late && work->is_late(work->ctx, id)) {
        keep_for_later(w, w->place - 1);
        return NULL;
    }
    return work->begin(work->ctx, id, &w->error);
}

/* LOOP_JOB: *id is the next thread. */
static enum loop_next take(struct worker *w, struct span *id)
{
    const struct work *work = w->work;

    if (w->error.code != ERROR_NONE)
        return LOOP_NONE;
    if (work->take)
        return work->take(work->ctx, id);
    return next_thread(w, id) ? LOOP_JOB : LOOP_NONE;
}

static int input(void *ctx)
{
    const struct work *work = ((struct worker *)ctx)->work;

    return work->input ? work->input(work->ctx) : -1;
}

static enum loop_next next_job(void *ctx, struct job **job)
{
    struct worker *w = ctx;
    struct span id;

    if (w->work->in_order && w->begun - w->told >= w->ring_size)
        return LOOP_LATER;
    /* Millions that were done before take seconds: too long not to hear a signal. */
    for (int passed = 0; passed < PASSED_AT_ONCE; passed++) {
        const enum loop_next next = take(w, &id);
        struct sink *sink;

        if (next != LOOP_JOB)
            return next;
        sink = begin(w, id);
        if (!sink)
            continue;
        *job = job_new(id, w->begun++, reader_new(&w->reader, id), sink);
        return LOOP_JOB;
    }
    return LOOP_AGAIN;
}

/* Tells the ends whose turn has come. */
static void tell(struct worker *w)
{
    struct job **turn = &w->ring[w->told % w->ring_size];

    while (*turn) {
        w->work->concluded(w->work->ctx, *turn);
        job_free(*turn);
        *turn = NULL;
        w->told++;
        turn = &w->ring[w->told % w->ring_size];
    }
}

static void concluded(void *ctx, struct job *job)
{
    struct worker *w = ctx;

    if (!w->work->in_order) {
        w->work->concluded(w->work->ctx, job);
        job_free(job);
        return;
    }
    w->ring[job_number(job) % w->ring_size] = job;
    tell(w);
}

/* The source was asked for its list of threads before the loop began to count. */
static void add_listing(const struct context *context, struct loop_stats *stats)
{
    for (int side = 0; side < SIDES; side++)
        stats->requests[side] += context->traffic.requests[side];
    stats->retries += context->traffic.retries;
    stats->throttled += context->traffic.throttled;
}

static void tick(void *ctx, const struct loop_stats *stats)
{
    struct worker *w = ctx;
    struct loop_stats all = *stats;

    if (!w->work->tick)
        return;
    add_listing(w->work->context, &all);
    w->work->tick(w->work->ctx, &all);
}

/* Only with -v: a server's words can echo content. */
static void refused(void *ctx, const char *thread_id, const struct answer *answer,
                    const char *request_id)
{
    (void)ctx;
    log_event(LOG_DEBUG, "thread %s: HTTP %ld%s%.*s: %.*s%s%s", thread_id, answer->status,
              answer->code.data ? " " : "", (int)answer->code.len,
              answer->code.data ? answer->code.data : "", (int)answer->message.len,
              answer->message.data, request_id[0] != '\0' ? ", request " : "", request_id);
}

static void said(void *ctx, long status, struct span message)
{
    const struct worker *w = ctx;
    char text[WORDS_SIZE];

    words_write(text, status, message);
    words_add(&w->work->context->words, text);
}

/* A run that stops leaves gaps: what waits behind them is told all the same. */
static void tell_rest(struct worker *w)
{
    for (uint64_t number = w->told; number < w->begun; number++) {
        struct job *job = w->ring[number % w->ring_size];

        if (!job)
            continue;
        w->work->concluded(w->work->ctx, job);
        job_free(job);
    }
}

void work_run(const struct work *work, struct loop_result *result)
{
    struct context *context = work->context;
    const struct config *config = context->config;
    struct worker worker = {
        .work = work,
        .ring_size = AHEAD_FACTOR * (size_t)config->concurrency,
        .reader = {.source = context->source,
                   .policy = &config->policy,
                   .files = deciding_of(context),
                   .keep_skipped = work->keep_skipped,
                   .heads_only = work->heads_only},
    };
    struct loop_options options = {
        .http = context->traffic.http,
        .remotes = {context->traffic.remotes[SIDE_SOURCE],
                    context->traffic.remotes[SIDE_DESTINATION]},
        .checkpoint = work->checkpoint,
        .client = {.next = next_job,
                   .input = input,
                   .concluded = concluded,
                   .refused = refused,
                   .said = said,
                   .tick = tick,
                   .ctx = &worker},
        .concurrency = config->concurrency,
        .max_attempts = config->max_attempts,
        .patience_ms = config->patience_ms,
        .max_errors = config->max_errors,
        .tick_ms = work->tick_ms,
        .selected = work->take ? INT64_MAX : (int64_t)selection_count(&context->selection),
    };

    worker.ring = mem_zalloc(worker.ring_size, sizeof(struct job *));
    loop_run(&options, result);
    add_listing(context, &result->stats);
    if (result->error.code == ERROR_NONE)
        result->error = worker.error;
    tell_rest(&worker);
    words_print(&context->words, context->options);
    free(worker.ring);
    free(worker.late);
}

void work_begin_summary(struct summary *summary, const struct context *context)
{
    *summary = (struct summary){
        .command = context->options->command,
        .dry_run = context->options->dry_run,
        .selected = (int64_t)selection_count(&context->selection),
        .duplicates = context->selection.duplicates,
    };
}

void work_end_summary(struct summary *summary, const struct context *context,
                      const struct loop_result *result)
{
    summary->orphans = context->checkpoint ? checkpoint_orphans(context->checkpoint) : 0;
    summary->unread = context_unread(context);
    if (context->decider) {
        decider_count(context->decider, &summary->files);
        summary->asked = decider_asked(context->decider);
    }
    summary->duration_ms = clock_now_ms() - context->started_ms;
    summary_conclude(summary, result);
}

bool work_tell_report(struct report *report, const struct context *context, struct error *err)
{
    if (context->checkpoint)
        buf_add_span(&report->source, checkpoint_header(context->checkpoint)->source);
    else
        context_source_text(context, &report->source);
    buf_printf(&report->destination, "%s ", SERVICE_NAMES[context->config->destination.type]);
    endpoint_add_base(&report->destination, &context->endpoints[SIDE_DESTINATION]);
    if (context->options->verbose > 0)
        report->words = &context->words;
    return report_job(report, context->checkpoint, err);
}

void work_tell_failure(struct job *job, const char *advice)
{
    const struct error *error = &job_outcome(job)->error;

    log_event(LOG_WARNING, "thread %s failed: %s: %s%s%s", job_thread_id(job),
              error_code_name(error->code), error->text, advice[0] ? "\nhint: " : "", advice);
}
