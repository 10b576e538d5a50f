/*
 * migrate --dry-run: the same summary, of what a run would do. It is built on a
 * preview, which holds no writer.
 */
#ifndef COMMAND_DRY_RUN_H
#define COMMAND_DRY_RUN_H

#include "run/context.h"

/* Prints the summary; returns the exit status that a run would have, or COMMAND_UNBEGUN. */
int dry_run(struct context *context, struct error *err);

#endif
