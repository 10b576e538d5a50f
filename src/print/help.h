/*
 * Help and version, written from the tables of commands, options and keys.
 */
#ifndef PRINT_HELP_H
#define PRINT_HELP_H

#include "base/buf.h"
#include "settings/command.h"

#include <stdbool.h>

/* threadferry -h and --help. */
void help_global(struct buf *out, bool is_short);

/* threadferry COMMAND -h and --help. */
void help_command(struct buf *out, const struct command *command, bool is_short);

/* "threadferry 1.0.0, libcurl 7.88.1, …" */
void help_versions(struct buf *out);

/* --version, and with --json the versions of the libraries too. */
void help_version(struct buf *out, bool is_json);

#endif
