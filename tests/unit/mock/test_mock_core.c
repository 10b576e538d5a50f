/* The mock judges everything else, so its refusals are checked word by word. */
#include "mock/judge/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    struct mock_client *client = mock_alloc(1, sizeof *client);

    mock_client_open(client, NULL);
    *state = client;
    return 0;
}

static int teardown(void **state)
{
    mock_client_close(*state);
    free(*state);
    return 0;
}

static char *target_of(const char *conversation, const char *rest)
{
    struct mock_text target = {0};

    mock_text_printf(&target, "/v1/conversations/%s%s", conversation, rest);
    return mock_text_steal(&target);
}

static int ask_conversation(struct mock_client *client, const char *method,
                            const char *conversation, const char *rest, const char *body)
{
    char *target = target_of(conversation, rest);
    int status = mock_ask(client, method, target, body);

    free(target);
    return status;
}

static size_t count_of(const struct mock_client *client)
{
    return json_array_size(json_object_get(client->json, "data"));
}

#define USER(part) "{\"items\":[{\"type\":\"message\",\"role\":\"user\",\"content\":[" part "]}]}"
#define ASSISTANT(part)                                                                            \
    "{\"items\":[{\"type\":\"message\",\"role\":\"assistant\",\"content\":[" part "]}]}"
#define TEXT "{\"type\":\"input_text\",\"text\":\"hello\"}"

struct refusal {
    const char *body;
    const char *message; /* how it starts */
    const char *param;
    const char *code;
};

static const struct refusal refusals[] = {
    {"{\"items\":[", "Invalid body: failed to parse JSON value.", "", "invalid_json"},
    {"{}", "Missing required parameter: 'items'.", "items", "missing_required_parameter"},
    {"{\"items\":[]}", "Invalid 'items': empty array.", "items", "empty_array"},
    {"{\"items\":\"x\"}",
     "Invalid type for 'items': expected an array of objects, but got a string", "items",
     "invalid_type"},
    {"{\"items\":[1]}", "Invalid type for 'items[0]'", "items[0]", "invalid_type"},
    {"{\"items\":[{\"role\":\"user\",\"content\":\"x\"}],\"more\":1}", "Unknown parameter: 'more'.",
     "more", "unknown_parameter"},
    {"{\"items\":[{\"role\":\"user\",\"content\":\"x\",\"bogus\":1}]}",
     "Unknown parameter: 'items[0].bogus'.", "items[0].bogus", "unknown_parameter"},
    {"{\"items\":[{\"role\":\"user\",\"content\":\"x\",\"metadata\":{}}]}",
     "Unknown parameter: 'items[0].metadata'.", "items[0].metadata", "unknown_parameter"},
    {"{\"items\":[{\"role\":\"bogus\",\"content\":\"x\"}]}",
     "Invalid value: 'bogus'. Supported values are: 'assistant', 'system', 'developer', and "
     "'user'.",
     "items[0]", "invalid_value"},
    {"{\"items\":[{\"type\":\"message\",\"content\":\"x\"}]}",
     "Missing required parameter: 'items[0].role'.", "items[0].role", "missing_required_parameter"},
    {"{\"items\":[{\"role\":\"user\",\"content\":[]}]}", "Invalid 'items[0].content': empty array.",
     "items[0].content", "empty_array"},
    {USER("{\"type\":\"input_text\"}"), "Missing required parameter: 'items[0].content[0].text'.",
     "items[0].content[0].text", "missing_required_parameter"},
    {USER("{\"type\":\"input_text\",\"text\":\"\"}"),
     "Invalid 'items[0].content[0].text': empty string.", "items[0].content[0].text",
     "empty_string"},
    {USER("{\"type\":\"output_text\",\"text\":\"x\"}"),
     "Invalid value: 'output_text'. Supported values are: 'input_text', 'input_image', "
     "'input_file', 'scoped_content', and 'input_audio'.",
     "items[0].content[0]", "invalid_value"},
    {USER(TEXT ",{\"type\":\"input_text\",\"text\":\"x\",\"bogus\":1}"),
     "Unknown parameter: 'items[0].content[1].bogus'.", "items[0].content[1].bogus",
     "unknown_parameter"},
    {USER("{\"type\":\"input_image\",\"detail\":\"auto\"}"),
     "Missing required parameter: 'items[0].content[0].image_url'.",
     "items[0].content[0].image_url", "missing_required_parameter"},
    {USER("{\"type\":\"input_image\",\"image_url\":\"ftp://x\"}"),
     "Invalid 'items[0].content[0].image_url'.", "items[0].content[0].image_url", "invalid_value"},
    {USER("{\"type\":\"input_image\",\"file_id\":\"file-"
          "0123456789012345678901234567890123456789012345678901234567890\"}"),
     "Invalid 'items[0].content[0].file_id': string too long. Expected a string with maximum "
     "length 64, but got a string with length 66 instead.",
     "items[0].content[0].file_id", "string_above_max_length"},
    {ASSISTANT(TEXT),
     "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
     "items[0].content[0]", "invalid_value"},
    {ASSISTANT("{\"type\":\"input_image\",\"file_id\":\"file-1\"}"),
     "Invalid value: 'input_image'.", "items[0].content[0]", "invalid_value"},
    {ASSISTANT("{\"type\":\"output_text\",\"text\":\"x\",\"annotations\":[{\"type\":\"file_path\","
               "\"file_id\":\"file-1\"},{\"type\":\"url_citation\",\"url\":\"u\",\"title\":\"t\","
               "\"start_index\":0,\"end_index\":1}]}"),
     "Invalid value: 'url_citation'.", "items[0].content[0].annotations[1]", "invalid_value"},
    {"{\"items\":[{\"role\":\"user\",\"content\":\"x\",\"phase\":\"commentary\"}]}",
     "Unknown parameter: 'items[0].phase'.", "items[0].phase", "unknown_parameter"},
    {"{\"items\":[{\"role\":\"user\",\"content\":\"x\",\"id\":\"item_1\"}]}",
     "Invalid 'items[0].id': 'item_1'. Expected an ID that begins with 'msg'.", "items[0].id",
     "invalid_value"},
    {"{\"items\":[{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"{}"
     "\","
     "\"id\":\"msg_1\"}]}",
     "Invalid 'items[0].id': 'msg_1'. Expected an ID that begins with 'fc'.", "items[0].id",
     "invalid_value"},
    {"{\"items\":[{\"type\":\"function_call_output\",\"output\":\"x\"}]}",
     "Missing required parameter: 'items[0].call_id'.", "items[0].call_id",
     "missing_required_parameter"},
    {"{\"items\":[{\"type\":\"file_search_call\",\"queries\":[],\"status\":\"completed\"}]}",
     "Missing required parameter: 'items[0].id'.", "items[0].id", "missing_required_parameter"},
    {"{\"items\":[{\"type\":\"reasoning\",\"summary\":[]}]}", "Invalid item", "item",
     "invalid_item"},
    {"{\"items\":[{\"type\":\"nonsense\"}]}", "Invalid value: 'nonsense'.", "items[0]",
     "invalid_value"},
    /* The good one before it is not stored either. */
    {"{\"items\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"user\"}]}",
     "Missing required parameter: 'items[1].content'.", "items[1].content",
     "missing_required_parameter"},
};

static void test_refused_posts_store_nothing(void **state)
{
    struct mock_client *client = *state;
    char *id = mock_ask_conversation(client);

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *one = &refusals[i];

        assert_int_equal(ask_conversation(client, "POST", id, "/items", one->body), 400);
        assert_memory_equal(mock_answer(client, "error.message"), one->message,
                            strlen(one->message));
        assert_string_equal(mock_answer(client, "error.param"), one->param);
        assert_string_equal(mock_answer(client, "error.code"), one->code);
        assert_string_equal(mock_answer(client, "error.type"), "invalid_request_error");
    }
    assert_int_equal(ask_conversation(client, "GET", id, "/items", NULL), 200);
    assert_int_equal(count_of(client), 0);
    assert_true(json_is_null(json_object_get(client->json, "first_id")));
    assert_true(json_is_null(json_object_get(client->json, "last_id")));
    free(id);
}

static void test_twenty_items_and_not_one_more(void **state)
{
    struct mock_client *client = *state;
    char *id = mock_ask_conversation(client);
    struct mock_text body = {0};

    mock_text_puts(&body, "{\"items\":[");
    for (int i = 0; i < 20; i++) {
        mock_text_printf(&body, "%s{\"role\":\"user\",\"content\":\"%d\"}", i > 0 ? "," : "", i);
    }
    size_t twenty = body.len;
    mock_text_puts(&body, "]}");
    assert_int_equal(ask_conversation(client, "POST", id, "/items", body.data), 200);
    assert_int_equal(count_of(client), 20);
    assert_string_equal(mock_answer(client, "data.19.content.0.text"), "19");
    body.len = twenty;
    mock_text_puts(&body, ",{\"role\":\"user\",\"content\":\"21\"}]}");
    assert_int_equal(ask_conversation(client, "POST", id, "/items", body.data), 400);
    assert_string_equal(mock_answer(client, "error.code"), "array_above_max_length");
    mock_text_release(&body);
    free(id);
}

/* Characters count, not bytes. */
static void test_longest_text(void **state)
{
    struct mock_client *client = *state;
    char *id = mock_ask_conversation(client);
    struct mock_text body = {0};

    mock_text_puts(&body, "{\"items\":[{\"role\":\"user\",\"content\":\"");
    for (int i = 0; i < 10485760; i++) {
        mock_text_add(&body, "\xc3\xa9", 2);
    }
    size_t longest = body.len;
    mock_text_puts(&body, "\"}]}");
    assert_int_equal(ask_conversation(client, "POST", id, "/items", body.data), 200);
    body.len = longest;
    mock_text_puts(&body, "!\"}]}");
    assert_int_equal(ask_conversation(client, "POST", id, "/items", body.data), 400);
    assert_string_equal(mock_answer(client, "error.message"),
                        "Invalid 'items[0].content': string too long. Expected a string with "
                        "maximum length 10485760, but got a string with length 10485761 instead.");
    mock_text_release(&body);
    free(id);
}

static void test_stored_form(void **state)
{
    struct mock_client *client = *state;
    char *id = mock_ask_conversation(client);

    assert_int_equal(
        ask_conversation(client, "POST", id, "/items",
                         "{\"items\":[{\"role\":\"assistant\",\"content\":\"yes\"},"
                         "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":"
                         "\"input_image\",\"image_url\":\"https://x/y\"}]},"
                         "{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\","
                         "\"arguments\":\"{}\"}]}"),
        200);
    assert_int_equal(strlen(mock_answer(client, "data.0.id")), 4 + 48);
    assert_memory_equal(mock_answer(client, "data.0.id"), "msg_", 4);
    assert_memory_equal(mock_answer(client, "data.2.id"), "fc_", 3);
    assert_string_equal(mock_answer(client, "data.0.status"), "completed");
    assert_string_equal(mock_answer(client, "data.0.content.0.type"), "output_text");
    json_t *part = json_array_get(
        json_object_get(json_array_get(json_object_get(client->json, "data"), 0), "content"), 0);
    assert_true(json_is_array(json_object_get(part, "annotations")));
    assert_true(json_is_array(json_object_get(part, "logprobs")));
    assert_string_equal(mock_answer(client, "data.1.content.0.image_url"), "");
    assert_int_equal(ask_conversation(client, "GET", id,
                                      "/items?order=asc&include[]=message.input_image.image_url",
                                      NULL),
                     200);
    assert_string_equal(mock_answer(client, "data.1.content.0.image_url"), "https://x/y");
    assert_string_equal(mock_answer(client, "data.1.content.0.detail"), "auto");
    free(id);
}

static void test_known_ids_bring_the_old_content_back(void **state)
{
    struct mock_client *client = *state;
    char *first = mock_ask_conversation(client);
    char *second = mock_ask_conversation(client);
    struct mock_text body = {0};

    (void)ask_conversation(client, "POST", first, "/items",
                           "{\"items\":[{\"role\":\"user\",\"content\":\"old\"}]}");
    mock_text_printf(&body, "{\"items\":[{\"role\":\"user\",\"content\":\"new\",\"id\":\"%s\"}]}",
                     mock_answer(client, "data.0.id"));
    assert_int_equal(ask_conversation(client, "POST", second, "/items", body.data), 200);
    assert_string_equal(mock_answer(client, "data.0.content.0.text"), "old");
    assert_int_equal(ask_conversation(client, "POST", second, "/items", body.data), 400);
    assert_string_equal(mock_answer(client, "error.code"), "item_already_in_conversation");
    assert_int_equal(mock_ask(client, "GET", "/admin/stats", NULL), 200);
    json_t *violations = json_object_get(client->json, "violations");
    assert_int_equal(json_integer_value(json_object_get(violations, "client_ids")), 1);
    assert_int_equal(json_integer_value(json_object_get(violations, "reattached")), 1);
    mock_text_release(&body);
    free(first);
    free(second);
}

static void test_pages_of_items(void **state)
{
    struct mock_client *client = *state;
    char *id = mock_ask_conversation(client);
    struct mock_text rest = {0};

    (void)ask_conversation(client, "POST", id, "/items",
                           "{\"items\":[{\"role\":\"user\",\"content\":\"1\"},{\"role\":\"user\","
                           "\"content\":\"2\"},{\"role\":\"user\",\"content\":\"3\"}]}");
    assert_int_equal(ask_conversation(client, "GET", id, "/items?limit=2", NULL), 200);
    assert_string_equal(mock_answer(client, "data.0.content.0.text"), "3");
    assert_true(json_is_true(json_object_get(client->json, "has_more")));
    mock_text_printf(&rest, "/items?limit=2&after=%s", mock_answer(client, "last_id"));
    assert_int_equal(ask_conversation(client, "GET", id, rest.data, NULL), 200);
    assert_int_equal(count_of(client), 1);
    assert_string_equal(mock_answer(client, "data.0.content.0.text"), "1");
    assert_true(json_is_false(json_object_get(client->json, "has_more")));
    assert_int_equal(ask_conversation(client, "GET", id, "/items?after=msg_0", NULL), 404);
    assert_string_equal(mock_answer(client, "error.message"), "No item found with id 'msg_0'");
    assert_string_equal(mock_answer(client, "error.param"), "after");
    assert_int_equal(ask_conversation(client, "GET", id, "/items?limit=1000", NULL), 400);
    assert_string_equal(mock_answer(client, "error.code"), "integer_above_max_value");
    assert_int_equal(ask_conversation(client, "GET", id, "/items?before=msg_0", NULL), 400);
    assert_int_equal(ask_conversation(client, "GET", id, "/items?include[]=nonsense", NULL), 400);
    mock_text_release(&rest);
    free(id);
}

static int ask_item(struct mock_client *client, const char *method, const char *conversation,
                    const char *item)
{
    struct mock_text rest = {0};

    mock_text_printf(&rest, "/items/%s", item);
    int status = ask_conversation(client, method, conversation, rest.data, NULL);
    mock_text_release(&rest);
    return status;
}

/* From the last one down: each is found although the list is shorter than it was. */
static void test_items_go_one_by_one(void **state)
{
    struct mock_client *client = *state;
    char *id = mock_ask_conversation(client);
    char *items[8];

    for (size_t i = 0; i < 8; i++) {
        (void)ask_conversation(client, "POST", id, "/items",
                               "{\"items\":[{\"role\":\"user\",\"content\":\"x\"}]}");
        items[i] = mock_strdup(mock_answer(client, "data.0.id"));
    }
    for (size_t i = 8; i-- > 1;) {
        assert_int_equal(ask_item(client, "GET", id, items[i]), 200);
        assert_int_equal(ask_item(client, "DELETE", id, items[i]), 200);
        assert_string_equal(mock_answer(client, "object"), "conversation");
        assert_int_equal(ask_item(client, "GET", id, items[i]), 404);
        assert_int_equal(ask_item(client, "GET", id, items[0]), 200);
        assert_int_equal(ask_item(client, "GET", id, items[i - 1]), 200);
        free(items[i]);
    }
    free(items[0]);
    free(id);
}

static void test_conversation_life(void **state)
{
    struct mock_client *client = *state;
    struct mock_text body = {0};

    assert_int_equal(mock_ask(client, "POST", "/v1/conversations",
                              "{\"metadata\":{\"a\":\"b\"},\"items\":[{\"role\":\"user\","
                              "\"content\":\"x\"}]}"),
                     200);
    char *id = mock_strdup(mock_answer(client, "id"));
    assert_int_equal(strlen(id), 5 + 48);
    assert_null(json_object_get(client->json, "items"));
    assert_int_equal(ask_conversation(client, "POST", id, "", "{\"metadata\":{\"c\":\"d\"}}"), 200);
    assert_string_equal(mock_answer(client, "metadata.a"), "");
    assert_string_equal(mock_answer(client, "metadata.c"), "d");
    assert_int_equal(ask_conversation(client, "POST", id, "", "{}"), 400);
    assert_int_equal(ask_conversation(client, "POST", id, "", "{\"metadata\":{\"k\":true}}"), 400);
    assert_string_equal(mock_answer(client, "error.message"),
                        "Invalid type for 'metadata.k': expected a string, but got a boolean "
                        "instead.");
    mock_text_puts(&body, "{\"metadata\":{");
    for (int i = 0; i < 17; i++) {
        mock_text_printf(&body, "%s\"k%d\":\"v\"", i > 0 ? "," : "", i);
    }
    mock_text_puts(&body, "}}");
    assert_int_equal(mock_ask(client, "POST", "/v1/conversations", body.data), 400);
    assert_string_equal(mock_answer(client, "error.code"), "object_above_max_properties");
    assert_int_equal(ask_conversation(client, "DELETE", id, "", NULL), 200);
    assert_string_equal(mock_answer(client, "object"), "conversation.deleted");
    assert_int_equal(ask_conversation(client, "GET", id, "", NULL), 404);
    mock_text_release(&body);
    free(id);
}

static void test_admission(void **state)
{
    struct mock_client *client = *state;
    struct mock_config strict = {.profile = MOCK_OPENAI, .key = "right", .seed = 1};

    assert_int_equal(mock_ask(client, "GET", "/v1/threads", NULL), 401);
    assert_string_equal(mock_answer(client, "error.code"), "missing_scope");
    assert_int_equal(mock_ask(client, "GET", "/v1/nonsense", NULL), 404);
    assert_int_equal(mock_ask(client, "GET", "/v1/threads/../x", NULL), 404);
    mock_client_close(client);
    mock_client_open(client, &strict);
    assert_int_equal(mock_ask(client, "POST", "/v1/conversations", "{}"), 401);
    assert_string_equal(mock_answer(client, "error.code"), "invalid_api_key");
    client->key = "right";
    assert_int_equal(mock_ask(client, "POST", "/v1/conversations", "{}"), 200);
    assert_int_equal(mock_ask(client, "POST", "/openai/v1/conversations", "{}"), 404);
}

static void test_foundry_is_stricter(void **state)
{
    struct mock_client *client = *state;
    struct mock_text target = {0};

    assert_int_equal(mock_ask(client, "GET", "/api/projects/p/threads", NULL), 400);
    assert_int_equal(mock_ask(client, "GET", "/api/projects/p/threads?api-version=v1", NULL), 200);
    assert_null(json_object_get(client->json, "object"));
    assert_int_equal(mock_ask(client, "POST", "/api/projects/p/openai/v1/conversations", "{}"),
                     200);
    mock_text_printf(&target, "/api/projects/p/openai/v1/conversations/%s/items",
                     mock_answer(client, "id"));
    assert_int_equal(mock_ask(client, "POST", target.data,
                              "{\"items\":[{\"role\":\"user\",\"content\":\"x\"}]}"),
                     400);
    assert_string_equal(mock_answer(client, "error.message"), "Invalid value: ''.");
    assert_int_equal(mock_ask(client, "POST", target.data,
                              ASSISTANT("{\"type\":\"output_text\",\"text\":\"x\"}")),
                     400);
    assert_string_equal(mock_answer(client, "error.param"), "items[0].content[0].annotations");
    assert_int_equal(
        mock_ask(client, "POST", target.data,
                 ASSISTANT("{\"type\":\"output_text\",\"text\":\"x\",\"annotations\":[]}")),
        200);
    mock_text_release(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refused_posts_store_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_twenty_items_and_not_one_more, setup, teardown),
        cmocka_unit_test_setup_teardown(test_longest_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stored_form, setup, teardown),
        cmocka_unit_test_setup_teardown(test_known_ids_bring_the_old_content_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pages_of_items, setup, teardown),
        cmocka_unit_test_setup_teardown(test_items_go_one_by_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_conversation_life, setup, teardown),
        cmocka_unit_test_setup_teardown(test_admission, setup, teardown),
        cmocka_unit_test_setup_teardown(test_foundry_is_stricter, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
