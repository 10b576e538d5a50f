/* POST /responses of the mock: what it refuses, and what it leaves in the conversation. */
#include "mock/judge/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct mock_client client;
    char *conversation;
};

static int setup(void **state)
{
    struct fixture *fixture = mock_alloc(1, sizeof *fixture);

    mock_client_open(&fixture->client, NULL);
    fixture->conversation = mock_ask_conversation(&fixture->client);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    mock_client_close(&fixture->client);
    free(fixture->conversation);
    free(fixture);
    return 0;
}

/* Posts to /responses with the model, the conversation and `rest` in the body. */
static int respond(struct fixture *fixture, const char *rest)
{
    struct mock_text body = {0};

    mock_text_printf(&body, "{\"model\":\"gpt-4o\",\"conversation\":\"%s\"%s}",
                     fixture->conversation, rest);
    int status = mock_ask(&fixture->client, "POST", "/v1/responses", body.data);
    mock_text_release(&body);
    return status;
}

static size_t items(struct fixture *fixture)
{
    struct mock_text target = {0};

    mock_text_printf(&target, "/v1/conversations/%s/items?order=asc", fixture->conversation);
    (void)mock_ask(&fixture->client, "GET", target.data, NULL);
    mock_text_release(&target);
    return json_array_size(json_object_get(fixture->client.json, "data"));
}

#define WEATHER                                                                                    \
    ",\"tools\":[{\"type\":\"function\",\"name\":\"get_weather\",\"strict\":false,"                \
    "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"         \
    "\"required\":[\"city\"]}}]"

struct refusal {
    const char *rest;
    const char *message;
};

static const struct refusal refusals[] = {
    {"", "Missing required parameter: 'input'."},
    {",\"input\":\"a\",\"not_carried\":{}", "Unknown parameter: 'not_carried'."},
    {",\"input\":\"a\",\"prompt\":{\"id\":\"pmpt_1\"}", "Unknown parameter: 'prompt'."},
    {",\"input\":\"a\",\"tools\":{}",
     "Invalid type for 'tools': expected an array of objects, but got an object instead."},
    {",\"input\":\"a\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]",
     "Missing required parameter: 'tools[0].name'."},
    {",\"input\":\"a\",\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"strict\":false}]",
     "Missing required parameter: 'tools[0].parameters'."},
    {",\"input\":\"a\",\"tools\":[{\"type\":\"retrieval\"}]", "Invalid value: 'retrieval'."},
    {",\"input\":\"a\",\"tools\":[{\"type\":\"code_interpreter\"}]",
     "Missing required parameter: 'tools[0].container'."},
    {",\"input\":\"a\",\"tools\":[{\"type\":\"file_search\",\"vector_store_ids\":[]}]",
     "Invalid 'tools[0].vector_store_ids': empty array. Expected an array with minimum length 1, "
     "but got an empty array instead."},
    {",\"input\":\"a\",\"text\":{\"format\":{\"type\":\"json_schema\",\"json_schema\":{}}}",
     "Unknown parameter: 'text.format.json_schema'."},
    {",\"input\":\"a\",\"metadata\":{\"n\":1}",
     "Invalid type for 'metadata.n': expected a string, but got an integer instead."},
    {",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"output_text\",\"text\":\"a\"}]}]",
     "Invalid value: 'output_text'. Supported values are: 'input_text', 'input_image', "
     "'input_file', 'scoped_content', and 'input_audio'."},
    {",\"input\":[{\"type\":\"function_call_output\",\"call_id\":\"call_1\",\"output\":\"a\"}]",
     "No tool call found for function call output with call_id call_1."},
    {",\"input\":[{\"type\":\"function_call\",\"call_id\":\"call_1\",\"name\":\"f\","
     "\"arguments\":\"{}\"}]",
     "No tool output found for function call call_1."},
};

static void test_refused(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        assert_int_equal(respond(fixture, refusals[i].rest), 400);
        assert_string_equal(mock_answer(&fixture->client, "error.message"), refusals[i].message);
    }
    assert_int_equal(items(fixture), 0);
}

static void test_model_and_conversation_are_required(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(mock_ask(&fixture->client, "POST", "/v1/responses", "{\"input\":\"a\"}"), 400);
    assert_string_equal(mock_answer(&fixture->client, "error.param"), "model");
    assert_int_equal(mock_ask(&fixture->client, "POST", "/v1/responses",
                              "{\"model\":\"m\",\"input\":\"a\",\"conversation\":\"conv_0\"}"),
                     404);
    assert_int_equal(mock_ask(&fixture->client, "GET", "/v1/responses", NULL), 404);
}

static void test_input_and_output_become_items(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(respond(fixture, ",\"input\":\"Hello\""), 200);
    assert_string_equal(mock_answer(&fixture->client, "object"), "response");
    assert_string_equal(mock_answer(&fixture->client, "output.0.content.0.text"),
                        "I have read 0 items before \"Hello\".");
    assert_int_equal(items(fixture), 2);
    assert_string_equal(mock_answer(&fixture->client, "data.0.role"), "user");
    assert_string_equal(mock_answer(&fixture->client, "data.1.role"), "assistant");
}

static void test_a_function_is_called_and_answered(void **state)
{
    struct fixture *fixture = *state;
    struct mock_text output = {0};

    assert_int_equal(respond(fixture, ",\"input\":\"Use get_weather for Paris\"" WEATHER), 200);
    assert_string_equal(mock_answer(&fixture->client, "output.0.type"), "function_call");
    assert_string_equal(mock_answer(&fixture->client, "output.0.arguments"),
                        "{\"city\":\"Paris\"}");
    mock_text_printf(&output,
                     ",\"input\":[{\"type\":\"function_call_output\",\"call_id\":\"%s\","
                     "\"output\":\"rain\"}]" WEATHER,
                     mock_answer(&fixture->client, "output.0.call_id"));
    /* The call stands in the conversation and waits for its output. */
    assert_int_equal(respond(fixture, ",\"input\":\"Hello\""), 400);
    assert_int_equal(respond(fixture, output.data), 200);
    assert_string_equal(mock_answer(&fixture->client, "output.0.content.0.text"),
                        "The function says: rain");
    assert_int_equal(items(fixture), 4);
    mock_text_release(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_model_and_conversation_are_required, setup, teardown),
        cmocka_unit_test_setup_teardown(test_input_and_output_become_items, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_function_is_called_and_answered, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
