/*
 * prune --assistants DIR: deletes the live assistants whose saved
 * configuration in DIR, as `assistants` wrote it, is still equal to them.
 */
#ifndef RUN_PRUNE_ASSISTANTS_H
#define RUN_PRUNE_ASSISTANTS_H

#include "run/context.h"

/* Returns the exit status: 1 if assistants were left alone. */
int prune_assistants(struct context *context, struct error *err);

#endif
