/*
 * The run functions of all commands, for the table in commands.c; each stands
 * in a file of its own, cmd_<name>.c.
 */
#ifndef COMMAND_COMMANDS_LIST_H
#define COMMAND_COMMANDS_LIST_H

#include "settings/command.h"

int cmd_completion(const struct invocation *invocation, struct error *err);
int cmd_migrate(const struct invocation *invocation, struct error *err);
int cmd_export(const struct invocation *invocation, struct error *err);
int cmd_assistants(const struct invocation *invocation, struct error *err);
int cmd_rollback(const struct invocation *invocation, struct error *err);
int cmd_prune(const struct invocation *invocation, struct error *err);
int cmd_doctor(const struct invocation *invocation, struct error *err);
int cmd_config(const struct invocation *invocation, struct error *err);
int cmd_init(const struct invocation *invocation, struct error *err);
int cmd_status(const struct invocation *invocation, struct error *err);
int cmd_mapping(const struct invocation *invocation, struct error *err);
int cmd_convert(const struct invocation *invocation, struct error *err);
int cmd_diff(const struct invocation *invocation, struct error *err);
int cmd_verify(const struct invocation *invocation, struct error *err);
int cmd_inventory(const struct invocation *invocation, struct error *err);

#endif
