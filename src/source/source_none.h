/*
 * No source: where conversations are held against the checkpoint, nothing is
 * read. Every reading fails, should anybody read it.
 */
#ifndef SOURCE_SOURCE_NONE_H
#define SOURCE_SOURCE_NONE_H

#include "source/source.h"

/* New. */
struct source *source_none_open(void);

#endif
