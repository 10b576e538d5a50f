/*
 * migrate --dry-run: the same summary, of what a run would do. It stands on a
 * preview, which holds no writer.
 */
#ifndef RUN_DRY_RUN_H
#define RUN_DRY_RUN_H

#include "settings/command.h"

/* Prints the summary; returns the exit status that a run would have, or that of an error. */
int dry_run(const struct invocation *invocation, struct error *err);

#endif
