/*
 * The archive file that export writes: one line an object, the lines of a thread together, closed
 * by its `end` line (docs/SOURCES.md). Opening reads the file and tells which threads it holds
 * whole; what is in it stays in it:
 *
 *   - only a last line without its LF is cut, and kept as FILE.torn-1, -2, …;
 *   - a thread without its end stays, and is written anew after the rest: a `thread` line begins
 *     its thread anew, and of several beginnings the last that is closed counts;
 *   - a file with a whole line that is not ours is refused before a byte changes.
 */
#ifndef EXPORT_ARCHIVE_OUT_H
#define EXPORT_ARCHIVE_OUT_H

#include "base/error.h"
#include "base/span.h"
#include "base/strmap.h"
#include "files/digest.h"
#include "os/fsio.h"
#include "source/idset.h"

#include <stdbool.h>
#include <stdint.h>

/* What the file holds of a thread: its newest closed block of lines, else its newest truncated
 * one. */
struct archive_held {
    struct fingerprint lines; /* their digest, from the first to the line that ends them */
    int64_t messages;
    bool is_closed; /* by `end`; else by `truncated` */
};

struct archive_out {
    struct fsio_file *file;
    struct strmap threads;     /* those with a block that is ended; the value is unused */
    struct archive_held *held; /* one for each of them, in the same order */
    size_t held_size;
    struct idset assistants; /* lines of assistants that are there */
    int64_t cut;             /* bytes of a torn last line that were cut while opening */
    char *kept_as;           /* where they are now; owned */
    int64_t unended;         /* threads that were begun and never ended */
    bool dirty;
};

/* Opens or creates, locked against others. ERROR_LOCKED, ERROR_IO, or ERROR_USAGE where it is not
 * such an archive. To be closed in any case. */
bool archive_out_open(struct archive_out *archive, const char *path, struct error *err);
void archive_out_close(struct archive_out *archive);

/* NULL if no block of the thread is ended. Borrowed until the next archive_out_done(). */
const struct archive_held *archive_out_find(const struct archive_out *archive,
                                            struct span thread_id);

/* Adds bytes of a thread; a failure is final. */
bool archive_out_add(struct archive_out *archive, struct span bytes, struct error *err);

/* All lines of the thread are added: this is what they are. */
void archive_out_done(struct archive_out *archive, struct span thread_id,
                      const struct archive_held *held);

/* Adds the line of an assistant, unless the same line is there. */
bool archive_out_add_assistant(struct archive_out *archive, struct span line, struct error *err);

/* Tells every line of the file, without its LF. Stops where each() returns false; false then, or
 * with ERROR_IO. */
bool archive_out_each(struct archive_out *archive,
                      bool (*each)(void *ctx, struct span line, struct error *err), void *ctx,
                      struct error *err);

/* Makes everything durable that was added; fails too where the file is no longer in its place. */
bool archive_out_sync(struct archive_out *archive, struct error *err);

#endif
