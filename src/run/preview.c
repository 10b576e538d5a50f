#include "run/preview.h"

#include "run/deciding.h"
#include "run/journal.h"
#include "run/nameless.h"
#include "run/narrow.h"

/* False with err; a checkpoint that is not there is a fresh job. */
static bool open_checkpoint(struct context *context, struct error *err)
{
    context->checkpoint = journal_open_reader(context->config->checkpoint, err);
    if (!context->checkpoint && err->code != ERROR_USAGE)
        return false;
    error_clear(err);
    return true;
}

bool preview_open(struct preview *preview, struct context *context,
                  const struct diff_renderer *renderer, struct error *err)
{
    const struct config *config = context->config;
    unsigned needs = CONTEXT_SOURCE | CONTEXT_THREADS | CONTEXT_ASKS;

    *preview = (struct preview){
        .context = context,
        .setup = {.renderer = renderer,
                  .plan = {.top_up = context->options->top_up,
                           .retry_uncertain = context->options->retry_uncertain},
                  .saved = &context->saved,
                  .create_inline = config->create == CREATE_INLINE,
                  .batch_items = config->batch_items,
                  .batch_bytes = config->batch_bytes},
    };
    if (!open_checkpoint(context, err))
        return false;
    /* A key is asked for at the first request, so a job without conversations needs none. */
    if (context->checkpoint)
        needs |= CONTEXT_DESTINATION;
    if (!context_open(context, needs, err) || !narrow_selection(context, err) ||
        (context->checkpoint && !journal_is_ours(context->checkpoint, context, err)) ||
        !deciding_read(context, DECIDER_TRIES, err))
        return false;
    deciding_open(context, DECIDER_TRIES);
    return true;
}

struct sink *preview_begin(struct preview *preview, struct span thread_id, struct error *err)
{
    struct thread_facts facts = {.state = THREAD_NEW};
    struct error changed = {.code = ERROR_NONE};
    struct checkpoint *checkpoint = preview->context->checkpoint;

    if (checkpoint && !checkpoint_facts(checkpoint, thread_id, &facts, err))
        return NULL;
    struct sink *sink = differ_new(&preview->setup, &facts);
    if (facts.state == THREAD_DONE &&
        !nameless_is_same(preview->context, thread_id, &facts, &changed))
        differ_refuse(sink, &changed);
    return sink;
}

static int64_t minutes_of(int64_t requests, int64_t per_minute)
{
    return per_minute > 0 ? (requests + per_minute - 1) / per_minute : 0;
}

int64_t preview_minutes(const struct preview *preview, const int64_t requests[SIDES])
{
    const struct config *config = preview->context->config;
    const int64_t source = minutes_of(requests[SIDE_SOURCE], config->source.requests_per_minute);
    const int64_t destination =
        minutes_of(requests[SIDE_DESTINATION], config->destination.requests_per_minute);

    return source > destination ? source : destination;
}
