#include "write/conversation.h"

#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_paths(void **state)
{
    struct call call;
    struct buf path;

    (void)state;
    buf_init(&path, BUF_NO_LIMIT);
    conversation_path(&path, span_of(""), "");
    assert_string_equal(path.data, "/conversations");
    conversation_path(&path, span_of("conv_1"), "/items?limit=10");
    assert_string_equal(path.data, "/conversations/conv_1/items?limit=10");
    /* Nothing that an id holds leads to another place. */
    conversation_path(&path, span_of("a/b?c"), "");
    assert_string_equal(path.data, "/conversations/a%2Fb%3Fc");
    conversation_item_path(&path, span_of("conv_1"), span_of(".."));
    assert_string_equal(path.data, "/conversations/conv_1/items/%2E%2E");

    conversation_tip_call(&call, &path, span_of("conv_1"));
    assert_int_equal(call.side, SIDE_DESTINATION);
    assert_int_equal(call.method, CALL_GET);
    assert_string_equal(call.path, "/conversations/conv_1/items?limit=1&order=desc");
    buf_release(&path);
}

/* What was answered, and the tip or the failure. */
static const struct {
    enum answer_kind kind;
    long status;
    const char *json;
    enum error_code code;
    const char *expected;
} TIPS[] = {
    {ANSWER_YES, 200, "{\"data\":[{\"id\":\"i2\"},{\"id\":\"i1\"}]}", ERROR_NONE, "i2"},
    {ANSWER_YES, 200, "{\"data\":[]}", ERROR_NONE, ""},
    {ANSWER_YES, 200, "{\"data\":[{\"id\":null}]}", ERROR_SERVER_ERROR,
     "cannot read a listed item: it has no usable id"},
    {ANSWER_YES, 200, "{\"data\":[{\"id\":\"\"}]}", ERROR_SERVER_ERROR,
     "cannot read a listed item: it has no usable id"},
    {ANSWER_YES, 200, "{\"data\":{}}", ERROR_SERVER_ERROR, "the server's list of items is faulty"},
    {ANSWER_NO, 404, NULL, ERROR_GONE, "the conversation is no longer there (HTTP 404)"},
    {ANSWER_NO, 410, NULL, ERROR_GONE, "the conversation is no longer there (HTTP 410)"},
    {ANSWER_NO, 403, NULL, ERROR_FORBIDDEN, "cannot list the conversation: HTTP 403"},
    {ANSWER_NO, 400, NULL, ERROR_SERVER_ERROR, "cannot list the conversation: HTTP 400"},
    {ANSWER_NO, 302, NULL, ERROR_SERVER_ERROR,
     "cannot list the conversation: HTTP 302, and redirects are not followed; is base_url right?"},
};

static void test_tip(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TIPS / sizeof TIPS[0]; i++) {
        struct answer answer = {.kind = TIPS[i].kind, .status = TIPS[i].status};
        struct error err = {.code = ERROR_NONE};
        struct span tip;

        answer.json = TIPS[i].json ? json_read(span_of(TIPS[i].json), &err) : NULL;
        assert_int_equal(conversation_tip(&tip, &answer, &err), TIPS[i].code == ERROR_NONE);
        assert_int_equal(err.code, TIPS[i].code);
        if (err.code == ERROR_NONE)
            assert_true(span_is(tip, TIPS[i].expected));
        else
            assert_string_equal(err.text, TIPS[i].expected);
        json_decref(answer.json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_tip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
