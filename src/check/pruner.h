/*
 * The pruner: the sink that deletes a source thread, and only directly after
 * its conversation has been read back and found equal, item by item, and its
 * newest message is still the one that was compared. Then `pruning` goes on
 * record, the thread is deleted, and `pruned` is recorded. From `pruning` on
 * the conversation may be the only copy.
 *
 * A thread that was left in `pruning` is asked for at the source first, after
 * a dead process's delete has had time to settle: if the thread is there, it is
 * done as before (`not_pruned`) and everything begins again; if it is gone for
 * sure, it is pruned.
 *
 * What the conversation lacks would be lost for good, so a thread with losses
 * stays, unless an archive holds it or a person has accepted that.
 */
#ifndef CHECK_PRUNER_H
#define CHECK_PRUNER_H

#include "base/strmap.h"
#include "checkpoint/checkpoint.h"
#include "files/saved_files.h"
#include "map/losses.h"
#include "source/sink.h"
#include "source/source.h"

#include <stdbool.h>
#include <stdint.h>

/* The same for all threads of a run. */
struct pruner_setup {
    struct checkpoint *checkpoint; /* borrowed; not needed to rehearse */
    struct source *live;           /* borrowed */
    struct source *archive;        /* that holds what the conversations lack; borrowed, or NULL */
    struct saved_files saved;      /* contents of files, saved with the archive */
    bool with_losses;              /* what they lack is given up */
    bool rehearses;                /* nothing is deleted or recorded */
    int64_t settle_ms;             /* how long to wait before an unknown outcome is looked up */
    int64_t started_ms;            /* of this process: a dead one's requests rest from then on */
    int64_t answered;              /* threads that the source has shown in this run */
    /* Threads in `pruning` of which the source says 404 in words that may mean anything: they are
     * pruned if it has shown another one. See pruner_settle(). */
    struct strmap held;
};

void pruner_setup_init(struct pruner_setup *setup);
void pruner_setup_release(struct pruner_setup *setup);

/*
 * New. facts are those of a thread that is done or in `pruning`. What is not equal fails with
 * ERROR_CONFLICT, what has no conversation any more with ERROR_GONE, what would be lost with
 * ERROR_REFUSED; all of them stay.
 */
struct sink *pruner_new(struct pruner_setup *setup, struct span thread_id,
                        const struct thread_facts *facts);

/* True for a thread that is held back. */
bool pruner_is_held(const struct pruner_setup *setup, struct span thread_id);

/* At the end of a run that nothing has stopped: records and tells what was held back, and syncs; if
 * the source has shown no thread, *failed says how many stay as they are. */
bool pruner_settle(struct pruner_setup *setup, int64_t *failed, struct error *err);

#endif
