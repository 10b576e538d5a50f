/*
 * No source: where conversations are held against the checkpoint, nothing is
 * read. Every reading fails, should anybody read it.
 */
#ifndef ENGINE_SOURCE_NONE_H
#define ENGINE_SOURCE_NONE_H

#include "engine/source.h"

/* New. */
struct source *source_none_open(void);

#endif
