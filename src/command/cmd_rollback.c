/*
 * rollback: deletes the conversations that this job has made and nobody has
 * changed since, items first.
 */
#include "base/text.h"
#include "check/eraser.h"
#include "command/commands_list.h"
#include "run/removal.h"

#include <string.h>

enum { SHOWN_MAX = 96 };

struct rollback {
    struct removal removal; /* first: its callbacks are handed this */
    struct census census;
};

static struct rollback *rollback(struct removal *removal)
{
    return (struct rollback *)removal;
}

static bool is_forced(const struct removal *removal, struct span thread_id)
{
    const struct options *options = removal->context->options;

    for (size_t i = 0; i < options->force.count; i++) {
        if (span_is(thread_id, options->force.all[i]))
            return true;
    }
    return false;
}

static struct sink *begin(struct removal *removal, struct span thread_id,
                          const struct thread_facts *facts, bool rehearses)
{
    const struct eraser_options options = {
        .checkpoint = removal->context->checkpoint,
        .census = &rollback(removal)->census,
        .force = is_forced(removal, thread_id),
        .asks_source = removal->is_same_source && removal->context->has_remote[SIDE_SOURCE],
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
    buf_printf(out, "%s with %s will be deleted at ", text_count(threads, "conversation").text,
               text_count(items, "item").text);
    endpoint_add_base(out, &removal->context->endpoints[SIDE_DESTINATION]);
    (void)buf_add_text(out, ".\nConversations that were changed since are left alone.\n");
}

static bool check_forced(const struct options *options, struct error *err)
{
    char shown[SHOWN_MAX];

    for (size_t i = 0; i < options->force.count; i++) {
        const struct span id = span_of(options->force.all[i]);

        if (text_is_thread_id(id))
            continue;
        text_visible(shown, sizeof shown, id);
        error_set(err, ERROR_USAGE,
                  "--force: '%s' is not a thread id: 1 to 256 letters, digits and any of _ . : -",
                  shown);
        return false;
    }
    return true;
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

    if (!check_forced(context->options, err))
        return COMMAND_UNBEGUN;
    census_init(&run.census);
    status = removal_run(&run.removal, context, err);
    census_release(&run.census);
    return status;
}
