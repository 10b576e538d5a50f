/*
 * The last stage of the archive reader: records to a thread.
 *
 * Takes the messages of one thread, in the lists in which they were found, and
 * puts them into one order, oldest first: lists that run newest first are
 * turned, pages follow each other by time, what is there twice is dropped. Says
 * what was guessed, what contradicts itself, and whether the end is missing.
 */
#ifndef ARCHIVE_ARRANGE_H
#define ARCHIVE_ARRANGE_H

#include "archive/walk.h"
#include "base/error.h"
#include "base/span.h"
#include "map/losses.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What became of a message that is not in the result. */
enum arrange_fate {
    FATE_TAKEN,
    FATE_STATE, /* an earlier state of a message that is: no place of its own */
    FATE_DUPLICATE,
};

struct arrange_message {
    json_t *object;  /* borrowed */
    struct span raw; /* borrowed, like from */
    struct span from;
    int64_t ms;
    bool is_timed;
    bool is_unclear; /* it has a time that cannot be read: 1/2/2026 */
    bool is_delta;
    bool is_api;  /* an object of the API: see record_is_api() */
    uint8_t fate; /* enum arrange_fate; filled in */
    uint32_t file;
    uint32_t line;
    uint32_t end_line; /* where a row ends; 0: unknown, or not a row */
    uint32_t at;       /* the caller's number; filled in */
};

/* How the times of a list run, as it is in its file. */
enum arrange_course { COURSE_NONE, COURSE_CONSTANT, COURSE_UP, COURSE_DOWN, COURSE_MIXED };

struct arrange_list {
    struct arrange_message *messages; /* a piece of the whole array; turned in place */
    size_t count;
    enum list_form form;
    enum list_more more;
    size_t place; /* rank by file name and place in the file */
    uint32_t file;
    uint32_t line;
    enum arrange_course course; /* these are filled in while arranging */
    int64_t least_ms;
    int64_t most_ms;
};

struct arrange_result {
    struct arrange_message *messages; /* new; free() */
    size_t count;
    struct losses losses;  /* duplicate_message, order_guessed */
    bool is_truncated;     /* a page says that more follows, and nothing does */
    size_t truncated_list; /* and which, by its place */
    bool has_clash;        /* two messages claim one id, or two lists one thread */
    size_t clash_list[2];
    const char *clash; /* static */
};

/*
 * Arranges the lists, which are in the order of their places; both arrays are worked in, and the
 * fates of all messages are filled in. After a clash the result has no messages.
 */
void arrange_thread(struct arrange_result *result, struct arrange_list *lists, size_t count);

/* Sorts objects (runs, run steps) oldest first, stably, by created_at. Their bytes move along. */
void arrange_by_time(json_t **objects, struct span *raw, struct span *from, size_t count);

/* Puts a stream's deltas together: the message as far as it goes, which is incomplete. base is its
 * last state, or NULL. New. */
json_t *arrange_join_deltas(const json_t *base, json_t *const *deltas, size_t count);

/* ---- talk.c ---- */

/* Where a second talk seems to begin, and why. */
struct talk_sign {
    size_t at;
    const char *why; /* static; NULL: nowhere */
};

/*
 * Messages that name no thread are one thread only if nothing shows that they are several talks:
 * what is to be seen from one message alone is the shelf's (nameless.c), what is to be seen from
 * their order is here. Looks at the messages of one list, in the order of their file.
 */
struct talk_sign talk_look(const struct arrange_message *messages, size_t count);

/* True if by its times a page cannot be what follows the page before it. */
bool talk_breaks(const struct arrange_list *before, const struct arrange_list *page);

#endif
