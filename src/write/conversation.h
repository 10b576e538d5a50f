/*
 * A conversation as its endpoint: paths, the question for its newest item, and
 * the words for what can be wrong with it. Everybody who reads or writes one
 * shares them, so that they say the same of the same thing.
 */
#ifndef WRITE_CONVERSATION_H
#define WRITE_CONVERSATION_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "net/wish.h"

#include <stdbool.h>

/* ERROR_CONFLICT: an item is there, or its order, that is not ours. */
extern const char CONVERSATION_NOT_OURS[];
/* ERROR_CONFLICT: the last item on record is not in its place. */
extern const char CONVERSATION_DISORDERED[];
/* ERROR_CONFLICT: the newest item is not the one that was written last. */
extern const char CONVERSATION_MOVED_ON[];

/* Makes path that of the conversation (of all of them, if id is empty), with rest after it:
 * "", "/items", "/items?limit=10". */
void conversation_path(struct buf *path, struct span id, const char *rest);

/* Makes path that of one of its items. */
void conversation_item_path(struct buf *path, struct span id, struct span item);

/* Asks for the newest item. The call borrows the path. */
void conversation_tip_call(struct call *call, struct buf *path, struct span id);

/* Takes the answer to that. tip is borrowed from the answer, and empty if the conversation holds
 * nothing. Fails as conversation_explain() says, or with ERROR_SERVER_ERROR if the item has no
 * usable id. */
bool conversation_tip(struct span *tip, const struct answer *answer, struct error *err);

/* Why its items were not listed: ERROR_GONE, ERROR_FORBIDDEN or ERROR_SERVER_ERROR, which also
 * covers an ANSWER_YES that is not a list. */
void conversation_explain(struct error *err, const struct answer *answer);

#endif
