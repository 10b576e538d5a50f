#include "fields/presets.h"

#include "json/json.h"
#include "unit/play/json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A row as the exporter writes it (what it says is made up), and what becomes of it. Columns of CSV
 * are members, all of them strings. */
static const struct {
    const char *preset;
    bool by_sign;
    const char *row;
    const char *messages; /* id, thread, role, content, time of each, as JSON */
} ROWS[] = {
    {"openassistantgpt", true,
     "{\"id\":\"clz1\",\"message\":\"Do you repair bikes?\",\"response\":\"We do.\","
     "\"createdAt\":\"2024-05-02T08:00:00.000Z\",\"threadId\":\"thread_abc\"}",
     "[[\"clz1\",\"thread_abc\",\"user\",\"Do you repair bikes?\",\"2024-05-02T08:00:00.000Z\"],"
     "[\"clz1/answer\",\"thread_abc\",\"assistant\",\"We do.\",\"2024-05-02T08:00:00.000Z\"]]"},
    {"flowise", false,
     "{\"id\":\"7f\",\"role\":\"apiMessage\",\"chatflowid\":\"cf\",\"content\":\"Noon.\","
     "\"chatType\":\"EXTERNAL\",\"chatId\":\"c\",\"memoryType\":null,\"sessionId\":\"thread_f\","
     "\"createdDate\":\"2024-06-01T10:00:00.000Z\"}",
     "[[\"7f\",\"thread_f\",\"assistant\",\"Noon.\",null]]"},
    {"flowise", false,
     "{\"content\":\"When?\",\"role\":\"userMessage\",\"sessionId\":\"s-1\",\"time\":5}",
     "[[null,\"s-1\",\"user\",\"When?\",null]]"},
    {"ai-engine", true,
     "{\"ConversationID\":\"x7k2\",\"UserID\":\"\",\"BotID\":\"default\","
     "\"DateTime\":\"31/01/2024 09:30:00\",\"UserQuestion\":\"Is it open?\","
     "\"AssistantAnswer\":\"Until six.\"}",
     "[[null,\"x7k2\",\"user\",\"Is it open?\",null],"
     "[null,\"x7k2\",\"assistant\",\"Until six.\",null]]"},
    {"ai-engine", true,
     "{\"Chat ID\":\"x7k2\",\"User ID\":\"3\",\"Bot ID\":\"default\",\"IP\":\"192.0.2.1\","
     "\"Date\":\"January 31, 2024 9:30 am\",\"Message Role\":\"assistant\","
     "\"Message Content\":\"Until six.\",\"# Messages\":\"2\"}",
     "[[null,\"x7k2\",\"assistant\",\"Until six.\",null]]"},
    {"librechat", true,
     "{\"_id\":{\"$oid\":\"66aa\"},\"messageId\":\"m-1\",\"conversationId\":\"c-1\",\"user\":\"u\","
     "\"isCreatedByUser\":true,\"sender\":\"User\",\"text\":\"Translate this\","
     "\"thread_id\":\"thread_l\",\"createdAt\":{\"$date\":\"2024-07-01T00:00:00Z\"}}",
     "[[\"m-1\",\"thread_l\",\"user\",\"Translate this\",{\"$date\":\"2024-07-01T00:00:00Z\"}]]"},
    {"librechat", true,
     "{\"messageId\":\"m-2\",\"conversationId\":\"c-1\",\"isCreatedByUser\":false,"
     "\"thread_id\":\"thread_l\",\"text\":\"Done\",\"content\":[{\"type\":\"text\",\"text\":"
     "{\"value\":\"Done\"}}],\"createdAt\":7}",
     "[[\"m-2\",\"thread_l\",\"assistant\",[{\"type\":\"text\",\"text\":{\"value\":\"Done\"}}],7]"
     "]"},
    {"open-chat-studio", true,
     "{\"Message ID\":\"81\",\"Message Date\":\"2025-01-02 03:04:05.678901+00:00\","
     "\"Message Type\":\"ai\",\"Message Content\":\"Rest.\",\"Platform\":\"Web\","
     "\"Session ID\":\"0d1e\",\"Participant Name\":\"\",\"Trace ID\":\"\"}",
     "[[\"81\",\"0d1e\",\"assistant\",\"Rest.\",\"2025-01-02 03:04:05.678901+00:00\"]]"},
    {"open-chat-studio", true,
     "{\"Message ID\":\"82\",\"Message Date\":\"2025-01-02 03:04:09+00:00\","
     "\"Message Type\":\"human\",\"Session ID\":\"0d1e\","
     "\"Message Language\":\"eng\",\"Original Message\":\"Fiebre\"}",
     "[[\"82\",\"0d1e\",\"user\",\"Fiebre\",\"2025-01-02 03:04:09+00:00\"]]"},
    {"n8n", true,
     "{\"id\":5,\"session_id\":\"tg-77\",\"message\":{\"type\":\"human\",\"content\":\"Hi\","
     "\"additional_kwargs\":{},\"response_metadata\":{}}}",
     "[[\"5\",\"tg-77\",\"user\",\"Hi\",null]]"},
    {"n8n", true,
     "{\"id\":\"6\",\"session_id\":\"tg-77\",\"message\":\"{\\\"type\\\": \\\"ai\\\", "
     "\\\"content\\\": \\\"Hello\\\", \\\"tool_calls\\\": []}\"}",
     "[[\"6\",\"tg-77\",\"assistant\",\"Hello\",null]]"},
    {"n8n", true,
     "{\"id\":7,\"session_id\":\"tg-77\",\"message\":{\"type\":\"ai\",\"data\":{\"content\":"
     "\"Old form\",\"additional_kwargs\":{}}}}",
     "[[\"7\",\"tg-77\",\"assistant\",\"Old form\",null]]"},
};

static json_t *member(json_t *message, const char *key)
{
    json_t *value = json_object_get(message, key);

    return value ? json_incref(value) : json_null();
}

/* The text is under an ordinary name where the preset leaves it there. */
static json_t *text_of(json_t *message)
{
    return member(message, json_is_absent(message, "content") ? "text" : "content");
}

static json_t *summary(const struct preset *preset, json_t *row)
{
    struct fields fields;
    json_t *out[2];
    json_t *list = json_array();
    size_t count;

    fields_init(&fields, preset, NULL, NULL);
    count = fields_apply(&fields, row, NULL, out);
    for (size_t i = 0; i < count; i++) {
        json_t *message = json_array();

        (void)json_array_append_new(message, member(out[i], "id"));
        (void)json_array_append_new(message, member(out[i], "thread_id"));
        (void)json_array_append_new(message, member(out[i], "role"));
        (void)json_array_append_new(message, text_of(out[i]));
        (void)json_array_append_new(message, member(out[i], "created_at"));
        (void)json_array_append_new(list, message);
        json_decref(out[i]);
    }
    return list;
}

static void rows_of_the_exporters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        json_t *row = json_of(ROWS[i].row);
        json_t *wanted = json_of(ROWS[i].messages);
        const struct preset *preset = preset_by_name(ROWS[i].preset, row);
        json_t *got;

        assert_non_null(preset);
        assert_ptr_equal(preset_by_sign(row), ROWS[i].by_sign ? preset : NULL);
        got = summary(preset, row);
        if (!json_equal(got, wanted))
            fail_msg("%s: %s", ROWS[i].preset, json_dumps(got, JSON_COMPACT));
        json_decref(got);
        json_decref(wanted);
        json_decref(row);
    }
}

/* Without one of its keys a row is none of the exporter's. */
static void every_key_of_a_sign_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        json_t *whole = json_of(ROWS[i].row);
        const struct preset *preset = preset_by_sign(whole);

        for (size_t k = 0; preset && k < PRESET_SIGN_MAX && preset->sign[k]; k++) {
            json_t *row = json_copy(whole);
            char head[32] = {0};

            memcpy(head, preset->sign[k], strcspn(preset->sign[k], "."));
            assert_int_equal(json_object_del(row, head), 0);
            assert_null(preset_by_sign(row));
            json_decref(row);
        }
        json_decref(whole);
    }
}

static void names(void **state)
{
    size_t count = 0;

    (void)state;
    assert_null(preset_by_name(NULL, NULL));
    assert_null(preset_by_name("", NULL));
    assert_null(preset_by_name("other", NULL));
    for (; PRESET_NAMES[count]; count++) {
        const struct preset *preset = preset_by_name(PRESET_NAMES[count], NULL);

        assert_int_equal(preset == NULL, strcmp(PRESET_NAMES[count], PRESET_NONE) == 0);
    }
    assert_string_equal(PRESET_NAMES[count - 1], PRESET_NONE);
    for (size_t i = 0; i < PRESET_COUNT; i++) {
        bool is_listed = false;

        for (size_t k = 0; PRESET_NAMES[k]; k++)
            is_listed = is_listed || strcmp(PRESETS[i].name, PRESET_NAMES[k]) == 0;
        assert_true(is_listed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_the_exporters),
        cmocka_unit_test(every_key_of_a_sign_counts),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests_name("presets", tests, NULL, NULL);
}
