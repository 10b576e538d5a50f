#include "service/profile.h"

#include "base/mem.h"
#include "base/text.h"
#include "http/url.h"

#include <stdlib.h>
#include <string.h>

const char *const SERVICE_NAMES[SERVICES + 1] = {
    [SERVICE_ARCHIVE] = "archive", [SERVICE_OPENAI] = "openai",         [SERVICE_AZURE] = "azure",
    [SERVICE_FOUNDRY] = "foundry", [SERVICE_COMPATIBLE] = "compatible",
};

#define OPENAI_URL "https://api.openai.com/v1"
#define FOUNDRY_URL "https://RESOURCE.services.ai.azure.com/api/projects/PROJECT"

/* What the two sides of a service have in common. */
#define OPENAI_BOTH                                                                                \
    .service = SERVICE_OPENAI, .name = "OpenAI", .auth = AUTH_BEARER, .takes_organization = true,  \
    .default_base_url = OPENAI_URL, .suggested_base_url = OPENAI_URL,                              \
    .default_key_env = "OPENAI_API_KEY"
#define AZURE_BOTH                                                                                 \
    .service = SERVICE_AZURE, .name = "Azure OpenAI", .auth = AUTH_API_KEY,                        \
    .suggested_key_env = "AZURE_OPENAI_API_KEY",                                                   \
    .forbidden_hint = "the identity needs a role such as \"Cognitive Services OpenAI User\""
#define FOUNDRY_BOTH                                                                               \
    .service = SERVICE_FOUNDRY, .name = "Microsoft Foundry", .auth = AUTH_BEARER,                  \
    .suggested_key_command = "[az, account, get-access-token, --resource, "                        \
                             "\"https://ai.azure.com\", --query, accessToken, -o, tsv]",           \
    .forbidden_hint = "the identity needs the role \"Azure AI User\" on the project"
#define COMPATIBLE_BOTH                                                                            \
    .service = SERVICE_COMPATIBLE, .auth = AUTH_BEARER, .takes_organization = true,                \
    .may_need_no_key = true, .suggested_base_url = "http://127.0.0.1:8000/v1"

static const struct profile PROFILES[SERVICES][SIDES] = {
    [SERVICE_ARCHIVE] = {{.is_archive = true,
                          .listing = LISTING_YES,
                          .suggested_path = "./export",
                          .name = "the archive"}},
    [SERVICE_OPENAI] =
        {{OPENAI_BOTH, .beta = "assistants=v2", .listing = LISTING_NO,
          .forbidden_hint = "the key's project and its permissions must cover "
                            "Assistants and Threads (read)",
          .is_switched_off = true},
         {OPENAI_BOTH,
          .forbidden_hint =
              "the key's project and its permissions must cover Conversations (write)"}},
    [SERVICE_AZURE] = {{AZURE_BOTH, .api_version = "2024-05-01-preview", .listing = LISTING_NO,
                        .suggested_base_url = "https://RESOURCE.openai.azure.com/openai"},
                       {AZURE_BOTH,
                        .suggested_base_url = "https://RESOURCE.openai.azure.com/openai/v1"}},
    [SERVICE_FOUNDRY] = {{FOUNDRY_BOTH, .api_version = "v1", .listing = LISTING_YES,
                          .suggested_base_url = FOUNDRY_URL},
                         {FOUNDRY_BOTH, .suggested_base_url = FOUNDRY_URL "/openai/v1"}},
    [SERVICE_COMPATIBLE] = {{COMPATIBLE_BOTH, .name = "the source server", .beta = "assistants=v2",
                             .forbidden_hint = "the key must be allowed to read threads",
                             .listing = LISTING_MAYBE, .is_partial = true,
                             .has_more_may_lie = true},
                            {COMPATIBLE_BOTH, .name = "the destination server",
                             .forbidden_hint = "the key must be allowed to write conversations"}},
};

const char *side_name(enum side side)
{
    return side == SIDE_SOURCE ? "source" : "destination";
}

const struct profile *profile_get(enum service service, enum side side)
{
    const struct profile *profile = &PROFILES[service][side];

    return profile->name == NULL ? NULL : profile;
}

void profile_explain_lost(const struct profile *profile, struct error *err)
{
    error_set(err, ERROR_USAGE,
              "%s answers that it has no such route\n"
              "hint: base_url has to be the root of the API: it usually ends in /v1",
              profile->name);
}

void profile_explain_gone(const struct profile *profile, long status, struct error *err)
{
    error_set(err, ERROR_SOURCE_GONE,
              "%s has no threads any more: the API is gone (HTTP %ld)\n"
              "hint: is base_url right? Threads that were exported to files can be read with "
              "source.type: archive",
              profile->name, status);
}

static struct span base_url_of(const struct endpoint *endpoint)
{
    const char *text = endpoint->base_url;
    struct span url;

    if (text == NULL)
        text = endpoint->profile->default_base_url;
    url = span_of(text);
    while (url.len > 0 && url.data[url.len - 1] == '/')
        url.len--;
    return url;
}

void endpoint_add_base(struct buf *out, const struct endpoint *endpoint)
{
    buf_add_span(out, base_url_of(endpoint));
}

void endpoint_add_url(struct buf *out, const struct endpoint *endpoint, const char *path)
{
    const char *version = endpoint->api_version;

    if (version == NULL)
        version = endpoint->profile->api_version;
    endpoint_add_base(out, endpoint);
    buf_add_text(out, path);
    if (version == NULL || version[0] == '\0')
        return;
    buf_add_text(out, strchr(path, '?') == NULL ? "?api-version=" : "&api-version=");
    text_add_url(out, span_of(version));
}

static void add_line(struct header_list *list, const char *start, struct span value)
{
    list->lines[list->count] = mem_printf("%s%.*s", start, (int)value.len, value.data);
    list->count++;
}

static void add_line_if_set(struct header_list *list, const char *start, const char *value)
{
    if (value != NULL && value[0] != '\0')
        add_line(list, start, span_of(value));
}

const char *endpoint_forbidden_hint(const struct endpoint *endpoint)
{
    return endpoint->forbidden_hint ? endpoint->forbidden_hint : endpoint->profile->forbidden_hint;
}

enum auth endpoint_auth(const struct endpoint *endpoint)
{
    return endpoint->auth == AUTH_AUTO ? endpoint->profile->auth : endpoint->auth;
}

static void add_key(struct header_list *list, const struct endpoint *endpoint, struct span key)
{
    if (key.len == 0)
        return;
    if (endpoint_auth(endpoint) == AUTH_API_KEY)
        add_line(list, "api-key: ", key);
    else
        add_line(list, "Authorization: Bearer ", key);
}

void header_list_init(struct header_list *list, const struct endpoint *endpoint, struct span key,
                      bool with_body)
{
    /* Accept, content type, beta, organization, project, key, and the NULL behind them. */
    enum { LINES_MAX = 7 };
    const struct profile *profile = endpoint->profile;

    *list = (struct header_list){.lines = mem_zalloc(LINES_MAX, sizeof *list->lines)};
    add_line(list, "Accept: ", span_of("application/json"));
    if (with_body)
        add_line(list, "Content-Type: ", span_of("application/json"));
    add_line_if_set(list, "OpenAI-Beta: ", profile->beta);
    if (profile->takes_organization) {
        add_line_if_set(list, "OpenAI-Organization: ", endpoint->organization);
        add_line_if_set(list, "OpenAI-Project: ", endpoint->project);
    }
    add_key(list, endpoint, key);
}

void header_list_release(struct header_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        mem_free_secret(list->lines[i]);
    free(list->lines);
    *list = (struct header_list){0};
}

bool endpoint_same_host(const struct endpoint *a, const struct endpoint *b)
{
    struct url a_url;
    struct url b_url;

    return url_read(base_url_of(a), &a_url) && url_read(base_url_of(b), &b_url) &&
           url_same_host(&a_url, &b_url);
}

/* The path of a base URL; empty if it has none. */
static struct span path_of(struct span base_url)
{
    static const char BEFORE[] = "://";
    const char *scheme = memmem(base_url.data, base_url.len, BEFORE, strlen(BEFORE));
    const char *host = scheme ? scheme + strlen(BEFORE) : base_url.data;
    const char *end = base_url.data + base_url.len;
    const char *path = memchr(host, '/', (size_t)(end - host));

    return (struct span){path, path ? (size_t)(end - path) : 0};
}

/* "NAME" of a path /api/projects/NAME/…; empty if there is no such. */
static struct span project_of(struct span path)
{
    static const char BEFORE[] = "/api/projects/";
    struct span name;
    const char *end;

    if (!span_starts_with(path, BEFORE))
        return (struct span){NULL, 0};
    name = span_skip(path, strlen(BEFORE));
    end = name.len > 0 ? memchr(name.data, '/', name.len) : NULL;
    return (struct span){name.data, end ? (size_t)(end - name.data) : name.len};
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

bool endpoint_same_project(const struct endpoint *a, const struct endpoint *b)
{
    const enum service service = a->profile->service;
    const struct span a_path = path_of(base_url_of(a));
    const struct span b_path = path_of(base_url_of(b));

    if (service != b->profile->service || !endpoint_same_host(a, b) ||
        !same_text(a->organization, b->organization) || !same_text(a->project, b->project))
        return false;
    if (service == SERVICE_AZURE || service == SERVICE_FOUNDRY)
        return span_equal(project_of(a_path), project_of(b_path));
    return span_equal(a_path, b_path);
}
