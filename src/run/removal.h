/*
 * What rollback and prune have in common: they delete, so they say what they
 * would do and ask first; they work from the checkpoint, thread by thread, as
 * the plan has it, and say what they left alone.
 */
#ifndef RUN_REMOVAL_H
#define RUN_REMOVAL_H

#include "checkpoint/checkpoint.h"
#include "run/context.h"
#include "map/losses.h"
#include "source/sink.h"
#include "write/plan.h"

#include <stdbool.h>

struct removal {
    enum plan_command plan;
    bool same_source; /* refused with another source than the checkpoint names */
    unsigned needs;   /* of context.h; without CONTEXT_SOURCE nothing is read */
    /* New sink for a thread that goes: the real one, or the one that only looks. */
    struct sink *(*begin)(struct removal *removal, struct span thread_id,
                          const struct thread_facts *facts, bool rehearses);
    /* True for threads that come after all others; may be NULL. */
    bool (*is_late)(const struct removal *removal, const struct plan_thread *thread);
    /* True for threads whose end settle() tells; may be NULL. */
    bool (*is_open)(const struct removal *removal, struct span thread_id);
    /* At the end of a run that nothing has stopped: *failed are threads that had ended well and
     * have failed after all. May be NULL. */
    bool (*settle)(struct removal *removal, int64_t *failed, struct error *err);
    /* Reads the threads once before the question, which says what would be lost. */
    bool asks_losses;
    /* Adds the question, without "Continue?". */
    void (*ask)(const struct removal *removal, int64_t threads, int64_t items, struct buf *out);

    /* Set by removal_run(). */
    struct context *context;
    struct losses losses; /* of the threads that go; with asks_losses, for ask() */
};

/* Returns the exit status, 1 if threads failed or were left alone, or COMMAND_UNBEGUN. The context
 * is opened here. */
int removal_run(struct removal *removal, struct context *context, struct error *err);

/* Asks on the terminal; without one only --yes will do. False with ERROR_USAGE, with ERROR_STOPPED
 * where the answer was a signal, or with ERROR_NONE if it was no. */
bool removal_confirm(const struct options *options, const char *question, struct error *err);

#endif
