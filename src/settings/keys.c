#include "settings/keys.h"

#include "fields/fields.h"
#include "fields/presets.h"
#include "settings/config.h"

#include <stdio.h>
#include <string.h>

const char *const KEY_SECTION_NAMES[KEY_SECTIONS] = {"source", "destination", "threads", "mapping"};

static const char *const SOURCE_TYPES[] = {
    "archive", "openai", "azure", "foundry", "compatible", NULL,
};
static const char *const DESTINATION_TYPES[] = {"openai", "azure", "foundry", "compatible", NULL};
static const char *const AUTHS[] = {"auto", "bearer", "api-key", NULL};
static const char *const CREATE_MODES[] = {"empty", "inline", NULL};

static const char SOURCE[] = "source";
static const char DESTINATION[] = "destination";

static const struct {
    const char *section;
    size_t offset;
} SIDE_SECTIONS[SIDES] = {
    [SIDE_SOURCE] = {SOURCE, offsetof(struct config, source)},
    [SIDE_DESTINATION] = {DESTINATION, offsetof(struct config, destination)},
};

/* Keys of both sides, with offsets in struct side_config; a section names the only one that has a
 * row. */
static const struct key SIDE_KEYS[] = {
    {.section = SOURCE,
     .name = "type",
     .kind = KEY_ENUM,
     .choices = SOURCE_TYPES,
     .first_choice = SERVICE_ARCHIVE,
     .fallback = "archive",
     .offset = offsetof(struct side_config, type),
     .value_name = "TYPE",
     .help = "what the threads are read from"},
    {.section = DESTINATION,
     .name = "type",
     .kind = KEY_ENUM,
     .choices = DESTINATION_TYPES,
     .first_choice = SERVICE_OPENAI,
     .fallback = "openai",
     .offset = offsetof(struct side_config, type),
     .value_name = "TYPE",
     .help = "where the conversations are written"},
    {.section = SOURCE,
     .name = "path",
     .kind = KEY_STRING,
     .flags = KEY_IS_PATH,
     .offset = offsetof(struct side_config, path),
     .value_name = "PATH",
     .help = "archive: a file, a directory, or - for standard input"},
    {.section = SOURCE,
     .name = "exclude",
     .kind = KEY_LIST,
     .offset = offsetof(struct side_config, exclude),
     .value_name = "JSON",
     .help = "archive: files below path to skip, a list of globs"},
    {.section = SOURCE,
     .name = "base_url",
     .kind = KEY_STRING,
     .flags = KEY_IS_URL,
     .offset = offsetof(struct side_config, base_url),
     .value_name = "URL",
     .help = "live sources: where the API is; openai has a default"},
    {.section = DESTINATION,
     .name = "base_url",
     .kind = KEY_STRING,
     .flags = KEY_IS_URL,
     .offset = offsetof(struct side_config, base_url),
     .value_name = "URL",
     .help = "where the API is; openai has a default"},
    {.section = SOURCE,
     .name = "api_version",
     .kind = KEY_STRING,
     .flags = KEY_IS_TOKEN,
     .offset = offsetof(struct side_config, api_version),
     .value_name = "VERSION",
     .help = "azure, foundry: the api-version of every request"},
    {.section = DESTINATION,
     .name = "api_version",
     .kind = KEY_STRING,
     .flags = KEY_IS_TOKEN,
     .offset = offsetof(struct side_config, api_version),
     .value_name = "VERSION",
     .help = "azure, foundry: the api-version of every request, if one is needed"},
    {.name = "api_key_env",
     .kind = KEY_STRING,
     .flags = KEY_IS_VARIABLE,
     .offset = offsetof(struct side_config, api_key_env),
     .value_name = "VARIABLE",
     .help = "name of the environment variable that holds the key; openai: OPENAI_API_KEY"},
    {.name = "api_key_file",
     .kind = KEY_STRING,
     .flags = KEY_IS_PATH | KEY_IS_MASKED,
     .offset = offsetof(struct side_config, api_key_file),
     .value_name = "FILE",
     .help = "file that holds the key, readable by its owner only"},
    {.name = "api_key_command",
     .kind = KEY_LIST,
     .flags = KEY_IS_MASKED,
     .offset = offsetof(struct side_config, api_key_command),
     .value_name = "JSON",
     .help = "program and arguments that print the key; run without a shell"},
    {.name = "organization",
     .kind = KEY_STRING,
     .flags = KEY_IS_TOKEN,
     .offset = offsetof(struct side_config, organization),
     .value_name = "ID",
     .help = "openai: sent as OpenAI-Organization"},
    {.name = "project",
     .kind = KEY_STRING,
     .flags = KEY_IS_TOKEN,
     .offset = offsetof(struct side_config, project),
     .value_name = "ID",
     .help = "openai: sent as OpenAI-Project"},
    {.name = "ca_file",
     .kind = KEY_STRING,
     .flags = KEY_IS_PATH,
     .offset = offsetof(struct side_config, ca_file),
     .value_name = "FILE",
     .help = "certificates of private authorities, PEM"},
    {.section = SOURCE,
     .name = "page_size",
     .kind = KEY_INTEGER,
     .min = 1,
     .max = 100,
     .fallback = "100",
     .offset = offsetof(struct side_config, page_size),
     .value_name = "N",
     .help = "objects per page"},
    {.name = "requests_per_minute",
     .kind = KEY_INTEGER,
     .min = 0,
     .max = 1000000,
     .fallback = "0",
     .offset = offsetof(struct side_config, requests_per_minute),
     .value_name = "N",
     .help = "at most this many requests a minute; 0: as fast as the server allows"},
    {.name = "auth",
     .kind = KEY_ENUM,
     .choices = AUTHS,
     .first_choice = AUTH_AUTO,
     .fallback = "auto",
     .offset = offsetof(struct side_config, auth),
     .value_name = "HOW",
     .help = "how the key is sent; auto: azure takes api-key, unless a command prints it"},
    {.section = SOURCE,
     .name = "fields",
     .kind = KEY_MAP,
     .members = FIELDS_NAMES,
     .offset = offsetof(struct side_config, fields),
     .value_name = "KEY",
     .help =
         "archive, your own format: the key that holds each of these; a dot goes one level down"},
    {.section = SOURCE,
     .name = "roles",
     .kind = KEY_MAP,
     .choices = FIELDS_ROLES,
     .offset = offsetof(struct side_config, roles),
     .value_name = "ROLE",
     .help = "archive, your own format: the role that each word stands for"},
    {.section = SOURCE,
     .name = "preset",
     .kind = KEY_STRING,
     .choices = PRESET_NAMES,
     .offset = offsetof(struct side_config, preset),
     .value_name = "NAME",
     .help = "archive: the program that exported it; if not set, recognised by its keys"},
};

static const struct key KEYS[] = {
    {.section = "threads",
     .name = "file",
     .kind = KEY_STRING,
     .flags = KEY_IS_PATH,
     .offset = offsetof(struct config, threads.file),
     .alias = "threads",
     .value_name = "FILE",
     .help = "file of thread ids, one per line; - for standard input"},
    {.section = "threads",
     .name = "column",
     .kind = KEY_STRING,
     .offset = offsetof(struct config, threads.column),
     .alias = "column",
     .value_name = "NAME",
     .help = "the column or member with the id, if the list is CSV or JSON lines"},
    {.section = "threads",
     .name = "all",
     .kind = KEY_BOOLEAN,
     .fallback = "false",
     .offset = offsetof(struct config, threads.all),
     .alias = "all",
     .help = "every thread that the source can list"},
    {.section = "threads",
     .name = "limit",
     .kind = KEY_INTEGER,
     .min = 0,
     .max = INT64_C(1000000000000),
     .fallback = "0",
     .offset = offsetof(struct config, threads.limit),
     .alias = "limit",
     .value_name = "N",
     .help = "only the first N of the selection; 0: all of it"},
    {.section = "threads",
     .name = "shard",
     .kind = KEY_STRING,
     .offset = offsetof(struct config, threads.shard),
     .alias = "shard",
     .value_name = "I/N",
     .help = "only the I-th of N parts of the selection; auto/N: I from the job scheduler"},

    {.name = "checkpoint",
     .kind = KEY_STRING,
     .flags = KEY_IS_REQUIRED | KEY_IS_PATH,
     .fallback = "threadferry.checkpoint",
     .offset = offsetof(struct config, checkpoint),
     .value_name = "FILE",
     .help = "the record of the job: its progress, and which conversation each thread became"},
    {.name = "create",
     .kind = KEY_ENUM,
     .choices = CREATE_MODES,
     .first_choice = CREATE_EMPTY,
     .fallback = "empty",
     .offset = offsetof(struct config, create),
     .value_name = "MODE",
     .help = "inline sends the first batch with the create: faster, but a lost reply needs manual "
             "clean-up"},
    {.name = "batch_items",
     .kind = KEY_INTEGER,
     .min = 1,
     .max = 20,
     .fallback = "20",
     .offset = offsetof(struct config, batch_items),
     .value_name = "N",
     .help = "at most this many items in one request"},
    {.name = "batch_bytes",
     .kind = KEY_INTEGER,
     .min = 1,
     .max = 104857600,
     .fallback = "8388608",
     .offset = offsetof(struct config, batch_bytes),
     .value_name = "BYTES",
     .help = "at most this many bytes in one request; a larger item is sent alone"},
    {.name = "concurrency",
     .kind = KEY_INTEGER,
     .min = 1,
     .max = 1024,
     .fallback = "32",
     .offset = offsetof(struct config, concurrency),
     .value_name = "N",
     .help = "at most this many threads in flight; a rate limit may allow fewer"},
    {.name = "timeout_ms",
     .kind = KEY_INTEGER,
     .min = 1,
     .max = 3600000,
     .fallback = "60000",
     .offset = offsetof(struct config, timeout_ms),
     .value_name = "MS",
     .help = "time limit for one request"},
    {.name = "connect_timeout_ms",
     .kind = KEY_INTEGER,
     .min = 1,
     .max = 3600000,
     .fallback = "10000",
     .offset = offsetof(struct config, connect_timeout_ms),
     .value_name = "MS",
     .help = "time limit for connecting"},
    {.name = "settle_ms",
     .kind = KEY_INTEGER,
     .min = 0,
     .max = 3600000,
     .fallback = "30000",
     .offset = offsetof(struct config, settle_ms),
     .value_name = "MS",
     .help = "wait before looking up an unknown outcome: the request may still be running"},
    {.name = "max_attempts",
     .kind = KEY_INTEGER,
     .min = 1,
     .max = 1000,
     .fallback = "8",
     .offset = offsetof(struct config, max_attempts),
     .value_name = "N",
     .help = "attempts for each request"},
    {.name = "patience_ms",
     .kind = KEY_INTEGER,
     .min = 0,
     .max = 86400000,
     .fallback = "3600000",
     .offset = offsetof(struct config, patience_ms),
     .value_name = "MS",
     .help = "how long to retry after 429 and conversation_locked"},
    {.name = "max_errors",
     .kind = KEY_INTEGER,
     .min = 0,
     .max = INT64_C(1000000000000),
     .fallback = "0",
     .offset = offsetof(struct config, max_errors),
     .value_name = "N",
     .help = "stop the run after this many failed threads; 0: never"},
};

enum {
    SIDE_ROWS = sizeof SIDE_KEYS / sizeof SIDE_KEYS[0],
    OWN_KEYS = sizeof KEYS / sizeof KEYS[0],
};

size_t key_count(void)
{
    size_t count = OWN_KEYS + POLICY_ROW_COUNT;

    for (size_t row = 0; row < SIDE_ROWS; row++)
        count += SIDE_KEYS[row].section ? 1 : SIDES;
    return count;
}

static struct key side_key(int side, const struct key *row)
{
    struct key key = *row;

    key.section = SIDE_SECTIONS[side].section;
    key.offset += SIDE_SECTIONS[side].offset;
    return key;
}

static bool is_boolean_row(const struct policy_row *row)
{
    return strcmp(row->choices[0], "true") == 0 || strcmp(row->choices[0], "false") == 0;
}

static struct key policy_key(const struct policy_row *row)
{
    const struct policy policy = policy_default();
    const bool is_boolean = is_boolean_row(row);

    return (struct key){
        .section = "mapping",
        .name = row->key,
        .kind = is_boolean ? KEY_BOOLEAN : KEY_ENUM,
        .choices = is_boolean ? NULL : row->choices,
        .fallback = policy_get(&policy, row),
        .offset = offsetof(struct config, policy) + row->offset,
        .policy = row,
        .value_name = is_boolean ? NULL : "POLICY",
        .help = row->help,
    };
}

struct key key_at(size_t place)
{
    for (int side = 0; side < SIDES; side++) {
        for (size_t i = 0; i < SIDE_ROWS; i++) {
            const char *only = SIDE_KEYS[i].section;

            if (only && only != SIDE_SECTIONS[side].section)
                continue;
            if (place == 0)
                return side_key(side, &SIDE_KEYS[i]);
            place--;
        }
    }
    return place < OWN_KEYS ? KEYS[place] : policy_key(&POLICY_ROWS[place - OWN_KEYS]);
}

static bool same_section(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return strcmp(a, b) == 0;
}

int key_find(const char *section, struct span name)
{
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        if (same_section(key.section, section) && span_is(name, key.name))
            return (int)i;
    }
    return KEY_NONE;
}

int key_find_path(const char *path)
{
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        if (strcmp(key_path(&key).text, path) == 0)
            return (int)i;
    }
    return KEY_NONE;
}

int key_find_flag(struct span flag)
{
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        if (span_is(flag, key_flag(&key).text) || (key.alias && span_is(flag, key.alias)))
            return (int)i;
    }
    return KEY_NONE;
}

int key_find_member(struct span flag, struct span *member)
{
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);
        const struct key_name name = key_flag(&key);
        const size_t len = strlen(name.text);

        if (key.kind != KEY_MAP || !span_starts_with(flag, name.text) || flag.len < len + 2 ||
            flag.data[len] != '-')
            continue;
        *member = (struct span){flag.data + len + 1, flag.len - len - 1};
        return (int)i;
    }
    return KEY_NONE;
}

struct key_name key_path(const struct key *key)
{
    struct key_name name;

    (void)snprintf(name.text, sizeof name.text, "%s%s%s", key->section ? key->section : "",
                   key->section ? "." : "", key->name);
    return name;
}

struct key_name key_flag(const struct key *key)
{
    struct key_name name = key_path(key);

    for (char *c = name.text; *c != '\0'; c++) {
        if (*c == '.' || *c == '_')
            *c = '-';
    }
    return name;
}

struct key_name key_member_flag(const struct key *key, const char *member)
{
    struct key_name name = key_flag(key);
    const size_t len = strlen(name.text);

    (void)snprintf(name.text + len, sizeof name.text - len, "-%s", member);
    return name;
}

struct key_name key_variable(const struct key *key)
{
    struct key_name name;

    (void)snprintf(name.text, sizeof name.text, "THREADFERRY_%s%s%s",
                   key->section ? key->section : "", key->section ? "." : "", key->name);
    for (char *c = name.text; *c != '\0'; c++) {
        if (*c == '.')
            *c = '_';
        else if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    return name;
}
