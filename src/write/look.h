/*
 * Looking before appending: what does the conversation hold behind the last
 * item that we know of? One page of that list, as fingerprints and ids.
 */
#ifndef WRITE_LOOK_H
#define WRITE_LOOK_H

#include "map/digest.h"
#include "net/wish.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct listed {
    struct fingerprint print;
    char id[257];
};

struct look {
    char *path; /* of the call in hand; owned */
    struct listed *items;
    size_t count;
    bool more; /* another page follows */
};

/* Where to look from. */
struct look_from {
    const char *conversation;
    const char *last; /* "" where unknown: from the beginning */
    int64_t items;    /* how many are known, with the last one */
};

void look_init(struct look *look);
void look_release(struct look *look);

void look_call(struct look *look, const struct look_from *from, struct call *call);

/*
 * Takes the answer. Where the server ignored `after`, only what follows the last known item is
 * kept, and as many must stand before it as are known. Fails with ERROR_GONE, ERROR_CONFLICT (a
 * known item is not there, or an unknown one is among them) or ERROR_SERVER_ERROR (not a list that
 * can be followed).
 */
bool look_take(struct look *look, const struct look_from *from, const struct answer *answer,
               struct error *err);

/* Drops the first items of the page. */
void look_drop(struct look *look, size_t count);

#endif
