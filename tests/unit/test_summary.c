/* How a run ends in numbers: its exit status, its reason, its one line of JSON. */
#include "cmd/summary.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_conclusions(void **state)
{
    static const struct {
        enum error_code code;
        int signal;
        int64_t failed;
        int64_t uncertain;
        int exit_code;
        const char *reason;
    } ROWS[] = {
        {ERROR_NONE, 0, 0, 0, 0, "done"},
        {ERROR_NONE, 0, 1, 0, 1, "1 thread failed"},
        {ERROR_NONE, 0, 3, 1, 1, "3 threads failed"},
        {ERROR_NONE, 0, 0, 1, 1, "1 thread is uncertain"},
        {ERROR_NONE, 0, 0, 2, 1, "2 threads are uncertain"},
        {ERROR_NONE, SIGINT, 2, 0, 130, "stopped by SIGINT"},
        {ERROR_NONE, SIGTERM, 0, 0, 143, "stopped by SIGTERM"},
        {ERROR_STOPPED, 0, 2, 0, 3, "why"},
        {ERROR_AUTH, 0, 0, 0, 13, "why"},
        {ERROR_QUOTA, 0, 0, 0, 14, "why"},
        {ERROR_SOURCE_GONE, 0, 9, 0, 15, "why"},
        {ERROR_IO, 0, 0, 0, 16, "why"},
        {ERROR_NETWORK, SIGTERM, 0, 0, 17, "why"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct summary summary = {.selected = 9,
                                  .outcomes[OUTCOME_FAILED] = ROWS[i].failed,
                                  .outcomes[OUTCOME_UNCERTAIN] = ROWS[i].uncertain};
        struct loop_result result = {.signal = ROWS[i].signal};

        if (ROWS[i].code != ERROR_NONE)
            error_set(&result.error, ROWS[i].code, "why\nhint: that is no part of the reason");
        summary_conclude(&summary, &result);
        assert_int_equal(summary.exit_code, ROWS[i].exit_code);
        assert_string_equal(summary.reason, ROWS[i].reason);
    }
}

static void test_json(void **state)
{
    struct summary summary = {
        .command = "migrate",
        .deed = "written",
        .selected = 200,
        .outcomes = {[OUTCOME_DONE] = 190,
                     [OUTCOME_ALREADY_DONE] = 4,
                     [OUTCOME_TOPPED_UP] = 1,
                     [OUTCOME_FAILED] = 1,
                     [OUTCOME_UNCERTAIN] = 1},
        .duplicates = 2,
        .items = 2310,
        .losses.count = {[LOSS_ANNOTATION] = 12, [LOSS_ASSISTANT_IMAGE] = 3},
        .orphans = 1,
        .duration_ms = 5123,
    };
    struct loop_result result = {
        .stats = {.requests = {[ORIGIN_SOURCE] = 410, [ORIGIN_DESTINATION] = 530},
                  .retries = 4,
                  .throttled = 2}};
    struct buf out;

    (void)state;
    error_set(&result.error, ERROR_NETWORK, "the \"source\" \x1b[2J does not answer");
    summary_conclude(&summary, &result);
    buf_init(&out, BUF_NO_LIMIT);
    summary_write_json(&out, &summary);
    assert_string_equal(
        out.data,
        "{\"schema\":1,\"command\":\"migrate\",\"dry_run\":false,\"threads\":{\"selected\":200,"
        "\"done\":190,\"already_done\":4,\"topped_up\":1,\"failed\":1,\"uncertain\":1,"
        "\"remaining\":3,\"duplicates\":2},\"items\":{\"written\":2310},\"losses\":{"
        "\"annotation\":12,\"assistant_image\":3},\"requests\":{\"source\":410,\"destination\":530,"
        "\"retries\":4,\"throttled\":2},\"possible_empty_orphans\":1,\"duration_ms\":5123,"
        "\"exit\":{\"code\":17,\"reason\":\"the \\\"source\\\" \\u001b[2J does not answer\"}}\n");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conclusions),
        cmocka_unit_test(test_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
