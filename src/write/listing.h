/*
 * Reading a conversation back, page by page, from its first item on or after
 * one that is known. Speaks calls and answers, does no I/O; cursor.h says what is
 * believed of the server.
 *
 *     while (!listing_is_ready(l)) { listing_call() -> listing_feed() }
 *     item = listing_peek(l)    NULL: the conversation has no more
 *     listing_take(l)
 */
#ifndef WRITE_LISTING_H
#define WRITE_LISTING_H

#include "map/item.h"
#include "net/wish.h"
#include "source/cursor.h"

#include <stdbool.h>
#include <stddef.h>

struct listing {
    struct cursor cursor;
    struct arena arena; /* of the page's items */
    struct item *items; /* the page; its texts are borrowed from the cursor */
    size_t count;
    size_t at;
    bool last;          /* no page follows */
    char *conversation; /* owned */
    char passed[257];   /* id of the last item that was passed, or known from the beginning */
    int64_t known;      /* how many items come before the list, with it */
    bool is_first;      /* no page was taken yet, and some are known */
    bool with_images;   /* the contents of images are asked for */
};

/*
 * last: the id of the last item that is known, after which the list begins; "": all of it. `known`
 * items are, with it. If the server ignores `after`, only what follows the last known item counts,
 * and as many must be listed before it as are known.
 */
void listing_init(struct listing *listing, struct span conversation_id, const char *last,
                  int64_t known);

/* From the next item on, images are listed with their contents. What is in hand is asked for again:
 * for those who have just learned that an item has an image. */
void listing_show_images(struct listing *listing);

/* A zeroed or released listing is allowed. */
void listing_release(struct listing *listing);

/* True if listing_peek() can say what comes next. */
bool listing_is_ready(const struct listing *listing);

void listing_call(struct listing *listing, struct call *call);

/*
 * Takes the answer. Fails with ERROR_GONE if there is no such conversation, ERROR_CONFLICT if
 * the last known item is not there or not in its place, ERROR_FORBIDDEN, ERROR_TOO_LARGE or
 * ERROR_SERVER_ERROR.
 */
bool listing_feed(struct listing *listing, const struct answer *answer, struct error *err);

/* The next item, or NULL at the end; borrowed until the next call of listing_feed(). */
const struct item *listing_peek(const struct listing *listing);

/* Passes it. */
void listing_take(struct listing *listing);

/* Gives the page back once all of its items were passed: it can be large. */
void listing_drop_page(struct listing *listing);

#endif
