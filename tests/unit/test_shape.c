#include "archive/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void classes(void **state)
{
    static const struct {
        const char *text;
        enum shape_class class;
    } CASES[] = {
        {"{\"object\":\"thread.message\"}", CLASS_MESSAGE},
        {"{\"object\":\"thread.run\"}", CLASS_RUN},
        {"{\"object\":\"thread.run.step\"}", CLASS_STEP},
        {"{\"object\":\"thread\"}", CLASS_THREAD},
        {"{\"object\":\"thread\",\"messages\":[]}", CLASS_CONTAINER},
        {"{\"object\":\"thread\",\"messages\":7}", CLASS_THREAD},
        {"{\"object\":\"assistant\"}", CLASS_ASSISTANT},
        {"{\"object\":\"list\",\"data\":[]}", CLASS_PAGE},
        {"{\"object\":\"list\"}", CLASS_OTHER},
        {"{\"object\":\"messages\",\"data\":[],\"has_more\":false}", CLASS_PAGE},
        {"{\"object\":\"embedding\",\"data\":[]}", CLASS_OTHER},
        {"{\"object\":\"thread.message.delta\"}", CLASS_DELTA},
        {"{\"object\":\"conversation\",\"id\":\"conv_1\"}", CLASS_OTHER},
        {"{\"kind\":\"message\",\"object\":{}}", CLASS_WRAPPED},
        {"{\"kind\":\"other\",\"object\":{}}", CLASS_OTHER},
        {"{\"kind\":\"end\",\"messages\":1}", CLASS_END},
        {"{\"messages\":[]}", CLASS_CONTAINER},
        {"{\"messages\":{\"data\":[]}}", CLASS_CONTAINER},
        {"{\"data\":[]}", CLASS_PAGE},
        {"{\"role\":\"user\",\"content\":\"x\"}", CLASS_MESSAGE},
        {"{\"role\":\"user\",\"text\":\"x\"}", CLASS_MESSAGE},
        {"{\"role\":\"user\"}", CLASS_OTHER},
        {"{\"role\":null,\"content\":\"x\"}", CLASS_OTHER},
        {"{\"type\":\"message\",\"role\":\"user\",\"content\":[]}", CLASS_OTHER},
        {"{\"event\":\"e\",\"data\":{}}", CLASS_EVENT},
        {"{\"error\":{}}", CLASS_ERROR},
        {"{\"id\":\"thread_1\"}", CLASS_THREAD},
        {"{\"id\":\"run_1\"}", CLASS_RUN},
        {"{\"id\":\"step_1\"}", CLASS_STEP},
        {"{\"id\":\"asst_1\"}", CLASS_ASSISTANT},
        {"{}", CLASS_OTHER},
        {"7", CLASS_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct shape_look look;

        shape_look(&look, span_of(CASES[i].text));
        if (shape_class(&look) != CASES[i].class)
            fail_msg("%s: %d", CASES[i].text, (int)shape_class(&look));
    }
}

static void every_key_is_found(void **state)
{
    static const char TEXT[] =
        "{\"kind\":1,\"object\":1,\"id\":1,\"message_id\":1,\"thread_id\":1,\"type\":1,\"role\":1,"
        "\"content\":1,\"text\":1,\"messages\":1,\"runs\":1,\"run_steps\":1,\"data\":1,"
        "\"has_more\":1,\"event\":1,\"error\":1}";
    static const char CAMEL[] = "{\"messageId\":1,\"threadId\":1,\"runSteps\":1,\"hasMore\":1}";
    struct shape_look look;

    (void)state;
    shape_look(&look, span_of(TEXT));
    assert_true(look.is_whole && !look.is_camel && !look.is_twice);
    for (int i = 0; i < FIELDS; i++)
        assert_true(span_is(look.field[i], "1"));
    shape_look(&look, span_of(CAMEL));
    assert_true(look.is_camel);
    assert_true(span_is(look.field[FIELD_MESSAGE_ID], "1"));
    assert_true(span_is(look.field[FIELD_THREAD_ID], "1"));
    assert_true(span_is(look.field[FIELD_RUN_STEPS], "1"));
    assert_true(span_is(look.field[FIELD_HAS_MORE], "1"));
}

static void broken_and_double(void **state)
{
    struct shape_look look;

    (void)state;
    shape_look(&look, span_of("{\"id\":\"a\",\"id\":\"b\"}"));
    assert_true(look.is_twice);
    shape_look(&look, span_of("{\"thread_id\":\"t\",\"content\":[{\"type"));
    assert_true(look.is_object && !look.is_whole);
    assert_true(span_is(look.field[FIELD_THREAD_ID], "\"t\""));
    assert_true(span_is(look.field[FIELD_CONTENT], "[{\"type"));
    shape_look(&look, span_of("{\"thread_id\":null} rest"));
    assert_true(look.is_whole && !look.field[FIELD_THREAD_ID].data);
    assert_string_equal(look.end, " rest");
}

static void texts(void **state)
{
    static const struct {
        const char *raw;
        const char *text; /* NULL: none */
    } CASES[] = {
        {"\"a\"", "a"},      {"\"\\u0041\\n\"", "A\n"},
        {"42", "42"},        {"-7", "-7"},
        {"4.2", NULL},       {"1e3", NULL},
        {"true", NULL},      {"{}", NULL},
        {"\"\\ud8\"", NULL}, {"\"\"", ""},
    };
    struct buf scratch;

    (void)state;
    buf_init(&scratch, BUF_NO_LIMIT);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct span text = shape_text(span_of(CASES[i].raw), &scratch);

        if (CASES[i].text ? !span_is(text, CASES[i].text) : text.data != NULL)
            fail_msg("%s", CASES[i].raw);
    }
    buf_release(&scratch);
    assert_int_equal(shape_count(span_of("[1,[2,3],{}]")), 3);
    assert_int_equal(shape_count(span_of("[]")), 0);
    assert_int_equal(shape_count(span_of("{}")), 0);
    assert_int_equal(shape_count((struct span){NULL, 0}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes),
        cmocka_unit_test(every_key_is_found),
        cmocka_unit_test(broken_and_double),
        cmocka_unit_test(texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
