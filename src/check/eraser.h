/*
 * The eraser: the sink that takes a conversation back. First it holds the
 * conversation against the checkpoint; one that somebody has changed is left
 * alone, and one that is missing is not forgotten: another key may see it. A
 * live source is asked for the thread: a checkpoint copied back from before a
 * prune does not know that the conversation is the only copy. Then
 * `rolling_back` is recorded, its items are deleted from the first to the
 * last (deleting a conversation leaves its items), then the conversation
 * itself, and `rolled_back` is recorded.
 *
 * Because the recorded last item goes last, a resumed rollback knows by it that
 * nothing was added meanwhile.
 */
#ifndef CHECK_ERASER_H
#define CHECK_ERASER_H

#include "check/census.h"
#include "checkpoint/checkpoint.h"
#include "source/sink.h"

#include <stdbool.h>
#include <stdint.h>

struct eraser_options {
    struct checkpoint *checkpoint; /* borrowed; not needed to rehearse */
    struct census *census;         /* of the run; borrowed */
    bool force; /* delete it even if it was changed or is the only copy, forget it if missing */
    bool asks_source;   /* a live one: a conversation whose thread is gone there stays */
    bool rehearses;     /* nothing is deleted or recorded */
    int64_t settled_ms; /* from then on nothing of a dead process is under way */
};

/*
 * New. facts name a conversation. What was changed fails with ERROR_CONFLICT; what is missing with
 * ERROR_GONE, unless a rollback had begun with it; what the source no longer has with
 * ERROR_SOURCE_MISSING. See census.h for what stops the run, and for
 * census_settle(), which is due at its end.
 */
struct sink *eraser_new(const struct eraser_options *options, struct span thread_id,
                        const struct thread_facts *facts);

#endif
