/*
 * Bytes that are kept until they are wanted: in memory while they are few,
 * else in an unnamed temporary file.
 */
#ifndef EXPORT_SPOOL_H
#define EXPORT_SPOOL_H

#include "base/buf.h"
#include "base/error.h"
#include "os/files.h"

#include <stdbool.h>
#include <stdint.h>

struct spool {
    struct buf bytes;        /* not yet in the file */
    struct files_file *file; /* owned; NULL while everything is in memory */
    int64_t file_size;
};

void spool_init(struct spool *spool);
void spool_release(struct spool *spool);

/* Call after adding to spool->bytes: moves them to the file when they are many. ERROR_IO. */
bool spool_settle(struct spool *spool, struct error *err);

/* Tells everything in order, in pieces. */
bool spool_each(struct spool *spool, bool (*each)(void *ctx, struct span piece, struct error *err),
                void *ctx, struct error *err);

#endif
