/*
 * prune: deletes source threads whose conversation has just been read back and
 * found equal; with --assistants DIR, assistants whose saved configuration is
 * still that of the live one.
 */
#include "archive/source_archive.h"
#include "base/log.h"
#include "base/text.h"
#include "check/pruner.h"
#include "command/commands_list.h"
#include "os/files.h"
#include "run/journal.h"
#include "run/prune_assistants.h"
#include "run/removal.h"

#include <string.h>

struct prune {
    struct removal removal; /* first: its callbacks are handed this */
    struct pruner_setup setup;
    struct source *archive; /* owned, or NULL */
};

static struct prune *prune(const struct removal *removal)
{
    return (struct prune *)(uintptr_t)removal;
}

static struct sink *begin(struct removal *removal, struct span thread_id,
                          const struct thread_facts *facts, bool rehearses)
{
    struct pruner_setup *setup = &prune(removal)->setup;

    setup->checkpoint = removal->context->checkpoint;
    setup->live = removal->context->source;
    setup->rehearses = rehearses;
    setup->settle_ms = removal->context->config->settle_ms;
    setup->started_ms = removal->context->started_ms;
    return pruner_new(setup, thread_id, facts);
}

/* Whether the source shows other threads is known by then. */
static bool is_late(const struct removal *removal, const struct plan_thread *thread)
{
    (void)removal;
    return thread->state == THREAD_PRUNING;
}

static bool is_open(const struct removal *removal, struct span thread_id)
{
    return pruner_is_held(&prune(removal)->setup, thread_id);
}

static bool settle(struct removal *removal, int64_t *failed, struct error *err)
{
    struct pruner_setup *setup = &prune(removal)->setup;

    /* No thread may have begun. */
    setup->checkpoint = removal->context->checkpoint;
    return pruner_settle(setup, failed, err);
}

static void ask(const struct removal *removal, int64_t threads, int64_t items, struct buf *out)
{
    const struct options *options = removal->context->options;

    (void)items;
    buf_printf(out, "%s%s will be deleted at ",
               losses_total(&removal->losses) > 0 && !options->with_losses ? "Up to " : "",
               text_count(threads, "thread").text);
    endpoint_add_base(out, &removal->context->endpoints[SIDE_SOURCE]);
    buf_add_text(out, ", each after its conversation was found equal.\n");
    if (losses_total(&removal->losses) > 0) {
        buf_add_text(out, "Their conversations lack: ");
        (void)losses_write_text(out, &removal->losses, true);
        buf_printf(out, ".\n%s",
                   options->with_losses ? "--with-losses: that will be lost for good.\n"
                   : options->archive   ? "Threads that the archive does not hold are kept.\n"
                                        : "Threads with losses other than annotations are "
                                          "kept.\n");
    }
    buf_add_text(out, "This cannot be undone. To keep a copy, run threadferry export first.\n");
}

static void note(void *ctx, const char *text)
{
    (void)ctx;
    log_event(LOG_WARNING, "%s", text);
}

/* Only an export of ours says of each thread that it is whole. */
static bool is_export(const char *path, struct error *err)
{
    static const char OPENING[] = "{\"kind\":\"";
    char first[sizeof OPENING] = "";
    struct files_file *file = files_open(NULL, path, err);
    size_t got = 0;
    bool ok = file && files_read(file, 0, first, sizeof OPENING - 1, &got, err);

    files_close(file);
    if (!ok || strcmp(first, OPENING) == 0)
        return ok;
    error_set(err, ERROR_USAGE, "--archive: '%s' is not an archive of 'threadferry export'", path);
    return false;
}

static bool open_archive(struct prune *run, const char *path, struct error *err)
{
    const struct archive_options options = {.path = path, .keep_raw = true};

    if (!path)
        return true;
    run->archive = is_export(path, err) ? source_archive_open(&options, note, NULL, err) : NULL;
    run->setup.archive = run->archive;
    return run->archive && saved_files_open(&run->setup.saved, NULL, path, err);
}

int cmd_prune(struct context *context, struct error *err)
{
    struct prune run = {
        .removal = {.plan = PLAN_PRUNE,
                    .needs = CONTEXT_SOURCE | CONTEXT_DESTINATION,
                    .same_source = true,
                    .begin = begin,
                    .is_late = is_late,
                    .is_open = is_open,
                    .settle = settle,
                    .asks_losses = true,
                    .ask = ask},
    };
    int status;

    if (config_profile(context->config, SIDE_SOURCE)->is_archive) {
        error_set(err, ERROR_USAGE,
                  "prune deletes threads of a live source; source.type is archive");
        return COMMAND_UNBEGUN;
    }
    if (context->options->assistants)
        return prune_assistants(context, err);
    pruner_setup_init(&run.setup);
    if (context->options->archive)
        run.removal.needs |= CONTEXT_RAW;
    run.setup.with_losses = context->options->with_losses;
    status = open_archive(&run, context->options->archive, err)
                 ? removal_run(&run.removal, context, err)
                 : COMMAND_UNBEGUN;
    source_close(run.archive);
    pruner_setup_release(&run.setup);
    return status;
}
