/*
 * Whether what claims one thread id is one thread. The same thread may be there
 * more than once: exported twice, or spread over files. But two threads that
 * only share an id must not be mixed.
 */
#ifndef ARCHIVE_ARCHIVE_CLAIM_H
#define ARCHIVE_ARCHIVE_CLAIM_H

#include "archive/shape_order.h"
#include "base/strmap.h"

#include <jansson.h>
#include <stdbool.h>

/* True where two thread objects do not contradict each other: what both say is the same. Costs what
 * the smaller one does. */
bool archive_claim_same_thread(const json_t *a, const json_t *b);

/* A list that holds a whole thread; others are held against it, at the cost of the other alone. */
struct archive_claim {
    struct order_list *list; /* borrowed */
    struct strmap ids;
};

void archive_claim_init(struct archive_claim *claim, struct order_list *list);
void archive_claim_release(struct archive_claim *claim);

/*
 * True where another list that holds a whole thread holds the same one: the shorter has no message
 * that the longer has not. Messages without ids are compared by their place and content.
 */
bool archive_claim_same_list(const struct archive_claim *claim, const struct order_list *other);

#endif
