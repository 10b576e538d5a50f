/*
 * The commented configuration file: every key with its help, the values of a
 * configuration where it has them, suggestions for its services elsewhere.
 * `init` writes it; migrate.yaml.example is the one for the defaults.
 */
#ifndef SETTINGS_EXAMPLE_H
#define SETTINGS_EXAMPLE_H

#include "base/buf.h"
#include "settings/config.h"

void example_write(struct buf *out, const struct config *config);

#endif
