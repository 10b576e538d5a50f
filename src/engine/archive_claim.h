/*
 * Whether what claims one thread id is one thread. The same thread may be there
 * more than once: exported twice, or spread over files. But two threads that
 * only share an id must not be mixed.
 */
#ifndef ENGINE_ARCHIVE_CLAIM_H
#define ENGINE_ARCHIVE_CLAIM_H

#include "api/shape_order.h"

#include <jansson.h>
#include <stdbool.h>

/* True where two thread objects do not contradict each other: what both say is the same. */
bool archive_claim_same_thread(const json_t *a, const json_t *b);

/*
 * True where two lists that each hold a whole thread hold the same one: the shorter has no message
 * that the longer has not. Messages without ids are compared by their place and content.
 */
bool archive_claim_same_list(const struct order_list *a, const struct order_list *b);

#endif
