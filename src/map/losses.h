/*
 * What is lost when messages become items, counted by kind. A loss that is
 * shown in a diff also carries a detail in our own words.
 */
#ifndef MAP_LOSSES_H
#define MAP_LOSSES_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Sorted by name, which makes every listing sorted. */
enum loss_kind {
    LOSS_ACTIVE_RUN,
    LOSS_ANNOTATION,
    LOSS_ASSISTANT_IMAGE,
    LOSS_ATTACHMENT,
    LOSS_DUPLICATE_MESSAGE,
    LOSS_EMPTY_IMAGE,
    LOSS_EMPTY_MESSAGE,
    LOSS_EMPTY_TEXT,
    LOSS_IMAGE_FILE,
    LOSS_INCOMPLETE,
    LOSS_INVALID_TEXT,
    LOSS_MESSAGE_METADATA,
    LOSS_METADATA,
    LOSS_ORDER_GUESSED,
    LOSS_PROVENANCE,
    LOSS_TOOL_CALL,
    LOSS_TOOL_RESOURCES,
    LOSS_TRUNCATED,
    LOSS_UNKNOWN,
    LOSS_KINDS
};

struct losses {
    int64_t count[LOSS_KINDS];
};

/* One loss where it happens; lives in the arena of the items it belongs to. */
struct loss {
    struct loss *next;
    enum loss_kind kind;
    const char *detail; /* our own words and ids, never content; may hold hostile ids */
};

/* The name in JSON and text output ("assistant_image"). */
const char *loss_name(enum loss_kind kind);

/* What the kind means for a reader of the diff, one short clause. */
const char *loss_meaning(enum loss_kind kind);

void losses_add(struct losses *sum, const struct losses *more);

/* What came between two counts of the same thread. */
struct losses losses_between(const struct losses *before, const struct losses *after);
int64_t losses_total(const struct losses *losses);

/* {"kind":count,…} of the kinds that occurred, sorted by name. */
void losses_write_json(struct buf *out, const struct losses *losses);

#endif
