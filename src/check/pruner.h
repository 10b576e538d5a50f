/*
 * The pruner: the sink that deletes a source thread, and only directly after
 * its conversation has been read back and found equal, item by item.
 */
#ifndef CHECK_PRUNER_H
#define CHECK_PRUNER_H

#include "checkpoint/checkpoint.h"
#include "source/sink.h"

/* New. facts are those of a finished thread. What is not equal fails with ERROR_CONFLICT, what has
 * no conversation any more with ERROR_GONE; both stay. */
struct sink *pruner_new(struct checkpoint *checkpoint, struct span thread_id,
                        const struct thread_facts *facts);

/* New: the comparison that comes before, alone. It deletes and records nothing. */
struct sink *pruner_rehearsal_new(const struct thread_facts *facts);

#endif
