#include "print/help.h"

#include "base/version.h"
#include "json/json.h"
#include "print/wrap.h"
#include "settings/keys.h"
#include "settings/option_table.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

enum { HELP_COLUMN = 30, COMMAND_COLUMN = 14, LINE_WIDTH = 79, LEFT_SIZE = 128 };

static const char INTRO[] =
    "threadferry migrates Assistants threads to Conversations: it reads threads and\n"
    "their messages, maps them to conversation items, writes the items in batches,\n"
    "and records what was done in a checkpoint, so that it can be stopped at any time\n"
    "and resumes without losing or repeating an item.\n";

static const char CONFIGURATION[] =
    "Settings come from flags, the environment, the configuration file and defaults;\n"
    "the first of them wins. A key has three names: batch_items in the file (keys of\n"
    "a section are indented below it), --batch-items, THREADFERRY_BATCH_ITEMS.\n"
    "API keys are never passed on the command line.\n";

static const char EXIT_STATUS[] =
    "Exit status:\n"
    "  0    done; nothing failed, nothing differs\n"
    "  1    finished, but threads failed or differences were found\n"
    "  2    usage or configuration\n"
    "  3    stopped by another error; run it again\n"
    "  10   the checkpoint is locked by another process\n"
    "  11   the checkpoint is damaged; nothing was touched\n"
    "  12   the checkpoint belongs to another job\n"
    "  13   authentication or permission\n"
    "  14   quota exhausted\n"
    "  15   the source API is gone\n"
    "  16   local input or output failed\n"
    "  17   network or TLS\n"
    "  130  stopped by SIGINT, 143 by SIGTERM, 129 by SIGHUP, after a clean\n"
    "       drain\n";

static void add_entry(struct buf *out, const char *left, const char *text, size_t column)
{
    const struct wrap wrap = {.column = column, .width = LINE_WIDTH};
    const size_t len = strlen(left);

    buf_printf(out, "  %s", left);
    if (len + 4 > column)
        buf_printf(out, "\n%*s", (int)column, "");
    else
        buf_printf(out, "%*s", (int)(column - len - 2), "");
    wrap_add(out, &wrap, span_of(text));
    buf_add_char(out, '\n');
}

static void add_option(struct buf *out, const struct option_row *row, const struct command *command)
{
    char value[LEFT_SIZE];
    char left[2 * LEFT_SIZE];
    const char *shown = option_value_text(row, command, value, sizeof value);

    (void)snprintf(left, sizeof left, "%c%c%s--%s%s%s", row->letter ? '-' : ' ',
                   row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
                   shown ? " " : "", shown ? shown : "");
    add_entry(out, left, row->help, HELP_COLUMN);
}

/* The options of one kind, under a heading. */
static void add_options(struct buf *out, const struct command *command, enum option_takers takers)
{
    static const char *const HEADINGS[] = {
        [OPTION_OWN] = "\nOptions:\n",
        [OPTION_SELECTS] = "\nWhich of the threads:\n",
        [OPTION_COMMON] = "\nCommon options:\n",
    };
    const size_t start = out->len;
    bool any = false;

    buf_add_text(out, HEADINGS[takers]);
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
        const struct option_row *row = &OPTION_ROWS[i];

        if (row->takers != takers || !option_belongs(row, command))
            continue;
        add_option(out, row, command);
        any = true;
    }
    if (!any)
        buf_truncate(out, start);
}

/* Few words stand together; many are a text that wraps. */
static void add_words(struct buf *out, const char *before, const char *between,
                      const char *const *words)
{
    for (size_t i = 0; words && words[i]; i++)
        buf_printf(out, "%s%s", i > 0 ? between : before, words[i]);
    buf_add_text(out, words ? ")" : "");
}

static void add_key(struct buf *out, const struct key *key)
{
    char left[LEFT_SIZE];
    struct buf text;

    if (key->kind == KEY_BOOLEAN)
        (void)snprintf(left, sizeof left, "--[no-]%s", key_flag(key).text);
    else if (key->kind == KEY_MAP)
        (void)snprintf(left, sizeof left, "--%s %s",
                       key_member_flag(key, key->members ? "NAME" : "WORD").text, key->value_name);
    else
        (void)snprintf(left, sizeof left, "--%s %s", key_flag(key).text, key->value_name);
    if (key->alias) {
        const size_t used = strlen(left);

        (void)snprintf(left + used, sizeof left - used, ", --%s%s",
                       key->kind == KEY_BOOLEAN ? "[no-]" : "", key->alias);
    }
    buf_init(&text, BUF_NO_LIMIT);
    buf_add_text(&text, key->help);
    add_words(&text, " (NAME: ", ", ", key->members);
    add_words(&text, " (", key->kind == KEY_STRING ? ", " : "|", key->choices);
    if (key->kind == KEY_INTEGER)
        buf_printf(&text, " (%" PRId64 " to %" PRId64 ")", key->min, key->max);
    if (key->fallback)
        buf_printf(&text, " [%s]", key->fallback);
    add_entry(out, left, text.data, HELP_COLUMN);
    buf_release(&text);
}

static void add_keys(struct buf *out, const struct command *command)
{
    const char *section = "";

    buf_add_text(out, "\nSettings (defaults in brackets):\n");
    buf_add_text(out, CONFIGURATION);
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);
        const char *home = key.section ? key.section : "the job";

        if (!command_takes_key(command, &key))
            continue;
        if (strcmp(section, home) != 0)
            buf_printf(out, "\n %s\n", home);
        section = home;
        add_key(out, &key);
    }
}

void help_command(struct buf *out, const struct command *command, bool is_short)
{
    buf_printf(out, "Usage: threadferry %s [OPTIONS]%s%s\n\n", command->name,
               command->words ? " " : "", command->words ? command->words : "");
    if (is_short)
        buf_printf(out, "threadferry %s: %s\n", command->name, command->summary);
    else
        buf_printf(out, "%s\n", command->help);
    add_options(out, command, OPTION_OWN);
    add_options(out, command, OPTION_SELECTS);
    if (is_short) {
        buf_printf(out, "\nAll options and settings: threadferry %s --help\n", command->name);
        return;
    }
    add_options(out, command, OPTION_COMMON);
    if (command_takes_keys(command))
        add_keys(out, command);
}

void help_global(struct buf *out, bool is_short)
{
    buf_add_text(out, "Usage: threadferry [-c FILE] COMMAND [OPTIONS] [THREAD_ID…]\n\n");
    if (!is_short)
        buf_printf(out, "%s\n", INTRO);
    buf_add_text(out, "Commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        add_entry(out, COMMANDS[i].name, COMMANDS[i].summary, COMMAND_COLUMN);
    if (is_short) {
        buf_add_text(out, "\nMore: threadferry --help, threadferry COMMAND --help\n");
        return;
    }
    add_options(out, NULL, OPTION_COMMON);
    buf_printf(out, "\n%s\n%s", CONFIGURATION, EXIT_STATUS);
}

void help_versions(struct buf *out)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

    buf_printf(out, "threadferry " THREADFERRY_VERSION ", libcurl %s, %s, jansson %s, libyaml %s",
               curl->version, curl->ssl_version ? curl->ssl_version : "no TLS",
               jansson_version_str(), yaml_get_version_string());
}

void help_version(struct buf *out, bool is_json)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    json_t *versions;

    if (!is_json) {
        buf_add_text(out, "threadferry " THREADFERRY_VERSION "\n");
        return;
    }
    versions = json_pack("{s:s, s:s, s:s, s:s, s:s}", "version", THREADFERRY_VERSION, "libcurl",
                         curl->version, "tls", curl->ssl_version ? curl->ssl_version : "none",
                         "jansson", jansson_version_str(), "libyaml", yaml_get_version_string());
    json_write_value(out, versions, JSON_ESCAPE_HOSTILE);
    buf_add_char(out, '\n');
    json_decref(versions);
}
