#include "check/differ.h"

#include "unit/play/sink_talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const NONE[] = {NULL};

static void render(void *ctx, struct buf *body, const struct diff_line *line)
{
    (void)ctx;
    buf_printf(body, "%c", diff_op_sign(line->op));
    if (line->there)
        buf_add_char(body, '!');
}

static const struct diff_renderer RENDERER = {.line = render};
static const struct differ_setup SETUP = {
    .renderer = &RENDERER, .batch_items = 2, .batch_bytes = 1 << 20};

/* What is expected of a thread. */
struct expectation {
    const char *action;
    const char *body;
    enum outcome_kind outcome;
    int64_t items;
    int64_t requests;
    int calls; /* that it took to find out */
    const char *reason;
};

static void diff(struct talk *talk, const struct differ_setup *setup,
                 const struct thread_facts *facts, const struct expectation *expected)
{
    struct sink *sink = differ_new(setup, facts);
    struct diff_result result;

    talk_run(talk, sink);
    differ_result(sink, &result);
    assert_string_equal(diff_action_name(result.action), expected->action);
    assert_true(span_is(result.body, setup->renderer ? expected->body : ""));
    assert_string_equal(result.reason, expected->reason ? expected->reason : "");
    assert_int_equal(sink->outcome.kind, expected->outcome);
    assert_int_equal(sink->outcome.items, expected->items);
    assert_int_equal(result.requests, expected->requests);
    assert_int_equal(talk->calls, expected->calls);
    sink->ops->free(sink);
}

static void test_new(void **state)
{
    static const char *const ITEMS[] = {"u 1", "- msg", "a 2", "u 3", NULL};
    static const struct expectation EXPECTED = {
        .action = "create", .body = "+-++", .items = 3, .requests = 3};
    static const struct expectation EMPTY = {.action = "create", .body = "", .requests = 1};
    const struct thread_facts facts = {.state = THREAD_NEW};
    struct differ_setup setup = SETUP;
    struct expectation expected = EXPECTED;
    struct talk talk;

    (void)state;
    talk_init(&talk, ITEMS, NULL);
    diff(&talk, &SETUP, &facts, &EXPECTED);
    talk_release(&talk);
    talk_init(&talk, NONE, NULL);
    diff(&talk, &SETUP, &facts, &EMPTY);
    talk_release(&talk);
    /* The first batch travels in the create; without a renderer it only counts. */
    setup.create_inline = true;
    setup.renderer = NULL;
    expected.requests = 2;
    talk_init(&talk, ITEMS, NULL);
    diff(&talk, &setup, &facts, &expected);
    talk_release(&talk);
}

static void test_settled(void **state)
{
    static const char *const ITEMS[] = {"u 1", NULL};
    static const struct {
        enum thread_state state;
        struct expectation expected;
    } CASES[] = {
        {THREAD_DONE,
         {.action = "none", .body = "", .outcome = OUTCOME_ALREADY_DONE, .reason = "done"}},
        {THREAD_PRUNED,
         {.action = "none", .body = "", .outcome = OUTCOME_ALREADY_DONE, .reason = "pruned"}},
        {THREAD_PRUNING,
         {.action = "none", .body = "", .outcome = OUTCOME_ALREADY_DONE, .reason = "pruning"}},
        {THREAD_UNCERTAIN,
         {.action = "fail",
          .body = "",
          .outcome = OUTCOME_UNCERTAIN,
          .reason = "its create may have been carried out"}},
        {THREAD_ROLLING_BACK,
         {.action = "fail",
          .body = "",
          .outcome = OUTCOME_FAILED,
          .reason = "its rollback has begun and is not finished"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct thread_facts facts = {.state = CASES[i].state};
        struct talk talk;

        talk_init(&talk, ITEMS, ITEMS);
        diff(&talk, &SETUP, &facts, &CASES[i].expected);
        assert_int_equal(talk.given, 0);
        talk_release(&talk);
    }
}

static void test_retried_uncertain(void **state)
{
    static const char *const ITEMS[] = {"u 1", NULL};
    static const struct expectation EXPECTED = {
        .action = "create", .body = "+", .items = 1, .requests = 2};
    const struct thread_facts facts = {.state = THREAD_UNCERTAIN};
    struct differ_setup setup = SETUP;
    struct talk talk;

    (void)state;
    setup.plan.retry_uncertain = true;
    talk_init(&talk, ITEMS, NULL);
    diff(&talk, &setup, &facts, &EXPECTED);
    talk_release(&talk);
}

static const char *const FOUR[] = {"u 1", "a 2", "u 3", "a 4", NULL};

/* Unfinished threads: two items are on record. */
static const struct {
    const char *stored[8];
    struct expectation expected;
} PARTIAL[] = {
    {{"u 1", "a 2"}, {.action = "append", .body = "==++", .items = 2, .requests = 2, .calls = 1}},
    /* More had arrived: a run sees that the last one on record is the second, puts the rest on
     * record and counts it. */
    {{"u 1", "a 2", "u 3"},
     {.action = "append", .body = "===+", .items = 2, .requests = 2, .calls = 3}},
    /* All of it had: what is missing is its end on record. */
    {{"u 1", "a 2", "u 3", "a 4"},
     {.action = "append", .body = "====", .items = 2, .requests = 1, .calls = 3}},
    /* What is on record is not looked at again, as a run does not. */
    {{"u 1 changed", "a 2"},
     {.action = "append", .body = "==++", .items = 2, .requests = 2, .calls = 1}},
    {{"u 1", "a 2", "u foreign"},
     {.action = "fail",
      .body = "==~!",
      .outcome = OUTCOME_FAILED,
      .calls = 3,
      .reason = "the conversation holds something that was not written here"}},
    {{"u 1", "a 2", "u 3", "a 4", "u 5"},
     {.action = "fail",
      .body = "====~!",
      .outcome = OUTCOME_FAILED,
      .calls = 4,
      .reason = "the conversation holds something that was not written here"}},
    /* What was acknowledged is gone. */
    {{"u 1"},
     {.action = "fail",
      .body = "==",
      .outcome = OUTCOME_FAILED,
      .calls = 1,
      .reason = "the last item that was written is no longer there"}},
};

/* An image that is listed without its contents is found by its place. */
static void test_unproven(void **state)
{
    static const char *const SENT[] = {"u 1", "i file-1", NULL};
    static const char *const STORED[] = {"u 1", "I x", NULL};
    static const struct expectation EXPECTED = {
        .action = "append", .body = "==", .items = 1, .requests = 1, .calls = 2};
    const struct thread_facts facts = talk_facts(THREAD_PARTIAL, SENT, 1);
    struct talk talk;

    (void)state;
    talk_init(&talk, SENT, STORED);
    diff(&talk, &SETUP, &facts, &EXPECTED);
    talk_release(&talk);
}

static void test_partial(void **state)
{
    const struct thread_facts facts = talk_facts(THREAD_PARTIAL, FOUR, 2);

    (void)state;
    for (size_t i = 0; i < sizeof PARTIAL / sizeof PARTIAL[0]; i++) {
        struct talk talk;

        talk_init(&talk, FOUR, PARTIAL[i].stored);
        diff(&talk, &SETUP, &facts, &PARTIAL[i].expected);
        talk_release(&talk);
    }
}

/* The last one on record is not the second of the list: somebody's is between. */
static void test_out_of_place(void **state)
{
    static const char *const STORED[] = {"u 1", "u foreign", "a 2", "u 3", NULL};
    static const struct expectation EXPECTED = {
        .action = "fail",
        .body = "==~!",
        .outcome = OUTCOME_FAILED,
        .calls = 2,
        .reason = "the conversation does not list its items in the order of writing"};
    struct thread_facts facts = talk_facts(THREAD_PARTIAL, FOUR, 2);
    struct talk talk;

    (void)state;
    (void)snprintf(facts.last, sizeof facts.last, "item_2");
    talk_init(&talk, FOUR, STORED);
    diff(&talk, &SETUP, &facts, &EXPECTED);
    talk_release(&talk);
}

static void test_source_changed(void **state)
{
    static const char *const OTHER[] = {"u one", "a 2", "u 3", NULL};
    static const char *const LESS[] = {"u 1", NULL};
    static const char *const STORED[] = {"u 1", "a 2", NULL};
    static const struct expectation CHANGED = {
        .action = "fail",
        .body = "==",
        .outcome = OUTCOME_FAILED,
        .reason = "what was already written now maps to something else"};
    static const struct expectation SHRUNK = {
        .action = "fail",
        .body = "=",
        .outcome = OUTCOME_FAILED,
        .reason = "the source holds less than what was already written"};
    const struct thread_facts facts = talk_facts(THREAD_PARTIAL, FOUR, 2);
    struct talk talk;

    (void)state;
    talk_init(&talk, OTHER, STORED);
    diff(&talk, &SETUP, &facts, &CHANGED);
    talk_release(&talk);
    talk_init(&talk, LESS, STORED);
    diff(&talk, &SETUP, &facts, &SHRUNK);
    talk_release(&talk);
}

static void test_top_up(void **state)
{
    static const char *const THREE[] = {"u 1", "a 2", "u 3", NULL};
    static const char *const MOVED_ON[] = {"u 1", "a 2", "u foreign", NULL};
    static const struct expectation GROWN = {.action = "append",
                                             .body = "==++",
                                             .outcome = OUTCOME_TOPPED_UP,
                                             .items = 2,
                                             .requests = 2,
                                             .calls = 1};
    static const struct expectation NOTHING = {
        .action = "none", .body = "==", .outcome = OUTCOME_ALREADY_DONE};
    static const struct expectation CONFLICT = {
        .action = "fail",
        .body = "==~",
        .outcome = OUTCOME_FAILED,
        .calls = 1,
        .reason = "the conversation has moved on since it was written"};
    static const struct expectation GONE = {.action = "fail",
                                            .body = "==~",
                                            .outcome = OUTCOME_FAILED,
                                            .calls = 1,
                                            .reason =
                                                "the conversation is no longer there (HTTP 404)"};
    static const char *const TWO[] = {"u 1", "a 2", NULL};
    const struct thread_facts facts = talk_facts(THREAD_DONE, FOUR, 2);
    struct differ_setup setup = SETUP;
    const struct {
        const char *const *items;
        const char *const *stored;
        const struct expectation *expected;
    } cases[] = {
        {FOUR, TWO, &GROWN},
        {TWO, TWO, &NOTHING},
        /* Somebody carries on with it, and there is nothing to add: none of our business. */
        {TWO, MOVED_ON, &NOTHING},
        {TWO, NULL, &NOTHING},
        {THREE, MOVED_ON, &CONFLICT},
        {THREE, NULL, &GONE},
    };

    (void)state;
    setup.plan.top_up = true;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct talk talk;

        talk_init(&talk, cases[i].items, cases[i].stored);
        diff(&talk, &setup, &facts, cases[i].expected);
        talk_release(&talk);
    }
}

/* A key that may not read: the same words, and the same code, as of a run. */
static void test_top_up_forbidden(void **state)
{
    const struct thread_facts facts = talk_facts(THREAD_DONE, FOUR, 2);
    struct differ_setup setup = SETUP;
    struct talk talk;
    struct sink *sink;

    (void)state;
    setup.plan.top_up = true;
    talk_init(&talk, FOUR, FOUR);
    talk.refuse = 403;
    sink = differ_new(&setup, &facts);
    talk_run(&talk, sink);
    assert_int_equal(sink->outcome.kind, OUTCOME_FAILED);
    assert_int_equal(sink->outcome.error.code, ERROR_FORBIDDEN);
    assert_string_equal(sink->outcome.error.text, "cannot list the conversation: HTTP 403");
    sink->ops->free(sink);
    talk_release(&talk);
}

/* Nothing of ours can have arrived after a failure that is settled, however much it looks so. */
static void test_settled_failure(void **state)
{
    static const char *const THREE[] = {"u 1", "a 2", "u 3", NULL};
    static const struct expectation EXPECTED = {
        .action = "fail",
        .body = "==~!",
        .outcome = OUTCOME_FAILED,
        .calls = 3,
        .reason = "the conversation holds something that was not written here"};
    struct thread_facts facts = talk_facts(THREAD_FAILED, FOUR, 2);
    struct talk talk;

    (void)state;
    facts.settled = true;
    talk_init(&talk, FOUR, THREE);
    diff(&talk, &SETUP, &facts, &EXPECTED);
    talk_release(&talk);
}

/* A batch is on its way before what follows it is read: it is written whatever becomes of that. */
static void test_reader_fails(void **state)
{
    static const struct expectation EXPECTED = {.action = "fail",
                                                .body = "++++",
                                                .outcome = OUTCOME_FAILED,
                                                .items = 2,
                                                .reason = "unknown part"};
    const struct thread_facts facts = {.state = THREAD_NEW};
    struct talk talk;

    (void)state;
    talk_init(&talk, FOUR, NULL);
    error_set(&talk.reader_error, ERROR_UNSUPPORTED, "unknown part");
    diff(&talk, &SETUP, &facts, &EXPECTED);
    talk_release(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_settled),
        cmocka_unit_test(test_retried_uncertain),
        cmocka_unit_test(test_partial),
        cmocka_unit_test(test_unproven),
        cmocka_unit_test(test_out_of_place),
        cmocka_unit_test(test_source_changed),
        cmocka_unit_test(test_top_up),
        cmocka_unit_test(test_top_up_forbidden),
        cmocka_unit_test(test_settled_failure),
        cmocka_unit_test(test_reader_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
