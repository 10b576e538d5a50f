#include "mock/judge/client.h"

#include <stdlib.h>
#include <string.h>

void mock_client_open(struct mock_client *client, const struct mock_config *config)
{
    static const struct mock_config standard = {.profile = MOCK_ANY, .seed = 1};

    *client = (struct mock_client){
        .mock = mock_new(config ? config : &standard),
        .key = "sk-test",
        .now_ms = 1000,
    };
}

void mock_client_close(struct mock_client *client)
{
    mock_free(client->mock);
    mock_reply_release(&client->reply);
    json_decref(client->json);
    *client = (struct mock_client){.mock = NULL};
}

int mock_ask(struct mock_client *client, const char *method, const char *target, const char *body)
{
    struct mock_text authorization = {0};

    mock_text_printf(&authorization, "Bearer %s", client->key);
    const struct mock_header headers[] = {
        {"Authorization", authorization.data},
        {"OpenAI-Beta", "assistants=v2"},
        {"Content-Type", "application/json"},
    };
    mock_serve(client->mock,
               &(struct mock_request){
                   .method = method,
                   .target = target,
                   .headers = headers,
                   .header_count = sizeof headers / sizeof headers[0],
                   .body = body,
                   .body_len = body ? strlen(body) : 0,
                   .now_ms = client->now_ms,
                   .wall_s = 1790000000 + client->now_ms / 1000,
               },
               &client->reply);
    mock_text_release(&authorization);
    json_decref(client->json);
    client->json = json_loadb(client->reply.body.data ? client->reply.body.data : "",
                              client->reply.body.len, JSON_ALLOW_NUL, NULL);
    return client->reply.wire == MOCK_WIRE_WHOLE ? client->reply.status : 0;
}

const char *mock_answer(const struct mock_client *client, const char *path)
{
    json_t *at = client->json;

    while (at && *path != '\0') {
        size_t len = strcspn(path, ".");
        char *name = mock_dup(path, len);

        at = json_is_array(at) ? json_array_get(at, (size_t)strtoul(name, NULL, 10))
                               : json_object_get(at, name);
        free(name);
        path += len + (path[len] == '.');
    }
    return json_is_string(at) ? json_string_value(at) : "";
}

char *mock_ask_conversation(struct mock_client *client)
{
    (void)mock_ask(client, "POST", "/v1/conversations", "{}");
    return mock_strdup(mock_answer(client, "id"));
}
