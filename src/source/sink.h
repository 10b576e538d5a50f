/*
 * A sink: what becomes of a thread's mapped items. One for each thread in
 * work; the kinds are the writer, the differ, the verifier, the printer and
 * the counter. A dry run is another sink, not another branch: it cannot write
 * because it holds no writer.
 *
 * Calls, in order:
 *
 *     sink->ops->next(sink, &wish)
 *         WISH_MORE           -> sink->ops->item(sink, item), or item(sink, NULL) at the end
 *         WISH_SEND           -> sink->ops->feed(sink, &answer)
 *         WISH_SLEEP, _WAIT, _SYNC  -> next() again when the time has come
 *         WISH_DONE           -> the outcome is set
 *         WISH_FAIL           -> sink_fail(sink, &error), then the outcome is set
 *     A reader that fails comes to sink_fail() too.
 *
 * An item is borrowed until the sink wishes for more.
 */
#ifndef SOURCE_SINK_H
#define SOURCE_SINK_H

#include "map/item.h"
#include "net/wish.h"
#include "source/reader.h"

#include <stdbool.h>
#include <stdint.h>

/* How a thread ended in this run. */
enum outcome_kind {
    OUTCOME_DONE,
    OUTCOME_ALREADY_DONE, /* nothing had to be done */
    OUTCOME_TOPPED_UP,
    OUTCOME_FAILED,
    OUTCOME_UNCERTAIN,
    OUTCOME_KINDS
};

struct outcome {
    enum outcome_kind kind;
    int64_t items;        /* written, or that would be */
    struct losses losses; /* of these, of messages without an item before them and after the last
                             of all, and of the thread if its conversation is new */
    struct error error;   /* OUTCOME_FAILED */
};

struct sink;

struct sink_ops {
    void (*next)(struct sink *sink, struct wish *wish);
    /* NULL if next() never wishes for WISH_MORE. */
    void (*item)(struct sink *sink, const struct item *item);
    /* NULL if it never wishes for WISH_SEND. */
    void (*feed)(struct sink *sink, const struct answer *answer);
    /* The run ends, and the call that was wished for last has had no effect and will never be sent.
     * NULL if that makes no difference. */
    void (*unsent)(struct sink *sink);
    /* About how many bytes it holds; NULL: few. */
    size_t (*weight)(const struct sink *sink);
    /* The outcome says so already. NULL if there is nothing else to do. */
    void (*fail)(struct sink *sink, const struct error *error);
    void (*free)(struct sink *sink);
};

/* First member of every implementation. */
struct sink {
    const struct sink_ops *ops;
    struct reader *reader; /* borrowed: metadata and losses; NULL until the job is whole */
    struct outcome outcome;
};

/* The thread has failed: sets the outcome, and tells the sink if it wants to know. */
static inline void sink_fail(struct sink *sink, const struct error *error)
{
    sink->outcome.kind = OUTCOME_FAILED;
    sink->outcome.error = *error;
    if (sink->ops->fail)
        sink->ops->fail(sink, error);
}

#endif
