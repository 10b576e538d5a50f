/*
 * rollback: deletes the conversations that this job has made and nobody has
 * changed since, items first.
 */
#include "base/text.h"
#include "check/eraser.h"
#include "command/commands_list.h"
#include "print/summary.h"
#include "run/removal.h"

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
    const struct options *options = removal->context.options;

    for (size_t i = 0; i < options->force_count; i++) {
        if (span_is(thread_id, options->force_ids[i]))
            return true;
    }
    return false;
}

/* The thread of a pruned one is gone: its conversation is the only copy. */
static enum removal_choice choose(const struct removal *removal, struct span thread_id,
                                  const struct thread_facts *facts)
{
    if (facts->conversation[0] == '\0' || facts->state == THREAD_ROLLED_BACK)
        return REMOVAL_PASSES;
    return facts->state == THREAD_PRUNED && !is_forced(removal, thread_id) ? REMOVAL_SPARES
                                                                           : REMOVAL_GOES;
}

static struct eraser_options options_for(struct removal *removal, struct span thread_id)
{
    return (struct eraser_options){
        .checkpoint = removal->checkpoint,
        .census = &rollback(removal)->census,
        .force = is_forced(removal, thread_id),
    };
}

static struct sink *erase(struct removal *removal, struct span thread_id,
                          const struct thread_facts *facts)
{
    const struct eraser_options options = options_for(removal, thread_id);

    return eraser_new(&options, thread_id, facts);
}

static struct sink *look(struct removal *removal, struct span thread_id,
                         const struct thread_facts *facts)
{
    const struct eraser_options options = options_for(removal, thread_id);

    return eraser_rehearsal_new(&options, facts);
}

static bool settle(struct removal *removal, struct error *err)
{
    return census_settle(&rollback(removal)->census, removal->checkpoint, err);
}

static void ask(const struct removal *removal, int64_t threads, int64_t items, struct buf *out)
{
    (void)buf_printf(out, "%lld conversations with %lld items are deleted at ", (long long)threads,
                     (long long)items);
    endpoint_add_base(out, &removal->context.endpoints[SIDE_DESTINATION]);
    (void)buf_add_text(out, ".\nThose that somebody has changed since are left alone.\n");
}

static bool check_forced(const struct options *options, struct error *err)
{
    char shown[SHOWN_MAX];

    for (size_t i = 0; i < options->force_count; i++) {
        const struct span id = span_of(options->force_ids[i]);

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

int cmd_rollback(const struct invocation *invocation, struct error *err)
{
    struct rollback run = {
        .removal = {.command = "rollback",
                    .verb = "rolled back",
                    .spares = "conversations of pruned threads are the only copy; these are left "
                              "alone without --force ID",
                    .needs = CONTEXT_DESTINATION,
                    .choose = choose,
                    .begin = erase,
                    .rehearse = look,
                    .settle = settle,
                    .ask = ask},
    };
    int status;

    if (!check_forced(invocation->options, err))
        return summary_print_unbegun(invocation->options, NULL, err);
    census_init(&run.census);
    status = removal_run(&run.removal, invocation, err);
    census_release(&run.census);
    return status;
}
