/*
 * The folders with saved contents that a run may take files from, each with its
 * list as it was when the run began. What is read of them is opened beneath the
 * folder without following a link, and only if it is a regular file; its bytes
 * are not yet proven to be those of the list: see saved_file.sha256.
 */
#ifndef FILES_SAVED_FILES_H
#define FILES_SAVED_FILES_H

#include "files/manifest.h"
#include "os/files.h"

#include <stdbool.h>
#include <stddef.h>

struct saved_folder {
    char *path; /* owned */
    struct manifest manifest;
};

struct saved_files {
    struct saved_folder *folders; /* owned */
    size_t count;
};

struct saved_found {
    const struct saved_file *file;     /* NULL: none of the folders has a line for it */
    const struct saved_folder *folder; /* whose line it is */
    bool is_covered;                   /* by an end */
};

/* The ending of a folder's name, and of the folder that export makes for FILE. */
#define SAVED_FOLDER_SUFFIX ".files"

/*
 * Finds and reads them. configured (files.path) is such a folder, or one with such folders below
 * it; ERROR_USAGE where there is none. NULL: those of the source: FILE.files of a file, every
 * *.files of a directory; where source is NULL or "-": none. To be released in any case.
 */
bool saved_files_open(struct saved_files *files, const char *configured, const char *source,
                      struct error *err);

/* Adds this folder; *is_there: it has a list. ERROR_USAGE, ERROR_IO. */
bool saved_files_add(struct saved_files *files, const char *path, bool *is_there,
                     struct error *err);
void saved_files_release(struct saved_files *files);

/* Contents are found before reasons, and reasons that an end covers before others. */
struct saved_found saved_files_find(const struct saved_files *files, struct span file_id);

/* Opens its contents. New, or NULL with ERROR_IO. */
struct files_file *saved_files_contents(const struct saved_found *found, struct error *err);

#endif
