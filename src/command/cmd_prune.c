/*
 * prune: deletes source threads whose conversation has just been read back and
 * found equal; with --assistants DIR, assistants whose saved configuration is
 * still that of the live one.
 */
#include "base/text.h"
#include "check/pruner.h"
#include "command/commands_list.h"
#include "print/summary.h"
#include "run/prune_assistants.h"
#include "run/removal.h"

static enum removal_choice choose(const struct removal *removal, struct span thread_id,
                                  const struct thread_facts *facts)
{
    (void)removal;
    (void)thread_id;
    return facts->state == THREAD_DONE ? REMOVAL_GOES : REMOVAL_PASSES;
}

static struct sink *prune(struct removal *removal, struct span thread_id,
                          const struct thread_facts *facts)
{
    return pruner_new(removal->checkpoint, thread_id, facts);
}

static struct sink *look(struct removal *removal, struct span thread_id,
                         const struct thread_facts *facts)
{
    (void)removal;
    (void)thread_id;
    return pruner_rehearsal_new(facts);
}

static void ask(const struct removal *removal, int64_t threads, int64_t items, struct buf *out)
{
    (void)items;
    (void)buf_printf(out, "%lld threads are deleted at ", (long long)threads);
    endpoint_add_base(out, &removal->context.endpoints[SIDE_SOURCE]);
    (void)buf_add_text(out, ", each after its conversation was found equal.\n"
                            "What the conversations lack (losses) is lost for good then; "
                            "--dry-run counts it.\n"
                            "This cannot be undone; an archive (threadferry export) keeps them.\n");
}

int cmd_prune(const struct invocation *invocation, struct error *err)
{
    struct removal removal = {
        .command = "prune",
        .verb = "pruned",
        .needs = CONTEXT_SOURCE | CONTEXT_DESTINATION,
        .choose = choose,
        .begin = prune,
        .rehearse = look,
        .ask = ask,
    };

    if (invocation->config->source.type == SERVICE_ARCHIVE) {
        error_set(err, ERROR_USAGE,
                  "prune deletes threads of a live source; source.type is archive");
        return summary_print_unbegun(invocation->options, NULL, err);
    }
    if (invocation->options->assistants)
        return prune_assistants(invocation, err);
    return removal_run(&removal, invocation, err);
}
