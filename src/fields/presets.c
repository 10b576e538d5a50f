#include "fields/presets.h"

#include <string.h>

const char PRESET_NONE[] = "none";

const char *const PRESET_NAMES[] = {
    "openassistantgpt", "flowise", "ai-engine", "librechat",
    "open-chat-studio", "n8n",     PRESET_NONE, NULL,
};

static const struct fields_role FLOWISE_ROLES[] = {
    {"userMessage", "user"},
    {"apiMessage", "assistant"},
    {NULL, NULL},
};

static const struct fields_role LIBRECHAT_ROLES[] = {
    {"true", "user"},
    {"false", "assistant"},
    {NULL, NULL},
};

const struct preset PRESETS[] = {
    /* [{THREAD: [{id, message, response, createdAt, threadId}]}] */
    {
        .name = "openassistantgpt",
        .sign = {"message", "response", "threadId", "createdAt"},
        .path =
            {
                [FIELDS_THREAD] = "threadId",
                [FIELDS_MESSAGE] = "id",
                [FIELDS_TIME] = "createdAt",
                [FIELDS_QUESTION] = "message",
                [FIELDS_ANSWER] = "response",
            },
    },
    /* [{id, source, sessionId, memoryType, email, messages: [{role, content, time}]}]; and rows of
     * its table chat_message, whose roles are others. Both are recognised without it. */
    {
        .name = "flowise",
        .path = {[FIELDS_THREAD] = "sessionId"},
        .roles = FLOWISE_ROLES,
    },
    /* The discussions as CSV, one question a row. The time of all rows is that of the talk's
     * begin, day first: it says nothing about their order. */
    {
        .name = "ai-engine",
        .sign = {"ConversationID", "UserQuestion", "AssistantAnswer"},
        .path =
            {
                [FIELDS_THREAD] = "ConversationID",
                [FIELDS_QUESTION] = "UserQuestion",
                [FIELDS_ANSWER] = "AssistantAnswer",
            },
    },
    /* The same by a later version: a message a row. */
    {
        .name = "ai-engine",
        .sign = {"Chat ID", "Bot ID", "Message Role", "Message Content"},
        .path =
            {
                [FIELDS_THREAD] = "Chat ID",
                [FIELDS_ROLE] = "Message Role",
                [FIELDS_TEXT] = "Message Content",
            },
    },
    /* The collection of messages. The text is `content` where there is one, else `text`, which are
     * ordinary names in this order. */
    {
        .name = "librechat",
        .sign = {"messageId", "conversationId", "isCreatedByUser", "thread_id"},
        .path =
            {
                [FIELDS_THREAD] = "thread_id",
                [FIELDS_ROLE] = "isCreatedByUser",
                [FIELDS_MESSAGE] = "messageId",
                [FIELDS_TIME] = "createdAt",
            },
        .roles = LIBRECHAT_ROLES,
    },
    /* Translated: what was said is in another column then. */
    {
        .name = "open-chat-studio",
        .sign = {"Session ID", "Message Type", "Original Message", "Message Date"},
        .path =
            {
                [FIELDS_THREAD] = "Session ID",
                [FIELDS_ROLE] = "Message Type",
                [FIELDS_TEXT] = "Original Message",
                [FIELDS_MESSAGE] = "Message ID",
                [FIELDS_TIME] = "Message Date",
            },
    },
    {
        .name = "open-chat-studio",
        .sign = {"Session ID", "Message Type", "Message Content", "Message Date"},
        .path =
            {
                [FIELDS_THREAD] = "Session ID",
                [FIELDS_ROLE] = "Message Type",
                [FIELDS_TEXT] = "Message Content",
                [FIELDS_MESSAGE] = "Message ID",
                [FIELDS_TIME] = "Message Date",
            },
    },
    /* Rows of a chat memory: {id, session_id, message: {type, content}}. */
    {
        .name = "n8n",
        .sign = {"session_id", "message.type", "message.content"},
        .path =
            {
                [FIELDS_THREAD] = "session_id",
                [FIELDS_ROLE] = "message.type",
                [FIELDS_TEXT] = "message.content",
                [FIELDS_MESSAGE] = "id",
            },
    },
    /* The same as LangChain wrote it before. */
    {
        .name = "n8n",
        .sign = {"session_id", "message.type", "message.data.content"},
        .path =
            {
                [FIELDS_THREAD] = "session_id",
                [FIELDS_ROLE] = "message.type",
                [FIELDS_TEXT] = "message.data.content",
                [FIELDS_MESSAGE] = "id",
            },
    },
};

const size_t PRESET_COUNT = sizeof PRESETS / sizeof PRESETS[0];

static bool has_sign(const struct preset *preset, json_t *object)
{
    for (size_t i = 0; i < PRESET_SIGN_MAX && preset->sign[i]; i++) {
        json_t *value = fields_find(object, preset->sign[i], (struct span){NULL, 0});

        if (!value)
            return false;
        json_decref(value);
    }
    return preset->sign[0] != NULL;
}

const struct preset *preset_by_sign(json_t *object)
{
    for (size_t i = 0; i < PRESET_COUNT; i++) {
        if (has_sign(&PRESETS[i], object))
            return &PRESETS[i];
    }
    return NULL;
}

const struct preset *preset_by_name(const char *name, json_t *object)
{
    const struct preset *first = NULL;

    for (size_t i = 0; name && i < PRESET_COUNT; i++) {
        if (strcmp(PRESETS[i].name, name) != 0)
            continue;
        if (has_sign(&PRESETS[i], object))
            return &PRESETS[i];
        if (!first)
            first = &PRESETS[i];
    }
    return first;
}
