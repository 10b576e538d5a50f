#include "mock/core/fault.h"

#include "mock/api/reply.h"

#include <string.h>

struct preset {
    const char *name;
    struct mock_problem problem;
    const char *message;
    const char *retry_after;
    enum { SHAPE_API, SHAPE_AZURE, SHAPE_HTML } shape;
};

static const struct preset presets[] = {
    {"server",
     {500, "server_error", NULL, NULL},
     "The server had an error processing your request. Sorry about that! You can retry your "
     "request, or contact us through our help center at help.openai.com if you keep seeing this "
     "error.",
     NULL,
     SHAPE_API},
    {"overloaded",
     {503, "server_error", NULL, NULL},
     "That model is currently overloaded with other requests.",
     NULL,
     SHAPE_API},
    {"rate_limit",
     {429, NULL, NULL, "rate_limit_exceeded"},
     "You've exceeded the rate limit, please slow down and try again later.",
     "1",
     SHAPE_API},
    {"quota",
     {429, "insufficient_quota", NULL, "insufficient_quota"},
     "You exceeded your current quota, please check your plan and billing details.",
     NULL,
     SHAPE_API},
    {"locked",
     {400, NULL, "conversation", "conversation_locked"},
     "Another process is currently operating on this conversation. Please retry in a few seconds.",
     NULL,
     SHAPE_API},
    {"key",
     {401, NULL, NULL, "invalid_api_key"},
     "Incorrect API key provided: sk-****. You can find your API key at "
     "https://platform.openai.com/account/api-keys.",
     NULL,
     SHAPE_API},
    {"forbidden",
     {403, NULL, NULL, NULL},
     "You are not allowed to access this resource.",
     NULL,
     SHAPE_API},
    {"permission",
     {401, NULL, NULL, "PermissionDenied"},
     "The principal `00000000-0000-0000-0000-000000000000` lacks the required data action "
     "`Microsoft.CognitiveServices/accounts/AIServices/agents/read` to perform `GET "
     "/api/projects/{projectName}/assistants` operation.",
     NULL,
     SHAPE_AZURE},
    {"too_large", {413, NULL, NULL, NULL}, "Request too large.", NULL, SHAPE_API},
    {"timeout", {408, "server_error", NULL, NULL}, "Request timed out.", NULL, SHAPE_API},
    {"conflict", {409, NULL, NULL, NULL}, "The request conflicts.", NULL, SHAPE_API},
    {"bad_item",
     {400, NULL, "items[0]", "invalid_value"},
     "Invalid value: 'refused'.",
     NULL,
     SHAPE_API},
    {"html", {502, NULL, NULL, NULL}, "502 Bad Gateway", NULL, SHAPE_HTML},
};

static void write_html(const struct preset *preset, struct mock_reply *reply)
{
    reply->status = preset->problem.status;
    mock_text_printf(&reply->body,
                     "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1>"
                     "</center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
                     preset->message, preset->message);
}

static void write_preset(const struct preset *preset, struct mock_reply *reply)
{
    switch (preset->shape) {
    case SHAPE_API:
        mock_reply_fail(reply, &preset->problem, "%s", preset->message);
        break;
    case SHAPE_AZURE:
        mock_reply_fail_azure(reply, preset->problem.status, preset->problem.code, preset->message);
        break;
    case SHAPE_HTML:
        write_html(preset, reply);
        break;
    }
}

bool mock_fault_preset(const char *name, struct mock_fault *fault)
{
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        struct mock_reply reply = {.status = 0};

        if (strcmp(presets[i].name, name) != 0)
            continue;
        write_preset(&presets[i], &reply);
        mock_text_release(&fault->body);
        fault->body = reply.body;
        fault->has_body = true;
        fault->status = reply.status;
        if (presets[i].retry_after)
            fault->headers = json_pack("{s:s}", "Retry-After", presets[i].retry_after);
        if (presets[i].shape == SHAPE_HTML)
            fault->headers = json_pack("{s:s}", "Content-Type", "text/html");
        return true;
    }
    return false;
}
