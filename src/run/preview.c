#include "run/preview.h"

#include "run/journal.h"
#include "run/nameless.h"

/* False with err; a checkpoint that is not there is a fresh job. */
static bool open_checkpoint(struct preview *preview, const struct config *config, struct error *err)
{
    preview->checkpoint = journal_open_reader(config->checkpoint, err);
    if (!preview->checkpoint && err->code != ERROR_USAGE)
        return false;
    error_clear(err);
    return true;
}

bool preview_open(struct preview *preview, const struct invocation *invocation,
                  const struct diff_renderer *renderer, struct error *err)
{
    const struct config *config = invocation->config;
    unsigned needs = CONTEXT_SOURCE | CONTEXT_THREADS;

    *preview = (struct preview){
        .setup = {.renderer = renderer,
                  .plan = {.top_up = invocation->options->top_up,
                           .retry_uncertain = invocation->options->retry_uncertain},
                  .create_inline = config->create == CREATE_INLINE,
                  .batch_items = config->batch_items,
                  .batch_bytes = config->batch_bytes},
    };
    if (!open_checkpoint(preview, config, err))
        return false;
    /* A key is asked for at the first request, so a job without conversations needs none. */
    if (preview->checkpoint)
        needs |= CONTEXT_DESTINATION;
    return context_open(&preview->context, invocation, needs, err) &&
           (!preview->checkpoint || journal_is_ours(preview->checkpoint, &preview->context, err));
}

void preview_close(struct preview *preview)
{
    checkpoint_close(preview->checkpoint);
    context_close(&preview->context);
    *preview = (struct preview){.checkpoint = NULL};
}

struct sink *preview_begin(struct preview *preview, struct span thread_id, struct error *err)
{
    struct thread_facts facts = {.state = THREAD_NEW};
    struct error changed = {.code = ERROR_NONE};

    if (preview->checkpoint && !checkpoint_facts(preview->checkpoint, thread_id, &facts, err))
        return NULL;
    struct sink *sink = differ_new(&preview->setup, &facts);
    if (facts.state == THREAD_DONE &&
        !nameless_is_same(&preview->context, thread_id, &facts, &changed))
        differ_refuse(sink, &changed);
    return sink;
}

static int64_t minutes_of(int64_t requests, int64_t per_minute)
{
    return per_minute > 0 ? (requests + per_minute - 1) / per_minute : 0;
}

int64_t preview_minutes(const struct preview *preview, const int64_t requests[SIDES])
{
    const struct config *config = preview->context.config;
    const int64_t source = minutes_of(requests[SIDE_SOURCE], config->source.requests_per_minute);
    const int64_t destination =
        minutes_of(requests[SIDE_DESTINATION], config->destination.requests_per_minute);

    return source > destination ? source : destination;
}
