/*
 * The keys of the two sides: where each comes from (a variable, a file, a
 * command), fetched at first use, wiped at the end. Both sides share one run of
 * a command that they have in common.
 *
 * A key command is run again when a server answered 401; whether that is worth
 * while is judged by net/remote.h. Where the other side has fetched a newer
 * key of the same command in the meantime, that one is taken.
 */
#ifndef SETTINGS_SECRETS_H
#define SETTINGS_SECRETS_H

#include "base/error.h"
#include "settings/config.h"

#include <stdbool.h>

struct secret;
struct secrets;

/* New. Both are borrowed and outlive it; keys are its own. Reads nothing yet. */
struct secrets *secrets_new(const struct config *config, char *const *environment);

/* Wipes and frees; NULL is allowed. */
void secrets_free(struct secrets *secrets);

/* Borrowed. */
struct secret *secrets_of(struct secrets *secrets, enum side side);

/*
 * The key, or "" for a compatible server without one. ctx is a struct secret: this is what
 * net/remote.h asks for keys. Borrowed until the next call for either side. With renew, a key
 * that is newer than the one this side got last. NULL with ERROR_USAGE where it is not set or
 * unusable from the beginning, with ERROR_AUTH where the command failed or there is no way to get
 * another good one, with ERROR_STOPPED where a signal came.
 */
const char *secret_key(void *ctx, bool renew, struct error *err);

/* The key of the configuration that the key comes from ("api_key_env"); NULL where none is set. */
const char *secret_place(const struct secret *secret);

/* True if both sides name the same place for their key, or none. */
bool secrets_are_one(const struct config *config);

/* False, with the error of secret_key(), where there is no key. A command is not run for this: it
 * runs at first use. */
bool secret_is_there(struct secret *secret, struct error *err);

/* The environment without the variables that hold the keys: a program that prints one key has no
 * business with the other, a pager with neither. New array of borrowed strings. */
char **secrets_environment(const struct config *config, char *const *environment);

#endif
