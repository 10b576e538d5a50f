/*
 * The files of an archive: found once, in a stable order, then read in pieces.
 *
 * A file that is not the one that was found any more (size, time or inode
 * differ), or has vanished, is never read on: what was indexed would be another
 * text by now.
 */
#ifndef ARCHIVE_ARCHIVE_FILES_H
#define ARCHIVE_ARCHIVE_FILES_H

#include "archive/shape_csv.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "os/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Told while looking for files; text is one line. */
typedef void (*archive_files_note)(void *ctx, const char *text);

struct archive_file {
    char *path;             /* as the user can open it; for messages */
    size_t name;            /* where in path the part relative to the source begins */
    char *shape;            /* what it was recognised as, once it was read */
    struct csv_header *csv; /* CSV files only */
    struct files_stamp stamp;
};

enum { ARCHIVE_OPEN_FILES = 8 };

struct archive_files {
    char *root; /* or NULL */
    struct archive_file *files;
    size_t count;
    size_t cap;
    struct files_file *spool; /* the only file where a stream was read */
    struct {
        struct files_file *file;
        uint32_t index;
    } open[ARCHIVE_OPEN_FILES];
    char *ahead; /* bytes read ahead */
    uint32_t ahead_file;
    uint64_t ahead_offset;
    size_t ahead_len;
    size_t ahead_cap;
};

void archive_files_init(struct archive_files *files);
void archive_files_release(struct archive_files *files);

/* Finds the files of a path ("-" is standard input), in the order of their names, numbers in them
 * by value. ERROR_USAGE, ERROR_IO. */
bool archive_files_find(struct archive_files *files, const char *path, archive_files_note note,
                        void *ctx, struct error *err);

/* The thread id that a file's name makes. Adds to out. */
void archive_files_name(const struct archive_files *files, uint32_t file, struct buf *out);

/* Takes the stamp that later readings are held against. */
bool archive_files_stamp(struct archive_files *files, uint32_t file, struct error *err);

/* Room to read into. */
struct archive_room {
    void *data;
    size_t len;
    size_t got; /* how many bytes were read; fewer than len only at the end of the file */
};

/* Reads from offset on, for the first look at a file. */
bool archive_files_scan(struct archive_files *files, uint32_t file, uint64_t offset,
                        struct archive_room *room, struct error *err);

/* Exactly len bytes at offset, from a file that has not changed; borrowed until the next call.
 * ERROR_BAD_SOURCE. */
bool archive_files_read(struct archive_files *files, uint32_t file, uint64_t offset, size_t len,
                        struct span *bytes, struct error *err);

#endif
