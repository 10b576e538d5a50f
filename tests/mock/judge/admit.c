#include "mock/judge/judge.h"

#include "mock/source/quirk.h"

#include <string.h>

static bool no_route(struct mock_context *context)
{
    const struct mock_request *request = context->request;

    if (context->mock->config.profile == MOCK_OPENAI || context->mock->config.profile == MOCK_ANY) {
        mock_reply_fail(context->reply, &(struct mock_problem){.status = 404},
                        "Invalid URL (%s %s)", request->method, request->target);
    } else {
        mock_reply_fail_azure(context->reply, 404, "404", "Resource not found");
    }
    return false;
}

static bool gone(struct mock_context *context)
{
    int status = context->mock->config.sunset == MOCK_SUNSET_410 ? 410 : 404;

    mock_reply_fail(context->reply, &(struct mock_problem){.status = status},
                    "The Assistants API was shut down on August 26, 2026 and is no longer "
                    "available.");
    return false;
}

/* The presented key, or NULL. Only Azure and Foundry know the api-key header. */
static const char *presented_key(const struct mock_context *context)
{
    const char *authorization = mock_request_header(context->request, "Authorization");
    const char *api_key = mock_request_header(context->request, "api-key");
    enum mock_profile profile = context->url->profile;
    bool source = mock_route_is_source(context->url->route) ||
                  (mock_route_is_file(context->url->route) && context->url->preview);

    if (authorization && strncmp(authorization, "Bearer ", 7) == 0 && authorization[7] != '\0') {
        context->mock->stats.bearer++;
        return authorization + 7;
    }
    if (profile == MOCK_AZURE || (profile == MOCK_FOUNDRY && !source)) {
        context->mock->stats.api_key += api_key != NULL;
        return api_key;
    }
    return NULL;
}

static bool unauthorized(struct mock_context *context, const char *key)
{
    size_t len = key ? strlen(key) : 0;

    context->mock->stats.unauthorized++;
    if (context->url->profile != MOCK_OPENAI) {
        mock_reply_fail_azure(context->reply, 401, "401",
                              "Access denied due to invalid subscription key or wrong API "
                              "endpoint. Make sure to provide a valid key for an active "
                              "subscription and use a correct regional API endpoint for your "
                              "resource.");
    } else if (!key) {
        mock_reply_fail(context->reply, &(struct mock_problem){.status = 401},
                        "You didn't provide an API key. You need to provide your API key in an "
                        "Authorization header using Bearer auth (i.e. Authorization: Bearer "
                        "YOUR_KEY).");
    } else {
        mock_reply_fail(context->reply, &(struct mock_problem){401, NULL, NULL, "invalid_api_key"},
                        "Incorrect API key provided: %.*s****%s. You can find your API key at "
                        "https://platform.openai.com/account/api-keys.",
                        len > 12 ? 8 : 0, key, len > 12 ? key + len - 4 : "");
    }
    return false;
}

static bool check_key(struct mock_context *context)
{
    const char *key = presented_key(context);
    const char *expected = context->mock->key;

    if (!key || (expected && strcmp(key, expected) != 0))
        return unauthorized(context, key);
    return true;
}

/* The preview prefixes of Azure and Foundry are nothing without a version. */
static bool check_version(struct mock_context *context)
{
    static const char *const versions[] = {
        "2024-02-15-preview", "2024-05-01-preview", "2024-08-01-preview", "2024-12-01-preview",
        "2025-05-01",         "2025-05-15-preview", "2025-11-15-preview", "v1"};
    const char *version = mock_url_query(context->url, "api-version");

    if (!version && !context->url->preview)
        return true;
    if (!version) {
        mock_reply_fail_azure(context->reply, 400, "MissingApiVersionParameter",
                              "The api-version query parameter (?api-version=) is required for "
                              "all requests.");
        return false;
    }
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        if (strcmp(versions[i], version) == 0)
            return true;
    if (!context->url->preview && strcmp(version, "preview") == 0)
        return true;
    mock_reply_fail_azure(context->reply, 400, "BadRequest", "API version not supported");
    return false;
}

static bool check_beta(struct mock_context *context)
{
    const char *beta = mock_request_header(context->request, "OpenAI-Beta");

    if (context->url->profile != MOCK_OPENAI || !mock_route_is_source(context->url->route) ||
        (beta && strcmp(beta, "assistants=v2") == 0))
        return true;
    mock_reply_fail(context->reply, &(struct mock_problem){401, NULL, NULL, "invalid_beta"},
                    "You must provide the 'OpenAI-Beta' header to access the Assistants API. "
                    "Please try again by setting the header 'OpenAI-Beta: assistants=v2'.");
    return false;
}

bool mock_admit(struct mock_context *context)
{
    const struct mock_config *config = &context->mock->config;
    const struct mock_url *url = context->url;
    bool source = mock_route_is_source(url->route);
    bool runs = url->route >= MOCK_LIST_RUNS && url->route <= MOCK_GET_STEP;
    bool files = mock_route_is_file(url->route);

    if (url->route == MOCK_UNKNOWN_ROUTE ||
        (config->profile != MOCK_ANY && config->profile != url->profile) ||
        (runs && (config->quirks & MOCK_QUIRK_NO_RUNS) != 0) ||
        (files && (config->quirks & MOCK_QUIRK_NO_FILES) != 0))
        return no_route(context);
    if (source && config->sunset != MOCK_ALIVE)
        return gone(context);
    return check_key(context) && check_version(context) && check_beta(context);
}
