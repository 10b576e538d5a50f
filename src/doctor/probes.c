#include "doctor/probes.h"

#include "json/json.h"

#include <string.h>

#define VALUE(text)                                                                                \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }
#define TEXT "threadferry canary: \xc3\xbc \xf0\x9f\x9a\xa2 \r\n end"
#define FROM_USER .role = "user", .part = "input_text", .member = "text"
#define FROM_ASSISTANT .role = "assistant", .part = "output_text", .member = "text"
#define NO_SETTING "no setting changes that; threads that hold such a message will fail"

/* The longest text of a message in the Assistants API; and a body that many proxies refuse. */
enum { LONG_TEXT = 256000, LARGE_BODY = 1200000 };

const struct probe PROBES[PROBE_COUNT] = {
    {.name = "a user message", FROM_USER, .value = VALUE(TEXT), .basic = true},
    {.name = "an assistant message", FROM_ASSISTANT, .value = VALUE(TEXT), .basic = true},
    {.name = "a third message", FROM_USER, .value = VALUE("canary: third"), .basic = true},
    {.name = "a fourth message", FROM_ASSISTANT, .value = VALUE("canary: fourth"), .basic = true},
    {.name = "a fifth message", FROM_USER, .value = VALUE("canary: fifth"), .basic = true},
    {.name = "a sixth message", FROM_ASSISTANT, .value = VALUE("canary: sixth"), .basic = true},
    {.name = "a system message",
     .role = "system",
     .part = "input_text",
     .member = "text",
     .value = VALUE("canary: system"),
     .remedy = NO_SETTING},
    {.name = "a refusal part",
     .role = "assistant",
     .part = "refusal",
     .member = "refusal",
     .value = VALUE("canary: refusal"),
     .policy = "refusals",
     .choice = "text"},
    {.name = "a NUL in text",
     .role = "user",
     .part = "input_text",
     .member = "text",
     .value = VALUE("canary: \0 NUL"),
     .policy = "nul",
     .choice = "replace"},
    {.name = "an image URL",
     .role = "user",
     .part = "input_image",
     .member = "image_url",
     .value = VALUE("https://example.com/threadferry-canary.png"),
     .opaque = true,
     .remedy = NO_SETTING},
    {.name = "a text of 256 kB",
     .role = "user",
     .part = "input_text",
     .member = "text",
     .value = VALUE("canary: long "),
     .fill = LONG_TEXT,
     .remedy =
         "batch_bytes: 65536, so that only longer messages fail; or raise the server's limit"},
    {.name = "a request of 1.2 MB",
     .role = "user",
     .part = "input_text",
     .member = "text",
     .value = VALUE("canary: large "),
     .fill = LARGE_BODY,
     .remedy = "batch_bytes: 262144"},
};

static const struct policy_row *row_of(const struct probe *probe)
{
    for (size_t i = 0; probe->policy && i < POLICY_ROW_COUNT; i++) {
        if (strcmp(POLICY_ROWS[i].key, probe->policy) == 0)
            return &POLICY_ROWS[i];
    }
    return NULL;
}

bool probe_is_helped(const struct probe *probe, const struct config *config)
{
    const struct policy_row *row = row_of(probe);

    return row && strcmp(policy_get(&config->policy, row), probe->choice) == 0;
}

bool probe_is_due(const struct probe *probe, const struct config *config)
{
    return probe->fill <= LONG_TEXT || (int64_t)probe->fill < config->batch_bytes;
}

const char *probe_remedy(const struct probe *probe, struct buf *out)
{
    if (!probe->policy)
        return probe->remedy;
    buf_clear(out);
    buf_printf(out, "mapping.%s: %s", probe->policy, probe->choice);
    return out->data;
}

static void add_value(const struct probe *probe, struct buf *out)
{
    buf_add_span(out, probe->value);
    for (size_t i = 0; i < probe->fill; i++)
        buf_add_char(out, 'x');
}

void probe_write(const struct probe *probe, struct buf *out)
{
    struct buf value;

    buf_init(&value, BUF_NO_LIMIT);
    add_value(probe, &value);
    buf_printf(out, "{\"type\":\"message\",\"role\":\"%s\",\"content\":[{\"type\":\"%s\",\"%s\":",
               probe->role, probe->part, probe->member);
    json_write_string(out, buf_span(&value), JSON_ESCAPE_HOSTILE);
    buf_add_text(out, strcmp(probe->part, "output_text") == 0 ? ",\"annotations\":[]}]}" : "}]}");
    buf_release(&value);
}

bool probe_is_intact(const struct probe *probe, const json_t *item)
{
    const json_t *part = json_array_get(json_object_get(item, "content"), 0);
    struct buf value;
    bool intact;

    if (!span_is(json_get_text(item, "role"), probe->role) ||
        !span_is(json_get_text(part, "type"), probe->part))
        return false;
    if (probe->opaque)
        return true;
    buf_init(&value, BUF_NO_LIMIT);
    add_value(probe, &value);
    intact = span_equal(json_get_text(part, probe->member), buf_span(&value));
    buf_release(&value);
    return intact;
}
