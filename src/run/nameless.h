/*
 * Threads that are named after their files. Such a name says where a
 * thread was, not which it is: a file in which something was put in front gives
 * it to another. So a nameless thread is known by its content. Before it counts
 * as done, its first items are held against the digest on record.
 */
#ifndef RUN_NAMELESS_H
#define RUN_NAMELESS_H

#include "checkpoint/checkpoint.h"
#include "run/context.h"

#include <stdbool.h>

/*
 * False with ERROR_SOURCE_CHANGED if the thread is named after its file and does not begin with the
 * items that are on record for that name. True for every other thread, and for one that has grown.
 */
bool nameless_is_same(const struct context *context, struct span thread_id,
                      const struct thread_facts *facts, struct error *err);

#endif
