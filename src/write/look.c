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
    free(look->last);
    free(look->items);
    look_init(look);
}

void look_begin(struct look *look, struct span conversation, const char *last, int64_t known)
{
    look_release(look);
    look->last = last[0] != '\0' ? mem_strdup(last) : NULL;
    look->known = known;
    listing_init(&look->listing, conversation, look->last);
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
    look->items = mem_resize(look->items, look->listing.count, sizeof *look->items);
    look->count = 0;
    for (; item; item = listing_peek(&look->listing)) {
        struct listed *listed = &look->items[look->count++];

        buf_clear(&canonical);
        item_write_canonical(&canonical, item);
        listed->print = fingerprint_of(buf_span(&canonical));
        (void)snprintf(listed->id, sizeof listed->id, "%.*s", (int)item->id.len, item->id.data);
        listing_take(&look->listing);
    }
    look->more = !look->listing.last;
    listing_drop_page(&look->listing);
    buf_release(&canonical);
}

void look_drop(struct look *look, size_t count)
{
    look->count -= count;
    memmove(look->items, look->items + count, look->count * sizeof *look->items);
}

/* Drops what is known, where the server lists it again. One item too many among them is one whose
 * reply was lost, in a list that is not in the order of writing: to send it again would double it.
 */
static bool pass_known(struct look *look, struct error *err)
{
    size_t at = 0;

    if (!look->last || look->begun)
        return true;
    while (at < look->count && strcmp(look->items[at].id, look->last) != 0)
        at++;
    if (at == look->count)
        return true;
    /* `after` that includes its item is no list from the beginning. */
    if (at > 0 && (int64_t)at + 1 != look->known) {
        error_set(err, ERROR_CONFLICT, "%s", CONVERSATION_NOT_OURS);
        return false;
    }
    look_drop(look, at + 1);
    return true;
}

bool look_take(struct look *look, const struct answer *answer, struct error *err)
{
    if (!listing_feed(&look->listing, answer, err))
        return false;
    if (!listing_is_ready(&look->listing))
        return true;
    keep_items(look);
    if (!pass_known(look, err))
        return false;
    look->begun = true;
    look->has_page = true;
    look->found += look->count;
    return true;
}
