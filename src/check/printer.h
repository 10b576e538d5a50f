/*
 * The printer: the sink that makes one JSON line of a thread, as it would be
 * written:
 *
 *     {"thread_id":…,"metadata":{…},"items":[…],"losses":{…}}
 *
 * Items are in their request form. The line is built in memory, because a
 * thread that fails in its middle gives no line at all.
 */
#ifndef CHECK_PRINTER_H
#define CHECK_PRINTER_H

#include "base/span.h"
#include "source/sink.h"

/* New. */
struct sink *printer_new(struct span thread_id);

/* The whole line, LF included; only with OUTCOME_DONE. Borrowed from the sink. */
struct span printer_line(const struct sink *sink);

#endif
