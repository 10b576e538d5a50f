/* What each service gets: URLs and headers. */
#include "service/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TOKEN "eyJ0eXAi.eyJhdWQi.c2ln-_0"

/* The headers of one endpoint, each with LF, for a write. */
struct header_row {
    enum service service;
    enum side side;
    enum auth auth;
    const char *key;
    const char *expected;
};

static const struct header_row HEADER_ROWS[] = {
    {SERVICE_OPENAI, SIDE_SOURCE, AUTH_AUTO, "sk-1",
     "OpenAI-Beta: assistants=v2\nOpenAI-Organization: org\nOpenAI-Project: proj\n"
     "Authorization: Bearer sk-1\n"},
    {SERVICE_OPENAI, SIDE_DESTINATION, AUTH_AUTO, "sk-1",
     "OpenAI-Organization: org\nOpenAI-Project: proj\nAuthorization: Bearer sk-1\n"},
    {SERVICE_OPENAI, SIDE_DESTINATION, AUTH_API_KEY, "sk-1",
     "OpenAI-Organization: org\nOpenAI-Project: proj\napi-key: sk-1\n"},
    {SERVICE_AZURE, SIDE_SOURCE, AUTH_AUTO, "0123abcd", "api-key: 0123abcd\n"},
    {SERVICE_AZURE, SIDE_SOURCE, AUTH_BEARER, "0123abcd", "Authorization: Bearer 0123abcd\n"},
    {SERVICE_AZURE, SIDE_DESTINATION, AUTH_AUTO, "0123abcd", "api-key: 0123abcd\n"},
    /* What a key looks like says nothing. */
    {SERVICE_AZURE, SIDE_DESTINATION, AUTH_AUTO, TOKEN, "api-key: " TOKEN "\n"},
    {SERVICE_AZURE, SIDE_DESTINATION, AUTH_BEARER, TOKEN, "Authorization: Bearer " TOKEN "\n"},
    {SERVICE_FOUNDRY, SIDE_SOURCE, AUTH_AUTO, "0123abcd", "Authorization: Bearer 0123abcd\n"},
    {SERVICE_FOUNDRY, SIDE_DESTINATION, AUTH_AUTO, "0123abcd", "Authorization: Bearer 0123abcd\n"},
    {SERVICE_FOUNDRY, SIDE_DESTINATION, AUTH_API_KEY, TOKEN, "api-key: " TOKEN "\n"},
    {SERVICE_COMPATIBLE, SIDE_SOURCE, AUTH_AUTO, "k",
     "OpenAI-Beta: assistants=v2\nOpenAI-Organization: org\nOpenAI-Project: proj\n"
     "Authorization: Bearer k\n"},
    {SERVICE_COMPATIBLE, SIDE_DESTINATION, AUTH_API_KEY, "",
     "OpenAI-Organization: org\nOpenAI-Project: proj\n"},
};

static void test_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof HEADER_ROWS / sizeof HEADER_ROWS[0]; i++) {
        const struct header_row *row = &HEADER_ROWS[i];
        const struct endpoint endpoint = {.profile = profile_get(row->service, row->side),
                                          .organization = "org",
                                          .project = "proj",
                                          .auth = row->auth};
        struct header_list list;
        struct buf text;

        buf_init(&text, BUF_NO_LIMIT);
        header_list_init(&list, &endpoint, span_of(row->key), true);
        for (char **line = list.lines; *line != NULL; line++) {
            buf_add_text(&text, *line);
            buf_add_char(&text, '\n');
        }
        header_list_release(&list);
        header_list_release(&list);
        assert_true(span_starts_with(buf_span(&text), "Accept: application/json\n"
                                                      "Content-Type: application/json\n"));
        assert_string_equal(strstr(text.data, "\nContent-Type") + 32, row->expected);
        buf_release(&text);
    }
}

static void test_reads_have_no_content_type(void **state)
{
    const struct endpoint endpoint = {.profile = profile_get(SERVICE_OPENAI, SIDE_SOURCE)};
    struct header_list list;

    (void)state;
    header_list_init(&list, &endpoint, span_of("k"), false);
    for (char **line = list.lines; *line != NULL; line++)
        assert_null(strstr(*line, "Content-Type"));
    header_list_release(&list);
}

struct url_row {
    enum service service;
    enum side side;
    const char *base_url;
    const char *api_version;
    const char *path;
    const char *expected;
};

static const struct url_row URL_ROWS[] = {
    {SERVICE_OPENAI, SIDE_SOURCE, NULL, NULL, "/threads/t", "https://api.openai.com/v1/threads/t"},
    {SERVICE_OPENAI, SIDE_DESTINATION, "http://127.0.0.1:1/v1//", NULL, "/conversations",
     "http://127.0.0.1:1/v1/conversations"},
    {SERVICE_AZURE, SIDE_SOURCE, "https://r.openai.azure.com/openai", NULL, "/threads/t",
     "https://r.openai.azure.com/openai/threads/t?api-version=2024-05-01-preview"},
    {SERVICE_AZURE, SIDE_DESTINATION, "https://r.openai.azure.com/openai/v1/", NULL,
     "/conversations", "https://r.openai.azure.com/openai/v1/conversations"},
    {SERVICE_FOUNDRY, SIDE_SOURCE, "https://r.services.ai.azure.com/api/projects/p", NULL,
     "/threads/t/messages?limit=100",
     "https://r.services.ai.azure.com/api/projects/p/threads/t/messages?limit=100&api-version=v1"},
    {SERVICE_FOUNDRY, SIDE_DESTINATION, "https://r/openai", "2025-11-15-preview", "/conversations",
     "https://r/openai/conversations?api-version=2025-11-15-preview"},
    {SERVICE_COMPATIBLE, SIDE_SOURCE, "https://h", "a&b=c", "/x",
     "https://h/x?api-version=a%26b%3Dc"},
};

static void test_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof URL_ROWS / sizeof URL_ROWS[0]; i++) {
        const struct url_row *row = &URL_ROWS[i];
        const struct endpoint endpoint = {.profile = profile_get(row->service, row->side),
                                          .base_url = row->base_url,
                                          .api_version = row->api_version};
        struct buf url;

        buf_init(&url, BUF_NO_LIMIT);
        endpoint_add_url(&url, &endpoint, row->path);
        assert_string_equal(url.data, row->expected);
        buf_release(&url);
    }
}

static void test_same_project(void **state)
{
    static const char FOUNDRY[] = "https://r.services.ai.azure.com/api/projects/p";
    static const struct {
        enum service source;
        enum service destination;
        struct endpoint a;
        struct endpoint b;
        bool same;
    } ROWS[] = {
        {SERVICE_AZURE,
         SERVICE_AZURE,
         {.base_url = "https://r.openai.azure.com/openai"},
         {.base_url = "https://R.openai.azure.com/openai/v1"},
         true},
        {SERVICE_AZURE,
         SERVICE_AZURE,
         {.base_url = "https://r.openai.azure.com/openai"},
         {.base_url = "https://other.openai.azure.com/openai/v1"},
         false},
        {SERVICE_AZURE,
         SERVICE_FOUNDRY,
         {.base_url = "https://r.openai.azure.com/openai"},
         {.base_url = "https://r.openai.azure.com/openai"},
         false},
        {SERVICE_FOUNDRY,
         SERVICE_FOUNDRY,
         {.base_url = FOUNDRY},
         {.base_url = "https://r.services.ai.azure.com/api/projects/p/openai/v1"},
         true},
        {SERVICE_FOUNDRY,
         SERVICE_FOUNDRY,
         {.base_url = FOUNDRY},
         {.base_url = "https://r.services.ai.azure.com/api/projects/p2/openai/v1"},
         false},
        {SERVICE_OPENAI,
         SERVICE_OPENAI,
         {.base_url = NULL},
         {.base_url = "https://api.openai.com/v1/"},
         true},
        {SERVICE_OPENAI, SERVICE_OPENAI, {.project = "p1"}, {.project = "p2"}, false},
        {SERVICE_OPENAI, SERVICE_OPENAI, {.organization = "o1"}, {.organization = NULL}, false},
        {SERVICE_OPENAI, SERVICE_OPENAI, {.organization = ""}, {.organization = NULL}, true},
        {SERVICE_COMPATIBLE,
         SERVICE_COMPATIBLE,
         {.base_url = "http://localhost:1/a"},
         {.base_url = "http://localhost:1/b"},
         false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct endpoint a = ROWS[i].a;
        struct endpoint b = ROWS[i].b;

        a.profile = profile_get(ROWS[i].source, SIDE_SOURCE);
        b.profile = profile_get(ROWS[i].destination, SIDE_DESTINATION);
        if (endpoint_same_project(&a, &b) != ROWS[i].same)
            fail_msg("row %zu", i);
    }
}

static void test_every_service_has_two_complete_rows(void **state)
{
    (void)state;
    assert_true(profile_get(SERVICE_ARCHIVE, SIDE_SOURCE)->is_archive);
    assert_null(profile_get(SERVICE_ARCHIVE, SIDE_DESTINATION));
    for (int service = SERVICE_LIVE; service < SERVICES; service++) {
        for (int side = 0; side < SIDES; side++) {
            const struct profile *profile = profile_get((enum service)service, (enum side)side);

            assert_non_null(profile);
            assert_int_equal(profile->service, service);
            assert_non_null(profile->forbidden_hint);
            assert_non_null(profile->suggested_base_url);
            assert_non_null(SERVICE_NAMES[service]);
        }
    }
    assert_non_null(
        strstr(profile_get(SERVICE_FOUNDRY, SIDE_SOURCE)->forbidden_hint, "Azure AI User"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_reads_have_no_content_type),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_same_project),
        cmocka_unit_test(test_every_service_has_two_complete_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
