/*
 * The list protocol: asks for one list page by page, oldest first, and does
 * not trust the server. It never loops, never takes a part for the whole and
 * never sorts by time; what it cannot be sure of fails by name.
 *
 *   - a page without has_more, an empty page with has_more:true, or a page
 *     without a new id is a fault, not an end
 *   - an empty page with has_more:false is an end
 *   - a full page with has_more:false is checked once more; if the
 *     server cannot answer, the first page is read again with the largest limit
 *     and counts as the whole only if it is shorter than that
 *   - a shorter first page with has_more:false is checked if the server may
 *     cap its pages (doubts_end) and the size is one of the usual caps; a refusal,
 *     nothing or nothing new after it means that the page was the whole
 *   - a first page that runs newest first is reversed if it is the whole list
 *   - an object that was listed before is dropped and counted; another one under the
 *     same id is a fault
 *   - a page that is too large to be read is asked for again in half the size, down
 *     to one object; the pages after it grow again by and by, unless they are large
 *   - a page of more objects than were asked for is taken: servers that ignore
 *     the limit are seen, and what a page costs grows with its length alone
 */
#ifndef SOURCE_CURSOR_H
#define SOURCE_CURSOR_H

#include "map/losses.h"
#include "net/wish.h"
#include "source/idset.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { CURSOR_LARGEST_LIMIT = 100 };

enum cursor_state {
    CURSOR_LIST,      /* ordinary pages */
    CURSOR_PROBE,     /* is there really nothing after a full page? */
    CURSOR_PROBE_CAP, /* was the first page cut at a limit of the server's own? */
    CURSOR_REREAD,    /* the first page again, as large as can be */
    CURSOR_END,
};

struct cursor_options {
    enum side side;
    const char *path;  /* with everything in front of the paging: "/threads/t/messages?"; copied */
    const char *what;  /* for errors: "messages"; borrowed */
    const char *after; /* id after which the list begins; copied; NULL: all of it */
    int64_t page_size; /* 1..100 */
    bool ordered_by_time; /* created_at shows whether a page runs newest first */
    bool order_matters;   /* and objects that run neither way are a fault */
    bool doubts_end;      /* has_more:false of a page of a usual cap is checked */
    bool keep_raw;
    bool shortens; /* see struct call */
};

struct cursor {
    struct cursor_options options;
    char *base;  /* options.path; owned */
    char *start; /* options.after; owned */
    char *path;  /* the call in hand; owned */
    char *after; /* id of the last object so far, or start; owned; NULL before the first page */
    enum cursor_state state;
    int64_t limit;
    struct idset seen;
    struct idset contents; /* of the source's lists: each id with what it names */
    bool started;
    int64_t newest_second; /* time of the last object so far; INT64_MIN: not known */
    json_t *page;          /* the newest answer; owned */
    json_t **objects;      /* borrowed from page */
    size_t *places;        /* where in the page's data each of them is; owned */
    size_t count;
    bool last;
    int64_t duplicates;
    char *raw; /* the newest answer's bytes, with keep_raw; owned */
    size_t raw_len;
    struct span *raw_objects; /* see cursor_raw(); owned */
};

void cursor_init(struct cursor *cursor, const struct cursor_options *options);
void cursor_release(struct cursor *cursor);

/* The call for the next page. Not after the end. */
void cursor_call(struct cursor *cursor, struct call *call);

enum cursor_result {
    CURSOR_PAGE,  /* objects, count, last and duplicates are set until the next feed */
    CURSOR_AGAIN, /* ask cursor_call() for another */
    CURSOR_FAILED,
};

/* Takes an answer. An ANSWER_NO of an ordinary page is the caller's to explain: see
 * cursor_explain(). */
enum cursor_result cursor_feed(struct cursor *cursor, const struct answer *answer,
                               struct error *err);

/* Gives the page back before the next one comes: what was borrowed from it is gone. */
void cursor_drop_page(struct cursor *cursor);

/* The bytes of each of the page's objects, with keep_raw; else NULL. */
const struct span *cursor_raw(const struct cursor *cursor);

/* The error of a refused read of a source: missing, forbidden, or refused with this status. */
void cursor_explain(struct error *err, const struct answer *answer, const char *what);

#endif
