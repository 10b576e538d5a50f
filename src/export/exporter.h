/*
 * The exporter: reads everything of one thread and writes it down as the lines
 * of threadferry's own archive, the objects' own bytes untouched. An object that
 * was made has beside it what it was made of, as "from":…
 *
 *     {"kind":"thread","thread_id":"…","object":{…}}      null: there is no such object
 *     {"kind":"message", …}  {"kind":"run", …}  {"kind":"run_step", …}
 *     {"kind":"end","thread_id":"…","messages":N,"runs":N,"run_steps":N,"losses":{…}}
 *
 * The losses of `end` are what reading cost; those of texts and active runs are
 * in the objects too, and readers count them once. A thread that the source holds
 * only in part ends with {"kind":"truncated",…} instead, which proves nothing to
 * any reader. A thread whose id is no text_is_thread_id() fails: ERROR_BAD_ID.
 *
 * It is a sink that never asks for items: what it wants it reads by itself. The
 * lines of a thread are kept until the thread is read whole; many of them in an
 * unnamed temporary file.
 */
#ifndef EXPORT_EXPORTER_H
#define EXPORT_EXPORTER_H

#include "export/archive_out.h"
#include "source/sink.h"
#include "source/source.h"

#include <stdbool.h>
#include <stdint.h>

/* New. The source keeps raw bytes and outlives the sink. */
struct sink *exporter_new(struct source *source, struct span thread_id);

/* What archive_out_done() wants to know of a thread that was read whole. False with ERROR_IO. */
bool exporter_held(struct sink *sink, struct archive_held *held, struct error *err);

/*
 * Hands over the lines of a thread that was read whole, in pieces. Stops where each() returns
 * false; false then, or with ERROR_IO where the temporary file cannot be read.
 */
bool exporter_each(struct sink *sink, bool (*each)(void *ctx, struct span piece, struct error *err),
                   void *ctx, struct error *err);

/* Adds one line; thread_id.data is NULL for objects that belong to no thread, from.data for those
 * that were not made. */
void exporter_write_line(struct buf *out, const char *kind, struct span thread_id,
                         struct span object, struct span from);

#endif
