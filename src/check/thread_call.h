/*
 * A thread at its live source, as those ask for it who are about to delete
 * something: the call, and what the answer to a GET says.
 */
#ifndef CHECK_THREAD_CALL_H
#define CHECK_THREAD_CALL_H

#include "base/buf.h"
#include "net/wish.h"

#include <stdbool.h>

/* Wishes for the thread, or for what `rest` names below it ("/messages"). The call borrows path. */
void thread_call(struct buf *path, struct wish *wish, enum call_method method,
                 const char *thread_id, const char *rest);

/* What a GET of the thread says; err is set unless it is there or gone. */
enum presence thread_presence(const struct answer *answer, const char *thread_id,
                              struct error *err);

/* In words that only the Assistants API has for a thread that is not there. */
bool thread_is_named_missing(const struct answer *answer);

#endif
