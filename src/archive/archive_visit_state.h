/*
 * A visit (see archive_visit.h) as its parts share it: archive_visit.c walks
 * over the objects, archive_damage.c finds out whose damage is, archive_shape.c
 * says what the file is. It knows the file's place in the source, which of its
 * threads have no names yet, what kinds of objects were seen, and what was
 * damaged.
 */
#ifndef ARCHIVE_ARCHIVE_VISIT_STATE_H
#define ARCHIVE_ARCHIVE_VISIT_STATE_H

#include "archive/archive_index.h"
#include "archive/shape.h"
#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>

/* Messages that belong together as one list: a page, an array, the lines of a file. */
struct archive_group {
    enum order_form form;
    enum order_more more;
    uint32_t first_list; /* lists from here on are this group's */
    uint32_t nameless;   /* its thread for messages that name none, or ARCHIVE_NONE */
    uint32_t line;
};

/* One file being visited. */
struct archive_visit {
    struct archive_index *index;
    json_t *assistants; /* array that assistants are added to */
    struct archive_origin origin;
    void (*note)(void *ctx, const char *text);
    void *ctx;

    struct span text; /* the piece of the file that is being visited */
    uint64_t offset;  /* of text in the file */
    uint64_t broken;  /* bytes that were looked at in documents of text that are not whole */
    uint32_t line;    /* of `counted` */
    const char *counted;
    bool is_lines; /* the pieces are lines */
    bool is_torn;  /* the piece is the file's last line and has no line end */
    bool is_event; /* the piece is an event of a stream */

    uint32_t joined; /* so many bytes of the file are copied in text, joined; else 0 */

    struct archive_group lines; /* messages that stand in no list */
    uint32_t *nameless;         /* threads without names, in order */
    size_t nameless_count;
    size_t nameless_cap;
    uint32_t page_nameless;    /* nameless thread whose pages go on, or ARCHIVE_NONE */
    uint32_t page_list;        /* the list of the last page, or ARCHIVE_NONE */
    uint32_t page_line;        /* where the last page begins */
    enum order_more page_more; /* what it says of its end */

    uint32_t last_thread; /* of the line before, or ARCHIVE_NONE */
    uint32_t lost_line;   /* first damaged line that no thread was found for yet, or 0 */
    uint32_t lost_count;
    uint32_t damaged;         /* how many pieces were damaged */
    uint32_t damage_nameless; /* thread that stands for lost lines, or ARCHIVE_NONE */

    uint32_t seen[CLASSES];
    uint32_t seen_pages_empty;
    uint32_t seen_arrays;
    uint32_t seen_flat; /* messages with a plain "text" */
    bool seen_camel;
    struct buf scratch;
};

void archive_visit_init(struct archive_visit *visit, struct archive_index *index,
                        struct archive_origin origin);
void archive_visit_release(struct archive_visit *visit);

/* The thread a raw id names; ARCHIVE_NONE where it is none. */
uint32_t archive_visit_thread(struct archive_visit *visit, struct span raw_id);

/* A new nameless thread of this file. */
uint32_t archive_visit_nameless(struct archive_visit *visit);

#endif
