/*
 * What differs between two sequences of items: those that should be there and
 * those that are. The sequences are given as traces, which hold of an item only
 * what shows whether and how it differs, so that two long conversations can
 * be compared without keeping their texts.
 */
#ifndef CHECK_ALIGN_H
#define CHECK_ALIGN_H

#include "files/digest.h"
#include "map/item.h"

#include <stddef.h>
#include <stdint.h>

enum difference_kind {
    DIFFERS_MISSING, /* an item is not there */
    DIFFERS_EXTRA,   /* an item is there that should not be */
    DIFFERS_MOVED,   /* it is there, in another place */
    DIFFERS_ROLE,
    DIFFERS_TYPE, /* of the item, or of its parts */
    DIFFERS_TEXT,
    DIFFERS_IMAGE, /* or another file */
    DIFFERS_REFUSAL,
    DIFFERS_CALL,     /* a field of a function call or its output */
    DIFFERS_METADATA, /* of the conversation: a pair that the mapping gives */
    DIFFERENCE_KINDS
};

/* index counts from 0 in what should be there; for DIFFERS_EXTRA in what is there. */
struct difference {
    int64_t index;
    enum difference_kind kind;
};

struct differences {
    struct difference *all; /* owned; sorted by index */
    size_t count;
    size_t cap;
};

const char *difference_name(enum difference_kind kind);

void differences_add(struct differences *differences, int64_t index, enum difference_kind kind);
void differences_release(struct differences *differences);

struct trace {
    struct fingerprint print; /* of the whole item */
    enum item_type type;
    enum item_role role;
    uint64_t shape; /* hash of the types of its parts */
    uint64_t images;
    uint64_t refusals;
    uint64_t texts; /* of everything else that is said */
    bool used;      /* by align() */
};

struct traces {
    struct trace *all; /* owned */
    size_t count;
    size_t cap;
};

void traces_add(struct traces *traces, const struct item *item);
void traces_release(struct traces *traces);

/*
 * Adds the differences of two sequences that both begin at index `first`. An item that is in both,
 * in different places, has moved; one in the place of another differs in what
 * difference_kind says; the rest is missing or extra.
 */
void align(struct differences *out, struct traces *should, struct traces *is, int64_t first);

#endif
