/*
 * The objects of one thread and of one kind, in order, each with the bytes that
 * stand for it in an archive of ours.
 */
#ifndef ARCHIVE_OBJECTS_H
#define ARCHIVE_OBJECTS_H

#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>
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

/* True if what two thread objects say contradicts itself, and they are not states of one: those
 * were made at the same time. */
bool objects_contradict(json_t *a, json_t *b);

/* Brings two states of a thread object together in the first; returns whether the second counts. */
bool objects_merge(json_t *old, json_t *thread, bool replaces);

/* Oldest first, by created_at. */
void objects_sort(struct objects *objects);

/* Groups steps by their runs, each group in the order they have. */
void objects_group(struct objects *steps);

/* The steps of one run, after objects_group(): where they begin, and how many there are. */
size_t objects_of_run(const struct objects *steps, struct span run_id, size_t *count);

#endif
