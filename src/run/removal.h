/*
 * What rollback and prune have in common: they delete, so they say what they
 * would do and ask first; they work from the checkpoint, thread by thread, and
 * tell what they left alone.
 */
#ifndef RUN_REMOVAL_H
#define RUN_REMOVAL_H

#include "checkpoint/checkpoint.h"
#include "run/context.h"
#include "source/sink.h"

#include <stdbool.h>

enum removal_choice {
    REMOVAL_PASSES, /* nothing to do with it */
    REMOVAL_GOES,
    REMOVAL_SPARES, /* could go, and stays: people are told */
};

struct removal {
    const char *command; /* "rollback" */
    const char *verb;    /* "rolled back" */
    const char *spares;  /* why threads are, in words; NULL: none are */
    unsigned needs;      /* of context.h; without CONTEXT_SOURCE nothing is read */
    /* What is to become of a thread. */
    enum removal_choice (*choose)(const struct removal *removal, struct span thread_id,
                                  const struct thread_facts *facts);
    /* New sink for a thread that goes: the real one, and the one that only looks. */
    struct sink *(*begin)(struct removal *removal, struct span thread_id,
                          const struct thread_facts *facts);
    struct sink *(*rehearse)(struct removal *removal, struct span thread_id,
                             const struct thread_facts *facts);
    /* At the end of a run that nothing has stopped; may be NULL. */
    bool (*settle)(struct removal *removal, struct error *err);
    /* Adds the question, without "Continue?". */
    void (*ask)(const struct removal *removal, int64_t threads, int64_t items, struct buf *out);

    /* Set by removal_run(). */
    struct context context;
    struct checkpoint *checkpoint;
    int64_t spared;
    struct buf spared_names; /* of the first of them */
};

/* Returns the exit status: 1 where threads failed or were left alone. */
int removal_run(struct removal *removal, const struct invocation *invocation, struct error *err);

/* Asks on the terminal; without one only --yes will do. False with ERROR_USAGE, with ERROR_STOPPED
 * where the answer was a signal, or with ERROR_NONE where it was no. */
bool removal_confirm(const struct options *options, const char *question, struct error *err);

#endif
