#include "fields/fields.h"

#include "fields/presets.h"
#include "json/json.h"
#include "unit/play/json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SETTINGS_MAX = 6, AROUND_MAX = 3 };

static const struct span NO_KEY = {NULL, 0};

/* Fails where the value is not the expected JSON; NULL: no value. Steals the value. */
static void expect_json(json_t *value, const char *expected, const char *what)
{
    json_t *wanted = expected ? json_of(expected) : NULL;
    char *got;

    if (value && wanted && json_equal(value, wanted)) {
        json_decref(value);
        json_decref(wanted);
        return;
    }
    if (!value && !wanted)
        return;
    got = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    fail_msg("%s: %s instead of %s", what, got ? got : "nothing", expected ? expected : "nothing");
}

static void paths(void **state)
{
    static const struct {
        const char *object;
        const char *path;
        const char *value;
    } CASES[] = {
        {"{\"a\":1}", "a", "1"},
        {"{\"a\":null}", "a", "null"},
        {"{\"a\":1}", "b", NULL},
        {"{\"a.b\":1,\"a\":{\"b\":2}}", "a.b", "1"},
        {"{\"a\":{\"b\":2}}", "a.b", "2"},
        {"{\"a\":{\"b\":{\"c\":3}}}", "a.b.c", "3"},
        {"{\"a.b\":{\"c\":4},\"a\":{\"b.c\":5}}", "a.b.c", "4"},
        {"{\"a\":{\"b.c\":5}}", "a.b.c", "5"},
        {"{\"a\":\"{\\\"b\\\":6}\"}", "a.b", "6"},
        {"{\"a\":\" {\\\"b\\\":\\\"{\\\\\\\"c\\\\\\\":7}\\\"}\"}", "a.b.c", "7"},
        {"{\"a\":\"{broken\"}", "a.b", NULL},
        {"{\"a\":[{\"b\":1}]}", "a.b", NULL},
        {"{\"a\":\"text\"}", "a.b", NULL},
        {"{\"a\":{\"x\":1}}", "a.b", NULL},
        {"{\"Session ID\":\"s\"}", "session_id", "\"s\""},
        {"{\"sessionId\":\"s\",\"session_id\":\"t\"}", "session_id", "\"t\""},
        {"{\"sessionId\":\"s\",\"session-id\":\"t\"}", "session_id", NULL},
        {"{\"a\":1}", "$key", NULL},
        {"[1]", "a", NULL},
        {"{\"\":1}", "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *object = json_of(CASES[i].object);

        expect_json(fields_find(object, CASES[i].path, NO_KEY), CASES[i].value, CASES[i].object);
        json_decref(object);
    }
}

static void key_of_the_map(void **state)
{
    json_t *object = json_object();

    (void)state;
    expect_json(fields_find(object, "$key", span_of("c-1")), "\"c-1\"", "$key");
    json_decref(object);
}

static void roles(void **state)
{
    static const struct {
        const char *word;
        const char *role;
    } CASES[] = {
        {"user", "user"},
        {"Human", "user"},
        {"customer", "user"},
        {"ai", "assistant"},
        {"BOT", "assistant"},
        {"agent", "user"},
        {"system_prompt", "system"},
        {"true", "user"},
        {"TRUE", "user"},
        {"operator", "operator"},
        {"", ""},
        {"tool", "tool"},
    };
    struct pairs own = {0};
    struct fields fields;

    (void)state;
    pairs_set(&own, span_of("agent"), span_of("user"));
    pairs_set(&own, span_of("true"), span_of("user"));
    fields_init(&fields, NULL, NULL, NULL);
    assert_false(fields_are_set(&fields));
    fields_init(&fields, NULL, NULL, &own);
    assert_true(fields_are_set(&fields));
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_true(span_is(fields_role(&fields, span_of(CASES[i].word)), CASES[i].role));
    assert_true(span_is(fields_role(NULL, span_of("agent")), "assistant"));
    pairs_release(&own);
}

/* "name=path" of source.fields; "role:word=role" of source.roles. */
static void set_all(const char *const *settings, struct pairs *own, struct pairs *words)
{
    static const char ROLE[] = "role:";

    for (size_t i = 0; i < SETTINGS_MAX && settings[i]; i++) {
        const bool is_role = strncmp(settings[i], ROLE, strlen(ROLE)) == 0;
        const char *name = settings[i] + (is_role ? strlen(ROLE) : 0);
        const size_t len = strcspn(name, "=");

        pairs_set(is_role ? words : own, (struct span){name, len}, span_of(name + len + 1));
    }
}

static const struct apply_case {
    const char *what;
    const char *settings[SETTINGS_MAX];
    const char *around[AROUND_MAX]; /* the nearest first */
    const char *map_key;
    const char *object;
    const char *out[2];
} APPLY_CASES[] = {
    {.what = "role and text of its own",
     .settings = {"role=sender", "text=body.text", "role:visitor=user"},
     .object = "{\"id\":7,\"sender\":\"visitor\",\"body\":{\"text\":\"hi\",\"lang\":\"en\"}}",
     .out = {"{\"id\":7,\"role\":\"user\",\"content\":\"hi\"}"}},
    {.what = "booleans and numbers are words",
     .settings = {"role=mine", "text=t", "role:true=user", "role:0=assistant"},
     .object = "{\"mine\":true,\"t\":5}",
     .out = {"{\"role\":\"user\",\"content\":\"5\"}"}},
    {.what = "a word of one's own in the ordinary place",
     .settings = {"role:visitor=user"},
     .object = "{\"Role\":\"visitor\",\"text\":\"x\"}",
     .out = {"{\"role\":\"user\",\"text\":\"x\"}"}},
    {.what = "a number as the role",
     .settings = {"role=mine", "text=t", "role:true=user", "role:0=assistant"},
     .object = "{\"mine\":0,\"t\":\"x\"}",
     .out = {"{\"role\":\"assistant\",\"content\":\"x\"}"}},
    {.what = "the ordinary names are not asked where a path is given",
     .settings = {"role=who", "text=say", "thread=talk", "time=at", "message=no"},
     .object = "{\"who\":\"user\",\"role\":\"x\",\"say\":\"a\",\"content\":\"b\",\"text\":\"c\","
               "\"talk\":3,\"thread_id\":\"t\",\"at\":9,\"createdAt\":8,\"no\":\"m\",\"id\":1}",
     .out = {"{\"role\":\"user\",\"content\":\"a\",\"thread_id\":\"3\",\"created_at\":9,"
             "\"id\":\"m\"}"}},
    {.what = "a thread that is null is none, whatever else names one",
     .settings = {"thread=talk"},
     .object = "{\"role\":\"user\",\"content\":\"a\",\"talk\":null,\"thread_id\":\"t\"}",
     .out = {"{\"role\":\"user\",\"content\":\"a\",\"thread_id\":null}"}},
    {.what = "a thread that is empty is none",
     .settings = {"thread=talk"},
     .object = "{\"role\":\"user\",\"content\":\"a\",\"talk\":\"\"}",
     .out = {"{\"role\":\"user\",\"content\":\"a\",\"thread_id\":null}"}},
    {.what = "a thread that is not there leaves the ordinary name",
     .settings = {"thread=talk"},
     .object = "{\"role\":\"user\",\"content\":\"a\",\"thread_id\":\"t\"}",
     .out = {"{\"role\":\"user\",\"content\":\"a\",\"thread_id\":\"t\"}"}},
    {.what = "the thread of the nearest object around",
     .settings = {"thread=talk"},
     .around = {"{}", "{\"talk\":\"near\"}", "{\"talk\":\"far\"}"},
     .object = "{\"role\":\"user\",\"content\":\"a\"}",
     .out = {"{\"role\":\"user\",\"content\":\"a\",\"thread_id\":\"near\"}"}},
    {.what = "without a list, the message's own thread goes before that around it",
     .settings = {"thread=id"},
     .around = {"{\"id\":\"outer\"}"},
     .object = "{\"role\":\"user\",\"content\":\"a\",\"id\":\"own\"}",
     .out = {"{\"role\":\"user\",\"content\":\"a\",\"thread_id\":\"own\"}"}},
    {.what = "with a list, that around it goes first",
     .settings = {"thread=id", "list=turns"},
     .around = {"{\"id\":\"outer\"}"},
     .object = "{\"role\":\"user\",\"content\":\"a\",\"id\":\"own\"}",
     .out = {"{\"role\":\"user\",\"content\":\"a\",\"id\":\"own\",\"thread_id\":\"outer\"}"}},
    {.what = "the key of the map",
     .settings = {"thread=$key"},
     .map_key = "c-1",
     .object = "{\"role\":\"user\",\"content\":\"a\"}",
     .out = {"{\"role\":\"user\",\"content\":\"a\",\"thread_id\":\"c-1\"}"}},
    {.what = "ids of a document store",
     .settings = {"thread=talk", "message=_id"},
     .object = "{\"_id\":{\"$oid\":\"66b0\"},\"talk\":{\"$numberLong\":\"12\"},"
               "\"role\":\"user\",\"content\":\"a\"}",
     .out = {"{\"id\":\"66b0\",\"role\":\"user\",\"content\":\"a\",\"thread_id\":\"12\"}"}},
    {.what = "parts stay parts",
     .settings = {"text=body"},
     .object = "{\"role\":\"user\",\"body\":[{\"type\":\"text\",\"text\":\"a\"}]}",
     .out = {"{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}"}},
    {.what = "an empty text is a message's",
     .settings = {"text=body"},
     .object = "{\"role\":\"user\",\"body\":\"\"}",
     .out = {"{\"role\":\"user\",\"content\":\"\"}"}},
    {.what = "metadata",
     .settings = {"metadata=meta.tags"},
     .object = "{\"role\":\"user\",\"text\":\"a\",\"meta\":{\"tags\":{\"k\":\"v\"}}}",
     .out = {"{\"role\":\"user\",\"text\":\"a\",\"metadata\":{\"k\":\"v\"}}"}},
    {.what = "no role", .settings = {"role=who"}, .object = "{\"role\":\"user\",\"text\":\"a\"}"},
    {.what = "a role that is null",
     .settings = {"role=who"},
     .object = "{\"who\":null,\"text\":\"a\"}"},
    {.what = "a role that is an object",
     .settings = {"role=who"},
     .object = "{\"who\":{\"a\":1},\"text\":\"a\"}"},
    {.what = "no text", .settings = {"text=say"}, .object = "{\"role\":\"user\",\"text\":\"a\"}"},
    {.what = "nothing of a message",
     .settings = {"thread=talk"},
     .object = "{\"talk\":\"a\",\"messages\":[]}"},
    {.what = "question and answer",
     .settings = {"question=q", "answer=a", "thread=t", "time=at"},
     .object = "{\"id\":\"r1\",\"q\":\"why?\",\"a\":\"so\",\"t\":\"x\",\"at\":5,\"message\":\"m\"}",
     .out = {"{\"id\":\"r1\",\"role\":\"user\",\"content\":\"why?\",\"thread_id\":\"x\","
             "\"created_at\":5}",
             "{\"id\":\"r1/answer\",\"role\":\"assistant\",\"content\":\"so\",\"thread_id\":\"x\","
             "\"created_at\":5}"}},
    {.what = "a question without an answer",
     .settings = {"question=q", "answer=a"},
     .object = "{\"q\":\"why?\",\"a\":null}",
     .out = {"{\"role\":\"user\",\"content\":\"why?\"}"}},
    {.what = "an answer that is empty is a side",
     .settings = {"question=q", "answer=a"},
     .object = "{\"id\":3,\"q\":\"why?\",\"a\":\"\"}",
     .out = {"{\"id\":\"3\",\"role\":\"user\",\"content\":\"why?\"}",
             "{\"id\":\"3/answer\",\"role\":\"assistant\",\"content\":\"\"}"}},
    {.what = "neither question nor answer",
     .settings = {"question=q", "answer=a"},
     .object = "{\"q\":null,\"role\":\"user\",\"content\":\"x\"}"},
    {.what = "a question that is the text of a message elsewhere",
     .settings = {"question=message", "answer=response"},
     .object = "{\"message\":\"why?\",\"response\":\"so\"}",
     .out = {"{\"role\":\"user\",\"content\":\"why?\"}",
             "{\"role\":\"assistant\",\"content\":\"so\"}"}},
};

static void apply(const struct apply_case *test)
{
    json_t *around_objects[AROUND_MAX];
    struct fields_around around = {.objects = around_objects, .map_key = span_of(test->map_key)};
    json_t *object = json_of(test->object);
    json_t *before = json_deep_copy(object);
    json_t *out[2] = {NULL, NULL};
    struct pairs own = {0};
    struct pairs words = {0};
    struct fields fields;
    size_t count;

    for (; around.count < AROUND_MAX && test->around[around.count]; around.count++)
        around_objects[around.count] = json_of(test->around[around.count]);
    set_all(test->settings, &own, &words);
    fields_init(&fields, NULL, &own, &words);
    count = fields_apply(&fields, object, &around, out);
    assert_int_equal(count, (test->out[0] != NULL) + (test->out[1] != NULL));
    for (size_t i = 0; i < 2; i++)
        expect_json(out[i], test->out[i], test->what);
    assert_true(json_equal(object, before));
    for (size_t i = 0; i < around.count; i++)
        json_decref(around_objects[i]);
    json_decref(object);
    json_decref(before);
    pairs_release(&own);
    pairs_release(&words);
}

static void messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof APPLY_CASES / sizeof APPLY_CASES[0]; i++)
        apply(&APPLY_CASES[i]);
}

/* What json_read() has replaced is still counted under the new name. */
static void repairs_move_along(void **state)
{
    json_t *object = json_of("{\"who\":\"user\",\"body\":{\"say\":\"a\xff\"}}");
    json_t *out[2];
    struct pairs own = {0};
    struct fields fields;

    (void)state;
    pairs_set(&own, span_of("role"), span_of("who"));
    pairs_set(&own, span_of("text"), span_of("body.say"));
    fields_init(&fields, NULL, &own, NULL);
    assert_int_equal(fields_apply(&fields, object, NULL, out), 1);
    assert_true(json_was_repaired(out[0], "content"));
    json_decref(out[0]);
    json_decref(object);
    pairs_release(&own);
}

static void lists(void **state)
{
    struct pairs own = {0};
    struct fields fields;

    (void)state;
    fields_init(&fields, NULL, &own, NULL);
    assert_true(fields_is_list(&fields, span_of("any")));
    pairs_set(&own, span_of("list"), span_of("in.chat_turns"));
    fields_init(&fields, NULL, &own, NULL);
    assert_true(fields_is_list(&fields, span_of("chat_turns")));
    assert_true(fields_is_list(&fields, span_of("chatTurns")));
    assert_true(fields_is_list(&fields, span_of("in.chat_turns")));
    assert_false(fields_is_list(&fields, span_of("turns")));
    assert_false(fields_is_list(&fields, NO_KEY));
    pairs_release(&own);
}

static void own_fields_go_before_a_preset(void **state)
{
    struct pairs own = {0};
    struct fields fields;

    (void)state;
    pairs_set(&own, span_of("thread"), span_of("other"));
    fields_init(&fields, preset_by_name("n8n", NULL), &own, NULL);
    assert_string_equal(fields.path[FIELDS_THREAD], "other");
    assert_string_equal(fields.path[FIELDS_ROLE], "message.type");
    pairs_release(&own);
}

/* Of a large object only what the paths may lead to is built: no lists, nothing else. */
static void shells(void **state)
{
    static const struct {
        const char *object;
        const char *shell;
    } CASES[] = {
        {"{}", "{}"},
        {"{\"x\":{\"a\":1},\"list\":[{\"a\":1}],\"n\":2}", "{}"},
        {"{\"a\":{\"x\":[1,2],\"B-\":{\"y\":1,\"c\":\"v\"},\"z\":{\"c\":1}},\"c\":[1,{\"a\":2}]}",
         "{\"a\":{\"B-\":{\"c\":\"v\"}},\"c\":[]}"},
        {"{\"a.b\":{\"c\":1},\"b.c\":2,\"a.b.c\":3,\"a.c\":4,\"\\u0061\":5}",
         "{\"a.b\":{\"c\":1},\"b.c\":2,\"a.b.c\":3,\"\\u0061\":5}"},
        {"{\"role\":\"x\",\"parts\":[1],\"id\":{\"q\":1},\"who\":true}",
         "{\"role\":\"x\",\"parts\":[],\"id\":{},\"who\":true}"},
    };
    static const char *const SETTINGS[SETTINGS_MAX] = {"thread=a.b.c", "role=who"};
    struct pairs own = {0};
    struct pairs words = {0};
    struct fields fields;
    struct tape tape;
    struct buf out;
    size_t used;

    (void)state;
    set_all(SETTINGS, &own, &words);
    fields_init(&fields, NULL, &own, NULL);
    tape_init(&tape);
    buf_init(&out, BUF_NO_LIMIT);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_int_equal(tape_read(&tape, span_of(CASES[i].object), &used), TAPE_WHOLE);
        buf_clear(&out);
        fields_add_shell(&fields, &tape, 0, &out);
        buf_add_char(&out, '\0');
        assert_string_equal(out.data, CASES[i].shell);
    }
    buf_release(&out);
    tape_release(&tape);
    pairs_release(&own);
    pairs_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(key_of_the_map),
        cmocka_unit_test(roles),
        cmocka_unit_test(messages),
        cmocka_unit_test(repairs_move_along),
        cmocka_unit_test(lists),
        cmocka_unit_test(shells),
        cmocka_unit_test(own_fields_go_before_a_preset),
    };

    return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
