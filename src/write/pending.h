/*
 * Items that wait to be written or compared: a queue of their serialised
 * forms. The first ones make the next batch; a batch is cut at a number of
 * items or bytes, whichever comes first, and an item that is larger than that
 * travels alone. Contents of files count
 * as what they are on the way, and are nowhere here.
 */
#ifndef WRITE_PENDING_H
#define WRITE_PENDING_H

#include "base/buf.h"
#include "files/body.h"
#include "files/digest.h"
#include "map/images.h"
#include "map/item.h"

#include <stdbool.h>
#include <stddef.h>

struct pending {
    struct buf request;   /* request forms, one after the other */
    struct holes holes;   /* in them */
    struct buf canonical; /* canonical forms likewise */
    struct pending_item *items;
    size_t count;
    size_t cap;
    size_t max_items;
    size_t max_bytes;
    struct buf scratch;
    struct losses taken; /* up to the last item that was dropped */
};

void pending_init(struct pending *pending, size_t max_items, size_t max_bytes);
void pending_release(struct pending *pending);

/* Copies what is needed of the item. taken is what was lost up to it (reader_taken()). */
void pending_add(struct pending *pending, const struct item *item, const struct losses *taken);

/* How many items the next batch has. */
size_t pending_batch(const struct pending *pending);

/* True when more items cannot make the next batch larger and it is known what follows it. */
bool pending_is_full(const struct pending *pending);

/* Adds the first count items as JSON array elements. */
void pending_write(const struct pending *pending, size_t count, struct buf *out,
                   struct holes *holes);

/* Removes the first count items; they are added to digest, and what was lost up to the last of them
 * is in taken. */
void pending_drop(struct pending *pending, size_t count, struct digest *digest);

/* Is a listed item the pending one, as far as its images can prove it? Of one item after the other:
 * from index 0 on, with an offset that begins at 0. */
bool pending_matches(const struct pending *pending, size_t index, size_t *offset,
                     const struct fingerprint *print, const struct images *images);

/* Has one of the first count items an image? */
bool pending_has_images(const struct pending *pending, size_t count);

/* About how many bytes it holds. */
size_t pending_weight(const struct pending *pending);

/* What some destinations refuse, if one of count items from `first` on has it, and the setting that
 * helps, as the end of a sentence; else "". */
const char *pending_remedy(const struct pending *pending, size_t first, size_t count);

/* Has one of them contents of files? */
bool pending_carries(const struct pending *pending, size_t first, size_t count);

/* The source id of an item, made short. */
const char *pending_source_id(const struct pending *pending, size_t index);

#endif
