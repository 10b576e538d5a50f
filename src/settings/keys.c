#include "settings/keys.h"

#include "fields/fields.h"
#include "fields/presets.h"
#include "settings/config.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const char *const KEY_SECTION_NAMES[KEY_SECTIONS] = {"source", "destination", "threads", "files",
                                                     "mapping"};

static const char *const AUTHS[] = {"auto", "bearer", "api-key", NULL};
static const char *const CREATE_MODES[] = {"empty", "inline", NULL};

static const char SOURCE[] = "source";
static const char DESTINATION[] = "destination";
static const char THREADS[] = "threads";
static const char FILES[] = "files";

static const struct {
    const char *section;
    size_t offset;
} SIDE_SECTIONS[SIDES] = {
    [SIDE_SOURCE] = {SOURCE, offsetof(struct config, source)},
    [SIDE_DESTINATION] = {DESTINATION, offsetof(struct config, destination)},
};

/* A row: section, name, type, what the help calls a value, help. */
#define KEY(section_, name_, type, value_name_, help_)                                             \
    {                                                                                              \
        .section = (section_), .name = (name_), type, .value_name = (value_name_), .help = (help_) \
    }

/* The types, each with the member that holds the value. */
#define TEXT(member, flags_) .kind = KEY_STRING, .offset = (member), .flags = (flags_)
#define WORD(member, choices_) .kind = KEY_STRING, .offset = (member), .choices = (choices_)
#define LIST(member, flags_) .kind = KEY_LIST, .offset = (member), .flags = (flags_)
#define MAP(member, members_, choices_)                                                            \
    .kind = KEY_MAP, .offset = (member), .members = (members_), .choices = (choices_)
#define SWITCH(member) .kind = KEY_BOOLEAN, .offset = (member), .fallback = "false"
#define SWITCHED_ON(member) .kind = KEY_BOOLEAN, .offset = (member), .fallback = "true"
#define DEFAULT(fallback_, type) .fallback = (fallback_), type
#define ALSO(alias_, type) .alias = (alias_), type
#define NUMBER(member, least, most, fallback_)                                                     \
    .kind = KEY_INTEGER, .offset = (member), .min = (least), .max = (most), .fallback = (fallback_)
#define CHOICE(member, choices_, first, fallback_)                                                 \
    .kind = KEY_ENUM, .offset = (member), .choices = (choices_), .first_choice = (first),          \
    .fallback = (fallback_)

/* Keys of both sides; a section names the only one that has the key. */
#define AT(member) offsetof(struct side_config, member)
static const struct key SIDE_KEYS[] = {
    KEY(SOURCE, "type", CHOICE(AT(type), SERVICE_NAMES, 0, "archive"), "TYPE",
        "what the threads are read from"),
    KEY(DESTINATION, "type", CHOICE(AT(type), SERVICE_NAMES + SERVICE_LIVE, SERVICE_LIVE, "openai"),
        "TYPE", "where the conversations are written"),
    KEY(SOURCE, "path", TEXT(AT(path), KEY_IS_PATH), "PATH",
        "archive: a file, a folder, or - for standard input"),
    KEY(SOURCE, "exclude", LIST(AT(exclude), 0), "JSON",
        "archive: files below path to skip, a list of globs"),
    KEY(SOURCE, "base_url", TEXT(AT(base_url), KEY_IS_URL), "URL",
        "live sources: where the API is; openai has a default"),
    KEY(DESTINATION, "base_url", TEXT(AT(base_url), KEY_IS_URL), "URL",
        "where the API is; openai has a default"),
    KEY(SOURCE, "api_version", TEXT(AT(api_version), KEY_IS_TOKEN), "VERSION",
        "azure, foundry: the api-version of every request"),
    KEY(DESTINATION, "api_version", TEXT(AT(api_version), KEY_IS_TOKEN), "VERSION",
        "azure, foundry: the api-version of every request, if one is needed"),
    KEY(NULL, "api_key_env", TEXT(AT(api_key_env), KEY_IS_SECRET | KEY_IS_VARIABLE), "VARIABLE",
        "name of the environment variable that holds the key; openai: OPENAI_API_KEY"),
    KEY(NULL, "api_key_file", TEXT(AT(api_key_file), KEY_IS_SECRET | KEY_IS_PATH | KEY_IS_MASKED),
        "FILE", "file that holds the key, readable by its owner only"),
    KEY(NULL, "api_key_command", LIST(AT(api_key_command), KEY_IS_SECRET | KEY_IS_MASKED), "JSON",
        "program and arguments that print the key; run without a shell"),
    KEY(NULL, "organization", TEXT(AT(organization), KEY_IS_TOKEN), "ID",
        "openai: sent as OpenAI-Organization"),
    KEY(NULL, "project", TEXT(AT(project), KEY_IS_TOKEN), "ID", "openai: sent as OpenAI-Project"),
    KEY(NULL, "ca_file", TEXT(AT(ca_file), KEY_IS_PATH), "FILE",
        "certificates of private authorities, PEM"),
    KEY(SOURCE, "page_size", NUMBER(AT(page_size), 1, 100, "100"), "N", "objects per page"),
    KEY(NULL, "requests_per_minute", NUMBER(AT(requests_per_minute), 0, 1000000, "0"), "N",
        "at most this many requests a minute; 0: as fast as the server allows"),
    KEY(NULL, "auth", CHOICE(AT(auth), AUTHS, AUTH_AUTO, "auto"), "HOW",
        "how the key is sent; auto: azure takes api-key, unless a command prints it"),
    KEY(SOURCE, "fields", MAP(AT(fields), FIELDS_NAMES, NULL), "KEY",
        "archive, your own format: the key that holds each of these; a dot goes one level down"),
    KEY(SOURCE, "roles", MAP(AT(roles), NULL, FIELDS_ROLES), "ROLE",
        "archive, your own format: the role that each word means"),
    KEY(SOURCE, "preset", WORD(AT(preset), PRESET_NAMES), "NAME",
        "archive: the program that exported it; if not set, recognised by its keys"),
};
#undef AT

#define AT(member) offsetof(struct config, member)
static const struct key KEYS[] = {
    KEY(THREADS, "file", ALSO("threads", TEXT(AT(threads.file), KEY_IS_PATH)), "FILE",
        "file of thread ids, one per line; - for standard input"),
    KEY(THREADS, "column", ALSO("column", TEXT(AT(threads.column), 0)), "NAME",
        "the column or member with the id, if the list is CSV or JSON lines"),
    KEY(THREADS, "all", ALSO("all", SWITCH(AT(threads.all))), NULL,
        "every thread that the source can list"),
    KEY(THREADS, "limit", ALSO("limit", NUMBER(AT(threads.limit), 0, INT64_C(1000000000000), "0")),
        "N", "only the first N of the selection; 0: all of it"),
    KEY(THREADS, "shard", ALSO("shard", TEXT(AT(threads.shard), 0)), "I/N",
        "only the I-th of N parts of the selection; auto/N: I from the job scheduler"),
    KEY(NULL, "checkpoint",
        DEFAULT("threadferry.checkpoint", TEXT(AT(checkpoint), KEY_IS_REQUIRED | KEY_IS_PATH)),
        "FILE", "the record of the job: its progress, and which conversation each thread became"),
    KEY(NULL, "create", CHOICE(AT(create), CREATE_MODES, CREATE_EMPTY, "empty"), "MODE",
        "inline sends the first batch with the create: faster, but a lost reply needs manual "
        "clean-up"),
    KEY(NULL, "batch_items", NUMBER(AT(batch_items), 1, 20, "20"), "N",
        "at most this many items in one request"),
    KEY(NULL, "batch_bytes", NUMBER(AT(batch_bytes), 1, 104857600, "8388608"), "BYTES",
        "at most this many bytes in one request; a larger item is sent alone"),
    KEY(NULL, "concurrency", NUMBER(AT(concurrency), 1, 1024, "32"), "N",
        "at most this many requests in flight; a rate limit may allow fewer"),
    KEY(NULL, "timeout_ms", NUMBER(AT(timeout_ms), 1, 3600000, "60000"), "MS",
        "time limit for one request"),
    KEY(NULL, "connect_timeout_ms", NUMBER(AT(connect_timeout_ms), 1, 3600000, "10000"), "MS",
        "time limit for connecting"),
    KEY(NULL, "settle_ms", NUMBER(AT(settle_ms), 0, 3600000, "30000"), "MS",
        "wait before looking up an unknown outcome: the request may still be running"),
    KEY(NULL, "max_attempts", NUMBER(AT(max_attempts), 1, 1000, "8"), "N",
        "attempts for each request"),
    KEY(NULL, "patience_ms", NUMBER(AT(patience_ms), 0, 86400000, "3600000"), "MS",
        "how long to retry after 429 and conversation_locked"),
    KEY(NULL, "max_errors", NUMBER(AT(max_errors), 0, INT64_C(1000000000000), "0"), "N",
        "stop the run after this many failed threads; 0: never"),
    KEY(FILES, "path", TEXT(AT(files.path), KEY_IS_PATH), "DIR",
        "folder with saved contents; else FILE.files of each export that is read"),
    KEY(FILES, "map", TEXT(AT(files.map), KEY_IS_PATH), "FILE",
        "CSV file_id,new_id: files that you moved to the destination yourself"),
    KEY(FILES, "ask", SWITCHED_ON(AT(files.ask)), NULL,
        "ask the destination whether it knows a file id"),
    KEY(FILES, "max_bytes", NUMBER(AT(files.max_bytes), 1, 15728600, "15728600"), "BYTES",
        "contents of one image; the API takes no more"),
};
#undef AT

enum {
    SIDE_ROWS = sizeof SIDE_KEYS / sizeof SIDE_KEYS[0],
    OWN_KEYS = sizeof KEYS / sizeof KEYS[0],
    KEYS_MAX = 96,
};

static struct key side_key(int side, const struct key *row)
{
    struct key key = *row;

    key.section = SIDE_SECTIONS[side].section;
    key.offset += SIDE_SECTIONS[side].offset;
    return key;
}

static struct key policy_key(const struct policy_row *row)
{
    const struct policy policy = policy_default();
    const bool is_boolean = span_is(span_of(row->choices[0]), "false");

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

/* All, in the order of the example file, made at the first question. */
static struct {
    struct key all[KEYS_MAX];
    size_t count;
} table;

static void add(const struct key *key)
{
    assert(table.count < KEYS_MAX);
    table.all[table.count++] = *key;
}

size_t key_count(void)
{
    if (table.count > 0)
        return table.count;
    for (int side = 0; side < SIDES; side++) {
        for (size_t i = 0; i < SIDE_ROWS; i++) {
            const struct key key = side_key(side, &SIDE_KEYS[i]);

            if (!SIDE_KEYS[i].section || SIDE_KEYS[i].section == key.section)
                add(&key);
        }
    }
    for (size_t i = 0; i < OWN_KEYS; i++)
        add(&KEYS[i]);
    for (size_t i = 0; i < POLICY_ROW_COUNT; i++) {
        const struct key key = policy_key(&POLICY_ROWS[i]);

        add(&key);
    }
    return table.count;
}

struct key key_at(size_t place)
{
    assert(place < key_count());
    return table.all[place];
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
        if (same_section(table.all[i].section, section) && span_is(name, table.all[i].name))
            return (int)i;
    }
    return KEY_NONE;
}

/* The length of the key's name with this separator (see make_name) if the text begins with it, else
 * 0: no name is made to compare. */
static size_t name_in(struct span text, const struct key *key, char separator)
{
    const char *const parts[] = {key->section ? key->section : "", key->section ? "." : "",
                                 key->name};
    size_t len = 0;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        for (const char *c = parts[i]; *c != '\0'; c++) {
            const char wanted = separator && (*c == '.' || *c == '_') ? separator : *c;

            if (len == text.len || text.data[len] != wanted)
                return 0;
            len++;
        }
    }
    return len;
}

int key_find_path(const char *path)
{
    const struct span text = span_of(path);

    for (size_t i = 0; text.len > 0 && i < key_count(); i++) {
        if (name_in(text, &table.all[i], '\0') == text.len)
            return (int)i;
    }
    return KEY_NONE;
}

int key_find_flag(struct span flag)
{
    for (size_t i = 0; flag.len > 0 && i < key_count(); i++) {
        const struct key *key = &table.all[i];

        if (name_in(flag, key, '-') == flag.len || (key->alias && span_is(flag, key->alias)))
            return (int)i;
    }
    return KEY_NONE;
}

int key_find_member(struct span flag, struct span *member)
{
    for (size_t i = 0; i < key_count(); i++) {
        const size_t len = table.all[i].kind == KEY_MAP ? name_in(flag, &table.all[i], '-') : 0;

        if (len == 0 || flag.len < len + 2 || flag.data[len] != '-')
            continue;
        *member = (struct span){flag.data + len + 1, flag.len - len - 1};
        return (int)i;
    }
    return KEY_NONE;
}

/* Section and name; with a separator, that stands for '.' and '_'. */
static struct key_name make_name(const char *prefix, const struct key *key, char separator)
{
    const char *const parts[] = {prefix, key->section ? key->section : "", key->section ? "." : "",
                                 key->name};
    struct key_name name;
    size_t len = 0;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        for (const char *c = parts[i]; *c != '\0' && len + 1 < sizeof name.text; c++)
            name.text[len++] = separator && (*c == '.' || *c == '_') ? separator : *c;
    }
    name.text[len] = '\0';
    return name;
}

struct key_name key_path(const struct key *key)
{
    return make_name("", key, '\0');
}

struct key_name key_flag(const struct key *key)
{
    return make_name("", key, '-');
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
    struct key_name name = make_name("THREADFERRY_", key, '_');

    for (char *c = name.text; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    return name;
}
