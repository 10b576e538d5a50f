/*
 * Completion scripts for shells, written from the tables of commands, options
 * and keys.
 */
#ifndef PRINT_COMPLETION_H
#define PRINT_COMPLETION_H

#include "base/buf.h"

void completion_bash(struct buf *out);
void completion_zsh(struct buf *out);
void completion_fish(struct buf *out);

#endif
