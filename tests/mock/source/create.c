#include "mock/source/create.h"

#include "mock/source/source.h"

#include <stdio.h>
#include <string.h>

enum { ID_DIGITS = 24 };

static void new_id(struct mock *mock, const char *prefix, char out[MOCK_ID_SIZE])
{
    const size_t len = strlen(prefix);

    (void)snprintf(out, MOCK_ID_SIZE, "%s", prefix);
    mock_rng_hex(&mock->rng, out + len, ID_DIGITS);
}

static void refuse(struct mock_context *context, const char *param)
{
    mock_reply_fail(context->reply, &(struct mock_problem){400, NULL, param, "invalid_value"},
                    "Invalid '%s'.", param);
}

/* The body of the request, new; NULL: the reply is the error. */
static json_t *body_of(struct mock_context *context)
{
    json_t *body = context->request->body_len == 0
                       ? json_object()
                       : json_loadb(context->request->body, context->request->body_len,
                                    JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);

    if (!json_is_object(body)) {
        refuse(context, "body");
        json_decref(body);
        return NULL;
    }
    return body;
}

/* The value as it came, or `absent`, which is taken. */
static json_t *or_else(json_t *value, json_t *absent)
{
    if (!value || json_is_null(value))
        return absent;
    json_decref(absent);
    return json_incref(value);
}

static json_t *text_part(json_t *value)
{
    return json_pack("{s:s, s:{s:O, s:[]}}", "type", "text", "text", "value", value, "annotations");
}

/* Parts as they are shown: what is sent as a text comes back as a part with its annotations. New;
 * NULL if it is no content. */
static json_t *content_of(json_t *sent)
{
    json_t *parts = json_array();

    if (json_is_string(sent))
        (void)json_array_append_new(parts, text_part(sent));
    for (size_t i = 0; i < json_array_size(sent); i++) {
        json_t *part = json_array_get(sent, i);
        json_t *text = json_object_get(part, "text");

        (void)json_array_append_new(parts, text ? text_part(text) : json_incref(part));
    }
    if (json_array_size(parts) > 0)
        return parts;
    json_decref(parts);
    return NULL;
}

/* New; NULL: the reply is the error. */
static json_t *message_of(struct mock_context *context, const char *thread, json_t *sent)
{
    const char *role = json_string_value(json_object_get(sent, "role"));
    json_t *content = content_of(json_object_get(sent, "content"));
    char id[MOCK_ID_SIZE];

    if (!content || !role || (strcmp(role, "user") != 0 && strcmp(role, "assistant") != 0)) {
        refuse(context, content ? "role" : "content");
        json_decref(content);
        return NULL;
    }
    new_id(context->mock, "msg_", id);
    return json_pack("{s:s, s:s, s:I, s:s, s:s, s:o, s:n, s:n, s:o, s:o}", "id", id, "object",
                     "thread.message", "created_at", (json_int_t)context->mock->wall_s, "thread_id",
                     thread, "role", role, "content", content, "assistant_id", "run_id",
                     "attachments", or_else(json_object_get(sent, "attachments"), json_array()),
                     "metadata", or_else(json_object_get(sent, "metadata"), json_object()));
}

void mock_create_message(struct mock_context *context, struct mock_thread *thread)
{
    json_t *body = body_of(context);
    json_t *message = body ? message_of(context, thread->object.id, body) : NULL;

    if (message) {
        mock_source_pin(thread);
        mock_source_add_object(&thread->messages, message);
        mock_text_json(&context->reply->body, message);
    }
    json_decref(message);
    json_decref(body);
}

void mock_create_thread(struct mock_context *context)
{
    json_t *body = body_of(context);
    json_t *sent = json_object_get(body, "messages");
    json_t *messages = json_array();
    char id[MOCK_ID_SIZE];

    new_id(context->mock, "thread_", id);
    for (size_t i = 0; i < json_array_size(sent); i++) {
        json_t *message = message_of(context, id, json_array_get(sent, i));

        if (message)
            (void)json_array_append_new(messages, message);
    }
    if (body && json_array_size(messages) == json_array_size(sent)) {
        json_t *json =
            json_pack("{s:s, s:s, s:I, s:o, s:o}", "id", id, "object", "thread", "created_at",
                      (json_int_t)context->mock->wall_s, "metadata",
                      or_else(json_object_get(body, "metadata"), json_object()), "tool_resources",
                      or_else(json_object_get(body, "tool_resources"), json_object()));
        struct mock_thread *thread = mock_source_add(context->mock, id, json);

        for (size_t i = 0; i < json_array_size(messages); i++)
            mock_source_add_object(&thread->messages, json_array_get(messages, i));
        mock_text_json(&context->reply->body, json);
        json_decref(json);
    }
    json_decref(messages);
    json_decref(body);
}
