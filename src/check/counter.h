/*
 * Counting while reading: a source around another one, which passes every page
 * on and counts its objects, and the sink that takes the mapped items and
 * forgets them, so that what would be lost is known too.
 */
#ifndef CHECK_COUNTER_H
#define CHECK_COUNTER_H

#include "check/inventory.h"
#include "source/sink.h"
#include "source/source.h"

/* New. Steals the source; the inventory is borrowed. */
struct source *counter_source(struct source *inner, struct inventory *inventory);

/* New. */
struct sink *counter_sink(void);

#endif
