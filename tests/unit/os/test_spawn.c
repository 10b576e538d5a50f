#include "os/spawn.h"

#include "os/clock.h"
#include "os/stop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { OUT_SIZE = 64, PATIENCE_MS = 30000 };

struct run {
    char said[OUT_SIZE]; /* lines of its standard error, each with its end */
    char out[OUT_SIZE];
    size_t len;
    bool ok;
    struct error err;
};

static void keep_line(void *ctx, struct span line)
{
    struct run *run = ctx;
    const size_t len = strlen(run->said);

    assert_true(len + line.len + 2 < sizeof run->said);
    memcpy(run->said + len, line.data, line.len);
    memcpy(run->said + len + line.len, "\n", 2);
}

static void run_shell(struct run *run, const char *script, int64_t timeout_ms)
{
    char shell[] = "sh";
    char option[] = "-c";
    char text[256];
    char path[] = "PATH=/usr/bin:/bin";
    char variable[] = "GIVEN=yes";
    char *const argv[] = {shell, option, text, NULL};
    char *const environment[] = {path, variable, NULL};
    const struct spawn_options options = {.argv = argv,
                                          .environment = environment,
                                          .timeout_ms = timeout_ms,
                                          .said = keep_line,
                                          .ctx = run};

    assert_true(strlen(script) < sizeof text);
    memcpy(text, script, strlen(script) + 1);
    run->err.code = ERROR_NONE;
    run->said[0] = '\0';
    run->ok = spawn_run(&options, run->out, sizeof run->out, &run->len, &run->err);
}

static void test_what_a_program_prints(void **state)
{
    static const struct {
        const char *script;
        const char *out;
    } ROWS[] = {
        {"printf key", "key"},
        {"echo key", "key\n"},
        {"printf '%s' \"$GIVEN$HOME\"", "yes"},
        /* Standard input is empty, not ours. */
        {"cat; echo end", "end\n"},
        /* Programs expect SIGPIPE to end them; we ignore it. */
        {"(kill -PIPE $$; echo ignored) || echo ended", ""},
        {"printf a; sleep 0.1; printf b", "ab"},
        {"true", ""},
        /* It may close its output long before it ends. */
        {"echo key; exec >&-; sleep 0.1", "key\n"},
        /* What it leaves running may hold its output open: an agent, a ticket. */
        {"sleep 60 2>/dev/null & echo key", "key\n"},
        {"(sleep 60; echo late) 2>/dev/null & printf a; sleep 0.1; printf b", "ab"},
    };
    struct run run;

    (void)state;
    stop_install(); /* ignores SIGPIPE */
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const int64_t started_ms = clock_now_ms();

        run_shell(&run, ROWS[i].script, PATIENCE_MS);
        if (ROWS[i].out[0] == '\0' && strstr(ROWS[i].script, "PIPE")) {
            assert_false(run.ok);
            assert_string_equal(run.err.text, "'sh' was ended by signal 13");
            continue;
        }
        assert_true(run.ok);
        assert_true(clock_now_ms() - started_ms < PATIENCE_MS);
        assert_int_equal(run.len, strlen(ROWS[i].out));
        assert_memory_equal(run.out, ROWS[i].out, run.len);
    }
}

static void test_failures(void **state)
{
    static const struct {
        const char *script;
        const char *error;
    } ROWS[] = {
        {"echo canary; exit 3", "'sh' failed with exit status 3"},
        {"kill -9 $$", "'sh' was ended by signal 9"},
        {"head -c 65 /dev/zero", "'sh' printed more than"},
    };
    struct run run;

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        run_shell(&run, ROWS[i].script, PATIENCE_MS);
        assert_false(run.ok);
        assert_int_equal(run.err.code, ERROR_AUTH);
        assert_non_null(strstr(run.err.text, ROWS[i].error));
        assert_null(strstr(run.err.text, "canary"));
    }
}

static void test_a_program_that_is_not_there(void **state)
{
    char name[] = "threadferry-no-such-program";
    char *const argv[] = {name, NULL};
    char *const environment[] = {NULL};
    const struct spawn_options options = {
        .argv = argv, .environment = environment, .timeout_ms = PATIENCE_MS};
    struct error err;
    char out[OUT_SIZE];
    size_t len;

    (void)state;
    assert_false(spawn_run(&options, out, sizeof out, &len, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_string_equal(err.text,
                        "cannot run 'threadferry-no-such-program': No such file or directory");
}

/* Also what it started is ended: the pipe would stay open otherwise, and so would the sleeper. */
static void test_a_program_that_takes_too_long(void **state)
{
    const int64_t start = clock_now_ms();
    struct run run;

    (void)state;
    run_shell(&run, "sleep 600 & sleep 600", 100);
    assert_false(run.ok);
    assert_int_equal(run.err.code, ERROR_AUTH);
    assert_string_equal(run.err.text, "'sh' took too long and was ended");
    assert_true(clock_now_ms() - start < PATIENCE_MS);
    run_shell(&run, "exec >&-; sleep 600", 100);
    assert_false(run.ok);
    assert_string_equal(run.err.text, "'sh' took too long and was ended");
}

/* Where SIGCHLD is ignored, how a program ended is lost: what it printed is no key then. */
static void test_an_end_that_nobody_knows(void **state)
{
    struct run run;

    (void)state;
    assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    run_shell(&run, "printf canary; exit 3", PATIENCE_MS);
    assert_true(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
    assert_false(run.ok);
    assert_int_equal(run.err.code, ERROR_AUTH);
    assert_string_equal(run.err.text, "cannot tell how 'sh' ended: No child processes");
}

/* Last: a stop cannot be taken back. */
static void test_a_signal_ends_the_waiting(void **state)
{
    struct run run;

    (void)state;
    stop_install();
    assert_int_equal(raise(SIGTERM), 0);
    run_shell(&run, "sleep 600", PATIENCE_MS * 10);
    assert_false(run.ok);
    assert_int_equal(run.err.code, ERROR_STOPPED);
}

/* What it says besides is told line by line, before it ends and to its end. */
static void test_what_a_program_says(void **state)
{
    struct run run;

    (void)state;
    run_shell(&run, "echo one >&2; echo >&2; echo key; printf two >&2", PATIENCE_MS);
    assert_true(run.ok);
    assert_string_equal(run.said, "one\ntwo\n");
    assert_int_equal(run.len, strlen("key\n"));
    run_shell(&run, "exec 2>&-; echo key", PATIENCE_MS);
    assert_true(run.ok);
    assert_string_equal(run.said, "");
    run_shell(&run, "echo why >&2; exit 1", PATIENCE_MS);
    assert_false(run.ok);
    assert_string_equal(run.said, "why\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_program_says),
        cmocka_unit_test(test_what_a_program_prints),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_a_program_that_is_not_there),
        cmocka_unit_test(test_a_program_that_takes_too_long),
        cmocka_unit_test(test_an_end_that_nobody_knows),
        cmocka_unit_test(test_a_signal_ends_the_waiting),
    };

    return cmocka_run_group_tests_name("spawn", tests, NULL, NULL);
}
