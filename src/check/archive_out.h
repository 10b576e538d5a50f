/*
 * The archive file that export writes: whole threads, one behind the other,
 * each closed by its `end` line. That line is what makes an export resumable:
 * opening cuts whatever stands behind the last one and tells which threads are
 * there. A file that does not look like such an archive is never touched.
 */
#ifndef CHECK_ARCHIVE_OUT_H
#define CHECK_ARCHIVE_OUT_H

#include "base/error.h"
#include "base/span.h"
#include "base/strmap.h"
#include "os/fsio.h"

#include <stdbool.h>
#include <stdint.h>

struct archive_out {
    struct fsio_file *file;
    struct strmap threads; /* that are there */
    int64_t size;          /* up to and with the last whole thread */
    int64_t cut;           /* bytes behind it that were cut while opening */
    bool is_torn;          /* there were not only assistants, which are always read again */
    bool dirty;
};

/* Opens or creates, locked against others. ERROR_LOCKED, ERROR_IO. To be closed in any case. */
bool archive_out_open(struct archive_out *archive, const char *path, struct error *err);
void archive_out_close(struct archive_out *archive);

bool archive_out_has(const struct archive_out *archive, struct span thread_id);

/* Adds bytes of a thread; a failure is final. */
bool archive_out_add(struct archive_out *archive, struct span bytes, struct error *err);

/* The thread is whole. */
void archive_out_done(struct archive_out *archive, struct span thread_id);

/* Makes everything durable that was added; fails too where the file is no longer in its place. */
bool archive_out_sync(struct archive_out *archive, struct error *err);

#endif
