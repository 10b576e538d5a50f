/*
 * Values of the configuration: text -> member of struct config, checked
 * against the key's type, range and form; and where each came from. Used by
 * the three readers (YAML, environment, flags) and the printers.
 *
 * Errors say what is wrong with the value, not which key or where: the reader
 * knows that and puts it in front. Values that could be a secret put in the
 * wrong place (a URL, a variable's name, a command) are never repeated.
 */
#ifndef SETTINGS_CONFIG_VALUE_H
#define SETTINGS_CONFIG_VALUE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "settings/config.h"
#include "settings/keys.h"

#include <stdbool.h>
#include <stddef.h>

struct position {
    size_t line; /* 1-based; 0: it stands nowhere */
    size_t column;
};

struct origin {
    enum origin_kind kind;
    struct position key; /* FROM_FILE; kept when a variable or flag overrides the file */
    struct position value;
};

struct config_origins {
    char *file; /* owned; NULL where no file was read */
    struct origin *keys;
};

/* Sets a key from text, lists and maps from JSON; "" un-sets a string. */
bool config_value_set(struct config *config, const struct key *key, struct span text,
                      struct error *err);

/* Sets a KEY_LIST: copies count strings; none un-sets it. */
bool config_value_set_list(struct config *config, const struct key *key, const struct span *words,
                           size_t count, struct error *err);

/* Sets a member of a KEY_MAP; "" un-sets it. */
bool config_value_set_member(struct config *config, const struct key *key, struct span name,
                             struct span text, struct error *err);

/* False, with the error, if the KEY_MAP cannot have a member of this name. */
bool config_check_member(const struct key *key, struct span name, struct error *err);

/* The member itself: a char *, string_list, struct pairs, int64_t, bool or int, as the key's kind
 * says. */
void *config_member(const struct config *config, const struct key *key);
void config_list_free(string_list list);

/* Adds the value as text ("" where it is not set); not for lists and maps. */
void config_value_write(struct buf *out, const struct config *config, const struct key *key);

/* Adds a list or map as JSON, which is YAML too; `gap` is the space after commas and colons. With
 * a mask it is shown for all words of a list but the first: they may hold a secret. */
void config_value_write_words(struct buf *out, const struct config *config, const struct key *key,
                              const char *gap, const char *mask);

/* Adds a JSON string. A path may hold any bytes: those that are not UTF-8 are made visible. */
void config_write_quoted(struct buf *out, const char *text);

/* True where a string, list or map has a value. */
bool config_value_is_set(const struct config *config, const struct key *key);

/* Adds "migrate.yaml:3:5", "THREADFERRY_CREATE", "--create", "default" or "not set". */
void config_origin_write(struct buf *out, const struct config *config, size_t place);

#endif
