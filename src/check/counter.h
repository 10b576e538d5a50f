/*
 * The sink that takes the mapped items and forgets them, so that what would be
 * lost is known: for commands that count what readers see.
 */
#ifndef CHECK_COUNTER_H
#define CHECK_COUNTER_H

#include "source/sink.h"

/* New. */
struct sink *counter_sink(void);

#endif
