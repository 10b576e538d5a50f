/*
 * What the checkpoint says of each thread, folded from its records. Built for
 * ten million threads: a slot keeps a 64-bit keyed hash of the id, its state
 * and where in the file its newest records are, 20 bytes in all; ids,
 * conversation ids and digests stay in the file and are read when needed. Who
 * acts on what a slot leads to compares the id found there, because two
 * ids may share a hash: see checkpoint_facts().
 */
#ifndef CHECKPOINT_PROGRESS_H
#define CHECKPOINT_PROGRESS_H

#include "base/span.h"
#include "checkpoint/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum thread_state {
    THREAD_NEW = 0, /* nothing, or only `creating`: no conversation that we know of */
    THREAD_PARTIAL, /* has a conversation, unfinished */
    THREAD_DONE,
    THREAD_FAILED,       /* tried again on the next run; may have a conversation */
    THREAD_UNCERTAIN,    /* an inline create whose outcome is unknown */
    THREAD_ROLLING_BACK, /* its conversation is being deleted */
    THREAD_ROLLED_BACK,  /* as new again */
    THREAD_PRUNING,      /* done, and its source thread is perhaps deleted */
    THREAD_PRUNED,       /* done, and its source thread is deleted */
    THREAD_STATES
};

/* The name that status and mapping print. */
const char *thread_state_name(enum thread_state state);

/* Where the facts of a thread are in the file; -1 where there are none. */
struct thread_slot {
    enum thread_state state;
    int64_t created_at; /* offset of the newest `created` line that still counts */
    int64_t moved_at;   /* offset of the newest `appended` or `done` line after it; where there is
                         * no conversation, of the newest line that names the thread */
    int64_t failed_at;  /* offset of the `failed` line, only in state failed */
};

enum { PROGRESS_OFFSET_BITS = 40 }; /* offsets are smaller than 2 to this power */

struct progress;

/* New. */
struct progress *progress_new(void);

/* NULL is allowed. */
void progress_free(struct progress *progress);

/* The slot of a thread; state new and offsets -1 if it is not known. */
struct thread_slot progress_get(const struct progress *progress, struct span thread_id);

/*
 * Folds in a record that is in the file at offset; records that name no thread change
 * nothing. False, and no change, if the record cannot follow what is known: progress of a
 * thread without a conversation, a second conversation, or anything that could end with the
 * deletion of the only copy (`rolling_back` after `pruning`).
 */
bool progress_apply(struct progress *progress, const struct record *record, int64_t offset);

/*
 * The two halves of progress_apply(). Preparing calls for the memory that taking will touch; who
 * reads the next record between the two does not wait for it. Steps are taken in the order of
 * their records.
 */
struct progress_step {
    uint64_t hash;
    int64_t offset;
    enum record_kind kind;
    bool names_thread;
    bool has_items;
};

struct progress_step progress_prepare(const struct progress *progress, const struct record *record,
                                      int64_t offset);
bool progress_take(struct progress *progress, const struct progress_step *step);

size_t progress_count(const struct progress *progress, enum thread_state state);

/* `creating` without `created` or `not_created`, over all records. */
uint64_t progress_orphans(const struct progress *progress);

/* Has any thread ever had a conversation, or an item in one? */
bool progress_has_created(const struct progress *progress);
bool progress_has_appended(const struct progress *progress);

/*
 * Calls each(ctx, slot) for every known thread, in the order in which they became known, until it
 * returns false.
 */
void progress_each(const struct progress *progress,
                   bool (*each)(void *ctx, const struct thread_slot *slot), void *ctx);

#endif
