/*
 * Seam: files that are only read, and those that are written whole. The archive
 * source finds its files here and reads pieces of them; standard input is first
 * copied into a temporary file that has no name.
 *
 * A file may change while a run reads it. So every file has a stamp, taken when
 * it was found: whoever reads compares.
 *
 * A file that is written whole takes the place of the old one in one step. What
 * has to survive a crash byte by byte is written by os/fsio.h.
 */
#ifndef OS_FILES_H
#define OS_FILES_H

#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What tells two states of a file apart. */
struct files_stamp {
    int64_t size;
    int64_t modified_ns;
    uint64_t device;
    uint64_t inode;
};

bool files_stamp_equal(const struct files_stamp *a, const struct files_stamp *b);

/* What is told while looking for files; both are borrowed until the call returns. */
struct files_visitor {
    void (*found)(void *ctx, const char *path);
    void (*skipped)(void *ctx, const char *path, const char *why);
    void *ctx;
};

enum files_kind { FILES_FILE, FILES_DIRECTORY, FILES_STREAM };

/* What path is: a regular file, a directory, or something to be read once (a pipe).
 * ERROR_USAGE where there is no such thing. */
bool files_kind(const char *path, enum files_kind *kind, struct error *err);

/*
 * Tells every regular file below a directory whose name ends in one of the suffixes (a
 * NULL-terminated list; letter case does not count; NULL: every one), by its path relative to the
 * directory, in no particular order. Symbolic links are never followed: they and special files are
 * told as skipped, and so is a directory below that cannot be read. ERROR_IO where `root` itself
 * cannot.
 */
bool files_walk(const char *root, const char *const *suffixes, const struct files_visitor *visitor,
                struct error *err);

struct files_file;

/* New, or NULL with ERROR_IO. `root` is the directory that path is relative to, or NULL; below a
 * root, no component of path may be a symbolic link. Only regular files are opened. */
struct files_file *files_open(const char *root, const char *path, struct error *err);

/* An empty temporary file of ours alone (in $TMPDIR, else /tmp), which has no name and is gone with
 * its last use. New, or NULL with ERROR_IO. */
struct files_file *files_temporary(struct error *err);

/* A copy of standard input (path == NULL) or of a pipe, in a temporary file. New, or NULL with
 * ERROR_IO, or ERROR_STOPPED where a signal asked for it. */
struct files_file *files_spool(const char *path, struct error *err);

bool files_stamp(const struct files_file *file, struct files_stamp *stamp, struct error *err);

/* Reads up to len bytes at offset; *got is short only at the end of the file. ERROR_IO. */
bool files_read(const struct files_file *file, int64_t offset, void *data, size_t len, size_t *got,
                struct error *err);

/* Writes all bytes at offset, to a temporary file only. ERROR_IO. */
bool files_write(struct files_file *file, int64_t offset, struct span bytes, struct error *err);

/* NULL is allowed. */
void files_close(struct files_file *file);

/*
 * Puts a file with these bytes (mode 0600) in the place of whatever has that name: readers see
 * the old one or the new one, and a symbolic link there is replaced, not followed. The bytes are
 * synced first. ERROR_IO, and then nothing is left behind and the old one is as it was.
 */
bool files_replace(const char *path, struct span bytes, struct error *err);

/* Writes all of it to a descriptor, at offset or (-1) where it stands; short writes go on where
 * they stopped. False with errno. */
bool files_write_all(int fd, struct span bytes, int64_t offset);

#endif
