/*
 * What the server holds, seen from outside the program: every thread with its
 * messages, every conversation with its items, and how the one relates to the
 * other. A conversation says itself which thread it was made for (metadata).
 */
#ifndef SIMULATE_PICTURE_H
#define SIMULATE_PICTURE_H

#include "base/buf.h"
#include "simulate/files/carried.h"
#include "simulate/script.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Texts of items that people add begin so. */
#define PICTURE_FOREIGN "somebody: "

enum { PICTURE_NOBODY = -1, PICTURE_ID_SIZE = 64 };

struct picture_text {
    const char *role;
    const char *text;
    const json_t *whole; /* the message or item */
};

struct picture_thread {
    json_t *object; /* the texts are borrowed from it */
    bool is_deleted;
    struct picture_text *messages; /* oldest first, also of a deleted one */
    size_t count;
};

struct picture_conversation {
    char id[PICTURE_ID_SIZE];
    int thread; /* that it was made for, or PICTURE_NOBODY */
    bool is_deleted;
    size_t ours;            /* items that came from a thread */
    size_t foreign;         /* items that people added */
    bool is_in_order;       /* ours are messages of its thread, in their order, each once */
    bool is_in_pairs;       /* the same, but for the order of messages of one second */
    bool has_no_gap;        /* and the first ones of them, without one left out */
    bool is_continued;      /* something of ours follows something of somebody's */
    struct carried carried; /* its files, up to the first gap */
};

struct picture {
    struct picture_thread threads[SCRIPT_THREADS + 1];
    size_t thread_count;
    struct picture_conversation *conversations; /* in the order of their creation, for ever */
    size_t count;
};

/* Looks at the world of world.h. */
void picture_take(struct picture *picture);
void picture_release(struct picture *picture);

/* Number of the thread that the id names, or PICTURE_NOBODY. */
int picture_thread_number(const char *id);
void picture_thread_id(size_t number, char id[PICTURE_ID_SIZE]);

/* A live conversation that holds the whole thread; NULL where there is none. */
const struct picture_conversation *picture_copy_of(const struct picture *picture, size_t thread);

/* The newest live conversation of a thread that is not empty, else the newest live one; or NULL. */
const struct picture_conversation *picture_newest_of(const struct picture *picture, size_t thread);

/* A line: each thread with what there is of it. */
void picture_tell(const struct picture *picture, struct buf *out);

#endif
