#include "check/inventory.h"

#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void see(struct inventory *inventory, enum fetch_kind kind, const char *text)
{
    struct error err;
    json_t *object = json_read(span_of(text), &err);

    assert_non_null(object);
    inventory_see(inventory, kind, object);
    json_decref(object);
}

static int64_t count_of(const struct inventory *inventory, enum inventory_group group,
                        const char *name)
{
    size_t place = strmap_find(&inventory->groups[group], span_of(name));

    return place == SIZE_MAX ? 0 : (int64_t)strmap_value(&inventory->groups[group], place);
}

static void test_message(void **state)
{
    struct inventory inventory;

    (void)state;
    inventory_init(&inventory);
    see(&inventory, FETCH_MESSAGES,
        "{\"role\":\"user\",\"assistant_id\":\"asst_1\",\"content\":[{\"type\":\"text\",\"text\":"
        "{\"value\":\"x\",\"annotations\":[{\"type\":\"file_citation\",\"file_citation\":"
        "{\"file_id\":\"file-1\"}}]}},{\"type\":\"image_file\",\"image_file\":{\"file_id\":"
        "\"file-2\"}}],\"attachments\":[{\"file_id\":\"file-1\",\"tools\":[{\"type\":"
        "\"file_search\"},{\"type\":\"code_interpreter\"}]}]}");
    see(&inventory, FETCH_MESSAGES,
        "{\"role\":\"assistant\",\"assistant_id\":\"asst_1\",\"content\":\"plain\","
        "\"file_ids\":[\"file-3\",7]}");
    see(&inventory, FETCH_MESSAGES, "{\"role\":\"\\u001b[31m\"}");
    see(&inventory, FETCH_MESSAGES, "[]");
    assert_int_equal(inventory.messages, 4);
    assert_int_equal(inventory.attachments, 3);
    assert_int_equal(inventory.files.count, 3);
    assert_int_equal(inventory.assistants.count, 1);
    assert_int_equal(count_of(&inventory, GROUP_ROLES, "user"), 1);
    assert_int_equal(count_of(&inventory, GROUP_ROLES, "\\x1b[31m"), 1);
    assert_int_equal(count_of(&inventory, GROUP_ROLES, "(none)"), 1);
    assert_int_equal(count_of(&inventory, GROUP_CONTENT, "text"), 2);
    assert_int_equal(count_of(&inventory, GROUP_CONTENT, "image_file"), 1);
    assert_int_equal(count_of(&inventory, GROUP_ANNOTATIONS, "file_citation"), 1);
    assert_int_equal(count_of(&inventory, GROUP_TOOLS, "code_interpreter"), 1);
    inventory_release(&inventory);
}

static void test_runs(void **state)
{
    struct inventory inventory;

    (void)state;
    inventory_init(&inventory);
    see(&inventory, FETCH_RUNS, "{\"status\":\"completed\",\"assistant_id\":\"asst_2\"}");
    see(&inventory, FETCH_ACTIVE_RUN, "{\"status\":\"completed\"}");
    see(&inventory, FETCH_STEPS,
        "{\"step_details\":{\"tool_calls\":[{\"type\":\"function\"},{\"type\":\"function\"}]}}");
    assert_int_equal(inventory.runs, 1);
    assert_int_equal(inventory.run_steps, 1);
    assert_int_equal(inventory.assistants.count, 1);
    assert_int_equal(count_of(&inventory, GROUP_RUNS, "completed"), 1);
    assert_int_equal(count_of(&inventory, GROUP_TOOLS, "function"), 2);
    inventory_release(&inventory);
}

/* A source that invents names cannot fill the memory. */
static void test_names_are_bounded(void **state)
{
    struct inventory inventory;
    int64_t total = 0;

    (void)state;
    inventory_init(&inventory);
    for (int i = 0; i < 1000; i++) {
        char text[64];

        (void)snprintf(text, sizeof text, "{\"role\":\"role%d\"}", i);
        see(&inventory, FETCH_MESSAGES, text);
    }
    assert_true(inventory.groups[GROUP_ROLES].count < 300);
    for (size_t i = 0; i < inventory.groups[GROUP_ROLES].count; i++)
        total += (int64_t)strmap_value(&inventory.groups[GROUP_ROLES], i);
    assert_int_equal(total, 1000);
    inventory_release(&inventory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_names_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
