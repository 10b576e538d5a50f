#include "mock/api/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void drop_headers(struct mock_reply *reply)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        free(reply->headers[i].name);
        free(reply->headers[i].value);
    }
    reply->header_count = 0;
}

void mock_reply_clear(struct mock_reply *reply)
{
    struct mock_text body = reply->body;

    drop_headers(reply);
    mock_text_clear(&body);
    *reply = (struct mock_reply){.status = 200, .body = body, .close_after_ms = -1};
}

void mock_reply_release(struct mock_reply *reply)
{
    drop_headers(reply);
    mock_text_release(&reply->body);
}

void mock_reply_add_header(struct mock_reply *reply, const char *name, const char *value)
{
    if (reply->header_count == MOCK_REPLY_HEADERS)
        return;
    reply->headers[reply->header_count].name = mock_strdup(name);
    reply->headers[reply->header_count].value = mock_strdup(value);
    reply->header_count++;
}

const char *mock_reply_header(const struct mock_reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (strcasecmp(reply->headers[i].name, name) == 0)
            return reply->headers[i].value;
    return NULL;
}

static void add_string_or_null(struct mock_text *text, const char *string)
{
    if (!string) {
        mock_text_puts(text, "null");
        return;
    }
    mock_text_json_string(text, string, strlen(string));
}

void mock_reply_fail(struct mock_reply *reply, const struct mock_problem *problem,
                     const char *format, ...)
{
    char *message = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&message, format, args) < 0)
        abort();
    va_end(args);
    reply->status = problem->status;
    mock_text_clear(&reply->body);
    mock_text_puts(&reply->body, "{\"error\":{\"message\":");
    add_string_or_null(&reply->body, message);
    mock_text_puts(&reply->body, ",\"type\":");
    add_string_or_null(&reply->body, problem->type ? problem->type : "invalid_request_error");
    mock_text_puts(&reply->body, ",\"param\":");
    add_string_or_null(&reply->body, problem->param);
    mock_text_puts(&reply->body, ",\"code\":");
    add_string_or_null(&reply->body, problem->code);
    mock_text_puts(&reply->body, "}}");
    free(message);
}

void mock_reply_fail_azure(struct mock_reply *reply, int status, const char *code,
                           const char *message)
{
    reply->status = status;
    mock_text_clear(&reply->body);
    mock_text_puts(&reply->body, "{\"error\":{\"code\":");
    add_string_or_null(&reply->body, code);
    mock_text_puts(&reply->body, ",\"message\":");
    add_string_or_null(&reply->body, message);
    mock_text_puts(&reply->body, "}}");
}
