/* Files of both sides: what is told of them, what is given back, and to whom. */
#include "mock/judge/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char fixture[] =
    "{\"files\":["
    "{\"id\":\"file-a\",\"content\":\"\\u0089PNG\\u0000\"},"
    "{\"id\":\"file-null\",\"bytes\":null,\"content\":[[\"ab\",3]]},"
    "{\"id\":\"file-upload\",\"purpose\":\"assistants\",\"filename\":\"../../x\"},"
    "{\"id\":\"file-user\",\"purpose\":\"user_data\"},"
    "{\"id\":\"file-old\",\"expires_at\":1700000001},"
    "{\"id\":\"file-zipped\",\"content\":\"abc\",\"gzip\":true},"
    "{\"id\":\"file-empty\"},"
    "{\"id\":\"file-theirs\",\"key\":\"sk-other\",\"content\":\"x\"}]}";

static void open_with(struct mock_client *client, const struct mock_config *config)
{
    mock_client_open(client, config);
    assert_int_equal(mock_ask(client, "POST", "/admin/threads", fixture), 200);
}

static void assert_body(const struct mock_client *client, const char *bytes, size_t len)
{
    assert_int_equal(client->reply.body.len, len);
    assert_memory_equal(client->reply.body.data, bytes, len);
}

struct content_case {
    const char *target;
    int status;
    const char *message;
};

static void test_refusals(void **state)
{
    static const struct content_case cases[] = {
        {"/v1/files/file-x", 404, "No such File object: file-x"},
        {"/v1/files/file-x/content", 404, "No such File object: file-x"},
        {"/v1/files/file-theirs", 404, "No such File object: file-theirs"},
        {"/v1/files/file-old/content", 404, "No such File object: file-old"},
        {"/v1/files/file-upload/content", 400,
         "Not allowed to download files of purpose: assistants"},
        {"/v1/files/file-user/content", 400, "Not allowed to download files of purpose: user_data"},
        {"/openai/v1/files/file-x", 404, "No such File object: file-x"},
        {"/api/projects/p/files/file-x?api-version=v1", 404, "No such File object: file-x"},
        {"/api/projects/p/openai/v1/files/file-x", 404, "No such File object: file-x"},
        {"/v1/files/file-a?purpose=vision", 400, "Unknown query parameter: 'purpose'."},
    };
    struct mock_client client;

    (void)state;
    open_with(&client, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(mock_ask(&client, "GET", cases[i].target, NULL), cases[i].status);
        assert_string_equal(mock_answer(&client, "error.message"), cases[i].message);
    }
    assert_int_equal(mock_ask(&client, "POST", "/admin/threads", "{\"files\":[{}]}"), 400);
    mock_client_close(&client);
}

static void test_objects_and_contents(void **state)
{
    static const char zipped[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03\1\3\0\xfc\xff"
                                 "abc\xc2\x41\x24\x35\3\0\0\0";
    struct mock_client client;

    (void)state;
    open_with(&client, NULL);
    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-a", NULL), 200);
    assert_string_equal(mock_answer(&client, "purpose"), "vision");
    assert_int_equal(json_integer_value(json_object_get(client.json, "bytes")), 5);
    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-a/content", NULL), 200);
    assert_body(&client, "\x89PNG\0", 5);
    assert_string_equal(mock_reply_header(&client.reply, "Content-Type"),
                        "application/octet-stream");

    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-null", NULL), 200);
    assert_true(json_is_null(json_object_get(client.json, "bytes")));
    assert_null(json_object_get(client.json, "content"));
    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-null/content", NULL), 200);
    assert_body(&client, "ababab", 6);

    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-zipped/content", NULL), 200);
    assert_string_equal(mock_reply_header(&client.reply, "Content-Encoding"), "gzip");
    assert_body(&client, zipped, sizeof zipped - 1);

    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-empty/content", NULL), 200);
    assert_int_equal(client.reply.body.len, 0);

    client.key = "sk-other";
    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-theirs", NULL), 200);
    mock_client_close(&client);
}

static void test_list(void **state)
{
    static const char again[] = "{\"files\":[{\"id\":\"file-a\",\"filename\":\"new.png\"}]}";
    struct mock_client client;

    (void)state;
    open_with(&client, NULL);
    assert_int_equal(mock_ask(&client, "POST", "/admin/threads", again), 200);
    assert_int_equal(mock_ask(&client, "GET", "/v1/files?limit=1", NULL), 200);
    assert_string_equal(mock_answer(&client, "data.0.filename"), "new.png");
    assert_int_equal(mock_ask(&client, "GET", "/v1/files", NULL), 200);
    assert_int_equal(json_array_size(json_object_get(client.json, "data")), 7);
    mock_client_close(&client);
}

static void test_reach(void **state)
{
    struct mock_client client;

    (void)state;
    open_with(&client, &(struct mock_config){.profile = MOCK_ANY, .sunset = MOCK_SUNSET_404});
    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-a", NULL), 200);
    mock_client_close(&client);
    open_with(&client, &(struct mock_config){.profile = MOCK_ANY, .quirks = 1u << 15});
    assert_int_equal(mock_ask(&client, "GET", "/v1/files?limit=1", NULL), 404);
    assert_string_equal(mock_answer(&client, "error.message"),
                        "Invalid URL (GET /v1/files?limit=1)");
    mock_client_close(&client);
}

static void test_generated(void **state)
{
    struct mock_client client;

    (void)state;
    open_with(&client,
              &(struct mock_config){.profile = MOCK_ANY, .seed = 1, .generator = {.threads = 1}});
    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-1PNG/content", NULL), 200);
    assert_int_equal(client.reply.body.len, 67 + 9);
    assert_memory_equal(client.reply.body.data, "\x89PNG\r\n\x1a\n", 8);
    assert_memory_equal(client.reply.body.data + 67, "file-1PNG", 9);
    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-1DOC", NULL), 200);
    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-1DOC/content", NULL), 400);
    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-1GIF", NULL), 404);
    mock_client_close(&client);
    open_with(&client, NULL);
    assert_int_equal(mock_ask(&client, "GET", "/v1/files/file-1PNG", NULL), 404);
    mock_client_close(&client);
}

static int append(struct mock_client *client, const char *file_id)
{
    char *conversation = mock_ask_conversation(client);
    struct mock_text target = {0};
    struct mock_text body = {0};

    mock_text_printf(&target, "/v1/conversations/%s/items", conversation);
    mock_text_printf(&body,
                     "{\"items\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"user\","
                     "\"content\":[{\"type\":\"input_image\",\"file_id\":\"%s\"}]}]}",
                     file_id);
    int status = mock_ask(client, "POST", target.data, body.data);
    mock_text_release(&target);
    mock_text_release(&body);
    free(conversation);
    return status;
}

static void test_ids_of_items(void **state)
{
    struct mock_client client;

    (void)state;
    open_with(&client, NULL);
    assert_int_equal(append(&client, "file-x"), 200);
    mock_client_close(&client);

    open_with(&client, &(struct mock_config){.profile = MOCK_ANY, .check_file_ids = true});
    assert_int_equal(append(&client, "file-a"), 200);
    assert_int_equal(append(&client, "file-theirs"), 400);
    assert_string_equal(mock_answer(&client, "error.param"), "items[1].content[0].file_id");
    assert_int_equal(append(&client, "file-x"), 400);
    assert_string_equal(mock_answer(&client, "error.message"), "Files [file-x] were not found.");
    assert_int_equal(mock_ask(&client, "GET", "/admin/stats", NULL), 200);
    assert_int_equal(json_integer_value(
                         json_object_get(json_object_get(client.json, "commits"), "items_stored")),
                     2);
    mock_client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),  cmocka_unit_test(test_objects_and_contents),
        cmocka_unit_test(test_list),      cmocka_unit_test(test_reach),
        cmocka_unit_test(test_generated), cmocka_unit_test(test_ids_of_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
