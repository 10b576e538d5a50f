/*
 * Commands that a person can paste into a shell: the one that was given, and
 * others with the same configuration and the same threads. Nothing in them is
 * secret, for no option holds a secret.
 */
#ifndef PRINT_NEXT_COMMAND_H
#define PRINT_NEXT_COMMAND_H

#include "base/buf.h"
#include "settings/options.h"

/* Adds the command line as it was given, quoted where a shell needs it. */
void next_command_again(struct buf *out, const struct options *options);

/* Adds the command of that name, with `extra` (an option, or NULL), for the same job. */
void next_command(struct buf *out, const struct options *options, const char *command,
                  const char *extra);

#endif
