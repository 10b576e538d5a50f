/*
 * What rollback and prune have in common: they delete, so they say what they
 * would do and ask first; they work from the checkpoint, thread by thread, and
 * tell what they left alone.
 */
#ifndef CMD_REMOVAL_H
#define CMD_REMOVAL_H

#include "cmd/context.h"
#include "engine/checkpoint.h"
#include "engine/sink.h"

#include <stdbool.h>

struct removal {
    const char *command; /* "rollback" */
    const char *verb;    /* "rolled back" */
    unsigned needs;      /* of context.h; without CONTEXT_SOURCE nothing is read */
    /* True for threads that there is something to do with. */
    bool (*concerns)(const struct thread_facts *facts);
    /* New sink for such a thread: the real one, and the one that only looks. */
    struct sink *(*begin)(struct removal *removal, struct span thread_id,
                          const struct thread_facts *facts);
    struct sink *(*rehearse)(struct removal *removal, struct span thread_id,
                             const struct thread_facts *facts);
    /* True where what was changed goes all the same; NULL: nowhere. */
    bool (*insists)(const struct removal *removal, struct span thread_id,
                    const struct thread_facts *facts);
    bool deletes_items; /* those of the conversation */
    /* Adds the question, without "Continue?". */
    void (*ask)(const struct removal *removal, int64_t threads, int64_t items, struct buf *out);

    /* Set by removal_run(). */
    struct context context;
    struct checkpoint *checkpoint;
};

/* Returns the exit status: 1 where threads failed or were left alone. */
int removal_run(struct removal *removal, const struct invocation *invocation, struct error *err);

/* Asks on the terminal; without one only --yes will do. False with ERROR_USAGE, with ERROR_STOPPED
 * where the answer was a signal, or with ERROR_NONE where it was no. */
bool removal_confirm(const struct options *options, const char *question, struct error *err);

#endif
