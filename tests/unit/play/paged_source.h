/*
 * A source that stands in the test: the pages of one thread, in the order of
 * its lists. A page may be asked for first (WISH_SEND), or fail.
 */
#ifndef UNIT_PAGED_SOURCE_H
#define UNIT_PAGED_SOURCE_H

#include "base/buf.h"
#include "source/source.h"

#include <stdbool.h>
#include <stddef.h>

enum { PAGE_OBJECTS = 4 };

struct source_page {
    enum fetch_kind kind;
    const char *run;                   /* FETCH_STEPS: of this run */
    const char *objects[PAGE_OBJECTS]; /* JSON texts; as raw bytes too */
    bool more;                         /* another page of the list follows */
    bool asks;                         /* and a server is asked for this one */
    enum error_code fails;             /* instead of a page */
    int64_t duplicates;                /* that the source found */
    bool is_truncated;                 /* the thread may go on */
};

struct paged_source {
    struct source base;
    const struct source_page *pages;
    size_t count;
    struct buf asked; /* "thread active_run messages steps:r1": the lists, as they were asked for */
    int open;         /* readings */
    int fed;          /* answers */
};

/* pages is borrowed. The source stands with its owner: source_close() frees nothing of it. */
void paged_source_init(struct paged_source *source, const struct source_page *pages, size_t count);
void paged_source_release(struct paged_source *source);

#endif
