/*
 * Lists with limit, order, after and before: objects that are kept as JSON
 * text, the checking of the parameters, and the writing of pages, straight or
 * twisted in the ways that real servers twist them.
 */
#ifndef MOCK_LIST_H
#define MOCK_LIST_H

#include "mock/api/reply.h"
#include "mock/api/url.h"

/* A message, run, run step, assistant, thread or item, as it is sent. */
struct mock_object {
    char *id;            /* owned */
    char *json;          /* owned */
    char *json_included; /* owned; with what include[] adds; NULL: no different */
    char *run_id;        /* owned, may be NULL */
    int64_t time;
};

/* Oldest first. */
struct mock_objects {
    struct mock_object **at; /* owned array; the objects are not always */
    size_t count;
    size_t cap;
    size_t hint; /* where the last cursor was found: the next one is not far */
};

/* Each the fault of some server; they may be combined. */
enum mock_twist {
    MOCK_TWIST_IGNORE_PARAMS = 1u << 0, /* 20, newest first, whatever is asked */
    MOCK_TWIST_IGNORE_AFTER = 1u << 1,  /* the same page for ever */
    MOCK_TWIST_NEVER_MORE = 1u << 2,    /* has_more false on every page */
    MOCK_TWIST_NO_MORE_KEY = 1u << 3,   /* no has_more at all */
    MOCK_TWIST_ALWAYS_MORE = 1u << 4,   /* has_more true on every page */
    MOCK_TWIST_FULL_IS_MORE = 1u << 5,  /* a full page claims more, even the last */
    MOCK_TWIST_EMPTY_MORE = 1u << 6,    /* no data, but has_more true */
    MOCK_TWIST_REVERSE = 1u << 7,       /* data backwards */
    MOCK_TWIST_SWAP = 1u << 8,          /* the first two change places */
    MOCK_TWIST_DUPLICATE = 1u << 9,     /* the last one twice */
    MOCK_TWIST_OVERLAP = 1u << 10,      /* `after` itself comes again */
    MOCK_TWIST_NO_OBJECT = 1u << 11,    /* no "object" */
    MOCK_TWIST_NO_FIRST = 1u << 12,     /* no "first_id" */
    MOCK_TWIST_DROP = 1u << 13,         /* the second one is left out */
    MOCK_TWIST_RUNS = 1u << 14,         /* "object":"runs" */
    MOCK_TWIST_LIMIT_10 = 1u << 15,     /* 10 when no limit is asked for */
    MOCK_TWIST_AFTER_500 = 1u << 16,    /* `after` is a server error */
    MOCK_TWIST_CAP_20 = 1u << 17,       /* 20 at most, whatever limit is asked for */
    MOCK_TWIST_FALSE_END = 1u << 18,    /* 20 or more are always the end */
    MOCK_TWIST_TWICE = 1u << 19,        /* each object twice */
};

/* A mask from a name such as "duplicate"; 0 when unknown. */
unsigned mock_twist_from_name(const char *name);

struct mock_page_query {
    size_t limit;
    bool asc;
    bool included; /* include[] asks for image_url, or for file_search contents */
    const char *after;
    const char *before;
    const char *run_id;
};

/* Which parameters a route knows. */
enum {
    MOCK_PARAM_PAGE = 1u << 0, /* limit, order, after */
    MOCK_PARAM_BEFORE = 1u << 1,
    MOCK_PARAM_RUN_ID = 1u << 2,
    MOCK_PARAM_INCLUDE_ITEM = 1u << 3,
    MOCK_PARAM_INCLUDE_STEP = 1u << 4,
};

/* Checks every query parameter; false: the reply is the error. */
bool mock_page_query_parse(const struct mock_url *url, unsigned params,
                           struct mock_page_query *query, struct mock_reply *reply);

/* Appends; takes the object. */
void mock_objects_add(struct mock_objects *objects, struct mock_object *object);

/* The object with that id, or NULL. */
struct mock_object *mock_objects_find(struct mock_objects *objects, const char *id);

/* Removes it from its place, without freeing; false when it is not there. */
bool mock_objects_remove(struct mock_objects *objects, const struct mock_object *object);

/* Frees the array alone. */
void mock_objects_forget(struct mock_objects *objects);

/* Frees the objects too. */
void mock_objects_release(struct mock_objects *objects);
void mock_object_free(struct mock_object *object);

/* Writes one page, or the error about an unknown cursor ("No KIND found with id 'x'"). */
void mock_page_write(struct mock_reply *reply, struct mock_objects *objects,
                     const struct mock_page_query *asked, unsigned twists, const char *kind);

#endif
