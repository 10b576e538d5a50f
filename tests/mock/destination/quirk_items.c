#include "mock/destination/quirk_items.h"

#include "mock/source/quirk.h"

#include <string.h>

enum { FULL_AT = 40, HEX_DIGITS = 48 };

/* What may not be in the items, as compact JSON, and what the server says of it. */
static const struct {
    unsigned quirk;
    const char *words;
    struct mock_problem problem;
    const char *message;
} refused[] = {
    {MOCK_QUIRK_NO_NUL,
     "\\u0000",
     {500, "server_error", NULL, NULL},
     "unsupported Unicode escape sequence"},
    {MOCK_QUIRK_NO_REFUSALS,
     "\"type\":\"refusal\"",
     {400, NULL, "items", "invalid_value"},
     "Invalid content part."},
};

static bool fail(struct mock_context *context, const struct mock_problem *problem,
                 const char *message)
{
    mock_reply_fail(context->reply, problem, "%s", message);
    return false;
}

bool mock_quirk_takes(struct mock_context *context, json_t *items, size_t held)
{
    static const struct mock_problem full = {409, NULL, NULL, "conversation_full"};
    const unsigned quirks = context->mock->config.quirks;
    bool takes = true;

    for (size_t i = 0; takes && i < sizeof refused / sizeof refused[0]; i++) {
        if ((quirks & refused[i].quirk) == 0)
            continue;
        struct mock_text text = {0};
        mock_text_json(&text, items);
        if (strstr(text.data, refused[i].words))
            takes = fail(context, &refused[i].problem, refused[i].message);
        mock_text_release(&text);
    }
    if (takes && (quirks & MOCK_QUIRK_FULL) != 0 && held + json_array_size(items) > FULL_AT)
        return fail(context, &full, "The conversation is full.");
    return takes;
}

bool mock_quirk_takes_id(struct mock_context *context, const char *id)
{
    static const struct mock_problem bad = {400, NULL, "conversation_id", "invalid_value"};
    static const char prefix[] = "conv_";
    const size_t head = sizeof prefix - 1;

    if ((context->mock->config.quirks & MOCK_QUIRK_STRICT_IDS) == 0 ||
        (strncmp(id, prefix, head) == 0 && strlen(id) == head + HEX_DIGITS &&
         strspn(id + head, "0123456789abcdef") == HEX_DIGITS))
        return true;
    return fail(context, &bad, "Invalid 'conversation_id'.");
}
