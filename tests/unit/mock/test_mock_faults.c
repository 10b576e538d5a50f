/* Scripted faults: which request a rule hits, and what it leaves behind. */
#include "mock/judge/client.h"
#include "mock/source/quirk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ITEM(text) "{\"items\":[{\"role\":\"user\",\"content\":\"" text "\"}]}"
#define THREE                                                                                      \
    "{\"items\":[{\"role\":\"user\",\"content\":\"1\"},{\"role\":\"user\",\"content\":\"2\"},"     \
    "{\"role\":\"user\",\"content\":\"3\"}]}"

struct stage {
    struct mock_client client;
    char *conversation;
};

static int setup(void **state)
{
    struct stage *stage = mock_alloc(1, sizeof *stage);

    mock_client_open(&stage->client, NULL);
    stage->conversation = mock_ask_conversation(&stage->client);
    *state = stage;
    return 0;
}

static int teardown(void **state)
{
    struct stage *stage = *state;

    mock_client_close(&stage->client);
    free(stage->conversation);
    free(stage);
    return 0;
}

static void script(struct stage *stage, const char *text)
{
    assert_int_equal(mock_ask(&stage->client, "POST", "/admin/faults", text), 200);
}

static int ask(struct stage *stage, const char *method, const char *rest, const char *body)
{
    struct mock_text target = {0};

    mock_text_printf(&target, "/v1/conversations/%s%s", stage->conversation, rest);
    int status = mock_ask(&stage->client, method, target.data, body);
    mock_text_release(&target);
    return status;
}

/* How many items the conversation lists. */
static size_t listed(struct stage *stage)
{
    assert_int_equal(ask(stage, "GET", "/items?order=asc&limit=100", NULL), 200);
    return json_array_size(json_object_get(stage->client.json, "data"));
}

struct wire_case {
    const char *rule;
    int status; /* 0: no whole reply */
    enum mock_wire wire;
    size_t stored;
};

static void test_what_each_action_leaves_behind(void **state)
{
    static const struct wire_case cases[] = {
        {"{\"do\":\"error\"}", 500, MOCK_WIRE_WHOLE, 0},
        {"{\"do\":\"error\",\"error\":\"locked\"}", 400, MOCK_WIRE_WHOLE, 0},
        {"{\"do\":\"error\",\"error\":\"html\",\"status\":503}", 503, MOCK_WIRE_WHOLE, 0},
        {"{\"do\":\"error\",\"wire\":\"cut\",\"bytes\":3}", 0, MOCK_WIRE_CUT, 0},
        {"{\"do\":\"error_after\",\"status\":504}", 504, MOCK_WIRE_WHOLE, 3},
        {"{\"do\":\"partial\",\"count\":2}", 500, MOCK_WIRE_WHOLE, 2},
        {"{\"do\":\"partial\",\"count\":1,\"wire\":\"reset\"}", 0, MOCK_WIRE_RESET, 1},
        {"{\"do\":\"reset_early\"}", 0, MOCK_WIRE_RESET, 0},
        {"{\"do\":\"reset_before\"}", 0, MOCK_WIRE_RESET, 0},
        {"{\"do\":\"reset_after\"}", 0, MOCK_WIRE_RESET, 3},
        {"{\"do\":\"fin_before\"}", 0, MOCK_WIRE_FIN, 0},
        {"{\"do\":\"fin_after\"}", 0, MOCK_WIRE_FIN, 3},
        {"{\"do\":\"truncate\",\"bytes\":10}", 0, MOCK_WIRE_CUT, 3},
        {"{\"do\":\"truncate\",\"wire\":\"torn\"}", 0, MOCK_WIRE_TORN, 3},
        {"{\"do\":\"stall\"}", 0, MOCK_WIRE_STALL, 3},
        {"{\"do\":\"mute_before\"}", 0, MOCK_WIRE_MUTE, 0},
        {"{\"do\":\"mute_after\"}", 0, MOCK_WIRE_MUTE, 3},
        {"{\"do\":\"drip\",\"ms\":5}", 0, MOCK_WIRE_DRIP, 3},
        {"{\"do\":\"twice\"}", 200, MOCK_WIRE_WHOLE, 6},
        {"{\"do\":\"raw\",\"body\":\"HTTP/1.1 200 OK\\r\\n\"}", 0, MOCK_WIRE_RAW, 0},
        {"{\"do\":\"raw\",\"body\":\"x\",\"commit\":true}", 0, MOCK_WIRE_RAW, 3},
        {"{\"do\":\"insert_item\"}", 200, MOCK_WIRE_WHOLE, 4},
        {"{\"do\":\"edit\",\"status\":201}", 201, MOCK_WIRE_WHOLE, 3},
    };
    struct stage *stage = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        free(stage->conversation);
        stage->conversation = mock_ask_conversation(&stage->client);
        script(stage, cases[i].rule);
        assert_int_equal(ask(stage, "POST", "/items", THREE), cases[i].status);
        assert_int_equal(stage->client.reply.wire, cases[i].wire);
        script(stage, "");
        assert_int_equal(listed(stage), cases[i].stored);
    }
}

struct turn_case {
    const char *match;
    const char *hits; /* for eight appends: x hit, . not */
};

static void test_which_requests_are_hit(void **state)
{
    static const struct turn_case cases[] = {
        {"{\"route\":\"append_items\",\"nth\":3}", "..x....."},
        {"{\"nth\":[1,8]}", "x......x"},
        {"{\"first\":2}", "xx......"},
        {"{\"from\":7}", "......xx"},
        {"{\"every\":3}", "..x..x.."},
        {"{\"method\":\"POST\",\"path\":\"/items\",\"nth\":1}", "x......."},
        {"{\"route\":[\"get_thread\",\"list_items\"]}", "........"},
        {"{\"key\":\"sk-other\"}", "........"},
        {"{\"p\":0}", "........"},
        {"{\"p\":1,\"per\":\"id\",\"first\":1}", "x......."},
        {"{\"after_ms\":2000,\"until_ms\":4000}", "..xx...."},
    };
    struct stage *stage = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mock_text rule = {0};
        char hits[9] = "";

        mock_text_printf(&rule, "{\"match\":%s,\"do\":\"error\"}", cases[i].match);
        assert_int_equal(mock_ask(&stage->client, "POST", "/admin/reset", NULL), 200);
        script(stage, rule.data);
        for (size_t k = 0; k < 8; k++) {
            stage->client.now_ms = 50000 + 1000 * (int64_t)k;
            hits[k] = ask(stage, "POST", "/items", ITEM("x")) == 500 ? 'x' : '.';
        }
        assert_string_equal(hits, cases[i].hits);
        mock_text_release(&rule);
    }
}

static void test_times_and_the_next_rule(void **state)
{
    struct stage *stage = *state;

    script(stage, "{\"do\":\"error\",\"status\":501,\"times\":1}\n"
                  "{\"do\":\"latency\",\"ms\":7}\n"
                  "{\"do\":\"error\",\"status\":502,\"times\":1}");
    assert_int_equal(ask(stage, "POST", "/items", ITEM("x")), 501);
    assert_int_equal(stage->client.reply.delay_ms, 7);
    assert_int_equal(ask(stage, "POST", "/items", ITEM("x")), 502);
    assert_int_equal(ask(stage, "POST", "/items", ITEM("x")), 200);
}

static void test_late_commit(void **state)
{
    struct stage *stage = *state;

    script(stage, "{\"match\":{\"route\":\"append_items\"},\"do\":\"commit_later\",\"ms\":1000}");
    assert_int_equal(ask(stage, "POST", "/items", ITEM("x")), 500);
    stage->client.now_ms += 999;
    assert_int_equal(listed(stage), 0);
    stage->client.now_ms += 1;
    assert_int_equal(listed(stage), 1);
}

static void test_stale_lists(void **state)
{
    struct stage *stage = *state;

    assert_int_equal(ask(stage, "POST", "/items", ITEM("old")), 200);
    script(stage, "{\"match\":{\"route\":\"append_items\"},\"do\":\"stale\",\"count\":2}");
    assert_int_equal(ask(stage, "POST", "/items", ITEM("new")), 200);
    assert_int_equal(listed(stage), 1);
    assert_int_equal(listed(stage), 1);
    assert_int_equal(listed(stage), 2);
}

static void test_token_bucket(void **state)
{
    struct stage *stage = *state;

    script(stage, "{\"do\":\"token_bucket\",\"per_minute\":60,\"burst\":2,\"advertise\":true}");
    assert_int_equal(ask(stage, "GET", "", NULL), 200);
    assert_int_equal(ask(stage, "GET", "", NULL), 200);
    assert_int_equal(ask(stage, "GET", "", NULL), 429);
    assert_string_equal(mock_answer(&stage->client, "error.code"), "rate_limit_exceeded");
    assert_string_equal(mock_reply_header(&stage->client.reply, "Retry-After"), "1");
    assert_string_equal(mock_reply_header(&stage->client.reply, "x-ratelimit-remaining-requests"),
                        "0");
    stage->client.now_ms += 1001;
    assert_int_equal(ask(stage, "GET", "", NULL), 200);
}

static void test_headers_and_edits(void **state)
{
    struct stage *stage = *state;

    script(stage, "{\"do\":\"error\",\"error\":\"rate_limit\",\"headers\":{\"Retry-After\":"
                  "\"@date+5\"},\"times\":1}"
                  "{\"do\":\"edit\",\"edits\":[[\"\\\"has_more\\\":false\",\"\\\"has_more\\\":"
                  "NaN\"]],\"times\":1}"
                  "{\"do\":\"edit\",\"latin1\":true,\"edits\":[[\"list\",\"\u00ff\"]],\"times\":1}"
                  "{\"do\":\"error\",\"status\":200,\"body\":[[\"[\",3],\"1\",[\"]\",3]]}");
    assert_int_equal(ask(stage, "GET", "/items", NULL), 429);
    assert_string_equal(mock_reply_header(&stage->client.reply, "Retry-After"),
                        "Mon, 21 Sep 2026 14:13:26 GMT");
    assert_int_equal(ask(stage, "GET", "/items", NULL), 200);
    assert_non_null(strstr(stage->client.reply.body.data, "\"has_more\":NaN"));
    assert_int_equal(ask(stage, "GET", "/items", NULL), 200);
    assert_memory_equal(stage->client.reply.body.data, "{\"object\":\"\xff\",", 14);
    assert_int_equal(ask(stage, "GET", "/items", NULL), 200);
    assert_string_equal(stage->client.reply.body.data, "[[[1]]]");
}

static void test_page_twists(void **state)
{
    static const struct {
        const char *how;
        const char *query;
        size_t count;
        const char *first_text;
    } cases[] = {
        {"reverse", "/items?order=asc", 3, "3"},     {"swap", "/items?order=asc", 3, "2"},
        {"duplicate", "/items?order=asc", 4, "1"},   {"drop", "/items?order=asc", 2, "1"},
        {"empty_more", "/items?order=asc", 0, ""},   {"ignore_params", "/items?order=asc", 3, "3"},
        {"always_more", "/items?order=asc", 3, "1"},
    };
    struct stage *stage = *state;

    assert_int_equal(ask(stage, "POST", "/items", THREE), 200);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mock_text rule = {0};

        mock_text_printf(&rule, "{\"do\":\"page\",\"how\":\"%s\"}", cases[i].how);
        script(stage, rule.data);
        assert_int_equal(ask(stage, "GET", cases[i].query, NULL), 200);
        assert_int_equal(json_array_size(json_object_get(stage->client.json, "data")),
                         cases[i].count);
        assert_string_equal(mock_answer(&stage->client, "data.0.content.0.text"),
                            cases[i].first_text);
        mock_text_release(&rule);
    }
    script(stage, "{\"do\":\"page\",\"how\":[\"no_has_more\",\"no_object\"]}");
    assert_int_equal(ask(stage, "GET", "/items", NULL), 200);
    assert_null(json_object_get(stage->client.json, "has_more"));
    assert_null(json_object_get(stage->client.json, "object"));
}

static void test_what_others_do(void **state)
{
    struct stage *stage = *state;

    script(stage, "{\"match\":{\"nth\":1},\"do\":\"set_key\",\"key\":\"sk-new\"}"
                  "{\"match\":{\"nth\":3},\"do\":\"delete_conversation\"}");
    assert_int_equal(ask(stage, "POST", "/items", ITEM("x")), 401);
    stage->client.key = "sk-new";
    assert_int_equal(ask(stage, "POST", "/items", ITEM("x")), 200);
    assert_int_equal(ask(stage, "POST", "/items", ITEM("x")), 404);
}

/* One thread's requests, found by what they carry and by what their conversation says. */
static void test_rules_for_one_thread(void **state)
{
    struct stage *stage = *state;

    script(stage, "{\"match\":{\"route\":\"create_conversation\",\"body\":\"thread_a\"},\"do\":"
                  "\"error_after\",\"times\":1}"
                  "{\"match\":{\"route\":\"append_items\",\"metadata\":\"thread_a\"},\"do\":"
                  "\"error\",\"error\":\"too_large\"}");
    assert_int_equal(ask(stage, "POST", "/items", ITEM("thread_a")), 200);
    assert_int_equal(mock_ask(&stage->client, "POST", "/v1/conversations",
                              "{\"metadata\":{\"source_thread_id\":\"thread_a\"}}"),
                     500);
    assert_int_equal(mock_ask(&stage->client, "POST", "/v1/conversations",
                              "{\"metadata\":{\"source_thread_id\":\"thread_a\"}}"),
                     200);
    free(stage->conversation);
    stage->conversation = mock_strdup(mock_answer(&stage->client, "id"));
    assert_int_equal(ask(stage, "POST", "/items", ITEM("x")), 413);
}

static void test_a_body_cut_with_a_fitting_length(void **state)
{
    struct stage *stage = *state;

    script(stage, "{\"do\":\"edit\",\"bytes\":7}");
    assert_int_equal(ask(stage, "GET", "", NULL), 200);
    assert_int_equal(stage->client.reply.body.len, 7);
    assert_null(stage->client.json);
}

static void test_bad_scripts_change_nothing(void **state)
{
    static const char *const scripts[] = {
        "{",
        "{\"do\":\"nonsense\"}",
        "{\"do\":\"error\",\"bogus\":1}",
        "{\"match\":{\"route\":\"nonsense\"},\"do\":\"error\"}",
        "{\"match\":{\"nht\":1},\"do\":\"error\"}",
        "{\"do\":\"error\",\"error\":\"nonsense\"}",
        "{\"do\":\"page\",\"how\":\"nonsense\"}",
        "[1]",
    };
    struct stage *stage = *state;

    script(stage, "{\"do\":\"error\",\"status\":555}");
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        assert_int_equal(mock_ask(&stage->client, "POST", "/admin/faults", scripts[i]), 400);
    }
    assert_int_equal(ask(stage, "GET", "", NULL), 555);
}

static void test_destination_quirks(void **state)
{
    struct mock_config config = {.profile = MOCK_ANY, .seed = 1, .quirks = MOCK_QUIRK_OGX};
    struct stage *stage = *state;

    mock_client_close(&stage->client);
    mock_client_open(&stage->client, &config);
    free(stage->conversation);
    stage->conversation = mock_ask_conversation(&stage->client);
    assert_int_equal(ask(stage, "POST", "/items", THREE), 200);
    assert_int_equal(ask(stage, "POST", "/items", ITEM("4")), 200);
    assert_int_equal(listed(stage), 4);
    assert_string_equal(mock_answer(&stage->client, "data.1.content.0.text"), "4");
}

static void test_dump_counts_commits(void **state)
{
    struct stage *stage = *state;
    struct mock_text dump = {0};

    assert_int_equal(ask(stage, "POST", "/items", ITEM("b\\u0007")), 200);
    mock_dump(stage->client.mock, true, &dump);
    assert_non_null(strstr(dump.data, "{\"content\":[{\"text\":\"b\\u0007\",\"type\":"
                                      "\"input_text\"}],\"role\":\"user\",\"type\":\"message\"}"));
    assert_non_null(strstr(dump.data, "\"conversations_created\":1"));
    assert_non_null(strstr(dump.data, "\"items_stored\":1"));
    mock_text_release(&dump);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_each_action_leaves_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(test_which_requests_are_hit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_times_and_the_next_rule, setup, teardown),
        cmocka_unit_test_setup_teardown(test_late_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stale_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_token_bucket, setup, teardown),
        cmocka_unit_test_setup_teardown(test_headers_and_edits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_page_twists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_others_do, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rules_for_one_thread, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_body_cut_with_a_fitting_length, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_scripts_change_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_destination_quirks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dump_counts_commits, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
