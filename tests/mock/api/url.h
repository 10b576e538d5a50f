/*
 * Which route a request line means, under which service's prefix, with which
 * ids and query parameters.
 */
#ifndef MOCK_URL_H
#define MOCK_URL_H

#include "mock/base/text.h"

enum mock_profile {
    MOCK_OPENAI,
    MOCK_AZURE,
    MOCK_FOUNDRY,
    MOCK_ANY, /* whatever the URL says */
};

enum mock_route {
    MOCK_UNKNOWN_ROUTE = 0,
    MOCK_LIST_THREADS,
    MOCK_CREATE_THREAD,
    MOCK_GET_THREAD,
    MOCK_DELETE_THREAD,
    MOCK_LIST_MESSAGES,
    MOCK_CREATE_MESSAGE,
    MOCK_GET_MESSAGE,
    MOCK_LIST_RUNS,
    MOCK_GET_RUN,
    MOCK_LIST_STEPS,
    MOCK_GET_STEP,
    MOCK_LIST_ASSISTANTS,
    MOCK_GET_ASSISTANT,
    MOCK_DELETE_ASSISTANT,
    MOCK_CREATE_CONVERSATION,
    MOCK_GET_CONVERSATION,
    MOCK_UPDATE_CONVERSATION,
    MOCK_DELETE_CONVERSATION,
    MOCK_APPEND_ITEMS,
    MOCK_LIST_ITEMS,
    MOCK_GET_ITEM,
    MOCK_DELETE_ITEM,
    MOCK_CREATE_RESPONSE,
    MOCK_LIST_FILES,
    MOCK_GET_FILE,
    MOCK_GET_CONTENT,
    MOCK_ROUTES, /* how many there are */
};

enum { MOCK_QUERY_MAX = 16, MOCK_TARGET_MAX = 4096, MOCK_URL_IDS = 3 };

struct mock_pair {
    const char *name;
    const char *value;
};

/* All strings point into `text`: decoded, NUL-terminated. */
struct mock_url {
    enum mock_route route;
    enum mock_profile profile;
    bool preview; /* a prefix that needs api-version */
    const char *ids[MOCK_URL_IDS];
    struct mock_pair query[MOCK_QUERY_MAX];
    size_t query_count;
    char text[MOCK_TARGET_MAX];
};

/* Always fills *url; what cannot be understood has MOCK_UNKNOWN_ROUTE. */
void mock_url_parse(const char *method, const char *target, struct mock_url *url);

/* The first value of a query parameter, or NULL. */
const char *mock_url_query(const struct mock_url *url, const char *name);

bool mock_route_is_source(enum mock_route route);

/* Both sides have these. */
bool mock_route_is_file(enum mock_route route);

/* Static names such as "append_items", as fault scripts and dumps spell them. */
const char *mock_route_name(enum mock_route route);

/* MOCK_UNKNOWN_ROUTE when there is none of that name. */
enum mock_route mock_route_from_name(const char *name);

#endif
