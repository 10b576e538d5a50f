#include "map/losses.h"

#include "map/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_names_are_sorted(void **state)
{
    (void)state;
    for (enum loss_kind kind = 0; kind < LOSS_KINDS; kind++) {
        assert_non_null(loss_name(kind));
        assert_true(strlen(LOSS_ROWS[kind].meaning) > 0);
        if (kind > 0)
            assert_true(strcmp(loss_name(kind - 1), loss_name(kind)) < 0);
    }
}

/* The setting that a loss names is one of the mapping's. */
static void test_keys(void **state)
{
    (void)state;
    for (enum loss_kind kind = 0; kind < LOSS_KINDS; kind++) {
        bool found = LOSS_ROWS[kind].key == NULL;

        for (size_t i = 0; !found && i < POLICY_ROW_COUNT; i++)
            found = strcmp(LOSS_ROWS[kind].key, POLICY_ROWS[i].key) == 0;
        if (!found)
            fail_msg("%s: no setting mapping.%s", loss_name(kind), LOSS_ROWS[kind].key);
    }
}

static void test_words(void **state)
{
    struct losses losses = {.count = {[LOSS_ANNOTATION] = 2000, [LOSS_ATTACHMENT] = 1}};
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    assert_true(losses_write_text(&out, &losses, true));
    assert_string_equal(out.data, "annotation (2,000), attachment (1)");
    buf_clear(&out);
    assert_true(losses_write_text(&out, &losses, false));
    assert_string_equal(out.data, "attachment (1)");
    losses.count[LOSS_ATTACHMENT] = 0;
    assert_false(losses_write_text(&out, &losses, false));
    buf_release(&out);
}

static void test_json(void **state)
{
    struct losses losses = {{0}};
    struct losses more = {{0}};
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    losses_write_json(&out, &losses);
    assert_string_equal(out.data, "{}");
    buf_clear(&out);
    losses.count[LOSS_UNKNOWN] = 1;
    more.count[LOSS_ANNOTATION] = 12;
    more.count[LOSS_UNKNOWN] = 2;
    losses_add(&losses, &more);
    losses_write_json(&out, &losses);
    assert_string_equal(out.data, "{\"annotation\":12,\"unknown\":3}");
    assert_int_equal(losses_total(&losses), 15);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_sorted),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
