/*
 * The objects of one thread and of one kind, in order, each with the bytes that
 * stand for it in an archive of ours.
 */
#ifndef ARCHIVE_OBJECTS_H
#define ARCHIVE_OBJECTS_H

#include "base/span.h"

#include <jansson.h>
#include <stddef.h>

/* The bytes of an object, and of what it was made of; .data == NULL where there are none. */
struct object_bytes {
    struct span raw;
    struct span from;
};

/* raw[i], from[i] are as in struct page, only where they are kept. */
struct objects {
    json_t **items;   /* borrowed from an array that keeps them */
    struct span *raw; /* borrowed, like from */
    struct span *from;
    size_t count;
    size_t cap;
};

void objects_release(struct objects *objects);

/* Adds an object (steals a reference, for the array `owned`). */
void objects_add(struct objects *objects, json_t *owned, json_t *object, struct object_bytes bytes);

/* Drops copies, by their ids: the first stays where it is, but gives way while it was not finished.
 */
void objects_drop_copies(struct objects *objects);

/* Oldest first, by created_at. */
void objects_sort(struct objects *objects);

/* Groups steps by their runs, each group in the order they have. */
void objects_group(struct objects *steps);

/* The steps of one run, after objects_group(): where they begin, and how many there are. */
size_t objects_of_run(const struct objects *steps, struct span run_id, size_t *count);

#endif
