/*
 * migrate --dry-run: the same summary as it would become, from a plan, which
 * holds no writer and no lock (plan.h). Not a byte changes anywhere.
 */
#ifndef CMD_DRYRUN_H
#define CMD_DRYRUN_H

#include "cmd/command.h"

/* Returns the exit status that a run would end with, as far as can be known. */
int dryrun_migrate(const struct invocation *invocation, struct error *err);

#endif
