#include "json/json.h"
#include "map/map.h"
#include "unit/map/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A step whose tool_calls is this JSON text. */
static json_t *step_of(const char *calls)
{
    struct error err = {0};
    struct buf text;
    json_t *step;

    buf_init(&text, BUF_NO_LIMIT);
    buf_printf(&text,
               "{\"id\":\"step_1\",\"step_details\":{\"type\":\"tool_calls\",\"tool_calls\":%s}}",
               calls);
    step = json_read(buf_span(&text), &err);
    assert_non_null(step);
    buf_release(&text);
    return step;
}

struct fixture {
    struct policy policy;
    struct arena arena;
    struct mapped mapped;
    struct error err;
    json_t *step;
};

/* Maps a step, which is taken over. */
static bool map_it(struct fixture *f, int tool_calls, json_t *step)
{
    struct map_context context = {.policy = &f->policy, .arena = &f->arena};

    *f = (struct fixture){.policy = policy_default()};
    f->policy.tool_calls = tool_calls;
    arena_init(&f->arena);
    mapped_init(&f->mapped);
    f->step = step;
    return map_run_step(&f->mapped, &context, f->step, &f->err);
}

static bool map(struct fixture *f, int tool_calls, const char *calls)
{
    return map_it(f, tool_calls, step_of(calls));
}

static void tear_down(struct fixture *f)
{
    arena_release(&f->arena);
    json_decref(f->step);
}

/* Shapes that hold no calls, or broken ones, neither crash nor invent anything. */
static void test_shapes(void **state)
{
    static const struct {
        const char *calls;
        int64_t lost;
    } CASES[] = {
        {"null", 0},
        {"{}", 0},
        {"\"x\"", 0},
        {"[]", 0},
        {"[null]", 1},
        {"[7,\"x\",{}]", 3},
        {"[{\"type\":\"function\",\"id\":\"c\",\"function\":[]}]", 1},
        {"[{\"type\":\"function\",\"id\":7,\"function\":{\"name\":\"f\",\"output\":\"x\"}}]", 1},
        {"[{\"type\":\"function\",\"id\":\"c\",\"function\":{\"name\":\"f\",\"output\":{}}}]", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct fixture f;

        assert_true(map(&f, TOOLS_NONE, CASES[i].calls));
        assert_int_equal(mapped_count(&f.mapped), 0);
        assert_int_equal(f.mapped.losses.count[LOSS_TOOL_CALL], CASES[i].lost);
        tear_down(&f);
    }
}

static void test_message_creation(void **state)
{
    static const char STEP[] = "{\"id\":\"s\",\"type\":\"tool_calls\",\"step_details\":{\"type\":"
                               "\"message_creation\",\"tool_calls\":[{}]}}";
    struct policy policy = policy_default();
    struct error err = {0};
    json_t *step = json_read(span_of(STEP), &err);
    struct mapped mapped;
    struct arena arena;
    struct map_context context = {.policy = &policy, .arena = &arena};

    (void)state;
    arena_init(&arena);
    mapped_init(&mapped);
    policy.tool_calls = TOOLS_TEXT;
    assert_true(map_run_step(&mapped, &context, step, &err));
    assert_null(mapped.first);
    assert_int_equal(losses_total(&mapped.losses), 0);
    arena_release(&arena);
    json_decref(step);
}

static void test_details(void **state)
{
    struct fixture f;
    struct item *item;

    (void)state;
    assert_true(map(&f, TOOLS_NONE, "[{\"id\":\"call_\\u001b\",\"type\":\"function\"}]"));
    item = mapped_take(&f.mapped);
    assert_non_null(item);
    assert_int_equal(item->type, ITEM_SKIPPED);
    assert_true(span_is(item->source_id, "step_1"));
    assert_string_equal(item->losses->detail, "function call call_\\x1b not carried");
    tear_down(&f);
}

/* Text that was repaired is counted where it is carried. */
static void test_repaired(void **state)
{
    struct fixture f;

    (void)state;
    assert_true(map(&f, TOOLS_FUNCTIONS,
                    "[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\","
                    "\"arguments\":\"\\ud800\",\"output\":\"\xFF\"}}]"));
    assert_int_equal(mapped_count(&f.mapped), 2);
    assert_int_equal(f.mapped.losses.count[LOSS_INVALID_TEXT], 2);
    tear_down(&f);
    assert_true(map(&f, TOOLS_TEXT,
                    "[{\"id\":\"c\",\"type\":\"code_interpreter\",\"code_interpreter\":{"
                    "\"input\":\"\xFF\",\"outputs\":[{\"type\":\"logs\",\"logs\":\"\xFF\"}]}}]"));
    assert_int_equal(mapped_count(&f.mapped), 1);
    assert_int_equal(f.mapped.losses.count[LOSS_INVALID_TEXT], 1);
    tear_down(&f);
}

static void test_sizes(void **state)
{
    static const struct {
        int tool_calls;
        const char *call;
        const char *payload;
        const char *key; /* of the payload's member that gets long */
        const char *error;
    } CASES[] = {
        {TOOLS_FUNCTIONS, "[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\"}}]",
         "function", "output", "tool_calls[0]: output of 10485761 characters"},
        {TOOLS_FUNCTIONS,
         "[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"output\":\"1\"}}]",
         "function", "arguments", "arguments of 10485761 characters"},
        {TOOLS_TEXT, "[{\"type\":\"code_interpreter\",\"code_interpreter\":{}}]",
         "code_interpreter", "input", "text of 10485775 characters"},
    };
    static char text[10485761];

    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *step = step_of(CASES[i].call);
        json_t *details = json_object_get(step, "step_details");
        json_t *call = json_array_get(json_object_get(details, "tool_calls"), 0);
        struct fixture f;

        json_object_set_new(json_object_get(call, CASES[i].payload), CASES[i].key,
                            json_stringn_nocheck(text, sizeof text));
        assert_false(map_it(&f, CASES[i].tool_calls, step));
        assert_int_equal(f.err.code, ERROR_TOO_LARGE);
        if (!strstr(f.err.text, CASES[i].error))
            fail_msg("%s", f.err.text);
        tear_down(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),  cmocka_unit_test(test_message_creation),
        cmocka_unit_test(test_details), cmocka_unit_test(test_repaired),
        cmocka_unit_test(test_sizes),
    };

    json_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
