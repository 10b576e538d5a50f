/* How a mock is set up. */
#ifndef MOCK_CONFIG_H
#define MOCK_CONFIG_H

#include "mock/api/url.h"

#include <stdio.h>

enum mock_sunset {
    MOCK_ALIVE = 0,
    MOCK_SUNSET_404,
    MOCK_SUNSET_410,
};

/* What the generator makes; percentages are 0..100. */
struct mock_generator {
    unsigned threads;
    unsigned messages_lo;
    unsigned messages_hi;
    uint64_t seed;
    unsigned images;        /* of user messages */
    unsigned annotations;   /* of assistant messages */
    unsigned url_citations; /* of annotated messages, instead of file_citation */
    unsigned attachments;   /* of user messages */
    unsigned runs;          /* of assistant messages: made by a run */
    unsigned tools;         /* of runs: have tool calls */
    unsigned active;        /* of threads: the newest run is not finished */
    unsigned metadata;      /* of threads */
    unsigned unicode;       /* of messages: emoji, right-to-left, CRLF */
    unsigned nul;           /* of messages: a NUL in the text */
    unsigned empty;         /* of messages: content [] */
};

struct mock_config {
    enum mock_profile profile;
    const char *key; /* NULL: any key will do, but there must be one */
    enum mock_sunset sunset;
    unsigned quirks;      /* bits of enum mock_quirk */
    bool check_file_ids;  /* items with files that the key does not know are refused */
    unsigned stale_lists; /* item lists after an append that do not show it yet */
    int64_t latency_ms;
    uint64_t seed; /* of ids and probabilities */
    struct mock_generator generator;
    FILE *log; /* borrowed; a line for each request; NULL: none */
};

#endif
