/*
 * rollback: deletes the conversations that this job has made and nobody has
 * changed since, items first.
 */
#include "base/text.h"
#include "check/eraser.h"
#include "command/commands_list.h"
#include "run/removal.h"

#include <stdint.h>

struct rollback {
    struct removal removal; /* first: its callbacks are handed this */
    struct census census;
};

static struct rollback *rollback(struct removal *removal)
{
    return (struct rollback *)removal;
}

static struct sink *begin(struct removal *removal, struct span thread_id,
                          const struct thread_facts *facts, bool rehearses)
{
    const struct eraser_options options = {
        .checkpoint = removal->context->checkpoint,
        .census = &rollback(removal)->census,
        .force = strmap_find(&removal->context->selection.forced, thread_id) != SIZE_MAX,
        .asks_source = removal->context->has_remote[SIDE_SOURCE],
        .rehearses = rehearses,
        .settled_ms = removal->context->started_ms + removal->context->config->settle_ms,
    };

    return eraser_new(&options, thread_id, facts);
}

static bool settle(struct removal *removal, int64_t *failed, struct error *err)
{
    *failed = 0;
    return census_settle(&rollback(removal)->census, removal->context->checkpoint, err);
}

static void ask(const struct removal *removal, int64_t threads, int64_t items, struct buf *out)
{
    const int64_t forced = (int64_t)removal->context->selection.forced.count;

    buf_printf(out, "%s with %s will be deleted at ", text_count(threads, "conversation").text,
               text_count(items, "item").text);
    endpoint_add_base(out, &removal->context->endpoints[SIDE_DESTINATION]);
    buf_add_text(out, ".\nConversations that were changed since are left alone");
    if (forced > 0)
        buf_printf(out, ", unless --force names them (%s)", text_count(forced, "thread").text);
    buf_add_text(out, ".\n");
}

int cmd_rollback(struct context *context, struct error *err)
{
    struct rollback run = {
        .removal = {.plan = PLAN_ROLLBACK,
                    .needs = CONTEXT_DESTINATION | CONTEXT_QUESTIONS,
                    .begin = begin,
                    .settle = settle,
                    .ask = ask},
    };
    int status;

    census_init(&run.census);
    status = removal_run(&run.removal, context, err);
    census_release(&run.census);
    return status;
}
