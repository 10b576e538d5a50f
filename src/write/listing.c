#include "write/listing.h"

#include "base/mem.h"
#include "write/conversation.h"

#include <stdio.h>
#include <stdlib.h>

static void begin(struct listing *listing)
{
    struct buf path;

    buf_init(&path, BUF_NO_LIMIT);
    conversation_path(&path, span_of(listing->conversation),
                      listing->with_images ? "/items?include[]=message.input_image.image_url&"
                                           : "/items?");
    cursor_init(&listing->cursor, &(struct cursor_options){
                                      .side = SIDE_DESTINATION,
                                      .path = path.data,
                                      .what = "items",
                                      .shortens = true,
                                      .after = listing->passed[0] != '\0' ? listing->passed : NULL,
                                      .page_size = CURSOR_LARGEST_LIMIT});
    arena_init(&listing->arena);
    buf_release(&path);
}

void listing_init(struct listing *listing, struct span conversation_id, const char *last,
                  int64_t known)
{
    *listing = (struct listing){.known = known, .is_first = last[0] != '\0'};
    listing->conversation = mem_dup(conversation_id.data, conversation_id.len);
    (void)snprintf(listing->passed, sizeof listing->passed, "%s", last);
    begin(listing);
}

void listing_show_images(struct listing *listing)
{
    cursor_release(&listing->cursor);
    arena_release(&listing->arena);
    listing->items = NULL;
    listing->count = 0;
    listing->at = 0;
    listing->last = false;
    listing->is_first = listing->passed[0] != '\0';
    listing->with_images = true;
    begin(listing);
}

void listing_release(struct listing *listing)
{
    cursor_release(&listing->cursor);
    arena_release(&listing->arena);
    free(listing->conversation);
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

/* Passes what is known, if the server lists it again. One item too many among them is one whose
 * reply was lost, in a list that is not in the order of writing: to send it again would double it.
 */
static bool pass_known(struct listing *listing, struct error *err)
{
    size_t at = 0;

    listing->is_first = false;
    while (at < listing->count && !span_is(listing->items[at].id, listing->cursor.start))
        at++;
    if (at == listing->count)
        return true;
    /* `after` that includes its item is no list from the beginning. */
    if (at > 0 && (int64_t)at + 1 != listing->known) {
        error_set(err, ERROR_CONFLICT, "%s", CONVERSATION_NOT_OURS);
        return false;
    }
    listing->at = at + 1;
    return true;
}

bool listing_feed(struct listing *listing, const struct answer *answer, struct error *err)
{
    switch (cursor_feed(&listing->cursor, answer, err)) {
    case CURSOR_AGAIN:
        return true;
    case CURSOR_PAGE:
        return parse_page(listing, err) && (!listing->is_first || pass_known(listing, err));
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
    const struct span id = listing->items[listing->at++].id;

    (void)snprintf(listing->passed, sizeof listing->passed, "%.*s", (int)id.len, id.data);
    listing->known++;
}

void listing_drop_page(struct listing *listing)
{
    cursor_drop_page(&listing->cursor);
    arena_reset(&listing->arena);
    listing->items = NULL;
    listing->count = 0;
    listing->at = 0;
}
