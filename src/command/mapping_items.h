/*
 * mapping --items: which item each message became, a row an item. The source is
 * mapped again and the conversations are read back (check/itemizer.h).
 */
#ifndef COMMAND_MAPPING_ITEMS_H
#define COMMAND_MAPPING_ITEMS_H

#include "run/context.h"

/* Opens the context. Returns the exit status, 1 if threads have no rows because they do not fit, or
 * COMMAND_UNBEGUN. */
int mapping_items(struct context *context, struct error *err);

#endif
