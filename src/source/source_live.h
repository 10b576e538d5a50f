/*
 * The live source: threads of a server that speaks the Assistants API.
 */
#ifndef SOURCE_SOURCE_LIVE_H
#define SOURCE_SOURCE_LIVE_H

#include "source/source.h"

struct live_options {
    int64_t page_size;
    bool runs_may_be_missing; /* a 404 of /runs means that the server has no runs */
    bool has_more_may_lie;    /* see struct profile */
    bool keep_raw;
};

/* New. */
struct source *source_live_open(const struct live_options *options);

#endif
