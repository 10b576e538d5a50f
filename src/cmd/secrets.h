/*
 * The keys of the two sides: where each comes from (a variable, a file, a
 * command), fetched at first use, wiped at the end. Both sides share one run of
 * a command that they have in common.
 *
 * A key command is run again after a 401, once: only when the key of that run
 * has been accepted (secret_worked) may the next 401 cause another. Requests in
 * flight may still carry an older key, so each remembers the generation of the
 * key that it was sent with.
 */
#ifndef CMD_SECRETS_H
#define CMD_SECRETS_H

#include "base/error.h"
#include "cmd/config.h"

#include <stdbool.h>

struct secret;
struct secrets;

/* New; everything but `environment` is copied from the configuration. Reads nothing yet. */
struct secrets *secrets_new(const struct config *config, char *const *environment);

/* Wipes and frees; NULL is allowed. */
void secrets_free(struct secrets *secrets);

/* Borrowed. */
struct secret *secrets_of(struct secrets *secrets, enum side side);

/*
 * The key, or "" for a compatible server without one. Borrowed until the next secret_renew() of
 * either side. NULL with ERROR_USAGE where it is not set or unusable, with ERROR_AUTH where the
 * command failed, with ERROR_STOPPED where a signal came.
 */
const char *secret_get(struct secret *secret, struct error *err);

/* Which key secret_get() gives now: 1, 2 …; 0 before the first. */
unsigned secret_generation(const struct secret *secret);

/*
 * A request sent with the key of this generation got a 401. True where there is a newer key now:
 * send again. False with ERROR_AUTH where no other key can be had, or with what the command said.
 */
bool secret_renew(struct secret *secret, unsigned generation, struct error *err);

/* A request sent with the key of this generation was accepted. */
void secret_worked(struct secret *secret, unsigned generation);

#endif
