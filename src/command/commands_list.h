/*
 * The run functions of all commands, for the table in commands.c; each stands
 * in a file of its own, cmd_<name>.c.
 */
#ifndef COMMAND_COMMANDS_LIST_H
#define COMMAND_COMMANDS_LIST_H

#include "run/context.h"

int cmd_completion(struct context *context, struct error *err);
int cmd_migrate(struct context *context, struct error *err);
int cmd_export(struct context *context, struct error *err);
int cmd_assistants(struct context *context, struct error *err);
int cmd_rollback(struct context *context, struct error *err);
int cmd_prune(struct context *context, struct error *err);
int cmd_doctor(struct context *context, struct error *err);
int cmd_config(struct context *context, struct error *err);
int cmd_init(struct context *context, struct error *err);
int cmd_status(struct context *context, struct error *err);
int cmd_mapping(struct context *context, struct error *err);
int cmd_convert(struct context *context, struct error *err);
int cmd_diff(struct context *context, struct error *err);
int cmd_verify(struct context *context, struct error *err);
int cmd_inventory(struct context *context, struct error *err);

#endif
