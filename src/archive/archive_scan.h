/*
 * The one pass over an archive that builds its index: recognises from the
 * content how a file is built (JSON lines, one JSON document, an event stream,
 * CSV) and visits what is in it.
 */
#ifndef ARCHIVE_ARCHIVE_SCAN_H
#define ARCHIVE_ARCHIVE_SCAN_H

#include "archive/archive_files.h"
#include "archive/archive_index.h"

#include <jansson.h>

struct archive_scan {
    struct archive_files *files;
    struct archive_index *index;
    json_t *assistants; /* array that assistants are added to */
    void (*note)(void *ctx, const char *text);
    void *ctx;
};

/* Scans every file; what is wrong with one is told and stays with its threads. */
void archive_scan_all(const struct archive_scan *scan);

/* Tells afterwards which files hold no threads. */
void archive_scan_note_foreign(const struct archive_scan *scan);

#endif
