#include "mock/api/url.h"

#include <ctype.h>
#include <string.h>

struct route {
    const char *name;
    const char *method;
    const char *segments[6]; /* "*" is an id */
};

static const struct route routes[MOCK_ROUTES] = {
    [MOCK_UNKNOWN_ROUTE] = {"unknown", "", {NULL}},
    [MOCK_LIST_THREADS] = {"list_threads", "GET", {"threads"}},
    [MOCK_CREATE_THREAD] = {"create_thread", "POST", {"threads"}},
    [MOCK_GET_THREAD] = {"get_thread", "GET", {"threads", "*"}},
    [MOCK_DELETE_THREAD] = {"delete_thread", "DELETE", {"threads", "*"}},
    [MOCK_LIST_MESSAGES] = {"list_messages", "GET", {"threads", "*", "messages"}},
    [MOCK_CREATE_MESSAGE] = {"create_message", "POST", {"threads", "*", "messages"}},
    [MOCK_GET_MESSAGE] = {"get_message", "GET", {"threads", "*", "messages", "*"}},
    [MOCK_LIST_RUNS] = {"list_runs", "GET", {"threads", "*", "runs"}},
    [MOCK_GET_RUN] = {"get_run", "GET", {"threads", "*", "runs", "*"}},
    [MOCK_LIST_STEPS] = {"list_steps", "GET", {"threads", "*", "runs", "*", "steps"}},
    [MOCK_GET_STEP] = {"get_step", "GET", {"threads", "*", "runs", "*", "steps", "*"}},
    [MOCK_LIST_ASSISTANTS] = {"list_assistants", "GET", {"assistants"}},
    [MOCK_GET_ASSISTANT] = {"get_assistant", "GET", {"assistants", "*"}},
    [MOCK_DELETE_ASSISTANT] = {"delete_assistant", "DELETE", {"assistants", "*"}},
    [MOCK_CREATE_CONVERSATION] = {"create_conversation", "POST", {"conversations"}},
    [MOCK_GET_CONVERSATION] = {"get_conversation", "GET", {"conversations", "*"}},
    [MOCK_UPDATE_CONVERSATION] = {"update_conversation", "POST", {"conversations", "*"}},
    [MOCK_DELETE_CONVERSATION] = {"delete_conversation", "DELETE", {"conversations", "*"}},
    [MOCK_APPEND_ITEMS] = {"append_items", "POST", {"conversations", "*", "items"}},
    [MOCK_LIST_ITEMS] = {"list_items", "GET", {"conversations", "*", "items"}},
    [MOCK_GET_ITEM] = {"get_item", "GET", {"conversations", "*", "items", "*"}},
    [MOCK_DELETE_ITEM] = {"delete_item", "DELETE", {"conversations", "*", "items", "*"}},
    [MOCK_CREATE_RESPONSE] = {"create_response", "POST", {"responses"}},
    [MOCK_LIST_FILES] = {"list_files", "GET", {"files"}},
    [MOCK_GET_FILE] = {"get_file", "GET", {"files", "*"}},
    [MOCK_GET_CONTENT] = {"get_content", "GET", {"files", "*", "content"}},
};

struct prefix {
    enum mock_profile profile;
    bool source;
    bool destination;
    bool preview; /* api-version is required */
    const char *segments[5];
};

/* Longer ones first: each is tried until one leads to a route. */
static const struct prefix prefixes[] = {
    {MOCK_OPENAI, true, true, false, {"v1"}},
    {MOCK_AZURE, true, true, false, {"openai", "v1"}},
    {MOCK_AZURE, true, false, true, {"openai"}},
    {MOCK_FOUNDRY, false, true, false, {"api", "projects", "*", "openai", "v1"}},
    {MOCK_FOUNDRY, false, true, true, {"api", "projects", "*", "openai"}},
    {MOCK_FOUNDRY, true, false, true, {"api", "projects", "*"}},
};

enum { SEGMENTS_MAX = 12 };

struct segments {
    const char *text[SEGMENTS_MAX];
    size_t count;
};

static int hex_value(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static void percent_decode(char *text)
{
    char *out = text;

    for (const char *in = text; *in != '\0'; in++) {
        if (in[0] == '%' && isxdigit((unsigned char)in[1]) && isxdigit((unsigned char)in[2])) {
            *out++ = (char)(hex_value(in[1]) * 16 + hex_value(in[2]));
            in += 2;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
}

static void split_query(char *query, struct mock_url *url)
{
    while (query && url->query_count < MOCK_QUERY_MAX) {
        char *pair = query;

        query = strchr(pair, '&');
        if (query)
            *query++ = '\0';
        char *value = strchr(pair, '=');
        if (value) {
            *value++ = '\0';
            percent_decode(value);
        }
        percent_decode(pair);
        url->query[url->query_count++] = (struct mock_pair){pair, value ? value : ""};
    }
}

/* An empty segment ("//") stays one, so that it fits no route. */
static bool split_path(char *path, struct segments *out)
{
    if (*path != '/')
        return false;
    while (path) {
        char *segment = path + 1;

        path = strchr(segment, '/');
        if (path)
            *path = '\0';
        if (out->count == SEGMENTS_MAX)
            return false;
        percent_decode(segment);
        out->text[out->count++] = segment;
    }
    return true;
}

/* How many segments the pattern takes at `at`, or 0 when it does not fit. */
static size_t fits(const char *const *pattern, size_t max, const struct segments *path, size_t at)
{
    size_t i = 0;

    for (; i < max && pattern[i]; i++) {
        if (at + i >= path->count || path->text[at + i][0] == '\0')
            return 0;
        if (pattern[i][0] != '*' && strcmp(pattern[i], path->text[at + i]) != 0)
            return 0;
    }
    return i;
}

static enum mock_route find_route(const char *method, const struct segments *path, size_t at)
{
    for (unsigned i = 1; i < MOCK_ROUTES; i++)
        if (strcmp(routes[i].method, method) == 0 &&
            fits(routes[i].segments, 6, path, at) == path->count - at)
            return (enum mock_route)i;
    return MOCK_UNKNOWN_ROUTE;
}

static void take_ids(struct mock_url *url, const struct segments *path, size_t at)
{
    const struct route *route = &routes[url->route];
    size_t ids = 0;

    for (size_t i = 0; i < 6 && route->segments[i]; i++)
        if (route->segments[i][0] == '*')
            url->ids[ids++] = path->text[at + i];
}

static bool try_prefix(const struct prefix *prefix, const char *method, const struct segments *path,
                       struct mock_url *url)
{
    size_t at = fits(prefix->segments, 5, path, 0);

    if (at == 0 || at == path->count)
        return false;
    enum mock_route route = find_route(method, path, at);
    bool allowed = mock_route_is_source(route) ? prefix->source : prefix->destination;
    if (route == MOCK_UNKNOWN_ROUTE || (!allowed && !mock_route_is_file(route)))
        return false;
    url->route = route;
    url->profile = prefix->profile;
    url->preview = prefix->preview;
    take_ids(url, path, at);
    return true;
}

void mock_url_parse(const char *method, const char *target, struct mock_url *url)
{
    size_t len = strlen(target);
    struct segments path = {.count = 0};

    url->route = MOCK_UNKNOWN_ROUTE;
    url->profile = MOCK_OPENAI;
    url->preview = false;
    url->query_count = 0;
    for (size_t i = 0; i < MOCK_URL_IDS; i++)
        url->ids[i] = "";
    if (len >= sizeof url->text)
        return;
    memcpy(url->text, target, len + 1);
    char *query = strchr(url->text, '?');
    if (query) {
        *query++ = '\0';
        split_query(query, url);
    }
    if (!split_path(url->text, &path))
        return;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (try_prefix(&prefixes[i], method, &path, url))
            return;
}

const char *mock_url_query(const struct mock_url *url, const char *name)
{
    for (size_t i = 0; i < url->query_count; i++)
        if (strcmp(url->query[i].name, name) == 0)
            return url->query[i].value;
    return NULL;
}

bool mock_route_is_source(enum mock_route route)
{
    return route >= MOCK_LIST_THREADS && route <= MOCK_DELETE_ASSISTANT;
}

bool mock_route_is_file(enum mock_route route)
{
    return route >= MOCK_LIST_FILES && route <= MOCK_GET_CONTENT;
}

const char *mock_route_name(enum mock_route route)
{
    return routes[route].name;
}

enum mock_route mock_route_from_name(const char *name)
{
    for (unsigned i = 0; i < MOCK_ROUTES; i++)
        if (strcmp(routes[i].name, name) == 0)
            return (enum mock_route)i;
    return MOCK_UNKNOWN_ROUTE;
}
