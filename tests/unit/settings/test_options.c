#include "settings/options.h"

#include "settings/command.h"
#include "settings/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int nothing(struct context *context, struct error *err)
{
    (void)context;
    (void)err;
    return 0;
}

/* A program of three commands: the parser knows no other than these. */
const struct command COMMANDS[] = {
    {.name = "config",
     .words = "check",
     .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_WORDS,
     .run = nothing},
    {.name = "init", .flags = COMMAND_TAKES_KEYS | COMMAND_WRITES, .run = nothing},
    {.name = "diff",
     .words = "[THREAD_ID…]",
     .formats = "text|jsonl|html",
     .options = (const char *const[]){"exit-code", "force", "against", "yes", NULL},
     .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS,
     .run = nothing},
};
const size_t COMMAND_COUNT = sizeof COMMANDS / sizeof COMMANDS[0];

enum { WORDS_MAX = 16, LINE_MAX_LEN = 256 };

/* A command line cut at spaces; the words live in `line`. */
struct line {
    char text[LINE_MAX_LEN];
    char *argv[WORDS_MAX];
    int argc;
};

static bool parse(struct options *options, struct line *line, const char *text, struct error *err)
{
    char *rest = line->text;
    char *word;

    (void)snprintf(line->text, sizeof line->text, "threadferry %s", text);
    line->argc = 0;
    while ((word = strsep(&rest, " ")) != NULL) {
        if (*word != '\0' && line->argc < WORDS_MAX)
            line->argv[line->argc++] = word;
    }
    error_clear(err);
    return options_parse(options, line->argc, line->argv, err);
}

/* text is the error, or its beginning. */
static void assert_refused(const char *text_of_line, const char *text)
{
    struct options options;
    struct line line;
    struct error err;

    assert_false(parse(&options, &line, text_of_line, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    err.text[strlen(text)] = '\0';
    assert_string_equal(err.text, text);
    options_release(&options);
}

static void test_what_is_refused(void **state)
{
    static const struct {
        const char *line;
        const char *text; /* the error, or its beginning */
    } ROWS[] = {
        {"migarte", "unknown command 'migarte'"},
        {"confg check", "unknown command 'confg'\nhint: did you mean 'config'?"},
        {"config --rate 60", "unknown option '--rate'\nhint: --source-requests-per-minute, "
                             "--destination-requests-per-minute; without them"},
        {"diff --resume", "unknown option '--resume'\nhint: nothing is needed: the same"},
        {"diff --thread t1", "unknown option '--thread'\nhint: a thread id needs no option"},
        {"resume", "unknown command 'resume'\nhint: 'threadferry migrate' resumes"},
        {"undo", "unknown command 'undo'\nhint: threadferry rollback"},
        {"diff --out x", "unknown option '--out'\nhint: did you mean '--output'?"},
        {"config --dryrun", "unknown option '--dryrun'\nhint: did you mean '--dry-run'?"},
        {"config --yes", "option '--yes' does not belong to 'config'\nhint: it belongs to diff"},
        {"diff --zzz", "unknown option '--zzz'\nhint: see 'threadferry diff --help'"},
        {"config --jsno", "unknown option '--jsno'\nhint: did you mean '--json'?"},
        {"config --source-base_url=x",
         "unknown option '--source-base_url'\nhint: did you mean '--source-base-url'?"},
        {"config --destination-api-key=sk-secret",
         "unknown option '--destination-api-key'\nhint: did you mean '--destination-api-key-"},
        {"config -x", "unknown option '-x'"},
        {"config -qx", "unknown option '-x'"},
        {"config --limit", "option '--limit' needs a value"},
        {"config --config", "option '--config' needs a value"},
        {"config -c", "option '-c' needs a value"},
        {"config --quiet=1", "option '--quiet' takes no value"},
        {"config --all=true", "option '--all' takes no value"},
        {"config --no-all=true", "option '--no-all' takes no value"},
        {"config --no-limit", "unknown option '--no-limit'"},
        {"config --no-json", "unknown option '--no-json'"},
        {"config --color=blue", "--color: 'blue' is not one of auto|always|never"},
        {"config --color=", "--color: '' is not one of auto|always|never"},
        {"config --log-format xml", "--log-format: 'xml' is not one of text|json"},
        {"config --dry-run",
         "option '--dry-run' does not belong to 'config'\nhint: it belongs to init"},
        {"config check -n", "option '--dry-run' does not belong to 'config'"},
        {"config --format text", "option '--format' does not belong to 'config'"},
        {"--batch-items 3", "option '--batch-items' does not belong to 'threadferry'"},
        {"diff --format xml", "--format: 'xml' is not one of text|jsonl|html"},
        {"diff --format json", "--format: 'json' is not one of text|jsonl|html"},
        {"diff --format=", "--format: '' is not one of text|jsonl|html"},
        {"diff --format jsonl|html", "--format: 'jsonl|html' is not one of text|jsonl|html"},
        {"diff --against nothing", "--against: 'nothing' is not one of source|checkpoint"},
        {"config --exit-code", "option '--exit-code' does not belong to 'config'"},
        {"init word", "unexpected word 'word': this command takes none"},
        {"--dry-run", "option '--dry-run' does not belong to 'threadferry'"},
        {"config --=3", "unknown option '--'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        assert_refused(ROWS[i].line, ROWS[i].text);
}

/* An unknown option that is a piece of others names them. */
static void test_pieces_of_names(void **state)
{
    static const struct {
        const char *line;
        const char *text;
    } ROWS[] = {
        {"config --dry", "unknown option '--dry'\nhint: did you mean '--dry-run'?"},
        {"config --page-size",
         "unknown option '--page-size'\nhint: did you mean '--source-page-size'?"},
        {"config --base-url=x", "unknown option '--base-url'\nhint: did you mean "
                                "'--source-base-url', '--destination-base-url'?"},
        {"config --provenance",
         "unknown option '--provenance'\nhint: did you mean '--mapping-provenance'?"},
        {"config --tool-calls",
         "unknown option '--tool-calls'\nhint: did you mean '--mapping-tool-calls'?"},
        {"config --api-key", "unknown option '--api-key'\nhint: keys are never options: "
                             "--source-api-key-env, --destination-api-key-env"},
        {"config --mapping", "unknown option '--mapping'\nhint: did you mean "
                             "'--mapping-user-image-files', "
                             "'--mapping-assistant-images', '--mapping-annotations', "
                             "'--mapping-attachments', '--mapping-refusals', '--mapping-empty-"},
        {"config --age-size", "unknown option '--age-size'\nhint: see 'threadferry config --help'"},
        {"config --xy", "unknown option '--xy'\nhint: see 'threadferry config --help'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        assert_refused(ROWS[i].line, ROWS[i].text);
}

/* A key given in the wrong place must not come back in a message. */
static void test_values_of_unknown_options_are_not_repeated(void **state)
{
    struct options options;
    struct line line;
    struct error err;

    (void)state;
    assert_false(parse(&options, &line, "config --api-key=sk-canary", &err));
    assert_null(strstr(err.text, "canary"));
    options_release(&options);
}

static void test_options_and_words_mix(void **state)
{
    struct options options;
    struct line line;
    struct error err;

    (void)state;
    assert_true(parse(&options, &line,
                      "-qv --json config -vcFILE a --color=never b --log-format json - -- -c --x",
                      &err));
    assert_string_equal(options.command->name, "config");
    assert_true(options.quiet);
    assert_true(options.json);
    assert_true(options.log_json);
    assert_int_equal(options.verbose, 2);
    assert_string_equal(options.config_file, "FILE");
    assert_int_equal(options.color, COLOR_NEVER);
    assert_int_equal(options.word_count, 5);
    assert_string_equal(options.words[0], "a");
    assert_string_equal(options.words[1], "b");
    assert_string_equal(options.words[2], "-");
    assert_string_equal(options.words[3], "-c");
    assert_string_equal(options.words[4], "--x");
    options_release(&options);
}

static void test_a_value_may_look_like_an_option(void **state)
{
    struct options options;
    struct line line;
    struct error err;

    (void)state;
    assert_true(parse(&options, &line, "config -c -q --threads - --column= x", &err));
    assert_string_equal(options.config_file, "-q");
    assert_false(options.quiet);
    assert_int_equal(options.flag_count, 2);
    assert_string_equal(options.flags[0].value, "-");
    assert_string_equal(options.flags[1].value, "");
    assert_int_equal(options.word_count, 1);
    options_release(&options);
}

static void test_flags_of_keys_keep_their_order(void **state)
{
    struct options options;
    struct line line;
    struct error err;

    (void)state;
    assert_true(parse(&options, &line,
                      "config --batch-items=3 --no-mapping-provenance --all --threads-file f "
                      "--batch-items 4",
                      &err));
    assert_int_equal(options.flag_count, 5);
    assert_int_equal(options.flags[0].key, key_find_path("batch_items"));
    assert_string_equal(options.flags[0].value, "3");
    assert_int_equal(options.flags[1].key, key_find_path("mapping.provenance"));
    assert_string_equal(options.flags[1].value, "false");
    assert_int_equal(options.flags[2].key, key_find_path("threads.all"));
    assert_string_equal(options.flags[2].value, "true");
    assert_int_equal(options.flags[3].key, key_find_path("threads.file"));
    assert_string_equal(options.flags[4].value, "4");
    options_release(&options);
}

static void test_members_of_maps(void **state)
{
    struct options options;
    struct line line;
    struct error err;

    (void)state;
    assert_true(
        parse(&options, &line, "config --source-fields-thread c --source-roles-true=user", &err));
    assert_int_equal(options.flag_count, 2);
    assert_int_equal(options.flags[0].key, key_find_path("source.fields"));
    assert_true(span_is(options.flags[0].member, "thread"));
    assert_string_equal(options.flags[0].value, "c");
    assert_int_equal(options.flags[1].key, key_find_path("source.roles"));
    assert_true(span_is(options.flags[1].member, "true"));
    assert_string_equal(options.flags[1].value, "user");
    options_release(&options);
    assert_false(parse(&options, &line, "config --source-fields c", &err));
    assert_non_null(strstr(err.text, "hint: --source-fields-thread KEY"));
    options_release(&options);
    assert_false(parse(&options, &line, "config --source-fields-thread", &err));
    assert_string_equal(err.text, "option '--source-fields-thread' needs a value");
    options_release(&options);
    assert_false(parse(&options, &line, "config --source-field-thread c", &err));
    assert_non_null(strstr(err.text, "did you mean '--source-fields-thread'?"));
    options_release(&options);
}

static void test_options_of_a_command(void **state)
{
    struct options options;
    struct line line;
    struct error err;

    (void)state;
    assert_true(parse(&options, &line,
                      "diff --format html --force a t1 --force=b --against checkpoint --exit-code",
                      &err));
    assert_string_equal(options.format, "html");
    assert_int_equal(options.force.count, 2);
    assert_string_equal(options.force.all[0], "a");
    assert_string_equal(options.force.all[1], "b");
    assert_true(options.against_checkpoint);
    assert_true(options.exit_code);
    assert_int_equal(options.word_count, 1);
    options_release(&options);
    assert_true(parse(&options, &line, "diff --against source", &err));
    assert_false(options.against_checkpoint);
    options_release(&options);
    assert_true(parse(&options, &line, "init -n", &err));
    assert_true(options.dry_run);
    options_release(&options);
    assert_true(parse(&options, &line, "diff -y t", &err));
    assert_true(options.yes);
    options_release(&options);
}

/* Who asks for help has often made a mistake before. */
static void test_help_and_version_come_first(void **state)
{
    struct options options;
    struct line line;
    struct error err;

    (void)state;
    assert_true(parse(&options, &line, "config --dry-run --help", &err));
    assert_true(options.help);
    assert_false(options.short_help);
    options_release(&options);
    assert_true(parse(&options, &line, "-h", &err));
    assert_true(options.help && options.short_help);
    assert_null(options.command);
    options_release(&options);
    assert_true(parse(&options, &line, "help diff", &err));
    assert_true(options.help && !options.short_help);
    assert_string_equal(options.command->name, "diff");
    options_release(&options);
    assert_true(parse(&options, &line, "help", &err));
    assert_true(options.help);
    assert_null(options.command);
    options_release(&options);
    assert_false(parse(&options, &line, "help nothing", &err));
    options_release(&options);
    assert_true(parse(&options, &line, "-V --json", &err));
    assert_true(options.version && options.json);
    options_release(&options);
}

static void test_an_empty_command_line(void **state)
{
    struct options options;
    struct error err;

    (void)state;
    assert_true(options_parse(&options, 0, NULL, &err));
    assert_null(options.command);
    options_release(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_pieces_of_names),
        cmocka_unit_test(test_values_of_unknown_options_are_not_repeated),
        cmocka_unit_test(test_options_and_words_mix),
        cmocka_unit_test(test_a_value_may_look_like_an_option),
        cmocka_unit_test(test_flags_of_keys_keep_their_order),
        cmocka_unit_test(test_members_of_maps),
        cmocka_unit_test(test_options_of_a_command),
        cmocka_unit_test(test_help_and_version_come_first),
        cmocka_unit_test(test_an_empty_command_line),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
