#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_set_and_clear(void **state)
{
    struct error err = {0};

    (void)state;
    error_set(&err, ERROR_IO, "cannot read '%s': %s", "a.json", "no such file");
    assert_int_equal(err.code, ERROR_IO);
    assert_string_equal(err.text, "cannot read 'a.json': no such file");
    error_clear(&err);
    assert_int_equal(err.code, ERROR_NONE);
    assert_string_equal(err.text, "");
}

static void test_wrap_adds_a_prefix_and_keeps_the_code(void **state)
{
    struct error err = {0};

    (void)state;
    error_set(&err, ERROR_BAD_SOURCE, "no 'id'");
    error_wrap(&err, "message %d", 3);
    error_wrap(&err, "thread '%s'", "t1");
    assert_int_equal(err.code, ERROR_BAD_SOURCE);
    assert_string_equal(err.text, "thread 't1': message 3: no 'id'");
}

static void test_text_that_does_not_fit_is_cut(void **state)
{
    char text[2 * ERROR_TEXT_SIZE];
    struct error err = {0};

    (void)state;
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    error_set(&err, ERROR_IO, "%s", text);
    assert_int_equal(strlen(err.text), ERROR_TEXT_SIZE - 1);
    error_wrap(&err, "prefix");
    assert_int_equal(strlen(err.text), ERROR_TEXT_SIZE - 1);
    assert_memory_equal(err.text, "prefix: aaaa", 12);
    error_wrap(&err, "%s", text);
    assert_int_equal(strlen(err.text), ERROR_TEXT_SIZE - 1);
}

/* The numbers are what scripts rely on. */
static void test_codes_have_names_and_exit_statuses(void **state)
{
    static const struct {
        enum error_code code;
        const char *name;
        int exit_status;
    } ROWS[] = {
        {ERROR_NONE, "none", 0},
        {ERROR_UNCERTAIN, "uncertain", 1},
        {ERROR_ROLLING_BACK, "rolling_back", 1},
        {ERROR_FILE_DAMAGED, "damaged", 1},
        {ERROR_FILE_OPEN, "file_open", 1},
        {ERROR_SOURCE_MISSING, "source_missing", 1},
        {ERROR_SOURCE_CHANGED, "source_changed", 1},
        {ERROR_FORBIDDEN, "forbidden", 1},
        {ERROR_BAD_ID, "bad_id", 1},
        {ERROR_BAD_SOURCE, "bad_source", 1},
        {ERROR_UNSUPPORTED, "unsupported", 1},
        {ERROR_TOO_LARGE, "too_large", 1},
        {ERROR_ACTIVE_RUN, "active_run", 1},
        {ERROR_TRUNCATED, "truncated", 1},
        {ERROR_REFUSED, "refused", 1},
        {ERROR_SERVER_ERROR, "server_error", 1},
        {ERROR_CONFLICT, "conflict", 1},
        {ERROR_GONE, "gone", 1},
        {ERROR_USAGE, "usage", 2},
        {ERROR_STOPPED, "stopped", 3},
        {ERROR_LOCKED, "locked", 10},
        {ERROR_DAMAGED, "damaged", 11},
        {ERROR_OTHER_JOB, "other_job", 12},
        {ERROR_AUTH, "auth", 13},
        {ERROR_QUOTA, "quota", 14},
        {ERROR_SOURCE_GONE, "source_gone", 15},
        {ERROR_IO, "io", 16},
        {ERROR_NETWORK, "network", 17},
    };

    (void)state;
    assert_int_equal(sizeof ROWS / sizeof ROWS[0], ERROR_CODES);
    for (size_t i = 0; i < ERROR_CODES; i++) {
        /* One word for two things: files fail threads, a checkpoint stops the run. */
        const enum error_code named =
            ROWS[i].code == ERROR_DAMAGED ? ERROR_FILE_DAMAGED : ROWS[i].code;

        assert_string_equal(error_code_name(ROWS[i].code), ROWS[i].name);
        assert_int_equal(error_exit_status(ROWS[i].code), ROWS[i].exit_status);
        assert_int_equal(error_code_from_name(ROWS[i].name, strlen(ROWS[i].name)), named);
    }
}

static void test_codes_from_outside(void **state)
{
    (void)state;
    assert_int_equal(error_code_from_name("gone!", 4), ERROR_GONE);
    assert_int_equal(error_code_from_name("gone!", 5), ERROR_NONE);
    assert_int_equal(error_code_from_name("gon", 3), ERROR_NONE);
    assert_int_equal(error_code_from_name("", 0), ERROR_NONE);
    assert_string_equal(error_code_name(ERROR_CODES), "unknown");
    assert_int_equal(error_exit_status(ERROR_CODES), 3);
}

static void test_what_stops_the_run(void **state)
{
    (void)state;
    for (int code = 0; code < ERROR_CODES; code++) {
        const struct error err = {.code = (enum error_code)code};

        assert_int_equal(error_stops_run(&err), error_exit_status(err.code) >= 2);
    }
}

static void test_a_failure_of_a_thread_becomes_one_of_the_run(void **state)
{
    (void)state;
    for (int code = 0; code < ERROR_CODES; code++) {
        const struct error before = {.code = (enum error_code)code};
        enum error_code wanted = before.code;
        struct error err = before;

        if (code != ERROR_NONE && !error_stops_run(&before))
            wanted = code == ERROR_FORBIDDEN ? ERROR_AUTH : ERROR_STOPPED;
        error_widen(&err);
        assert_int_equal(err.code, wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_failure_of_a_thread_becomes_one_of_the_run),
        cmocka_unit_test(test_set_and_clear),
        cmocka_unit_test(test_wrap_adds_a_prefix_and_keeps_the_code),
        cmocka_unit_test(test_text_that_does_not_fit_is_cut),
        cmocka_unit_test(test_codes_have_names_and_exit_statuses),
        cmocka_unit_test(test_codes_from_outside),
        cmocka_unit_test(test_what_stops_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
