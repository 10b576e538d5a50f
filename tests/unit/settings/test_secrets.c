#include "settings/secrets.h"

#include "base/log.h"
#include "fakes/fake_keyfile.h"
#include "fakes/fake_spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char PROGRAM[] = "printer";
static char OTHER_PROGRAM[] = "other";
static char *COMMAND[] = {PROGRAM, NULL};
static char *SAME_COMMAND[] = {PROGRAM, NULL};
static char *OTHER_COMMAND[] = {OTHER_PROGRAM, NULL};
static char VARIABLE[] = "SOME_KEY";

static const char *key_of(struct secrets *secrets, enum side side, bool renew, struct error *err)
{
    error_clear(err);
    return secret_key(secrets_of(secrets, side), renew, err);
}

static void test_forms_of_keys(void **state)
{
    static const struct {
        const char *content;
        const char *key; /* NULL: refused */
        const char *error;
    } ROWS[] = {
        {"sk-1", "sk-1", NULL},
        {"sk-1\n", "sk-1", NULL},
        {"sk-1\r\n", "sk-1", NULL},
        {"sk-1\n\n", "sk-1", NULL},
        {"sk 1", "sk 1", NULL},
        {"", NULL, "is empty"},
        {"\n", NULL, "is empty"},
        {"sk-1\nsk-2\n", NULL, "has more than one line"},
        {"sk-1\rX: y\n", NULL, "holds a control character"},
        {"sk\t1", NULL, "holds a control character"},
        {"sk\x7f", NULL, "holds a control character"},
        {NULL, NULL, "cannot read key file 'some-file'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char file[] = "some-file";
        const struct config config = {.source = {.type = SERVICE_OPENAI, .api_key_file = file}};
        struct secrets *secrets = secrets_new(&config, NULL);
        struct error err;
        const char *key;

        fake_keyfile_set(ROWS[i].content);
        key = key_of(secrets, SIDE_SOURCE, false, &err);
        if (ROWS[i].key) {
            assert_string_equal(key, ROWS[i].key);
        } else {
            assert_null(key);
            assert_int_equal(err.code, ERROR_USAGE);
            assert_non_null(strstr(err.text, ROWS[i].error));
            assert_null(strstr(err.text, "sk"));
        }
        secrets_free(secrets);
    }
}

static void test_a_cr_is_worth_a_warning(void **state)
{
    char file[] = "some-file";
    const struct config config = {.source = {.type = SERVICE_OPENAI, .api_key_file = file}};
    struct secrets *secrets = secrets_new(&config, NULL);
    char text[512] = "";
    FILE *stream = fmemopen(text, sizeof text, "w");
    struct error err;

    (void)state;
    log_open(&(struct log_options){.level = LOG_WARNING, .stream = stream});
    fake_keyfile_set("sk-1\r\n");
    assert_string_equal(key_of(secrets, SIDE_SOURCE, false, &err), "sk-1");
    assert_int_equal(fflush(stream), 0);
    assert_non_null(strstr(text, "ends with CR LF"));
    assert_null(strstr(text, "sk-1"));
    secrets_free(secrets);
    log_open(&(struct log_options){.stream = NULL});
    assert_int_equal(fclose(stream), 0);
}

static void test_variables(void **state)
{
    const struct config config = {.source = {.type = SERVICE_OPENAI, .api_key_env = VARIABLE}};
    char wrong[] = "SOME_KEY2=x";
    char right[] = "SOME_KEY=sk-1";
    char empty[] = "SOME_KEY=";
    char *const set[] = {wrong, right, NULL};
    char *const unset[] = {wrong, NULL};
    char *const hollow[] = {empty, NULL};
    struct secrets *secrets = secrets_new(&config, set);
    struct error err;

    (void)state;
    assert_string_equal(key_of(secrets, SIDE_SOURCE, false, &err), "sk-1");
    /* There is no other key to be had from a variable. */
    assert_null(key_of(secrets, SIDE_SOURCE, true, &err));
    assert_int_equal(err.code, ERROR_AUTH);
    secrets_free(secrets);
    secrets = secrets_new(&config, unset);
    assert_null(key_of(secrets, SIDE_SOURCE, false, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_non_null(
        strstr(err.text, "source.api_key_env: the variable SOME_KEY is not set\nhint: "));
    secrets_free(secrets);
    secrets = secrets_new(&config, hollow);
    assert_null(key_of(secrets, SIDE_SOURCE, false, &err));
    assert_non_null(strstr(err.text, "source.api_key_env: the variable SOME_KEY is empty\nhint: "));
    /* A new job is not begun without it. */
    assert_false(secret_is_there(secrets_of(secrets, SIDE_SOURCE), &err));
    secrets_free(secrets);
}

static void test_who_needs_no_key(void **state)
{
    const struct config config = {.source = {.type = SERVICE_COMPATIBLE},
                                  .destination = {.type = SERVICE_FOUNDRY}};
    struct secrets *secrets = secrets_new(&config, NULL);
    struct error err;

    (void)state;
    assert_string_equal(key_of(secrets, SIDE_SOURCE, false, &err), "");
    assert_null(key_of(secrets, SIDE_DESTINATION, false, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_non_null(strstr(err.text, "hint: set destination.api_key_env"));
    secrets_free(secrets);
}

static void test_a_command_runs_once_for_both_sides(void **state)
{
    static const char *const OUTPUTS[] = {"one\n", "two\n", "three\n"};
    const struct config config = {
        .source = {.type = SERVICE_FOUNDRY, .api_key_command = COMMAND},
        .destination = {.type = SERVICE_FOUNDRY, .api_key_command = SAME_COMMAND}};
    char *const environment[] = {NULL};
    struct secrets *secrets = secrets_new(&config, environment);
    struct error err;

    (void)state;
    fake_spawn_reset();
    fake_spawn_print(OUTPUTS, 3);
    assert_int_equal(fake_spawn_runs(), 0);
    assert_string_equal(key_of(secrets, SIDE_SOURCE, false, &err), "one");
    assert_string_equal(key_of(secrets, SIDE_DESTINATION, false, &err), "one");
    assert_int_equal(fake_spawn_runs(), 1);
    assert_string_equal(fake_spawn_program(), "printer");
    /* A 401 on one side fetches a new key, a 401 on the other takes the same. */
    assert_string_equal(key_of(secrets, SIDE_SOURCE, true, &err), "two");
    assert_string_equal(key_of(secrets, SIDE_DESTINATION, true, &err), "two");
    assert_int_equal(fake_spawn_runs(), 2);
    assert_string_equal(key_of(secrets, SIDE_DESTINATION, true, &err), "three");
    assert_int_equal(fake_spawn_runs(), 3);
    secrets_free(secrets);
}

/* In mid-run a command without a good key is a matter of permission, not of usage. */
static void test_a_command_runs_dry(void **state)
{
    static const char *const OUTPUTS[] = {"one\n", "\n"};
    const struct config config = {.source = {.type = SERVICE_FOUNDRY, .api_key_command = COMMAND}};
    char *const environment[] = {NULL};
    struct secrets *secrets = secrets_new(&config, environment);
    struct error err;

    (void)state;
    fake_spawn_reset();
    fake_spawn_print(OUTPUTS, 2);
    assert_string_equal(key_of(secrets, SIDE_SOURCE, false, &err), "one");
    assert_null(key_of(secrets, SIDE_SOURCE, true, &err));
    assert_int_equal(err.code, ERROR_AUTH);
    assert_string_equal(err.text, "the key of the source is empty\n"
                                  "hint: it comes from source.api_key_command");
    secrets_free(secrets);
    /* From the beginning it is one of usage. */
    fake_spawn_reset();
    fake_spawn_print(&OUTPUTS[1], 1);
    secrets = secrets_new(&config, environment);
    assert_null(key_of(secrets, SIDE_SOURCE, false, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    secrets_free(secrets);
}

static void test_other_commands_run_apart(void **state)
{
    static const char *const OUTPUTS[] = {"one", "two"};
    const struct config config = {
        .source = {.type = SERVICE_FOUNDRY, .api_key_command = COMMAND},
        .destination = {.type = SERVICE_FOUNDRY, .api_key_command = OTHER_COMMAND}};
    char *const environment[] = {NULL};
    struct secrets *secrets = secrets_new(&config, environment);
    struct error err;

    (void)state;
    fake_spawn_reset();
    fake_spawn_print(OUTPUTS, 2);
    assert_string_equal(key_of(secrets, SIDE_SOURCE, false, &err), "one");
    assert_string_equal(key_of(secrets, SIDE_DESTINATION, false, &err), "two");
    secrets_free(secrets);
}

static void test_a_command_does_not_see_the_other_key(void **state)
{
    static const char *const OUTPUTS[] = {"one"};
    const struct side_config by_command = {.type = SERVICE_FOUNDRY, .api_key_command = COMMAND};
    const struct side_config by_variable = {.type = SERVICE_OPENAI, .api_key_env = VARIABLE};
    const struct config configs[SIDES] = {
        [SIDE_SOURCE] = {.source = by_command, .destination = by_variable},
        [SIDE_DESTINATION] = {.source = by_variable, .destination = by_command},
    };
    char key[] = "SOME_KEY=sk-1";
    char longer[] = "SOME_KEY_TOO=x";
    char *const environment[] = {key, longer, NULL};

    (void)state;
    for (int side = 0; side < SIDES; side++) {
        struct secrets *secrets = secrets_new(&configs[side], environment);
        struct error err;

        fake_spawn_reset();
        fake_spawn_print(OUTPUTS, 1);
        assert_non_null(key_of(secrets, (enum side)side, false, &err));
        assert_false(fake_spawn_saw("SOME_KEY"));
        assert_true(fake_spawn_saw("SOME_KEY_TOO"));
        secrets_free(secrets);
    }
}

static void test_a_command_that_fails(void **state)
{
    const struct config config = {.source = {.type = SERVICE_FOUNDRY, .api_key_command = COMMAND}};
    char *const environment[] = {NULL};
    struct secrets *secrets = secrets_new(&config, environment);
    struct error err;

    (void)state;
    fake_spawn_reset();
    assert_null(key_of(secrets, SIDE_SOURCE, false, &err));
    assert_int_equal(err.code, ERROR_AUTH);
    assert_string_equal(err.text, "source.api_key_command: 'printer' failed with exit status 1");
    secrets_free(secrets);
    secrets_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_of_keys),
        cmocka_unit_test(test_a_cr_is_worth_a_warning),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_who_needs_no_key),
        cmocka_unit_test(test_a_command_runs_once_for_both_sides),
        cmocka_unit_test(test_a_command_runs_dry),
        cmocka_unit_test(test_other_commands_run_apart),
        cmocka_unit_test(test_a_command_does_not_see_the_other_key),
        cmocka_unit_test(test_a_command_that_fails),
    };

    return cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
}
