#include "print/help.h"

#include "base/version.h"
#include "print/completion.h"
#include "settings/keys.h"
#include "settings/option_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <cmocka.h>

static int nothing(struct context *context, struct error *err)
{
    (void)context;
    (void)err;
    return 0;
}

const struct command COMMANDS[] = {
    {.name = "carry",
     .words = "[THREAD_ID…]",
     .summary = "carry what is there",
     .help = "Carries.",
     .formats = "text|jsonl",
     .options = (const char *const[]){"report", NULL},
     .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_WRITES,
     .run = nothing},
    {.name = "greet",
     .words = "morning|evening",
     .summary = "say the user's name",
     .help = "Greets.",
     .flags = COMMAND_TAKES_WORDS,
     .run = nothing},
};
const size_t COMMAND_COUNT = sizeof COMMANDS / sizeof COMMANDS[0];

/* No line of help is wider than a terminal. Characters, not bytes. */
static void assert_narrow(const char *text)
{
    size_t column = 0;

    for (; *text != '\0'; text++) {
        if (((unsigned char)*text & 0xc0U) != 0x80U)
            column++;
        if (*text == '\n')
            column = 0;
        assert_true(column <= 80);
    }
}

/* "--source-fields-NAME KEY … (NAME: thread, role, …)" for the members of a map. */
static bool names_member(const char *text, const struct option_view *view)
{
    struct span member;
    const int place = key_find_member(span_of(view->name), &member);
    char name[96];

    if (place == KEY_NONE)
        return false;
    const struct key key = key_at((size_t)place);
    (void)snprintf(name, sizeof name, "--%s", key_member_flag(&key, "NAME").text);
    return strstr(text, name) && strstr(text, member.data);
}

static void assert_names(const char *text, const struct option_view *view)
{
    char name[96];

    (void)snprintf(name, sizeof name, "--%s", view->name);
    if (strstr(text, name) || names_member(text, view))
        return;
    (void)snprintf(name, sizeof name, "--[no-]%s",
                   view->name + (strncmp(view->name, "no-", 3) == 0 ? 3 : 0));
    assert_non_null(strstr(text, name));
}

static void in_text(void *ctx, const struct option_view *view)
{
    assert_names(ctx, view);
}

static void test_help_of_a_command_names_everything(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    help_command(&out, &COMMANDS[0], false);
    assert_int_equal(
        strncmp(out.data, "Usage: threadferry carry [OPTIONS] [THREAD_ID…]\n\nCarries.\n",
                strlen("Usage: threadferry carry [OPTIONS] [THREAD_ID…]\n\nCarries.\n")),
        0);
    options_visit(&COMMANDS[0], in_text, out.data);
    options_visit(NULL, in_text, out.data);
    options_visit_keys(in_text, out.data);
    assert_non_null(strstr(out.data, "--format text|jsonl"));
    assert_non_null(strstr(out.data, "  -n, --dry-run"));
    assert_non_null(strstr(out.data, "--[no-]mapping-provenance"));
    assert_narrow(out.data);
    buf_clear(&out);
    help_command(&out, &COMMANDS[1], false);
    assert_null(strstr(out.data, "--dry-run"));
    assert_null(strstr(out.data, "--source-path"));
    assert_non_null(strstr(out.data, "--json"));
    buf_release(&out);
}

static void test_short_help_is_short(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    help_command(&out, &COMMANDS[0], true);
    assert_non_null(strstr(out.data, "--report FILE"));
    assert_null(strstr(out.data, "--batch-items"));
    assert_null(strstr(out.data, "--json"));
    assert_non_null(strstr(out.data, "threadferry carry --help"));
    buf_clear(&out);
    help_global(&out, true);
    assert_non_null(strstr(out.data, "  carry "));
    assert_null(strstr(out.data, "Exit status"));
    buf_clear(&out);
    help_global(&out, false);
    assert_non_null(strstr(out.data, "Exit status"));
    assert_non_null(strstr(out.data, "--version"));
    assert_narrow(out.data);
    buf_release(&out);
}

static void test_versions(void **state)
{
    static const char *const MEMBERS[] = {"version", "libcurl", "tls", "jansson", "libyaml"};
    struct buf out;
    json_t *versions;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    help_version(&out, false);
    assert_string_equal(out.data, "threadferry " THREADFERRY_VERSION "\n");
    buf_clear(&out);
    help_version(&out, true);
    versions = json_loads(out.data, 0, NULL);
    assert_int_equal(json_object_size(versions), 5);
    for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++)
        assert_true(json_string_length(json_object_get(versions, MEMBERS[i])) > 0);
    json_decref(versions);
    buf_release(&out);
}

static void in_completion(void *ctx, const struct option_view *view)
{
    char bash[96];
    char fish[96];
    const char *text = ctx;

    (void)snprintf(bash, sizeof bash, "--%s", view->name);
    (void)snprintf(fish, sizeof fish, " -l %s ", view->name);
    assert_true(strstr(text, bash) || strstr(text, fish));
}

static void test_completions_name_everything(void **state)
{
    static void (*const SHELLS[])(struct buf *) = {completion_bash, completion_zsh,
                                                   completion_fish};

    (void)state;
    for (size_t i = 0; i < sizeof SHELLS / sizeof SHELLS[0]; i++) {
        struct buf out;

        buf_init(&out, BUF_NO_LIMIT);
        SHELLS[i](&out);
        options_visit(&COMMANDS[0], in_completion, out.data);
        options_visit(NULL, in_completion, out.data);
        options_visit_keys(in_completion, out.data);
        assert_non_null(strstr(out.data, "carry"));
        assert_non_null(strstr(out.data, "morning evening"));
        assert_non_null(strstr(out.data, "archive openai "));
        assert_non_null(strstr(out.data, "text jsonl"));
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help_of_a_command_names_everything),
        cmocka_unit_test(test_short_help_is_short),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_completions_name_everything),
    };

    return cmocka_run_group_tests_name("help", tests, NULL, NULL);
}
