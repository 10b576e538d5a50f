/*
 * The configuration: one struct, filled from the table of keys (keys.h) with
 * the precedence flag > environment > file > default.
 */
#ifndef SETTINGS_CONFIG_H
#define SETTINGS_CONFIG_H

#include "base/buf.h"
#include "base/error.h"
#include "fields/pairs.h"
#include "map/policy.h"
#include "service/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum create_mode { CREATE_EMPTY, CREATE_INLINE };

/* NULL-terminated; NULL where it is not set. */
typedef char **string_list;

struct side_config {
    int type; /* enum service */
    char *path;
    char *base_url;
    char *api_version;
    char *api_key_env;
    char *api_key_file;
    string_list api_key_command;
    char *organization;
    char *project;
    char *ca_file;
    int64_t page_size;
    int64_t requests_per_minute;
    int auth; /* enum auth */
    string_list exclude;
    struct pairs fields; /* of FIELDS_NAMES (fields/fields.h) */
    struct pairs roles;
    char *preset; /* of PRESET_NAMES (fields/presets.h); NULL: by its sign */
};

struct config {
    struct side_config source;
    struct side_config destination;
    struct {
        char *file;
        char *column;
        bool all;
        int64_t limit;
        char *shard;
    } threads;
    char *checkpoint;
    int create; /* enum create_mode */
    int64_t batch_items;
    int64_t batch_bytes;
    int64_t concurrency;
    int64_t timeout_ms;
    int64_t connect_timeout_ms;
    int64_t settle_ms;
    int64_t max_attempts;
    int64_t patience_ms;
    int64_t max_errors;
    struct {
        char *path;
        char *map;
        bool ask;
        int64_t max_bytes;
    } files;
    struct policy policy;
    struct config_origins *origins; /* where each key's value came from */
};

void config_release(struct config *config);

/* A flag that sets a key: --batch-items 10. */
struct config_flag {
    size_t key;         /* its place in the table (keys.h) */
    struct span member; /* of a KEY_MAP: whose value it is; borrowed */
    const char *value;  /* borrowed; "true" or "false" for --x and --no-x */
};

/* What to load from; everything borrowed. */
struct config_input {
    const char *file;                /* -c, or NULL: $THREADFERRY_CONFIG, ./migrate.yaml, none */
    const struct config_flag *flags; /* in the order of the command line */
    size_t flag_count;
    char *const *environment; /* environ */
    int files_from;           /* enum service of the source's keys; 0: that of source.type */
    bool insecure_http;       /* allow http:// to any host */
    bool flags_only;          /* no file, no environment */
};

/*
 * Fills *config and checks every value by itself and against the others: two places for one
 * secret, a URL with a password in it, http:// to a host that is not loopback. That a source or a
 * destination is complete is checked by those who need one, below. Relative paths of the file, and
 * the default of `checkpoint` beside one, are made relative to its folder; where that holds no
 * checkpoint and the current directory does, ERROR_USAGE names both. On failure ERROR_USAGE with
 * "FILE:LINE:COLUMN: message" where a file is at fault, else the flag or variable, and the nearest
 * valid key.
 */
bool config_load(struct config *config, const struct config_input *input, struct error *err);

/* ERROR_USAGE where something is missing that every reader of the source (writer to the
 * destination) needs: a path, a base URL. */
bool config_needs_source(const struct config *config, struct error *err);
bool config_needs_destination(const struct config *config, struct error *err);

/* The part of the configuration that is about this side, and what its service is like. */
const struct side_config *config_side(const struct config *config, enum side side);
const struct profile *config_profile(const struct config *config, enum side side);

/* How the side's key travels: what auth says, and what `auto` means. */
enum auth config_auth(const struct config *config, enum side side);

/* Adds " It is sent as …", with the setting that changes it and its place, for a server that is not
 * OpenAI's or Azure's by its address; else nothing. */
void config_add_auth_hint(struct buf *out, const struct config *config, enum side side);

/* The key of the configuration that the side's API key comes from ("api_key_env"), or NULL. */
const char *side_key_place(const struct side_config *side);

enum origin_kind { FROM_DEFAULT, FROM_FILE, FROM_VARIABLE, FROM_FLAG };

/* Adds "key=value" lines, sorted, of what decides how an archive is read and is part of the
 * checkpoint's mapping digest: source.fields, source.preset, source.roles where they are set. */
void config_write_pinned(struct buf *out, const struct config *config);

/* Where the value of a key (its path) came from. */
enum origin_kind config_origin(const struct config *config, const char *path);

/* The configuration file that was read, or NULL. Borrowed. */
const char *config_file(const struct config *config);

/* The effective configuration as YAML, secrets masked, each value with its origin as a comment. */
void config_print(struct buf *out, const struct config *config, bool only_set);

/* The same as one JSON document (--json). */
void config_print_json(struct buf *out, const struct config *config, bool only_set);

#endif
