#include "settings/option_table.h"

#include "base/buf.h"
#include "settings/keys.h"
#include "settings/options.h"

#include <stdio.h>
#include <string.h>

static const char *const COLORS[] = {"auto", "always", "never", NULL};
static const char *const PROGRESSES[] = {"auto", "bar", "lines", "none", NULL};
static const char *const LOG_FORMATS[] = {"text", "json", NULL};
static const char *const FILES[] = {"images", "all", "none", NULL};
/* By enum service; an archive has no contents. */
static const char *const FILES_FROM[] = {"none", "openai", "azure", "foundry", "compatible", NULL};
static const char *const AGAINSTS[] = {"source", "checkpoint", NULL};

/* A row: who takes it, long and short name, what it is, its member of struct options, its choices,
 * what the help calls its value, help. */
#define ROW(takers_, name_, letter_, kind_, member, choices_, value_name_, help_)                  \
    {                                                                                              \
        .takers = (takers_), .name = (name_), .letter = (letter_), .kind = OPTION_##kind_,         \
        .offset = offsetof(struct options, member), .choices = (choices_),                         \
        .value_name = (value_name_), .help = (help_)                                               \
    }
#define COMMON(...) ROW(OPTION_COMMON, __VA_ARGS__)
#define OWN(...) ROW(OPTION_OWN, __VA_ARGS__)
#define NARROWS(name_, kind_, member, value_name_, help_)                                          \
    ROW(OPTION_SELECTS, name_, 0, kind_, member, NULL, value_name_, help_)

const struct option_row OPTION_ROWS[] = {
    COMMON("config", 'c', TEXT, config_file, NULL, "FILE",
           "configuration; else $THREADFERRY_CONFIG, else ./migrate.yaml if there is one"),
    COMMON("quiet", 'q', SWITCH, quiet, NULL, NULL, "print only what needs attention"),
    COMMON("verbose", 'v', COUNT, verbose, NULL, NULL,
           "more detail; also shows the servers' error messages"),
    COMMON("json", 0, SWITCH, json, NULL, NULL,
           "results as JSON on standard output, and nothing else there"),
    OWN("format", 0, FORMAT, format, NULL, "FORMAT", "form of the results"),
    COMMON("color", 0, CHOICE, color, COLORS, "WHEN",
           "colours; auto: on a terminal, unless NO_COLOR is set"),
    COMMON("progress", 0, CHOICE, progress, PROGRESSES, "HOW",
           "progress; auto: a bar on a terminal, else lines"),
    COMMON("log-format", 0, EITHER, log_json, LOG_FORMATS, "FORMAT", "form of log lines"),
    COMMON("log-file", 0, TEXT, log_file, NULL, "FILE",
           "log lines go to this file instead of standard error"),
    COMMON("insecure-http", 0, SWITCH, insecure_http, NULL, NULL,
           "allow http:// to hosts other than this one"),
    COMMON("help", 'h', SWITCH, help, NULL, NULL, "-h: the options in short; --help: all of it"),
    COMMON("version", 'V', SWITCH, version, NULL, NULL,
           "the version; with --json also those of the libraries"),
    OWN("dry-run", 'n', SWITCH, dry_run, NULL, NULL, "show what would be done, change nothing"),
    OWN("output", 'o', TEXT, output, NULL, "PATH", "where the result is written"),
    OWN("yes", 'y', SWITCH, yes, NULL, NULL, "do not ask"),
    OWN("accept-mapping-change", 0, SWITCH, accept_mapping_change, NULL, NULL,
        "continue with changed mapping settings; done threads stay as they are"),
    OWN("top-up", 0, SWITCH, top_up, NULL, NULL, "append messages that were added to done threads"),
    OWN("retry-uncertain", 0, SWITCH, retry_uncertain, NULL, NULL,
        "create again if an inline create may already have been stored"),
    OWN("retry-files", 0, SWITCH, retry_files, NULL, NULL,
        "decide again about files that are missing, inside or mapped, of new threads"),
    OWN("against", 0, EITHER, against_checkpoint, AGAINSTS, "WHAT",
        "what conversations are compared with"),
    OWN("force", 0, TEXTS, force, NULL, "ID|@FILE",
        "this thread, or those listed in FILE, even if changed since; may be repeated"),
    NARROWS("only", TEXTS, only, "CODE",
            "threads that failed with this code; failed: any; may be repeated"),
    NARROWS("since", TEXT, since, "TIME", "threads created at this time or later"),
    NARROWS("until", TEXT, until, "TIME", "threads created before this time"),
    NARROWS("where", TEXTS, where, "KEY=VALUE",
            "threads whose metadata has this pair; may be repeated: all of them"),
    NARROWS("sample", TEXT, sample, "N", "this many of them, chosen at random"),
    NARROWS("seed", TEXT, seed, "N", "another number, another sample (1)"),
    OWN("files", 0, CHOICE, files, FILES, "WHICH",
        "save the contents of these files too, into FILE.files; all: also attachments"),
    OWN("files-from", 0, CHOICE, files_from, FILES_FROM, "SERVICE",
        "of an archive: the service of source.base_url that has its files"),
    OWN("archive", 0, TEXT, archive, NULL, "FILE",
        "also threads with losses, if this export holds them complete"),
    OWN("with-losses", 0, SWITCH, with_losses, NULL, NULL,
        "also threads with losses; what their conversations lack is gone for good"),
    OWN("file-ids", 0, SWITCH, file_ids, NULL, NULL, "what became of file ids (csv or jsonl)"),
    OWN("items", 0, SWITCH, items, NULL, NULL,
        "a row for each item: which message became which; reads both sides"),
    OWN("table", 0, TEXT, table, NULL, "NAME", "table of the INSERT statements (--format sql)"),
    OWN("exit-code", 0, SWITCH, exit_code, NULL, NULL,
        "exit with 1 if there is something to write"),
    OWN("full", 0, SWITCH, full, NULL, NULL, "show long texts in full"),
    OWN("no-pager", 0, SWITCH, no_pager, NULL, NULL, "do not page the output on a terminal"),
    OWN("report", 0, TEXT, report, NULL, "FILE", "also write a report of the run to this file"),
    OWN("assistants", 0, TEXT, assistants, NULL, "DIR",
        "delete assistants whose configuration saved in DIR still equals the live one"),
    OWN("live", 0, SWITCH, live, NULL, NULL, "create a conversation, read it back, delete it"),
};

const size_t OPTION_ROW_COUNT = sizeof OPTION_ROWS / sizeof OPTION_ROWS[0];

static const char RATE[] =
    "--source-requests-per-minute, --destination-requests-per-minute; without them the servers' "
    "own rate limits are found";
static const char KEY[] = "keys are never options: --source-api-key-env, "
                          "--destination-api-key-env (the name of a variable), -file or -command";
static const char RESUMES[] = "nothing is needed: the same command resumes";
static const char NARROWING[] = "--since, --until, --where, --only, --limit or --sample";
static const char SOURCE[] = "--source-path for files, --source-base-url for a server";

static const struct {
    const char *name;
    const char *hint;
} MEANT[] = {
    {"resume", RESUMES},
    {"continue", RESUMES},
    {"retry", "the same command retries what failed; --retry-uncertain, --retry-files"},
    {"rate", RATE},
    {"rate-limit", RATE},
    {"rpm", RATE},
    {"requests-per-minute", RATE},
    {"parallel", "--concurrency"},
    {"workers", "--concurrency"},
    {"jobs", "--concurrency"},
    {"thread", "a thread id needs no option; --threads FILE takes a list"},
    {"thread-id", "a thread id needs no option; --threads FILE takes a list"},
    {"filter", NARROWING},
    {"max", NARROWING},
    {"key", KEY},
    {"token", KEY},
    {"api-key", KEY},
    {"silent", "--quiet"},
    {"debug", "--verbose"},
    {"no-color", "--color never"},
    {"input", SOURCE},
    {"source", SOURCE},
    {"source-dir", SOURCE},
    {"from", SOURCE},
    {"to", "--destination-base-url"},
    {"dest", "--destination-base-url"},
    {"destination", "--destination-base-url"},
    {"delete", "'rollback' deletes conversations of this job, 'prune' source threads"},
    {"proxy", "the variables HTTPS_PROXY and NO_PROXY"},
    {"insecure", "--source-ca-file, --destination-ca-file: certificates are always checked"},
};

const char *option_meant(struct span name)
{
    for (size_t i = 0; i < sizeof MEANT / sizeof MEANT[0]; i++) {
        if (span_is(name, MEANT[i].name))
            return MEANT[i].hint;
    }
    return NULL;
}

bool option_belongs(const struct option_row *row, const struct command *command)
{
    if (row->takers == OPTION_COMMON)
        return true;
    if (!command)
        return false;
    if (row->takers == OPTION_SELECTS)
        return command->flags & COMMAND_TAKES_THREADS;
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
        buf_printf(&choices, "%s%s", i > 0 ? "|" : "", key->choices[i]);
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
            .repeats = row->kind == OPTION_TEXTS || row->kind == OPTION_COUNT,
        };

        if (option_belongs(row, command) && (row->takers == OPTION_COMMON) == !command)
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
