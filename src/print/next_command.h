/*
 * Commands that a person can paste into a shell: the one that was given, and
 * others with the same configuration and the same threads. They hold no secret,
 * because no option holds one.
 */
#ifndef PRINT_NEXT_COMMAND_H
#define PRINT_NEXT_COMMAND_H

#include "base/buf.h"
#include "settings/options.h"

#include <stdbool.h>

/* Adds the command line as it was given, quoted where a shell needs it; for_real without
 * --dry-run. */
void next_command_again(struct buf *out, const struct options *options, bool for_real);

/* Adds the command of that name, with `extra` (an option, or NULL), for the same job,
 * without the flags and ids that it does not take. */
void next_command(struct buf *out, const struct options *options, const char *command,
                  const char *extra);

/* Adds "To PURPOSE, run:" and the command. */
void next_add(struct buf *out, const char *purpose, struct span command);

/* Prints to standard error, after what was printed to standard output. */
void next_print(const struct buf *text);

/* Prints next_command() after a command's results; not with --quiet or --json. */
void next_say(const struct options *options, const char *purpose, const char *command,
              const char *extra);

#endif
