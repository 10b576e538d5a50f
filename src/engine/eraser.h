/*
 * The eraser: the sink that takes a conversation back. First it holds the
 * conversation against the checkpoint; one that somebody has changed is left
 * alone. Then `rolling_back` goes on record, its items are deleted from the
 * first to the last (deleting a conversation leaves its items), then the
 * conversation itself, and `rolled_back` goes on record.
 *
 * Because the recorded last item goes last, a resumed rollback knows by it that
 * nobody has added anything meanwhile.
 */
#ifndef ENGINE_ERASER_H
#define ENGINE_ERASER_H

#include "engine/checkpoint.h"
#include "engine/sink.h"

#include <stdbool.h>

struct eraser_options {
    struct checkpoint *checkpoint; /* borrowed */
    bool force;                    /* delete it even if it was changed */
};

/* New. facts name a conversation. Changed conversations fail with ERROR_CONFLICT. */
struct sink *eraser_new(const struct eraser_options *options, struct span thread_id,
                        const struct thread_facts *facts);

#endif
