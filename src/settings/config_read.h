/*
 * The three readers of the configuration. Each sets the keys it finds and
 * marks where they came from; config_load() calls them in the order of their
 * precedence, the weakest first.
 */
#ifndef SETTINGS_CONFIG_READ_H
#define SETTINGS_CONFIG_READ_H

#include "base/error.h"
#include "settings/config_value.h"

#include <stdbool.h>

/* Reads the file; errors start with "FILE:LINE:COLUMN: ". */
bool config_read_yaml(struct config *config, const char *file, struct error *err);

/* Reads THREADFERRY_* variables; an empty one counts as not set. */
bool config_read_environment(struct config *config, char *const *environment, struct error *err);

/* Reads the flags of the command line. */
bool config_read_flags(struct config *config, const struct config_flag *flags, size_t count,
                       struct error *err);

/* The value of a variable in an environment, or NULL. Borrowed. */
const char *config_variable(char *const *environment, const char *name);

#endif
