/*
 * The exporter: reads everything of one live thread and writes it down as the
 * lines of threadferry's own archive, the objects' own bytes untouched:
 *
 *     {"kind":"thread","thread_id":"…","object":{…}}
 *     {"kind":"message", …}  {"kind":"run", …}  {"kind":"run_step", …}
 *     {"kind":"end","thread_id":"…","messages":N,"runs":N,"run_steps":N}
 *
 * It is a sink that never asks for items: what it wants it reads by itself.
 * The lines of a thread stand together, so they are kept until the thread is
 * whole; large ones in an unnamed temporary file.
 */
#ifndef CHECK_EXPORTER_H
#define CHECK_EXPORTER_H

#include "source/sink.h"
#include "source/source.h"

#include <stdbool.h>
#include <stdint.h>

/* New. The source keeps raw bytes and outlives the sink. */
struct sink *exporter_new(struct source *source, struct span thread_id);

/*
 * Hands over the lines of a thread that was read whole, in pieces. Stops where each() returns
 * false; false then, or with ERROR_IO where the temporary file cannot be read.
 */
bool exporter_each(struct sink *sink, bool (*each)(void *ctx, struct span piece, struct error *err),
                   void *ctx, struct error *err);

/* Adds one line; thread_id.data is NULL for objects that belong to no thread. */
void exporter_write_line(struct buf *out, const char *kind, struct span thread_id,
                         struct span object);

#endif
