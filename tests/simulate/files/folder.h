/*
 * The folder that export saves contents into: what its list says, whether that
 * is true, and that nothing which was in it is ever lost.
 */
#ifndef SIMULATE_FILES_FOLDER_H
#define SIMULATE_FILES_FOLDER_H

#include "base/buf.h"
#include "simulate/files/made.h"

#include <stdbool.h>

#define FOLDER_PATH "/saved.jsonl.files"
#define FOLDER_LIST FOLDER_PATH "/MANIFEST"

struct folder {
    bool is_there;
    bool is_damaged;           /* a power cut has left something in the list */
    bool has[MADE_MAX];        /* a line */
    bool is_covered[MADE_MAX]; /* by an end */
};

/* Reads it. False where something is wrong, which is added to why. */
bool folder_take(struct folder *folder, struct buf *why);

/* Are the contents of this file there? */
bool folder_holds(const struct folder *folder, size_t file);

#endif
