/*
 * Opening the decider (source/decider.h) as the configuration says: files.map,
 * files.ask, and whether both sides are one project.
 */
#ifndef RUN_DECIDING_H
#define RUN_DECIDING_H

#include "run/context.h"
#include "source/decider.h"

/* First: reads files.map, if there is one, and the lists of the folders with contents; for
 * DECIDER_CONVERTS only of files.path. ERROR_USAGE, ERROR_IO. */
bool deciding_read(struct context *context, enum decider_mode mode, struct error *err);

/* Then, once the checkpoint is open, if there is one: opens the context's decider, which is closed
 * with the context. */
void deciding_open(struct context *context, enum decider_mode mode);

/* The context's decider; where none was opened, one that looks up what is on record. Borrowed. */
struct decider *deciding_of(struct context *context);

#endif
