#include "write/look.h"

#include "base/buf.h"
#include "base/mem.h"
#include "map/item.h"
#include "write/conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void look_init(struct look *look)
{
    *look = (struct look){0};
}

void look_release(struct look *look)
{
    listing_release(&look->listing);
    look_drop(look, look->count);
    free(look->items);
    look_init(look);
}

void look_begin(struct look *look, struct span conversation, const char *last, int64_t known)
{
    look_release(look);
    listing_init(&look->listing, conversation, last, known);
}

void look_show_images(struct look *look)
{
    listing_show_images(&look->listing);
}

void look_call(struct look *look, struct call *call)
{
    look->has_page = false;
    listing_call(&look->listing, call);
}

/* A page can be as large as a reply; what is kept of it is not. */
static void keep_items(struct look *look)
{
    const struct item *item = listing_peek(&look->listing);
    struct buf canonical;

    buf_init(&canonical, BUF_NO_LIMIT);
    look_drop(look, look->count);
    look->items = mem_resize(look->items, look->listing.count, sizeof *look->items);
    for (; item; item = listing_peek(&look->listing)) {
        struct listed *listed = &look->items[look->count++];

        buf_clear(&canonical);
        item_write_canonical(&canonical, item);
        listed->print = fingerprint_of(buf_span(&canonical));
        listed->images = images_of(item, &canonical);
        (void)snprintf(listed->id, sizeof listed->id, "%.*s", (int)item->id.len, item->id.data);
        listing_take(&look->listing);
    }
    look->more = !look->listing.last;
    listing_drop_page(&look->listing);
    buf_release(&canonical);
}

void look_drop(struct look *look, size_t count)
{
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        free(look->items[i].images);
    look->count -= count;
    memmove(look->items, look->items + count, look->count * sizeof *look->items);
}

bool look_take(struct look *look, const struct answer *answer, struct error *err)
{
    if (!listing_feed(&look->listing, answer, err))
        return false;
    if (!listing_is_ready(&look->listing))
        return true;
    keep_items(look);
    look->has_page = true;
    look->found += look->count;
    return true;
}
