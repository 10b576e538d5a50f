/*
 * The keys: one table declares every setting of the configuration with its
 * type, range, default and help. The YAML reader, the flags, the environment
 * variables, --help, the man page, the completions and migrate.yaml.example
 * follow from it or are checked against it. Nothing is written twice: what
 * `source` and `destination` have in common is one row, and the keys of
 * `mapping` come from the table of policies (map/policy.h).
 *
 * A key has three names, made by one rule:
 *
 *     source.base_url   --source-base-url   THREADFERRY_SOURCE_BASE_URL
 */
#ifndef SETTINGS_KEYS_H
#define SETTINGS_KEYS_H

#include "base/span.h"
#include "map/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_kind {
    KEY_STRING,
    KEY_INTEGER,
    KEY_BOOLEAN,
    KEY_ENUM, /* an int in struct config */
    KEY_LIST, /* of strings */
    KEY_MAP,  /* of names to strings: one flag a member */
};

/* What a string must look like, and how a value is shown. */
enum key_flags {
    KEY_IS_URL = 1 << 0,      /* http(s)://host…, without user, query and fragment */
    KEY_IS_VARIABLE = 1 << 1, /* the name of an environment variable */
    KEY_IS_TOKEN = 1 << 2,    /* goes into a header or a URL: printable ASCII, no space */
    KEY_IS_MASKED = 1 << 3,   /* may hold a secret: of a list the first word alone is ever shown, a
                               * path if there is such a file */
    KEY_IS_REQUIRED = 1 << 4, /* may not be empty */
    KEY_IS_PATH = 1 << 5,     /* relative to the folder of the file that it is set in */
    KEY_IS_SECRET = 1 << 6,   /* says where the API key comes from: a side sets one of them */
};

struct key {
    const char *section; /* "source", or NULL at the top */
    const char *name;
    enum key_kind kind;
    unsigned flags;
    int64_t min; /* KEY_INTEGER */
    int64_t max;
    const char *const
        *choices; /* KEY_ENUM; of a string or a map's values, or NULL; NULL-terminated */
    const char *const *members; /* KEY_MAP: the names it may have, NULL for any; NULL-terminated */
    int first_choice;           /* KEY_ENUM: the value that choices[0] stands for */
    const char *fallback;       /* the default as text, or NULL for none */
    size_t offset;              /* of the member in struct config */
    const struct policy_row *policy; /* section `mapping` only */
    const char *alias;               /* a second, shorter flag, or NULL */
    const char *value_name;          /* in help: "URL" */
    const char *help;
};

/* A name made from a key; long enough for all of them (a test checks). */
struct key_name {
    char text[64];
};

enum { KEY_NONE = -1 };

/* How many keys there are, and the key at a place, in the order of the example file. */
size_t key_count(void);
struct key key_at(size_t place);

/* The place of a key by its section (NULL at the top) and name, or KEY_NONE. */
int key_find(const char *section, struct span name);

/* The place of a key by its path ("source.base_url"), or KEY_NONE. */
int key_find_path(const char *path);

/* The place of a key by its flag without dashes ("source-base-url", "threads"), or KEY_NONE. */
int key_find_flag(struct span flag);

/* The place of the KEY_MAP one of whose members a flag sets ("source-fields-thread"), and that
 * member's name, borrowed from the flag; or KEY_NONE. Whether the map may have it is not asked. */
int key_find_member(struct span flag, struct span *member);

/* The sections, in the order of the example file. */
enum { KEY_SECTIONS = 5 };
extern const char *const KEY_SECTION_NAMES[KEY_SECTIONS];

/* "source.base_url", "source-base-url", "THREADFERRY_SOURCE_BASE_URL". */
struct key_name key_path(const struct key *key);
struct key_name key_flag(const struct key *key);
struct key_name key_variable(const struct key *key);

/* "source-fields-thread", of a KEY_MAP and one of its fixed members. */
struct key_name key_member_flag(const struct key *key, const char *member);

#endif
