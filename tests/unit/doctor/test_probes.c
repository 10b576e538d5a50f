#include "doctor/probes.h"

#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static json_t *item_of(const struct probe *probe)
{
    struct buf text;
    struct error err = {.code = ERROR_NONE};
    json_t *item;

    buf_init(&text, BUF_NO_LIMIT);
    probe_write(probe, &text);
    item = json_read_object(buf_span(&text), &err);
    assert_non_null(item);
    buf_release(&text);
    return item;
}

/* What comes back as it was sent is intact; a text that was cut, and another role, are not. */
static void test_items(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        json_t *item = item_of(&PROBES[i]);
        json_t *part = json_array_get(json_object_get(item, "content"), 0);

        assert_true(probe_is_intact(&PROBES[i], item));
        (void)json_object_set_new(part, PROBES[i].member, json_string("canary: "));
        assert_int_equal(probe_is_intact(&PROBES[i], item), PROBES[i].opaque);
        (void)json_object_set_new(item, "role", json_string("tool"));
        assert_false(probe_is_intact(&PROBES[i], item));
        json_decref(item);
    }
}

/* The basic ones come first; each of the others has something that helps, or says that nothing
 * does. */
static void test_rows(void **state)
{
    struct config config = {.policy = policy_default(), .batch_bytes = 8388608};
    struct buf text;

    (void)state;
    buf_init(&text, BUF_NO_LIMIT);
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        assert_int_equal(PROBES[i].basic, i < PROBE_BASICS);
        assert_int_equal(probe_remedy(&PROBES[i], &text) == NULL, PROBES[i].basic);
        assert_false(probe_is_helped(&PROBES[i], &config));
        assert_true(probe_is_due(&PROBES[i], &config));
    }
    buf_release(&text);
}

/* The setting that helps is seen, and what is never sent at once is not tried. */
static void test_settings(void **state)
{
    struct config config = {.policy = policy_default(), .batch_bytes = 1000};
    size_t helped = 0;
    size_t due = 0;

    (void)state;
    config.policy.nul = NUL_REPLACE;
    config.policy.refusals = REFUSALS_TEXT;
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        helped += probe_is_helped(&PROBES[i], &config) ? 1 : 0;
        due += probe_is_due(&PROBES[i], &config) ? 1 : 0;
    }
    assert_int_equal(helped, 2);
    assert_int_equal(due, PROBE_COUNT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
