/*
 * The printer: the sink that makes one JSON line of a thread, as it would be
 * written:
 *
 *     {"thread_id":…,"metadata":{…},"items":[…],"losses":{…}}
 *
 * Items are in their request form. The line is built in memory, but for the
 * contents of files, because a thread that fails in its middle gives no line at
 * all.
 */
#ifndef CHECK_PRINTER_H
#define CHECK_PRINTER_H

#include "base/span.h"
#include "files/body.h"
#include "source/sink.h"

/* New. files: those that items hold, borrowed; NULL: none. ERROR_FILE_DAMAGED where one of them is
 * not what was saved. */
struct sink *printer_new(struct span thread_id, const struct saved_files *files);

/* The whole line, LF included; only with OUTCOME_DONE. Borrowed from the sink. */
struct body printer_line(const struct sink *sink);

#endif
