/*
 * What is lost when messages become items, counted by kind. A loss that is
 * shown in a diff also carries a detail in our own words.
 */
#ifndef MAP_LOSSES_H
#define MAP_LOSSES_H

#include "base/buf.h"

#include <stdbool.h>
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

/* One loss, where it happens; lives in the arena of the items it belongs to. */
struct loss {
    struct loss *next;
    enum loss_kind kind;
    const char *detail; /* our own words and ids, never content; may hold hostile ids */
};

/* One row a kind. */
struct loss_row {
    const char *name;    /* in JSON and text ("assistant_image") */
    const char *meaning; /* for a reader of the diff, one short clause */
    const char *key;     /* the setting of the section `mapping` that changes it; NULL: none does */
    bool is_note;        /* nothing is lost: it is only worth knowing */
    bool is_harmless;    /* the source thread may be deleted anyway */
    bool of_reading;     /* found when the file was read; our archives keep it */
};

extern const struct loss_row LOSS_ROWS[LOSS_KINDS];

const char *loss_name(enum loss_kind kind);

void losses_add(struct losses *sum, const struct losses *more);

/* What came between two counts of the same thread. */
struct losses losses_between(const struct losses *before, const struct losses *after);
int64_t losses_total(const struct losses *losses);

/* "attachment (2), metadata (1)"; false if there are none. Without the harmless ones if wanted. */
bool losses_write_text(struct buf *out, const struct losses *losses, bool with_harmless);

/* {"kind":count,…} of the kinds that occurred, sorted by name. */
void losses_write_json(struct buf *out, const struct losses *losses);

#endif
