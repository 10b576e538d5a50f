#include "settings/config.h"

#include "base/mem.h"
#include "base/text.h"
#include "http/url.h"
#include "settings/config_read.h"
#include "settings/config_value.h"
#include "settings/keys.h"
#include "settings/shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char DEFAULT_FILE[] = "migrate.yaml";

void config_release(struct config *config)
{
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        void *value = config_member(config, &key);

        if (key.kind == KEY_STRING)
            free(*(char **)value);
        else if (key.kind == KEY_LIST)
            config_list_free(*(string_list *)value);
        else if (key.kind == KEY_MAP)
            pairs_release(value);
    }
    if (config->origins) {
        free(config->origins->file);
        free(config->origins->keys);
    }
    free(config->origins);
    *config = (struct config){0};
}

static void set_defaults(struct config *config)
{
    struct error ignored;

    config->origins = mem_zalloc(1, sizeof *config->origins);
    config->origins->keys = mem_zalloc(key_count(), sizeof *config->origins->keys);
    config->policy = policy_default();
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        /* The table's own defaults are valid; a test loads them all. */
        if (key.fallback)
            (void)config_value_set(config, &key, span_of(key.fallback), &ignored);
    }
}

/* -c, then the variable, then the file of the current directory if there is one. */
static const char *find_file(const struct config_input *input)
{
    const char *variable = config_variable(input->environment, "THREADFERRY_CONFIG");

    if (input->file)
        return input->file;
    if (variable && *variable != '\0')
        return variable;
    return access(DEFAULT_FILE, F_OK) == 0 ? DEFAULT_FILE : NULL;
}

/* Puts in front of an error where it stands: at the key's value where that is wrong, else at the
 * key. A default stands nowhere. */
static bool fail_key(const struct config *config, const char *path, bool is_value_wrong,
                     struct error *err)
{
    const size_t place = (size_t)key_find_path(path);
    const struct origin *origin = &config->origins->keys[place];
    struct buf where;

    buf_init(&where, BUF_NO_LIMIT);
    config_origin_write(&where, config, place);
    if (origin->kind == FROM_FILE && !is_value_wrong)
        error_wrap(err, "%s:%zu:%zu", config->origins->file, origin->key.line, origin->key.column);
    else if (origin->kind != FROM_DEFAULT)
        error_wrap(err, "%s", where.data);
    buf_release(&where);
    return false;
}

static bool check_secrets(const struct config *config, struct error *err)
{
    struct key first = {.section = NULL};

    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        if (!(key.flags & KEY_IS_SECRET) || !config_value_is_set(config, &key))
            continue;
        if (first.section == key.section) {
            error_set(err, ERROR_USAGE, "two places for one key: %s and %s", key_path(&first).text,
                      key_path(&key).text);
            return fail_key(config, key_path(&key).text, false, err);
        }
        first = key;
    }
    return true;
}

static bool check_plain(const struct config *config, const struct side_config *side,
                        const char *path, struct error *err)
{
    struct url url;

    if (!side->base_url || !url_read(span_of(side->base_url), &url))
        return true;
    if (!url.is_plain || url_is_loopback(&url))
        return true;
    error_set(err, ERROR_USAGE,
              "%s: http:// would send the key and every message in the clear\n"
              "hint: use https://, or --insecure-http if the network is trusted",
              path);
    return fail_key(config, path, true, err);
}

static bool check_threads(const struct config *config, struct error *err)
{
    struct shard shard;

    if (config->threads.column && !config->threads.file &&
        config_origin(config, "threads.column") == FROM_FLAG) {
        error_set(err, ERROR_USAGE, "--column needs --threads FILE");
        return fail_key(config, "threads.column", false, err);
    }
    if (config->threads.shard && !shard_parse(&shard, span_of(config->threads.shard), NULL, err)) {
        error_wrap(err, "threads.shard");
        return fail_key(config, "threads.shard", true, err);
    }
    return true;
}

static void set_string_default(char **string, const char *value)
{
    if (!*string && value)
        *string = mem_strdup(value);
}

/* Defaults that hang on the type. None counts as given by the user. */
static void complete_side(struct side_config *side, const struct profile *profile)
{
    set_string_default(&side->base_url, profile->default_base_url);
    set_string_default(&side->api_version, profile->api_version);
    if (!side_key_place(side))
        set_string_default(&side->api_key_env, profile->default_key_env);
}

/* Of a file that is there, the name may be any; where there is none, it may be the key itself. */
static bool check_key_files(const struct config *config, struct error *err)
{
    static const char *const PATHS[SIDES] = {"source.api_key_file", "destination.api_key_file"};

    for (int side = 0; side < SIDES; side++) {
        const char *path = config_side(config, (enum side)side)->api_key_file;
        const char *slash = path ? strrchr(path, '/') : NULL;

        if (!path || access(path, F_OK) == 0 || !text_may_be_key(span_of(slash ? slash + 1 : path)))
            continue;
        error_set(err, ERROR_USAGE,
                  "%s: there is no such file, and the value looks like an API key\n"
                  "hint: write the key into a file of mode 0600 and give the file's name",
                  PATHS[side]);
        return fail_key(config, PATHS[side], true, err);
    }
    return true;
}

static bool check(struct config *config, bool insecure_http, struct error *err)
{
    if (!check_key_files(config, err))
        return false;
    if (!check_secrets(config, err))
        return false;
    if (!insecure_http && (!check_plain(config, &config->source, "source.base_url", err) ||
                           !check_plain(config, &config->destination, "destination.base_url", err)))
        return false;
    return check_threads(config, err);
}

/* ---- paths ---- */

/* The folder of the configuration file with its slash; empty for the current directory. */
static struct span folder_of(const char *file)
{
    const char *slash = file ? strrchr(file, '/') : NULL;

    return (struct span){file, slash ? (size_t)(slash - file) + 1 : 0};
}

static bool is_relative(const char *path)
{
    return path && path[0] != '/' && strcmp(path, "-") != 0;
}

static void put_below(char **path, struct span folder)
{
    char *below = mem_printf("%.*s%s", (int)folder.len, folder.data, *path);

    free(*path);
    *path = below;
}

/* A job must not begin anew because its configuration was used from another directory. */
static bool check_checkpoint(const struct config *config, const char *as_written, struct error *err)
{
    if (access(config->checkpoint, F_OK) == 0 || access(as_written, F_OK) != 0)
        return true;
    error_set(err, ERROR_USAGE,
              "there is no checkpoint at '%s', which the configuration means, but one at '%s'\n"
              "hint: move it there, or say which one with --checkpoint FILE",
              config->checkpoint, as_written);
    return false;
}

/* What the file says is relative to the file, and so are the defaults beside it. What the command
 * line and the environment say is relative to the current directory. */
static bool resolve_paths(struct config *config, struct error *err)
{
    const struct span folder = folder_of(config->origins->file);
    char *as_written = mem_strdup(config->checkpoint);
    bool ok = true;

    for (size_t i = 0; folder.len > 0 && i < key_count(); i++) {
        const struct key key = key_at(i);
        const enum origin_kind origin = config->origins->keys[i].kind;
        char **path = config_member(config, &key);
        string_list program =
            key.kind == KEY_LIST ? *(string_list *)config_member(config, &key) : NULL;

        if (origin != FROM_FILE && origin != FROM_DEFAULT)
            continue;
        if ((key.flags & KEY_IS_PATH) && is_relative(*path))
            put_below(path, folder);
        /* A program without a slash is looked up in PATH. */
        if ((key.flags & KEY_IS_MASKED) && program && is_relative(*program) &&
            strchr(*program, '/'))
            put_below(program, folder);
    }
    if (strcmp(as_written, config->checkpoint) != 0)
        ok = check_checkpoint(config, as_written, err);
    free(as_written);
    return ok;
}

bool config_load(struct config *config, const struct config_input *input, struct error *err)
{
    const char *file = input->flags_only ? NULL : find_file(input);

    *config = (struct config){0};
    set_defaults(config);
    if (file) {
        config->origins->file = mem_strdup(file);
        if (!config_read_yaml(config, file, err))
            return false;
    }
    if (!input->flags_only && !config_read_environment(config, input->environment, err))
        return false;
    if (!config_read_flags(config, input->flags, input->flag_count, err) ||
        !resolve_paths(config, err) || !check(config, input->insecure_http, err))
        return false;
    complete_side(&config->source, input->files_from
                                       ? profile_get((enum service)input->files_from, SIDE_SOURCE)
                                       : config_profile(config, SIDE_SOURCE));
    complete_side(&config->destination, config_profile(config, SIDE_DESTINATION));
    return true;
}

static bool fail_no_url(const struct config *config, const char *section, const char *type,
                        struct error *err)
{
    error_set(err, ERROR_USAGE, "%s.base_url is not set, and this type has no default for it",
              section);
    return fail_key(config, type, false, err);
}

bool config_needs_source(const struct config *config, struct error *err)
{
    if (!config_profile(config, SIDE_SOURCE)->is_archive)
        return config->source.base_url || fail_no_url(config, "source", "source.type", err);
    if (config->source.path)
        return true;
    error_set(err, ERROR_USAGE,
              "source.path is not set: where are the exported threads?\n"
              "hint: --source-path PATH, or source.path in migrate.yaml");
    return fail_key(config, "source.type", false, err);
}

bool config_needs_destination(const struct config *config, struct error *err)
{
    return config->destination.base_url ||
           fail_no_url(config, "destination", "destination.type", err);
}

enum auth config_auth(const struct config *config, enum side side)
{
    const struct side_config *from = config_side(config, side);
    const struct profile *profile = config_profile(config, side);

    if (from->auth != AUTH_AUTO)
        return (enum auth)from->auth;
    return from->api_key_command || !profile || profile->auth == AUTH_AUTO ? AUTH_BEARER
                                                                           : profile->auth;
}

/* They say of their own keys what is wrong. */
static bool is_known_server(const struct side_config *side, const struct profile *profile)
{
    static const char *const ENDS[] = {".openai.com", ".azure.com", ".azure.us", ".azure.cn"};
    const char *base_url = side->base_url ? side->base_url : profile->default_base_url;
    struct url url;

    if (!base_url || !url_read(span_of(base_url), &url))
        return true;
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        const size_t len = strlen(url.host);

        if (len > strlen(ENDS[i]) && strcasecmp(url.host + len - strlen(ENDS[i]), ENDS[i]) == 0)
            return true;
    }
    return false;
}

void config_add_auth_hint(struct buf *out, const struct config *config, enum side side)
{
    const bool is_bearer = config_auth(config, side) == AUTH_BEARER;
    char path[32];
    bool is_set;

    if (is_known_server(config_side(config, side), config_profile(config, side)))
        return;
    (void)snprintf(path, sizeof path, "%s.auth", side_name(side));
    buf_printf(out, " It is sent as %s; %s: %s changes that",
               is_bearer ? "Authorization: Bearer" : "api-key", path,
               is_bearer ? "api-key" : "bearer");
    if (!config->origins)
        return;
    is_set = config_origin(config, path) != FROM_DEFAULT;
    if (!is_set)
        (void)snprintf(path, sizeof path, "%s.base_url", side_name(side));
    buf_add_text(out, is_set ? " (" : " (beside base_url, ");
    config_origin_write(out, config, (size_t)key_find_path(path));
    buf_add_char(out, ')');
}

const struct side_config *config_side(const struct config *config, enum side side)
{
    return side == SIDE_SOURCE ? &config->source : &config->destination;
}

const struct profile *config_profile(const struct config *config, enum side side)
{
    return profile_get((enum service)config_side(config, side)->type, side);
}

const char *side_key_place(const struct side_config *side)
{
    return side->api_key_command ? "api_key_command"
           : side->api_key_file  ? "api_key_file"
           : side->api_key_env   ? "api_key_env"
                                 : NULL;
}

static void write_pairs(struct buf *out, const char *name, const struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++)
        buf_printf(out, "%s.%s=%s\n", name, pairs->items[i].name, pairs->items[i].value);
}

void config_write_pinned(struct buf *out, const struct config *config)
{
    write_pairs(out, "source.fields", &config->source.fields);
    if (config->source.preset)
        buf_printf(out, "source.preset=%s\n", config->source.preset);
    write_pairs(out, "source.roles", &config->source.roles);
}

enum origin_kind config_origin(const struct config *config, const char *path)
{
    return config->origins->keys[key_find_path(path)].kind;
}

const char *config_file(const struct config *config)
{
    return config->origins->file;
}
