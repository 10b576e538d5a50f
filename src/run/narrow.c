#include "run/narrow.h"

#include "base/log.h"
#include "base/mem.h"
#include "check/counter.h"
#include "run/journal.h"
#include "run/work.h"

#include <stdlib.h>

struct narrow {
    struct context *context;
    bool *keeps; /* by the place in the selection; owned */
    int64_t timeless;
};

/* ---- by the checkpoint ---- */

static bool keep_failures(struct narrow *n, struct error *err)
{
    const struct selection *selection = &n->context->selection;
    struct checkpoint *checkpoint = journal_open_reader(n->context->config->checkpoint, err);
    struct thread_facts facts;
    bool ok = checkpoint != NULL;

    for (size_t i = 0; ok && i < selection_count(selection); i++) {
        ok = checkpoint_facts(checkpoint, selection_get(selection, i), &facts, err);
        n->keeps[i] = ok && narrowing_fits_failure(&n->context->narrowing, &facts);
    }
    checkpoint_close(checkpoint);
    return ok;
}

/* ---- by the source ---- */

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    (void)ctx;
    (void)thread_id;
    (void)err;
    return counter_sink();
}

static void concluded(void *ctx, struct job *job)
{
    struct narrow *n = ctx;
    const struct narrowing *narrowing = &n->context->narrowing;
    const struct reader *reader = job_sink(job)->reader;
    const size_t place = selection_find(&n->context->selection, span_of(job_thread_id(job)));
    const bool has_time = reader_created_ms(reader) != INT64_MIN;

    if (job_outcome(job)->kind == OUTCOME_FAILED)
        return;
    n->timeless += narrowing->has_time && !has_time;
    n->keeps[place] = narrowing_fits_metadata(narrowing, reader_thread(reader)) &&
                      (!narrowing->has_time ||
                       (has_time && narrowing_fits_time(narrowing, reader_created_ms(reader))));
}

static bool keep_by_source(struct narrow *n, struct error *err)
{
    const struct work work = {
        .context = n->context,
        .begin = begin,
        .concluded = concluded,
        .ctx = n,
        .heads_only = true,
    };
    struct loop_result result;

    if (!n->context->source_is_archive)
        log_event(LOG_INFO, "asking the source for %zu thread%s first",
                  selection_count(&n->context->selection),
                  selection_count(&n->context->selection) == 1 ? "" : "s");
    work_run(&work, &result);
    for (int side = 0; side < SIDES; side++)
        n->context->traffic.requests[side] = result.stats.requests[side];
    n->context->traffic.retries = result.stats.retries;
    n->context->traffic.throttled = result.stats.throttled;
    *err = result.error;
    if (result.error.code == ERROR_NONE && result.signal != 0)
        error_set(err, ERROR_STOPPED, "stopped by a signal");
    if (n->timeless > 0)
        log_event(LOG_WARNING, "%lld thread%s without a time left out (no_time)",
                  (long long)n->timeless, n->timeless == 1 ? "" : "s");
    return err->code == ERROR_NONE;
}

/* ---- by chance ---- */

/* SplitMix64 (Steele, Lea, Flood 2014): the same threads for the same seed on every machine. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Each of the threads that are left has the same chance (Knuth, algorithm S). */
static void keep_sample(struct narrow *n)
{
    const size_t count = selection_count(&n->context->selection);
    uint64_t state = (uint64_t)n->context->narrowing.seed;
    uint64_t wanted = (uint64_t)n->context->narrowing.sample;

    for (size_t i = 0, left = count; i < count; i++, left--) {
        n->keeps[i] = draw(&state) % left < wanted;
        wanted -= n->keeps[i];
    }
}

/* ---- all of it ---- */

bool narrow_selection(struct context *context, struct error *err)
{
    const struct narrowing *narrowing = &context->narrowing;
    const size_t before = selection_count(&context->selection);
    struct narrow n = {.context = context};
    bool ok = true;

    if (!context->selection.limit_is_last)
        return true;
    n.keeps = mem_zalloc(before + 1, sizeof *n.keeps);
    if (narrowing->options->only.count > 0) {
        ok = keep_failures(&n, err);
        selection_keep(&context->selection, n.keeps);
    }
    if (ok && narrowing_asks_source(narrowing)) {
        for (size_t i = 0; i < selection_count(&context->selection); i++)
            n.keeps[i] = true;
        ok = keep_by_source(&n, err);
        selection_keep(&context->selection, n.keeps);
    }
    if (ok && narrowing->sample > 0) {
        keep_sample(&n);
        selection_keep(&context->selection, n.keeps);
    }
    if (ok) {
        selection_cut(&context->selection);
        log_event(LOG_INFO, "selected %zu of %zu threads", selection_count(&context->selection),
                  before);
    }
    free(n.keeps);
    return ok;
}
