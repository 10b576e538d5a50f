/* The Assistants side of the mock: lists, cursors, the generator, the habits of other servers. */
#include "mock/judge/client.h"
#include "mock/source/generate.h"
#include "mock/source/quirk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char fixture[] =
    "{\"threads\":[{\"id\":\"thread_a\",\"object\":\"thread\",\"created_at\":1,\"metadata\":{},"
    "\"messages\":["
    "{\"id\":\"msg_1\",\"created_at\":5,\"run_id\":null,\"role\":\"user\",\"content\":[]},"
    "{\"id\":\"msg_2\",\"created_at\":5,\"run_id\":\"run_1\",\"role\":\"assistant\",\"content\":[]}"
    ","
    "{\"id\":\"msg_3\",\"created_at\":6,\"run_id\":null,\"role\":\"user\",\"content\":[]}],"
    "\"runs\":[{\"id\":\"run_1\",\"status\":\"completed\"}],"
    "\"run_steps\":[{\"id\":\"step_1\",\"run_id\":\"run_1\",\"step_details\":{\"type\":"
    "\"tool_calls\",\"tool_calls\":[{\"id\":\"c\",\"type\":\"file_search\",\"file_search\":{"
    "\"results\":[{\"file_id\":\"f\",\"content\":[{\"type\":\"text\",\"text\":\"found\"}]}]}}]}}]},"
    "{\"id\":\"thread_empty\"}],"
    "\"assistants\":[{\"id\":\"asst_1\"}]}";

static int setup(void **state)
{
    struct mock_client *client = mock_alloc(1, sizeof *client);

    mock_client_open(client, NULL);
    assert_int_equal(mock_ask(client, "POST", "/admin/threads", fixture), 200);
    *state = client;
    return 0;
}

static int teardown(void **state)
{
    mock_client_close(*state);
    free(*state);
    return 0;
}

/* The ids of the last page, separated by blanks. */
static void assert_ids(const struct mock_client *client, const char *expected)
{
    json_t *data = json_object_get(client->json, "data");
    struct mock_text ids = {0};

    mock_text_puts(&ids, "");
    for (size_t i = 0; i < json_array_size(data); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(data, i), "id"));

        mock_text_printf(&ids, "%s%s", i > 0 ? " " : "", id);
    }
    assert_string_equal(ids.data, expected);
    mock_text_release(&ids);
}

struct page_case {
    const char *query;
    const char *ids;
    bool more;
};

static void test_lists(void **state)
{
    static const struct page_case cases[] = {
        {"", "msg_3 msg_2 msg_1", false},
        {"?order=asc", "msg_1 msg_2 msg_3", false},
        {"?order=asc&limit=1", "msg_1", true},
        {"?order=asc&limit=2&after=msg_1", "msg_2 msg_3", false},
        {"?order=desc&limit=1&after=msg_3", "msg_2", true},
        {"?order=asc&before=msg_3", "msg_1 msg_2", false},
        {"?order=asc&before=msg_3&limit=1", "msg_2", true},
        {"?before=msg_1&limit=1", "msg_2", true},
        {"?order=asc&after=msg_1&before=msg_3", "msg_2", false},
        {"?run_id=run_1", "msg_2", false},
        {"?order=asc&after=msg_3", "", false},
    };
    struct mock_client *client = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mock_text target = {0};

        mock_text_printf(&target, "/v1/threads/thread_a/messages%s", cases[i].query);
        assert_int_equal(mock_ask(client, "GET", target.data, NULL), 200);
        assert_ids(client, cases[i].ids);
        assert_int_equal(json_is_true(json_object_get(client->json, "has_more")), cases[i].more);
        mock_text_release(&target);
    }
}

struct error_case {
    const char *target;
    int status;
    const char *message;
    const char *param;
};

static void test_errors(void **state)
{
    static const struct error_case cases[] = {
        {"/v1/threads/thread_x", 404, "No thread found with id 'thread_x'.", ""},
        {"/v1/threads/thread_x/messages", 404, "No thread found with id 'thread_x'.", ""},
        {"/v1/threads/thread_a/messages?after=msg_9", 404, "No message found with id 'msg_9'",
         "after"},
        {"/v1/threads/thread_a/runs/run_9/steps", 404, "No run found with id 'run_9'.", ""},
        {"/v1/threads/thread_a/runs/run_1/steps/step_9", 404, "No run step found with id 'step_9'.",
         ""},
        {"/v1/assistants/asst_9", 404, "No assistant found with id 'asst_9'.", ""},
        {"/v1/threads/thread_a/messages?limit=0", 400,
         "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
         "limit"},
        {"/v1/threads/thread_a/messages?limit=101", 400,
         "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 "
         "instead.",
         "limit"},
        {"/v1/threads/thread_a/messages?order=up", 400,
         "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.", "order"},
        {"/v1/threads/thread_a/runs?run_id=run_1", 400, "Unknown query parameter: 'run_id'.",
         "run_id"},
    };
    struct mock_client *client = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(mock_ask(client, "GET", cases[i].target, NULL), cases[i].status);
        assert_string_equal(mock_answer(client, "error.message"), cases[i].message);
        assert_string_equal(mock_answer(client, "error.param"), cases[i].param);
    }
}

static void test_single_objects(void **state)
{
    static const char *const targets[] = {
        "/v1/threads/thread_a",
        "/v1/threads/thread_empty",
        "/v1/threads/thread_a/messages/msg_2",
        "/v1/threads/thread_a/runs/run_1",
        "/v1/threads/thread_a/runs/run_1/steps/step_1",
        "/v1/assistants/asst_1",
    };
    struct mock_client *client = *state;

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        assert_int_equal(mock_ask(client, "GET", targets[i], NULL), 200);
        assert_string_equal(mock_answer(client, "id"), strrchr(targets[i], '/') + 1);
    }
}

static void test_search_contents_only_on_request(void **state)
{
    static const char path[] =
        "data.0.step_details.tool_calls.0.file_search.results.0.content.0.text";
    struct mock_client *client = *state;

    assert_int_equal(
        mock_ask(client, "GET", "/v1/threads/thread_a/runs/run_1/steps?order=asc", NULL), 200);
    assert_ids(client, "step_1");
    assert_string_equal(mock_answer(client, path), "");
    assert_int_equal(mock_ask(client, "GET",
                              "/v1/threads/thread_a/runs/run_1/steps?include%5B%5D="
                              "step_details.tool_calls%5B*%5D.file_search.results%5B*%5D.content",
                              NULL),
                     200);
    assert_string_equal(mock_answer(client, path), "found");
}

static void test_growing_and_deleting(void **state)
{
    struct mock_client *client = *state;

    assert_int_equal(mock_ask(client, "POST", "/admin/threads", "{\"id\":\"thread_a\",\"grow\":2}"),
                     200);
    (void)mock_ask(client, "GET", "/v1/threads/thread_a/messages", NULL);
    assert_int_equal(json_array_size(json_object_get(client->json, "data")), 5);
    assert_int_equal(mock_ask(client, "DELETE", "/v1/threads/thread_a", NULL), 200);
    assert_int_equal(mock_ask(client, "GET", "/v1/threads/thread_a", NULL), 404);
    assert_int_equal(mock_ask(client, "DELETE", "/v1/assistants/asst_1", NULL), 200);
    assert_int_equal(mock_ask(client, "GET", "/v1/assistants/asst_1", NULL), 404);
}

/* Same seed, same bytes; and more threads than are kept at once. */
static void test_generator_is_deterministic(void **state)
{
    struct mock_config config = {.profile = MOCK_ANY, .seed = 1};
    struct mock_text dumps[2] = {{0}, {0}};
    struct mock_text error = {0};

    (void)state;
    assert_true(mock_generator_parse("threads=1200,messages=0..7,seed=9,tools=50,nul=5,empty=5",
                                     &config.generator, &error));
    for (int i = 0; i < 2; i++) {
        struct mock_client client;

        mock_client_open(&client, &config);
        mock_dump_source(client.mock, &dumps[i]);
        mock_client_close(&client);
    }
    assert_int_equal(dumps[0].len, dumps[1].len);
    assert_memory_equal(dumps[0].data, dumps[1].data, dumps[0].len);
    json_t *json = json_loadb(dumps[0].data, dumps[0].len, JSON_ALLOW_NUL, NULL);
    assert_int_equal(json_array_size(json_object_get(json, "threads")), 1200);
    json_decref(json);
    mock_text_release(&dumps[0]);
    mock_text_release(&dumps[1]);
    assert_false(mock_generator_parse("threads=x", &config.generator, &error));
    mock_text_release(&error);
}

static void open_with(struct mock_client *client, unsigned quirks)
{
    const struct mock_config config = {
        .profile = MOCK_ANY,
        .seed = 1,
        .quirks = quirks,
        .generator = {.threads = 1, .messages_lo = 45, .messages_hi = 45, .seed = 3, .runs = 50},
    };

    mock_client_open(client, &config);
}

static int ask_messages(struct mock_client *client, const char *query)
{
    struct mock_text target = {0};
    struct mock_text source = {0};

    mock_dump_source(client->mock, &source);
    json_t *json = json_loadb(source.data, source.len, JSON_ALLOW_NUL, NULL);
    json_t *thread = json_array_get(json_object_get(json, "threads"), 0);
    mock_text_printf(&target, "/v1/threads/%s/messages%s",
                     json_string_value(json_object_get(thread, "id")), query);
    int status = mock_ask(client, "GET", target.data, NULL);
    json_decref(json);
    mock_text_release(&target);
    mock_text_release(&source);
    return status;
}

static void test_quirks(void **state)
{
    struct mock_client client;

    (void)state;
    open_with(&client, MOCK_QUIRK_LITELLM);
    assert_int_equal(ask_messages(&client, "?limit=100&order=asc"), 200);
    char *first = mock_strdup(mock_answer(&client, "first_id"));
    assert_int_equal(ask_messages(&client, "?order=asc&after=msg_whatever"), 200);
    assert_string_equal(mock_answer(&client, "first_id"), first);
    assert_int_equal(json_array_size(json_object_get(client.json, "data")), 20);
    free(first);
    mock_client_close(&client);

    open_with(&client, MOCK_QUIRK_ASTRA);
    assert_int_equal(ask_messages(&client, "?limit=20"), 200);
    assert_true(json_is_false(json_object_get(client.json, "has_more")));
    assert_string_equal(mock_answer(&client, "object"), "runs");
    assert_int_equal(ask_messages(&client, "?limit=20&after=msg_x"), 500);
    mock_client_close(&client);

    open_with(&client, MOCK_QUIRK_OPENASSISTANT);
    assert_int_equal(ask_messages(&client, "?order=asc"), 200);
    assert_int_equal(strlen(mock_answer(&client, "data.0.id")), 24);
    assert_int_equal(strlen(mock_answer(&client, "data.1.created_at")), 20);
    mock_client_close(&client);

    open_with(&client, MOCK_QUIRK_DASHSCOPE);
    assert_int_equal(ask_messages(&client, "?order=asc"), 200);
    assert_memory_equal(mock_answer(&client, "data.0.id"), "message_", 8);
    mock_client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_single_objects, setup, teardown),
        cmocka_unit_test_setup_teardown(test_search_contents_only_on_request, setup, teardown),
        cmocka_unit_test_setup_teardown(test_growing_and_deleting, setup, teardown),
        cmocka_unit_test(test_generator_is_deterministic),
        cmocka_unit_test(test_quirks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
