/* Each assistant has a file name of its own, and that of an ordinary one is its id. */
#include "run/assistant_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LONGEST_ID = 256, LONGEST_NAME = 143 };

static void test_names(void **state)
{
    static const struct {
        const char *id;
        const char *name;
    } NAMES[] = {
        {"asst_a", "asst_a.json"},
        {"asst-A.1", "asst-A.1.json"},
        {"asst_a.json", "asst_a.json.json"},
        /* printf %s 'asst/a' | sha256sum */
        {"asst/a", "asst_a~076a0de2392a.json"},
        {"asst?a", "asst_a~db9dd69d3989.json"},
        {"..", "_.~5ec1f7e700f3.json"},
        {"a:b", "a_b~6783a31eabf6.json"},
        {"asst_a~5a1dc0a7b4c3", "asst_a_5a1dc0a7b4c3~459d4b45dcd2.json"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        char name[ASSISTANT_FILE_NAME_SIZE];

        assistant_file_name(name, span_of(NAMES[i].id));
        assert_string_equal(name, NAMES[i].name);
    }
}

/* Ids of every length, in pairs that differ in their last byte alone. */
static void test_long_ids(void **state)
{
    char id[LONGEST_ID + 1];

    (void)state;
    memset(id, 'a', sizeof id);
    for (size_t len = 1; len <= LONGEST_ID; len++) {
        char first[ASSISTANT_FILE_NAME_SIZE];
        char second[ASSISTANT_FILE_NAME_SIZE];

        id[len - 1] = 'b';
        assistant_file_name(first, (struct span){id, len});
        id[len - 1] = 'a';
        assistant_file_name(second, (struct span){id, len});
        assert_true(strcmp(first, second) != 0);
        assert_true(strlen(first) <= LONGEST_NAME);
        assert_string_equal(first + strlen(first) - strlen(".json"), ".json");
        assert_int_equal(strchr(first, '~') == NULL, len + strlen(".json") <= LONGEST_NAME);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_long_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
