/* The known habits of servers that speak these APIs almost. */
#ifndef MOCK_QUIRK_H
#define MOCK_QUIRK_H

#include "mock/core/core.h"

enum mock_quirk {
    MOCK_QUIRK_LITELLM = 1u << 0,       /* limit, order, after are dropped */
    MOCK_QUIRK_ASTRA = 1u << 1,         /* never has_more, 500 on after, "runs", ids "none" */
    MOCK_QUIRK_OPENOPENAI = 1u << 2,    /* limit 10, an empty last page */
    MOCK_QUIRK_OPENASSISTANT = 1u << 3, /* bare ids, ISO and float times, tool roles, file_ids */
    MOCK_QUIRK_SUPERCOMPAT = 1u << 4,   /* no object, no first_id, made-up times */
    MOCK_QUIRK_DASHSCOPE = 1u << 5,     /* milliseconds, message_UUID ids, "" for null */
    MOCK_QUIRK_SDK_DUMP = 1u << 6,      /* status and its kin are there and null */
    MOCK_QUIRK_V1 = 1u << 7,            /* file_ids for attachments, no tool_resources */
    MOCK_QUIRK_LISTS_THREADS = 1u << 8, /* GET /threads works */
    MOCK_QUIRK_NO_RUNS = 1u << 9,       /* 404 for runs */
    MOCK_QUIRK_ALTER_TEXT = 1u << 10,   /* stored text is trimmed, CRLF becomes LF */
    MOCK_QUIRK_REORDER = 1u << 11,      /* the last two items of a POST change places */
    MOCK_QUIRK_OGX = 1u << 12,          /* items sorted by now + index seconds */
    MOCK_QUIRK_OGX_OLD = 1u << 13,      /* item lists ignore after */
    MOCK_QUIRK_SGLANG = 1u << 14,       /* items of a create are ignored */
    MOCK_QUIRK_NO_FILES = 1u << 15,     /* 404 for files */
    MOCK_QUIRK_PLAIN_404 = 1u << 16,    /* a missing thread is a 404 in plain text */
    MOCK_QUIRK_MISSING_500 = 1u << 17,  /* a missing thread is a 500 */
    MOCK_QUIRK_FALSE_END = 1u << 18,    /* pages of 20 or more say has_more:false */
    MOCK_QUIRK_TWICE = 1u << 19,        /* lists have each item twice */
    MOCK_QUIRK_NO_NUL = 1u << 20,       /* 500 for a NUL, as PostgreSQL stores none */
    MOCK_QUIRK_NO_REFUSALS = 1u << 21,  /* 400 for refusal parts */
    MOCK_QUIRK_FULL = 1u << 22,         /* 409 where a conversation would hold more than 40 items */
    MOCK_QUIRK_STRICT_IDS = 1u << 23,   /* 400 for ids that are not conv_ and 48 hex digits */
};

/* 0 when unknown. */
unsigned mock_quirk_from_name(const char *name);

/* All names, separated by blanks. */
void mock_quirk_names(struct mock_text *out);

/* What they do to every page of the Assistants side: bits of enum mock_twist. */
unsigned mock_quirk_page(unsigned quirks);

/* Rewrites a loaded thread as such a server would show it. */
void mock_quirk_thread(unsigned quirks, struct mock_thread *thread);

#endif
