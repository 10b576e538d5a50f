#include "archive/shape_object.h"

#include "base/buf.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *read(const char *text)
{
    struct error err = {0};
    json_t *value = json_read(span_of(text), &err);

    if (!value)
        fail_msg("%s: %s", text, err.text);
    return value;
}

static void expect(json_t *got, const char *text)
{
    json_t *want = read(text);

    if (!json_equal(got, want)) {
        char *dump = json_dumps(got, 0);
        fail_msg("want %s, got %s", text, dump);
    }
    json_decref(got);
    json_decref(want);
}

static void snake(void **state)
{
    static const char *const CASES[][2] = {
        {"{\"threadId\":1,\"x\":[{\"fileId\":2},[{\"aBC\":3}]],\"y\":{\"fileIds\":[]}}",
         "{\"thread_id\":1,\"x\":[{\"file_id\":2},[{\"a_b_c\":3}]],\"y\":{\"file_ids\":[]}}"},
        {"{\"metadata\":{\"userName\":1},\"parameters\":{\"aB\":1}}",
         "{\"metadata\":{\"userName\":1},\"parameters\":{\"aB\":1}}"},
        {"{\"threadId\":1,\"thread_id\":2}", "{\"thread_id\":2}"},
        {"{\"A\":1,\"a_b\":{\"C\":2}}", "{\"A\":1,\"a_b\":{\"C\":2}}"},
        {"{}", "{}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        expect(shape_steal_snake(read(CASES[i][0])), CASES[i][1]);
}

static void snake_goes_deep(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, BUF_NO_LIMIT);
    for (int i = 0; i < 100; i++)
        (void)buf_add_text(&text, "{\"aB\":");
    (void)buf_add_text(&text, "1");
    for (int i = 0; i < 100; i++)
        (void)buf_add_text(&text, "}");
    json_t *value = shape_steal_snake(read(text.data));
    const json_t *inner = value;
    for (int i = 0; i < 100; i++)
        inner = json_object_get(inner, "a_b");
    assert_int_equal(json_integer_value(inner), 1);
    json_decref(value);
    buf_release(&text);
}

static void a_repaired_text_stays_marked(void **state)
{
    struct error err = {0};
    json_t *message = read("{\"text\":\"a\\ud800\",\"role\":\"user\"}");

    (void)state;
    assert_true(json_was_repaired(message, "text"));
    assert_true(shape_fix_message(message, &err));
    assert_true(json_was_repaired(message, "content"));
    assert_null(json_object_get(message, "text"));
    json_decref(message);
}

static void messages(void **state)
{
    static const char *const CASES[][2] = {
        {"{\"message_id\":\"m\",\"text\":\"t\",\"timestamp\":5,\"role\":\"human\"}",
         "{\"id\":\"m\",\"content\":\"t\",\"created_at\":5,\"role\":\"user\"}"},
        {"{\"role\":\"AI\"}", "{\"role\":\"assistant\"}"},
        {"{\"role\":\"bot\"}", "{\"role\":\"assistant\"}"},
        {"{\"role\":\"system_prompt\"}", "{\"role\":\"system\"}"},
        {"{\"role\":\"tool\"}", "{\"role\":\"tool\"}"},
        {"{\"id\":7,\"thread_id\":-8,\"run_id\":null}", "{\"id\":\"7\",\"thread_id\":\"-8\"}"},
        {"{\"id\":\"m\",\"message_id\":\"n\",\"content\":\"c\",\"text\":\"t\"}",
         "{\"id\":\"m\",\"message_id\":\"n\",\"content\":\"c\",\"text\":\"t\"}"},
        {"{\"id\":null,\"message_id\":\"n\"}", "{\"id\":\"n\"}"},
        {"{\"created_at\":1,\"timestamp\":2}", "{\"created_at\":1,\"timestamp\":2}"},
        {"{\"text\":{\"value\":\"x\"}}", "{\"text\":{\"value\":\"x\"}}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct error err = {0};
        json_t *message = read(CASES[i][0]);

        assert_true(shape_fix_message(message, &err));
        expect(message, CASES[i][1]);
    }
}

static void bad_ids(void **state)
{
    static const char *const CASES[] = {
        "{\"id\":\"\"}",         "{\"id\":\"a\\u0000\"}", "{\"id\":\"a\\u001b\"}",
        "{\"id\":\"a\\u0085\"}", "{\"id\":true}",         "{\"id\":1.5}",
        "{\"id\":{}}",           "{\"id\":\"a\\ud800\"}", "{\"thread_id\":\"\\n\"}",
        "{\"run_id\":\"\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct error err = {0};
        json_t *message = read(CASES[i]);

        if (shape_fix_message(message, &err))
            fail_msg("%s", CASES[i]);
        assert_int_equal(err.code, ERROR_BAD_ID);
        json_decref(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snake),
        cmocka_unit_test(snake_goes_deep),
        cmocka_unit_test(a_repaired_text_stays_marked),
        cmocka_unit_test(messages),
        cmocka_unit_test(bad_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
