/* The whole table of docs/CHECKPOINT.md, as data. */
#include "write/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct row {
    enum thread_state state;
    bool has_conversation;
    struct {
        enum plan_deed deed;
        enum error_code code;
    } migrate, top_up, retry, verify, against, rollback, prune;
};

static const struct row ROWS[] = {
    {THREAD_NEW,
     false,
     {PLAN_CREATE, ERROR_NONE},
     {PLAN_CREATE, ERROR_NONE},
     {PLAN_CREATE, ERROR_NONE},
     {PLAN_FAIL, ERROR_GONE},
     {PLAN_FAIL, ERROR_GONE},
     {PLAN_PASS, ERROR_NONE},
     {PLAN_PASS, ERROR_NONE}},
    {THREAD_ROLLED_BACK,
     false,
     {PLAN_CREATE, ERROR_NONE},
     {PLAN_CREATE, ERROR_NONE},
     {PLAN_CREATE, ERROR_NONE},
     {PLAN_FAIL, ERROR_GONE},
     {PLAN_FAIL, ERROR_GONE},
     {PLAN_PASS, ERROR_NONE},
     {PLAN_PASS, ERROR_NONE}},
    {THREAD_FAILED,
     false,
     {PLAN_CREATE, ERROR_NONE},
     {PLAN_CREATE, ERROR_NONE},
     {PLAN_CREATE, ERROR_NONE},
     {PLAN_FAIL, ERROR_GONE},
     {PLAN_FAIL, ERROR_GONE},
     {PLAN_PASS, ERROR_NONE},
     {PLAN_PASS, ERROR_NONE}},
    {THREAD_FAILED,
     true,
     {PLAN_CONTINUE, ERROR_NONE},
     {PLAN_CONTINUE, ERROR_NONE},
     {PLAN_CONTINUE, ERROR_NONE},
     {PLAN_FAIL, ERROR_SERVER_ERROR},
     {PLAN_FAIL, ERROR_SERVER_ERROR},
     {PLAN_DELETE, ERROR_NONE},
     {PLAN_SPARE, ERROR_CONFLICT}},
    {THREAD_PARTIAL,
     true,
     {PLAN_CONTINUE, ERROR_NONE},
     {PLAN_CONTINUE, ERROR_NONE},
     {PLAN_CONTINUE, ERROR_NONE},
     {PLAN_FAIL, ERROR_SERVER_ERROR},
     {PLAN_FAIL, ERROR_SERVER_ERROR},
     {PLAN_DELETE, ERROR_NONE},
     {PLAN_SPARE, ERROR_CONFLICT}},
    {THREAD_DONE,
     true,
     {PLAN_SETTLED, ERROR_NONE},
     {PLAN_TOP_UP, ERROR_NONE},
     {PLAN_SETTLED, ERROR_NONE},
     {PLAN_COMPARE, ERROR_NONE},
     {PLAN_DIGEST, ERROR_NONE},
     {PLAN_DELETE, ERROR_NONE},
     {PLAN_PRUNE_NEW, ERROR_NONE}},
    {THREAD_UNCERTAIN,
     false,
     {PLAN_UNCERTAIN, ERROR_UNCERTAIN},
     {PLAN_UNCERTAIN, ERROR_UNCERTAIN},
     {PLAN_CREATE, ERROR_NONE},
     {PLAN_FAIL, ERROR_UNCERTAIN},
     {PLAN_FAIL, ERROR_UNCERTAIN},
     {PLAN_SPARE, ERROR_UNCERTAIN},
     {PLAN_SPARE, ERROR_UNCERTAIN}},
    {THREAD_ROLLING_BACK,
     true,
     {PLAN_FAIL, ERROR_ROLLING_BACK},
     {PLAN_FAIL, ERROR_ROLLING_BACK},
     {PLAN_FAIL, ERROR_ROLLING_BACK},
     {PLAN_FAIL, ERROR_ROLLING_BACK},
     {PLAN_FAIL, ERROR_ROLLING_BACK},
     {PLAN_GO_ON, ERROR_NONE},
     {PLAN_SPARE, ERROR_ROLLING_BACK}},
    {THREAD_PRUNING,
     true,
     {PLAN_SETTLED, ERROR_NONE},
     {PLAN_SETTLED, ERROR_NONE},
     {PLAN_SETTLED, ERROR_NONE},
     {PLAN_DIGEST, ERROR_NONE},
     {PLAN_DIGEST, ERROR_NONE},
     {PLAN_SPARE, ERROR_CONFLICT},
     {PLAN_PRUNE_ASK, ERROR_NONE}},
    {THREAD_PRUNED,
     true,
     {PLAN_SETTLED, ERROR_NONE},
     {PLAN_SETTLED, ERROR_NONE},
     {PLAN_SETTLED, ERROR_NONE},
     {PLAN_DIGEST, ERROR_NONE},
     {PLAN_DIGEST, ERROR_NONE},
     {PLAN_SPARE, ERROR_CONFLICT},
     {PLAN_SETTLED, ERROR_NONE}},
};

static void assert_plan(const struct row *row, enum plan_command command,
                        const struct plan_options *options, enum plan_deed deed,
                        enum error_code code)
{
    const struct plan_thread thread = {row->state, row->has_conversation};
    const struct plan plan = plan_make(command, &thread, options);

    if (plan.deed != deed || plan.code != code)
        fail_msg("%s, command %d: deed %d, code %s", thread_state_name(row->state), command,
                 plan.deed, error_code_name(plan.code));
    /* Whoever fails or stays says why. */
    assert_true((plan.code != ERROR_NONE) == (plan.reason != NULL));
}

static void test_the_table(void **state)
{
    static const struct plan_options NONE = {.top_up = false};
    static const struct plan_options TOP_UP = {.top_up = true};
    static const struct plan_options RETRY = {.retry_uncertain = true};
    static const struct plan_options AGAINST = {.against_checkpoint = true};

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const struct row *row = &ROWS[i];

        assert_plan(row, PLAN_MIGRATE, &NONE, row->migrate.deed, row->migrate.code);
        assert_plan(row, PLAN_MIGRATE, &TOP_UP, row->top_up.deed, row->top_up.code);
        assert_plan(row, PLAN_MIGRATE, &RETRY, row->retry.deed, row->retry.code);
        assert_plan(row, PLAN_VERIFY, &NONE, row->verify.deed, row->verify.code);
        assert_plan(row, PLAN_VERIFY, &AGAINST, row->against.deed, row->against.code);
        assert_plan(row, PLAN_ROLLBACK, &NONE, row->rollback.deed, row->rollback.code);
        assert_plan(row, PLAN_PRUNE, &NONE, row->prune.deed, row->prune.code);
    }
}

/* From `pruning` on the conversation may be the only copy: no command deletes or changes it. */
static void test_nothing_touches_the_only_copy(void **state)
{
    static const enum thread_state STATES[] = {THREAD_PRUNING, THREAD_PRUNED};

    (void)state;
    for (size_t i = 0; i < sizeof STATES / sizeof STATES[0]; i++) {
        for (int command = 0; command < PLAN_COMMANDS; command++) {
            for (int bits = 0; bits < 8; bits++) {
                const struct plan_thread thread = {STATES[i], true};
                const struct plan_options options = {bits & 1, bits & 2, bits & 4};
                const enum plan_deed deed =
                    plan_make((enum plan_command)command, &thread, &options).deed;

                assert_true(deed == PLAN_SETTLED || deed == PLAN_DIGEST || deed == PLAN_SPARE ||
                            deed == PLAN_PRUNE_ASK);
            }
        }
    }
}

static void test_a_slot_and_its_facts_say_the_same(void **state)
{
    const struct thread_slot slot = {THREAD_FAILED, 7, 9, 11};
    const struct thread_slot bare = {THREAD_FAILED, -1, -1, 11};
    const struct thread_facts facts = {.state = THREAD_FAILED, .conversation = "conv_1"};
    const struct thread_facts none = {.state = THREAD_FAILED};

    (void)state;
    assert_true(plan_of_slot(&slot).has_conversation);
    assert_true(plan_of_facts(&facts).has_conversation);
    assert_false(plan_of_slot(&bare).has_conversation);
    assert_false(plan_of_facts(&none).has_conversation);
}

/* What status names is what --only takes. */
static void test_what_counts_as_failed(void **state)
{
    const struct thread_facts failed = {
        .state = THREAD_FAILED, .code = ERROR_REFUSED, .detail = "HTTP 400"};
    const struct thread_facts uncertain = {.state = THREAD_UNCERTAIN};
    const struct thread_facts rolling = {.state = THREAD_ROLLING_BACK, .conversation = "conv_1"};
    const struct thread_facts done = {.state = THREAD_DONE, .conversation = "conv_1"};

    (void)state;
    assert_int_equal(plan_failure(&failed).code, ERROR_REFUSED);
    assert_string_equal(plan_failure(&failed).reason, "HTTP 400");
    assert_int_equal(plan_failure(&uncertain).code, ERROR_UNCERTAIN);
    assert_int_equal(plan_failure(&rolling).code, ERROR_ROLLING_BACK);
    assert_non_null(plan_failure(&rolling).reason);
    assert_int_equal(plan_failure(&done).code, ERROR_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table),
        cmocka_unit_test(test_nothing_touches_the_only_copy),
        cmocka_unit_test(test_a_slot_and_its_facts_say_the_same),
        cmocka_unit_test(test_what_counts_as_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
