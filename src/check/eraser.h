/*
 * The eraser: the sink that takes a conversation back. First it holds the
 * conversation against the checkpoint; one that somebody has changed is left
 * alone, and one that is missing is not forgotten: another key may see it. Then
 * `rolling_back` goes on record, its items are deleted from the first to the
 * last (deleting a conversation leaves its items), then the conversation
 * itself, and `rolled_back` goes on record.
 *
 * Because the recorded last item goes last, a resumed rollback knows by it that
 * nobody has added anything meanwhile.
 */
#ifndef CHECK_ERASER_H
#define CHECK_ERASER_H

#include "check/census.h"
#include "checkpoint/checkpoint.h"
#include "source/sink.h"

#include <stdbool.h>

struct eraser_options {
    struct checkpoint *checkpoint; /* borrowed; not needed to rehearse */
    struct census *census;         /* of the run; borrowed */
    bool force; /* delete it even if it was changed, forget it if it is missing */
};

/*
 * New. facts name a conversation. What was changed fails with ERROR_CONFLICT; what is missing with
 * ERROR_GONE, unless a rollback had begun with it. See census.h for what stops the run, and for
 * census_settle(), which is due at its end.
 */
struct sink *eraser_new(const struct eraser_options *options, struct span thread_id,
                        const struct thread_facts *facts);

/* New: the check that comes before, alone. It deletes and records nothing. */
struct sink *eraser_rehearsal_new(const struct eraser_options *options,
                                  const struct thread_facts *facts);

#endif
