/*
 * Looking before appending: what does the conversation hold after the last
 * item that we know of? A walk over that list (listing.h), a page at a time, of
 * which fingerprints and ids alone are kept.
 *
 *     look_begin()
 *     do { look_call() -> look_take() } while no page is there
 *     items, count, more
 */
#ifndef WRITE_LOOK_H
#define WRITE_LOOK_H

#include "files/digest.h"
#include "map/images.h"
#include "net/wish.h"
#include "write/listing.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct listed {
    struct fingerprint print;
    struct images *images; /* owned, or NULL */
    char id[257];
};

struct look {
    struct listing listing;
    bool has_page; /* since the newest call */
    struct listed *items;
    size_t count;
    size_t found; /* items of all pages that were new */
    bool more;    /* another page follows */
};

void look_init(struct look *look);
void look_release(struct look *look);

/* Begins again; see listing_init(). */
void look_begin(struct look *look, struct span conversation, const char *last, int64_t known);

/* Before its first call: with the contents of images. */
void look_show_images(struct look *look);

void look_call(struct look *look, struct call *call);

/*
 * Takes the answer; has_page says whether a page came of it, or another call is to be made.
 * Fails as listing_feed().
 */
bool look_take(struct look *look, const struct answer *answer, struct error *err);

/* Drops the first items of the page. */
void look_drop(struct look *look, size_t count);

#endif
