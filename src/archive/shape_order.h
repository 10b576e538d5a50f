/*
 * The order of a thread's messages as an archive holds them: in lists (a page,
 * an array, a file's lines) that may run oldest or newest first, may follow
 * each other in any order of files, and may overlap.
 *
 * order_arrange() puts the messages into one order, oldest first, drops what is
 * there twice, and says what was guessed and whether the end is missing.
 */
#ifndef ARCHIVE_SHAPE_ORDER_H
#define ARCHIVE_SHAPE_ORDER_H

#include "base/span.h"
#include "map/losses.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What kind of list it is: decides what its end proves and how it may be turned. */
enum order_form {
    ORDER_LINES,   /* messages one after the other; the file says nothing of an end */
    ORDER_PAGE,    /* a list page */
    ORDER_ARRAY,   /* an array of messages */
    ORDER_ARCHIVE, /* our own archive: written in the server's order, which is kept */
};

enum order_more { ORDER_MORE_ABSENT, ORDER_MORE_NO, ORDER_MORE_YES };

struct order_message {
    json_t *object;  /* borrowed */
    struct span raw; /* borrowed */
    int64_t ms;
    bool is_timed;
    bool is_event;     /* a later event of the same message takes its place */
    bool is_duplicate; /* found while arranging */
};

struct order_list {
    struct order_message *messages; /* a piece of the whole array; turned in place */
    size_t count;
    enum order_form form;
    enum order_more more;
    size_t place;     /* rank by file name and place in the file */
    int64_t least_ms; /* filled in while arranging */
    int64_t most_ms;
};

struct order_result {
    struct order_message *messages; /* new; free() */
    size_t count;
    struct losses losses;   /* duplicate_message, order_guessed */
    bool is_truncated;      /* a page says that more follows, and nothing does */
    size_t truncated_place; /* that list's place */
};

/* Arranges the lists, which stand in the order of their places; both arrays are worked in. */
void order_arrange(struct order_result *result, struct order_list *lists, size_t count);

/* Sorts objects (runs, run steps) oldest first, stably, by created_at. raw moves along. */
void order_by_time(json_t **objects, struct span *raw, size_t count);

#endif
