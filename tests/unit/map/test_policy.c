#include "map/policy.h"

#include "unit/map/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_defaults(void **state)
{
    struct policy policy = policy_default();
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    policy_write_pinned(&out, &policy);
    assert_string_equal(out.data, "");
    policy.active_runs = ACTIVE_SNAPSHOT;
    policy.truncated_archives = TRUNCATED_ALLOW;
    policy_write_pinned(&out, &policy);
    assert_string_equal(out.data, "");
    policy = policy_default();
    policy.unknown = UNKNOWN_DROP;
    policy.annotations = ANNOTATIONS_STRIP;
    policy.provenance = 0;
    policy_write_pinned(&out, &policy);
    assert_string_equal(out.data, "annotations=strip\nprovenance=false\nunknown=drop\n");
    policy = policy_default();
    assert_int_equal(policy.active_runs, ACTIVE_REFUSE);
    assert_int_equal(policy.truncated_archives, TRUNCATED_FAIL);
    buf_release(&out);
}

/* Every choice of every row can be set, read back, and changes nothing else. */
static void test_every_choice(void **state)
{
    (void)state;
    for (size_t i = 0; i < POLICY_ROW_COUNT; i++) {
        const struct policy_row *row = &POLICY_ROWS[i];

        for (int c = 0; row->choices[c]; c++) {
            struct policy policy = policy_default();
            struct policy other = policy_default();

            assert_true(policy_set(&policy, row, span_of(row->choices[c])));
            assert_string_equal(policy_get(&policy, row), row->choices[c]);
            assert_true(policy_set(&policy, row, span_of(policy_get(&other, row))));
            assert_memory_equal(&policy, &other, sizeof policy);
        }
    }
}

static void test_values(void **state)
{
    struct policy policy = policy_default();

    (void)state;
    assert_true(policy_set(&policy, policy_row_of("tool_calls"), span_of("text")));
    assert_int_equal(policy.tool_calls, TOOLS_TEXT);
    assert_true(policy_set(&policy, policy_row_of("user_image_files"), span_of("fail")));
    assert_int_equal(policy.user_image_files, USER_IMAGES_FAIL);
    assert_true(policy_set(&policy, policy_row_of("provenance"), span_of("false")));
    assert_int_equal(policy.provenance, 0);
    assert_false(policy_set(&policy, policy_row_of("unknown"), span_of("Drop")));
    assert_false(policy_set(&policy, policy_row_of("unknown"), span_of("")));
    assert_int_equal(policy.unknown, UNKNOWN_FAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_choice),
        cmocka_unit_test(test_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
