#include "print/summary.h"

#include "json/json.h"
#include "settings/keys.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct command MIGRATE = {
    .name = "migrate",
    .deed = "written",
    .thread_deed = "migrated",
    .next = "verify",
    .next_purpose = "read everything back and compare",
};

static struct summary example(void)
{
    return (struct summary){
        .command = &MIGRATE,
        .selected = 200,
        .duplicates = 1,
        .outcomes = {[OUTCOME_DONE] = 190, [OUTCOME_ALREADY_DONE] = 5, [OUTCOME_FAILED] = 2},
        .failures = {[ERROR_TRUNCATED] = 2},
        .items = 2310,
        .losses = {.count = {[LOSS_ANNOTATION] = 12}},
        .files = {.of = {[FATE_KEPT] = 3, [FATE_INSIDE] = 14, [FATE_MISSING] = 1},
                  .missing = {[MISSING_NOT_FOUND] = 1},
                  .bytes = 183441},
        .asked = 4,
        .stats = {.requests = {[SIDE_SOURCE] = 410, [SIDE_DESTINATION] = 530},
                  .retries = 4,
                  .throttled = 2},
        .orphans = 1,
        .duration_ms = 5123,
    };
}

/* Whatever ended a run: its exit status, and the reason in words. */
static void test_conclude(void **state)
{
    static const struct {
        int64_t outcomes[OUTCOME_KINDS];
        struct loop_result result;
        int exit_code;
        const char *reason;
    } ROWS[] = {
        {{[OUTCOME_DONE] = 3}, {.signal = 0}, 0, "done"},
        {{[OUTCOME_FAILED] = 1}, {.signal = 0}, 1, "1 thread failed"},
        {{[OUTCOME_FAILED] = 2, [OUTCOME_UNCERTAIN] = 1}, {.signal = 0}, 1, "2 threads failed"},
        {{[OUTCOME_UNCERTAIN] = 1}, {.signal = 0}, 1, "1 thread is uncertain"},
        {{[OUTCOME_UNCERTAIN] = 2}, {.signal = 0}, 1, "2 threads are uncertain"},
        {{[OUTCOME_FAILED] = 2}, {.signal = SIGINT}, 130, "stopped by SIGINT"},
        {{0}, {.signal = SIGTERM}, 143, "stopped by SIGTERM"},
        {{[OUTCOME_FAILED] = 2},
         {.error = {.code = ERROR_QUOTA, .text = "no quota\nhint: pay"}},
         14,
         "no quota"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct summary summary = {.selected = 10};

        memcpy(summary.outcomes, ROWS[i].outcomes, sizeof summary.outcomes);
        summary_conclude(&summary, &ROWS[i].result);
        assert_int_equal(summary.exit_code, ROWS[i].exit_code);
        assert_string_equal(summary.reason, ROWS[i].reason);
    }
}

static void test_json(void **state)
{
    struct summary summary = example();
    json_t *document = summary_json(&summary);
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    json_write_value(&out, document, JSON_ESCAPE_HOSTILE);
    assert_string_equal(
        out.data,
        "{\"schema\":1,\"command\":\"migrate\",\"dry_run\":false,\"threads\":{\"selected\":200,"
        "\"done\":190,\"already_done\":5,\"topped_up\":0,\"failed\":2,\"uncertain\":0,"
        "\"remaining\":3,\"duplicates\":1},\"items\":{\"written\":2310},\"losses\":"
        "{\"annotation\":12},\"requests\":{\"source\":410,\"destination\":530,\"retries\":4,"
        "\"throttled\":2},\"unread\":0,\"files\":{\"kept\":3,\"mapped\":0,\"inside\":14,"
        "\"missing\":{\"not_found\":1},\"unknown\":0,\"bytes\":183441},"
        "\"possible_empty_orphans\":1,\"duration_ms\":5123,"
        "\"exit\":{\"code\":0,\"reason\":\"\"}}");
    json_decref(document);
    buf_release(&out);
}

/* What export made of files: what is not saved by its reason; it decides about none. */
static void test_json_of_saved_files(void **state)
{
    const struct file_saving saving = {
        .named = 6,
        .bad_ids = 1,
        .states = {[SAVED_CONTENTS] = 2, [SAVED_NOT_FOUND] = 1, [SAVED_TOO_LARGE] = 1},
        .open = 2,
        .bytes = 77};
    struct summary summary = example();
    json_t *document;
    json_t *want = json_loads("{\"saved\":2,\"missing\":{\"bad_id\":1,\"not_found\":1,"
                              "\"too_large\":1},\"open\":2,\"bytes\":77}",
                              0, NULL);

    (void)state;
    summary.saving = &saving;
    document = summary_json(&summary);
    assert_true(json_equal(json_object_get(document, "files"), want));
    json_decref(want);
    json_decref(document);
}

static void test_text(void **state)
{
    struct summary summary = example();
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    summary_write_text(&out, &summary, 0);
    assert_non_null(strstr(out.data, "threads: 200 selected, 190 done, 5 already done, 2 failed, "
                                     "3 remaining; 1 duplicate id\n"
                                     "         2  truncated "));
    assert_non_null(strstr(
        out.data,
        "\nitems: 2,310 written\nfiles: 3 kept, 14 in their items "
        "(183 kB), 1 missing; 4 questions to the destination\nlosses:\n        12  annotation "));
    assert_non_null(strstr(out.data, "\nrequests: 410 to the source, 530 to the destination, "
                                     "4 retries, 2 rate limited; took 5.1 s\n"));
    buf_clear(&out);
    summary.stats.retries = 1;
    summary_write_text(&out, &summary, 0);
    assert_non_null(strstr(out.data, " to the destination, 1 retry, 2 rate limited;"));
    buf_clear(&out);
    summary = (struct summary){.command = &MIGRATE,
                               .dry_run = true,
                               .selected = 3001,
                               .outcomes = {[OUTCOME_DONE] = 3000, [OUTCOME_FAILED] = 1},
                               .losses = {.count = {[LOSS_ORDER_GUESSED] = 1}}};
    summary_write_text(&out, &summary, 0);
    assert_string_equal(out.data, "threads: 3,001 selected, 3,000 would be migrated, 1 would fail\n"
                                  "notes:\n         1  order_guessed      the file does not prove "
                                  "the order of the messages\n"
                                  "requests: 0 to the source, 0 to the destination; took 0 ms\n");
    buf_release(&out);
}

/* In a window no line is longer than it, and what is broken goes on below its beginning. */
static void test_width(void **state)
{
    struct summary summary = example();
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    summary_write_text(&out, &summary, 60);
    assert_non_null(strstr(out.data, "\n  3 remaining; 1 duplicate id\n"));
    assert_non_null(strstr(out.data, "  annotation         a citation or file link loses\n"
                                     "                               its reference; the text is"));
    buf_clear(&out);
    summary_write_text(&out, &summary, 40);
    assert_non_null(strstr(out.data, "        12  annotation\n"
                                     "    a citation or file link loses its\n"
                                     "    reference; the text is kept\n"));
    for (char *line = strtok(out.data, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(strlen(line) <= 40);
    buf_release(&out);
}

/* The next command: a dry run becomes a real one, whatever letters -n came with. */
static void test_next(void **state)
{
    static char line[7][16] = {"threadferry", "-cmy.yaml", "migrate", "-n",
                               "--threads",   "my ids",    "-qn"};
    static char *argv[] = {line[0], line[1], line[2], line[3], line[4], line[5], line[6]};
    static struct config_flag flags[1] = {{.value = "my ids"}};
    const struct options options = {
        .argc = 7, .argv = argv, .config_file = "my.yaml", .flags = flags, .flag_count = 1};
    static const struct {
        struct summary summary;
        const char *purpose;
        const char *command;
    } ROWS[] = {
        {{.command = &MIGRATE, .selected = 1, .outcomes = {[OUTCOME_DONE] = 1}},
         "read everything back and compare",
         "threadferry -c my.yaml verify --threads 'my ids'"},
        {{.command = &MIGRATE, .selected = 1, .outcomes = {[OUTCOME_DONE] = 1}, .dry_run = true},
         "do it",
         "threadferry -cmy.yaml migrate --threads 'my ids' -q"},
        {{.command = &MIGRATE, .selected = 2, .outcomes = {[OUTCOME_DONE] = 1}},
         "resume",
         "threadferry -cmy.yaml migrate -n --threads 'my ids' -qn"},
        {{.command = &MIGRATE, .selected = 2, .dry_run = true},
         "look again",
         "threadferry -cmy.yaml migrate -n --threads 'my ids' -qn"},
        {{.command = &MIGRATE},
         "see what the source holds",
         "threadferry -c my.yaml inventory --threads 'my ids'"},
        {{.command = &MIGRATE, .selected = 1, .outcomes = {[OUTCOME_FAILED] = 1}},
         "retry the failed threads",
         "threadferry -cmy.yaml migrate -n --threads 'my ids' -qn"},
        {{.command = &MIGRATE, .selected = 1, .outcomes = {[OUTCOME_FAILED] = 1}, .lasting = 1},
         "see what failed",
         /* It takes no selection. */
         "threadferry -c my.yaml status"},
        {{.command = &MIGRATE,
          .selected = 2,
          .outcomes = {[OUTCOME_FAILED] = 1, [OUTCOME_ALREADY_DONE] = 1},
          .lasting = 1},
         "see what failed",
         "threadferry -c my.yaml status"},
        {{.command = &MIGRATE, .selected = 1, .outcomes = {[OUTCOME_UNCERTAIN] = 1}},
         "create the uncertain ones again, once you have looked at them",
         "threadferry -c my.yaml migrate --retry-uncertain --threads 'my ids'"},
    };

    (void)state;
    flags[0].key = (size_t)key_find_flag(span_of("threads"));
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct buf out;

        buf_init(&out, BUF_NO_LIMIT);
        assert_string_equal(summary_next(&out, &ROWS[i].summary, &options), ROWS[i].purpose);
        assert_string_equal(out.data, ROWS[i].command);
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conclude),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_of_saved_files),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
