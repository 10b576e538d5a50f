#include "settings/option_table.h"

#include "base/buf.h"
#include "settings/keys.h"
#include "settings/options.h"

#include <stdio.h>
#include <string.h>

static const char *const COLORS[] = {"auto", "always", "never", NULL};
static const char *const PROGRESSES[] = {"auto", "bar", "lines", "none", NULL};
static const char *const LOG_FORMATS[] = {"text", "json", NULL};
static const char *const AGAINSTS[] = {"source", "checkpoint", NULL};

const struct option_row OPTION_ROWS[] = {
    {.name = "config",
     .letter = 'c',
     .kind = OPTION_TEXT,
     .offset = offsetof(struct options, config_file),
     .is_common = true,
     .value_name = "FILE",
     .help = "configuration; else $THREADFERRY_CONFIG, else ./migrate.yaml if there is one"},
    {.name = "quiet",
     .letter = 'q',
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, quiet),
     .is_common = true,
     .help = "errors only on standard error"},
    {.name = "verbose",
     .letter = 'v',
     .kind = OPTION_COUNT,
     .offset = offsetof(struct options, verbose),
     .is_common = true,
     .help = "more detail; also shows the servers' error messages"},
    {.name = "json",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, json),
     .is_common = true,
     .help = "results as JSON on standard output, and nothing else there"},
    {.name = "format",
     .kind = OPTION_FORMAT,
     .offset = offsetof(struct options, format),
     .value_name = "FORMAT",
     .help = "form of the results"},
    {.name = "color",
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct options, color),
     .is_common = true,
     .choices = COLORS,
     .value_name = "WHEN",
     .help = "colours; auto: on a terminal, unless NO_COLOR is set"},
    {.name = "progress",
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct options, progress),
     .is_common = true,
     .choices = PROGRESSES,
     .value_name = "HOW",
     .help = "progress; auto: a bar on a terminal, else lines"},
    {.name = "log-format",
     .kind = OPTION_EITHER,
     .offset = offsetof(struct options, log_json),
     .is_common = true,
     .choices = LOG_FORMATS,
     .value_name = "FORMAT",
     .help = "form of log lines"},
    {.name = "log-file",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct options, log_file),
     .is_common = true,
     .value_name = "FILE",
     .help = "log lines go to this file instead of standard error"},
    {.name = "insecure-http",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, insecure_http),
     .is_common = true,
     .help = "allow http:// to hosts other than this one"},
    {.name = "help",
     .letter = 'h',
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, help),
     .is_common = true,
     .help = "-h: the options in short; --help: all of it"},
    {.name = "version",
     .letter = 'V',
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, version),
     .is_common = true,
     .help = "the version; with --json also those of the libraries"},
    {.name = "dry-run",
     .letter = 'n',
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, dry_run),
     .help = "show what would be done, change nothing"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .offset = offsetof(struct options, output),
     .value_name = "PATH",
     .help = "where the result is written"},
    {.name = "yes",
     .letter = 'y',
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, yes),
     .help = "do not ask"},
    {.name = "accept-mapping-change",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, accept_mapping_change),
     .help = "continue with changed mapping settings; done threads stay as they are"},
    {.name = "top-up",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, top_up),
     .help = "append messages that were added to done threads"},
    {.name = "retry-uncertain",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, retry_uncertain),
     .help = "create again if an inline create may already have been stored"},
    {.name = "against",
     .kind = OPTION_EITHER,
     .offset = offsetof(struct options, against_checkpoint),
     .choices = AGAINSTS,
     .value_name = "WHAT",
     .help = "what conversations are compared with"},
    {.name = "force",
     .kind = OPTION_TEXTS,
     .offset = offsetof(struct options, force),
     .value_name = "ID",
     .help = "this thread, even if its conversation was changed; may be repeated"},
    {.name = "only",
     .kind = OPTION_TEXTS,
     .offset = offsetof(struct options, only),
     .value_name = "CODE",
     .help = "threads that failed with this code; failed: any; may be repeated"},
    {.name = "archive",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct options, archive),
     .value_name = "FILE",
     .help = "also threads with losses, if this export holds them complete"},
    {.name = "with-losses",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, with_losses),
     .help = "also threads with losses; what their conversations lack is gone for good"},
    {.name = "table",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct options, table),
     .value_name = "NAME",
     .help = "table of the INSERT statements (--format sql)"},
    {.name = "exit-code",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, exit_code),
     .help = "exit with 1 if there is something to write"},
    {.name = "full",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, full),
     .help = "show long texts in full"},
    {.name = "no-pager",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, no_pager),
     .help = "do not page the output on a terminal"},
    {.name = "report",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct options, report),
     .value_name = "FILE",
     .help = "also write a report of the run to this file"},
    {.name = "assistants",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct options, assistants),
     .value_name = "DIR",
     .help = "delete assistants whose configuration saved in DIR still equals the live one"},
    {.name = "live",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct options, live),
     .help = "create a conversation, read it back, delete it"},
};

const size_t OPTION_ROW_COUNT = sizeof OPTION_ROWS / sizeof OPTION_ROWS[0];

bool option_belongs(const struct option_row *row, const struct command *command)
{
    if (row->is_common)
        return true;
    if (!command)
        return false;
    if (row->kind == OPTION_FORMAT)
        return command->formats != NULL;
    if (strcmp(row->name, "dry-run") == 0 && (command->flags & COMMAND_WRITES))
        return true;
    for (size_t i = 0; command->options && command->options[i]; i++) {
        if (strcmp(command->options[i], row->name) == 0)
            return true;
    }
    return false;
}

bool command_takes_keys(const struct command *command)
{
    return command && (command->flags & (COMMAND_NEEDS_CONFIG | COMMAND_TAKES_KEYS));
}

bool command_takes_key(const struct command *command, const struct key *key)
{
    if (!command_takes_keys(command))
        return false;
    return !(command->flags & COMMAND_ALL_THREADS) || !key->section ||
           strcmp(key->section, "threads") != 0;
}

const char *option_value_text(const struct option_row *row, const struct command *command,
                              char *text, size_t size)
{
    size_t used = 0;

    if (row->kind == OPTION_FORMAT && command && command->formats)
        return command->formats;
    if (!row->choices)
        return row->value_name;
    text[0] = '\0';
    for (size_t i = 0; row->choices[i] && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? "|" : "", row->choices[i]);
    return text;
}

/* A spelling for each member that has a fixed name. */
static void visit_members(const struct key *key, option_each each, void *ctx)
{
    for (size_t i = 0; key->members && key->members[i]; i++) {
        const struct key_name flag = key_member_flag(key, key->members[i]);
        const struct option_view view = {
            .name = flag.text, .value_name = key->value_name, .help = key->help};

        each(ctx, &view);
    }
}

static void visit_key(const struct key *key, option_each each, void *ctx)
{
    const struct key_name flag = key_flag(key);
    const char *names[] = {flag.text, key->alias};
    struct buf choices;

    buf_init(&choices, BUF_NO_LIMIT);
    for (size_t i = 0; key->choices && key->choices[i]; i++)
        (void)buf_printf(&choices, "%s%s", i > 0 ? "|" : "", key->choices[i]);
    for (size_t i = 0; i < 2 && names[i]; i++) {
        char negated[sizeof flag.text + sizeof "no-"];
        struct option_view view = {
            .name = names[i],
            .value_name = key->kind == KEY_BOOLEAN ? NULL : key->value_name,
            .choices = key->choices ? choices.data : NULL,
            .help = key->help,
        };

        each(ctx, &view);
        (void)snprintf(negated, sizeof negated, "no-%s", names[i]);
        view.name = negated;
        if (key->kind == KEY_BOOLEAN)
            each(ctx, &view);
    }
    buf_release(&choices);
}

void options_visit(const struct command *command, option_each each, void *ctx)
{
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
        const struct option_row *row = &OPTION_ROWS[i];
        char list[64];
        const char *value = option_value_text(row, command, list, sizeof list);
        const struct option_view view = {
            .name = row->name,
            .letter = row->letter,
            .value_name = row->value_name,
            .choices = row->choices || row->kind == OPTION_FORMAT ? value : NULL,
            .help = row->help,
            .is_common = row->is_common,
            .repeats = row->kind == OPTION_TEXTS || row->kind == OPTION_COUNT,
        };

        if (option_belongs(row, command))
            each(ctx, &view);
    }
}

void options_visit_keys(option_each each, void *ctx)
{
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        if (key.kind == KEY_MAP)
            visit_members(&key, each, ctx);
        else
            visit_key(&key, each, ctx);
    }
}
