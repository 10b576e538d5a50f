/*
 * rollback: deletes the conversations that this job has made and nobody has
 * changed since, items first.
 */
#include "base/text.h"
#include "cmd/commands_list.h"
#include "cmd/removal.h"
#include "engine/eraser.h"
#include "engine/verifier.h"

static bool has_conversation(const struct thread_facts *facts)
{
    return facts->conversation[0] != '\0' && facts->state != THREAD_ROLLED_BACK;
}

static bool is_forced(const struct options *options, struct span thread_id)
{
    for (size_t i = 0; i < options->force_count; i++) {
        if (span_is(thread_id, options->force_ids[i]))
            return true;
    }
    return false;
}

static struct sink *erase(struct removal *removal, struct span thread_id,
                          const struct thread_facts *facts)
{
    const struct eraser_options options = {
        .checkpoint = removal->checkpoint,
        .force = is_forced(removal->context.options, thread_id),
    };

    return eraser_new(&options, thread_id, facts);
}

static struct sink *look(struct removal *removal, struct span thread_id,
                         const struct thread_facts *facts)
{
    struct thread_facts whole = *facts;

    (void)removal;
    (void)thread_id;
    whole.state = THREAD_DONE;
    return verifier_new(true, &whole);
}

/* What an interrupted rollback has begun with goes on. */
static bool insists(const struct removal *removal, struct span thread_id,
                    const struct thread_facts *facts)
{
    return is_forced(removal->context.options, thread_id) || facts->state == THREAD_ROLLING_BACK;
}

static void ask(const struct removal *removal, int64_t threads, int64_t items, struct buf *out)
{
    (void)buf_printf(out, "%lld conversations with %lld items are deleted at ", (long long)threads,
                     (long long)items);
    endpoint_add_base(out, &removal->context.endpoints[SIDE_DESTINATION]);
    (void)buf_add_text(out, ".\nThose that somebody has changed since are left alone.\n");
}

int cmd_rollback(const struct invocation *invocation, struct error *err)
{
    struct removal removal = {
        .command = "rollback",
        .verb = "rolled back",
        .needs = CONTEXT_DESTINATION,
        .concerns = has_conversation,
        .begin = erase,
        .rehearse = look,
        .insists = insists,
        .deletes_items = true,
        .ask = ask,
    };

    return removal_run(&removal, invocation, err);
}
