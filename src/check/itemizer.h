/*
 * The itemizer: the sink that finds out which item each message became. It maps
 * the thread again, reads the conversation back and pairs the two in order.
 * Nothing of a thread is told unless its items are exactly the first ones of the
 * conversation, as many as are on record; what others have added after them is
 * their business.
 */
#ifndef CHECK_ITEMIZER_H
#define CHECK_ITEMIZER_H

#include "base/buf.h"
#include "checkpoint/checkpoint.h"
#include "source/sink.h"

#include <stdint.h>

enum { ITEM_UNKNOWN = -1 };

/* An item, or a message that gave none; borrowed. */
struct item_row {
    struct span thread_id;
    struct span message_id; /* "": the item of a run step */
    int64_t created;        /* of the message, seconds since 1970; or ITEM_UNKNOWN */
    struct span conversation_id;
    struct span item_id; /* "": the message gave no item */
    int64_t index;       /* of the item, from 0; or ITEM_UNKNOWN */
};

/* Adds a row to what is told of the thread. */
typedef void (*item_row_writer)(struct buf *out, const struct item_row *row);

/* New; wants ITEM_SKIPPED too. facts have a conversation. Fails as source_changed or conflict where
 * the two do not fit. */
struct sink *itemizer_new(struct span thread_id, const struct thread_facts *facts,
                          item_row_writer writer);

/* The rows, once it is done; borrowed. */
struct span itemizer_rows(const struct sink *sink);

#endif
