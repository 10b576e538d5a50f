/*
 * A source: threads in, their objects out, in order, a page at a time.
 *
 * struct source is a whole source (a live server, an archive); struct reading
 * is one thread being read. Both are small interfaces with two
 * implementations: source_live.c speaks list pages over HTTP by wishes,
 * source_archive.c reads files and is always ready at once.
 *
 * Calls on a reading, in order, for each list wanted:
 *
 *     reading_ask(r, FETCH_MESSAGES, none)
 *     reading_next(r, &wish)      WISH_SEND (live), WISH_READY, WISH_FAIL
 *     reading_feed(r, &answer)    after WISH_SEND
 *     reading_take(r, &page)      after WISH_READY; then next again unless page.last
 *
 * Asking for another list in the middle of one (steps between two pages of
 * messages) is allowed: a list that was begun continues where it was when it is
 * requested again. Only FETCH_STEPS begins again with each run.
 *
 * reading_ahead(r, FETCH_RUNS) after an ask says which list will be asked for
 * next, whatever comes of this one: a live reading sends its first call beside
 * (wish.h), and what comes of it is told once that list is asked for.
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "map/losses.h"
#include "net/wish.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum fetch_kind {
    FETCH_THREAD, /* the thread object: a page of at most one; none if there is no such object */
    FETCH_ACTIVE_RUN, /* one run, active if any is; archives: all runs */
    FETCH_RUNS,       /* all runs, oldest first */
    FETCH_MESSAGES,   /* all messages, in order */
    FETCH_STEPS,      /* the steps of one run, oldest first */
    FETCH_KINDS
};

/*
 * Objects in order. Owned by the reading: valid until the next page of the same kind. raw[i] are
 * the objects' own bytes, only if the source was opened to keep them. An object that the source
 * does not hold as one of the API has the bytes of such an object made, and from[i] are those of
 * what it was made of (.data == NULL if there is nothing, or if it was not made).
 */
struct page {
    json_t *const *objects;
    const struct span *raw;  /* or NULL */
    const struct span *from; /* or NULL: nothing was made */
    size_t count;
    bool last;
    struct losses losses; /* found by the source: duplicates, guessed order, truncation */
};

struct reading;
struct source;

struct reading_ops {
    void (*ask)(struct reading *reading, enum fetch_kind kind, struct span run_id);
    void (*ahead)(struct reading *reading, enum fetch_kind kind); /* or NULL */
    void (*next)(struct reading *reading, struct wish *wish);
    void (*feed)(struct reading *reading, const struct answer *answer);
    void (*take)(struct reading *reading, struct page *page);
    void (*close)(struct reading *reading);
};

/* First member of every implementation. */
struct reading {
    const struct reading_ops *ops;
};

static inline void reading_ahead(struct reading *reading, enum fetch_kind kind)
{
    if (reading->ops->ahead)
        reading->ops->ahead(reading, kind);
}

/* Told every thread id of a source, in a stable order; returns false to stop. */
typedef bool (*source_each)(void *ctx, struct span thread_id);

struct source_ops {
    /* New reading. thread_id is copied. Never fails: what is wrong comes as WISH_FAIL. */
    struct reading *(*read)(struct source *source, struct span thread_id);
    void (*close)(struct source *source);
};

/* First member of every implementation. */
struct source {
    const struct source_ops *ops;
    bool is_archive;    /* whole thread at once; always a snapshot */
    bool may_lack_runs; /* a list without runs proves nothing: messages may still name some */
    /* Told every object that a reader gets; may be NULL. */
    void (*see)(void *ctx, enum fetch_kind kind, const json_t *object);
    void *see_ctx;
};

static inline struct reading *source_read(struct source *source, struct span thread_id)
{
    return source->ops->read(source, thread_id);
}

static inline void source_close(struct source *source)
{
    if (source)
        source->ops->close(source);
}

#endif
