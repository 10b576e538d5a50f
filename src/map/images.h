/*
 * What the images of an item refer to. A server may list an image without its
 * contents, or with an id or URL of its own: such an image is unproven. It
 * matches by its type and place, and proves nothing.
 */
#ifndef MAP_IMAGES_H
#define MAP_IMAGES_H

#include "files/digest.h"
#include "map/item.h"

#include <stddef.h>
#include <stdint.h>

struct images;

bool item_has_images(const struct item *item);

/* New, or NULL if the item has no image. scratch is cleared. */
struct images *images_of(const struct item *item, struct buf *scratch);

/* How many images of an item that was sent are unproven in a listed one; -1 if the items differ.
 * NULL is allowed: an item without images. */
int64_t images_unproven(const struct images *sent, const struct images *listed);

/* The same of two items, which may be equal. */
int64_t item_unproven(const struct item *sent, const struct item *listed, struct buf *scratch);

#endif
