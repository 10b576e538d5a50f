/*
 * Archive shape: a stream of server-sent events, saved as it came (WHATWG HTML,
 * "Server-sent events"). Each event's data is one JSON object; comments, ids
 * and events without JSON ("[DONE]") are passed over.
 */
#ifndef ARCHIVE_SHAPE_EVENTS_H
#define ARCHIVE_SHAPE_EVENTS_H

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>

/* True where the line is one that such a stream can begin with. */
bool events_is_line(struct span line);

/* The data of a "data:" line, without the space in front; .data == NULL on any other line. */
struct span events_data(struct span line);

/* Joins the data of the lines in raw (one event's) into one text. */
void events_join(struct buf *out, struct span raw);

#endif
