#include "write/listing.h"

#include "write/conversation.h"

#include <stdlib.h>

void listing_init(struct listing *listing, struct span conversation_id, const char *after)
{
    struct buf path;

    *listing = (struct listing){.count = 0};
    buf_init(&path, BUF_NO_LIMIT);
    conversation_path(&path, conversation_id, "/items?include[]=message.input_image.image_url&");
    cursor_init(&listing->cursor, &(struct cursor_options){.side = SIDE_DESTINATION,
                                                           .path = path.data,
                                                           .what = "items",
                                                           .after = after,
                                                           .page_size = CURSOR_LARGEST_LIMIT});
    arena_init(&listing->arena);
    buf_release(&path);
}

void listing_release(struct listing *listing)
{
    cursor_release(&listing->cursor);
    arena_release(&listing->arena);
    *listing = (struct listing){.count = 0};
}

bool listing_is_ready(const struct listing *listing)
{
    return listing->at < listing->count || listing->last;
}

void listing_call(struct listing *listing, struct call *call)
{
    cursor_call(&listing->cursor, call);
}

/* The cursor speaks of sources; here the same faults are the destination's. */
static void explain(const struct answer *answer, struct error *err)
{
    if (answer->kind == ANSWER_NO && answer->status == 404 && span_is(answer->param, "after"))
        error_set(err, ERROR_CONFLICT, "the last item that was written is no longer there");
    else if (answer->kind == ANSWER_NO)
        conversation_explain(err, answer);
    else if (err->code != ERROR_TOO_LARGE)
        err->code = ERROR_SERVER_ERROR;
}

static bool parse_page(struct listing *listing, struct error *err)
{
    const size_t count = listing->cursor.count;

    arena_reset(&listing->arena);
    listing->items = arena_alloc(&listing->arena, (count + 1) * sizeof *listing->items);
    listing->count = 0;
    listing->at = 0;
    for (size_t i = 0; i < count; i++) {
        if (!item_parse(&listing->items[i], listing->cursor.objects[i], &listing->arena, err))
            return false;
    }
    listing->count = count;
    listing->last = listing->cursor.last;
    return true;
}

bool listing_feed(struct listing *listing, const struct answer *answer, struct error *err)
{
    switch (cursor_feed(&listing->cursor, answer, err)) {
    case CURSOR_AGAIN:
        return true;
    case CURSOR_PAGE:
        return parse_page(listing, err);
    case CURSOR_FAILED:
        break;
    }
    explain(answer, err);
    return false;
}

const struct item *listing_peek(const struct listing *listing)
{
    return listing->at < listing->count ? &listing->items[listing->at] : NULL;
}

void listing_take(struct listing *listing)
{
    listing->at++;
}

void listing_drop_page(struct listing *listing)
{
    cursor_drop_page(&listing->cursor);
    arena_reset(&listing->arena);
    listing->items = NULL;
    listing->count = 0;
    listing->at = 0;
}
