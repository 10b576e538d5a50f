/*
 * A folder of saved contents that is being filled: its list, open and locked
 * against others, and the files that are being written.
 *
 *     depot_open; depot_find tells what needs no saving; depot_record for each file;
 *     depot_end if nothing was left open; depot_sync now and then; depot_close
 *
 * A line is written after its contents are durable under their name, so that a
 * line never promises what is not there.
 */
#ifndef FILES_DEPOT_H
#define FILES_DEPOT_H

#include "files/manifest.h"
#include "os/fsio.h"
#include "os/parts.h"

#include <stdbool.h>
#include <stdint.h>

struct depot {
    struct manifest manifest;
    struct parts *parts;
    struct fsio_file *list;
    struct buf line;
    int64_t cut;   /* bytes of a torn last line that were cut while opening */
    char *kept_as; /* where they are now; owned */
    bool dirty;
};

/* Opens or makes the folder and its list. ERROR_LOCKED, ERROR_IO, or ERROR_USAGE for a list that
 * export did not write, and then nothing is changed. To be closed in any case. */
bool depot_open(struct depot *depot, const char *path, struct error *err);
void depot_close(struct depot *depot);

/* Adds the line of a file; object.data NULL: none, or one that is not worth keeping. */
bool depot_record(struct depot *depot, struct span file_id, const struct saved_file *file,
                  struct span object, struct error *err);

/* Nothing was left open: adds an end, if the newest one does not cover all ids. */
bool depot_end(struct depot *depot, struct error *err);

/* Makes all lines durable. */
bool depot_sync(struct depot *depot, struct error *err);

#endif
