#include "run/plan.h"

#include "run/journal.h"

/* False with err; a checkpoint that is not there is a fresh job. */
static bool open_checkpoint(struct plan *plan, const struct config *config, struct error *err)
{
    plan->checkpoint = journal_open_reader(config->checkpoint, err);
    if (!plan->checkpoint && err->code != ERROR_USAGE)
        return false;
    error_clear(err);
    return true;
}

bool plan_open(struct plan *plan, const struct invocation *invocation,
               const struct diff_renderer *renderer, struct error *err)
{
    const struct config *config = invocation->config;
    unsigned needs = CONTEXT_SOURCE | CONTEXT_THREADS;

    *plan = (struct plan){
        .setup = {.renderer = renderer,
                  .top_up = invocation->options->top_up,
                  .retry_uncertain = invocation->options->retry_uncertain,
                  .create_inline = config->create == CREATE_INLINE,
                  .batch_items = config->batch_items,
                  .batch_bytes = config->batch_bytes},
    };
    if (!open_checkpoint(plan, config, err))
        return false;
    /* A key is asked for at the first request, so a job without conversations needs none. */
    if (plan->checkpoint)
        needs |= CONTEXT_DESTINATION;
    return context_open(&plan->context, invocation, needs, err) &&
           (!plan->checkpoint || journal_is_ours(plan->checkpoint, &plan->context, err));
}

void plan_close(struct plan *plan)
{
    checkpoint_close(plan->checkpoint);
    context_close(&plan->context);
    *plan = (struct plan){.checkpoint = NULL};
}

struct sink *plan_begin(struct plan *plan, struct span thread_id, struct error *err)
{
    struct thread_facts facts = {.state = THREAD_NEW};

    if (plan->checkpoint && !checkpoint_facts(plan->checkpoint, thread_id, &facts, err))
        return NULL;
    return differ_new(&plan->setup, &facts);
}

static int64_t minutes_of(int64_t requests, int64_t per_minute)
{
    return per_minute > 0 ? (requests + per_minute - 1) / per_minute : 0;
}

int64_t plan_minutes(const struct plan *plan, const int64_t requests[SIDES])
{
    const struct config *config = plan->context.config;
    const int64_t source = minutes_of(requests[SIDE_SOURCE], config->source.requests_per_minute);
    const int64_t destination =
        minutes_of(requests[SIDE_DESTINATION], config->destination.requests_per_minute);

    return source > destination ? source : destination;
}
