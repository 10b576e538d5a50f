/*
 * Does the destination have the routes that a run writes to? Until something of
 * the job has been appended, one writer goes ahead of all others, so that a
 * wrong base_url leaves one empty conversation at most, and not one for every
 * thread. A conversation that is on record goes first: no second one is made
 * before something was appended to it, or it is known that it cannot be.
 */
#ifndef WRITE_PIONEER_H
#define WRITE_PIONEER_H

#include <stdbool.h>
#include <stddef.h>

struct pioneer {
    bool has_created;   /* the job has a conversation */
    bool has_appended;  /* and in one of them an item */
    const void *writer; /* who goes ahead, or NULL */
};

/* May this writer create a conversation now? Else it is to ask again later. */
static inline bool pioneer_may_go(struct pioneer *pioneer, const void *writer)
{
    if (!pioneer->has_appended && !pioneer->writer)
        pioneer->writer = writer;
    return pioneer->has_appended || pioneer->writer == writer;
}

/* This writer has a conversation: it goes ahead if nobody else does. */
static inline void pioneer_offer(struct pioneer *pioneer, const void *writer)
{
    (void)pioneer_may_go(pioneer, writer);
}

/* This writer will create none any more. */
static inline void pioneer_leave(struct pioneer *pioneer, const void *writer)
{
    if (pioneer->writer == writer)
        pioneer->writer = NULL;
}

#endif
