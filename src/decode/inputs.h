/*
 * The files of an archive: found once, in a stable order, read in pieces, and a
 * temporary file without a name for what has no place of its own in any of them.
 *
 * A file that is not the one that was found any more (size, time or inode
 * differ), or has vanished, is never read on: what was indexed would be another
 * text by now.
 */
#ifndef DECODE_INPUTS_H
#define DECODE_INPUTS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "decode/table.h"
#include "os/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
    char *path;          /* as the user can open it; for messages */
    size_t name;         /* where in path the part relative to the source begins */
    char *shape;         /* what it was recognised as, once it was read */
    char *keys;          /* no message is recognised: the keys seen, in words; or NULL */
    char *guess;         /* and what to try, in words; or NULL */
    const char *preset;  /* the preset that was applied by itself; or NULL */
    struct table *table; /* CSV only */
    struct files_stamp stamp;
    bool inner_content[5]; /* under each key of a text: all strings are arrays of parts in JSON */
};

enum { INPUTS_OPEN = 8 };

struct inputs {
    char *root; /* or NULL */
    struct input *files;
    size_t count;
    size_t cap;
    struct files_file *stream; /* the only file, if a stream was read */
    struct {
        struct files_file *file;
        uint32_t index;
    } open[INPUTS_OPEN];
    struct files_file *kept; /* the temporary file, or NULL */
    uint64_t kept_size;      /* with what is not written yet */
    struct buf keeping;      /* the end of it, which is in memory */
    char *ahead;             /* bytes read ahead */
    uint32_t ahead_file;
    uint64_t ahead_offset;
    size_t ahead_len;
    size_t ahead_cap;
};

/* Of what kind a file is that is not read, for each of them. */
typedef void (*inputs_passed)(void *ctx, const char *path, const char *kind);

void inputs_init(struct inputs *inputs);
void inputs_release(struct inputs *inputs);

/*
 * Finds the files of a path ("-" is standard input), in the order of their names, numbers in them
 * by value. Those that one of the globs names (a NULL-terminated list, or NULL), hidden ones,
 * links and special files are told as passed, and so is everything in a folder with saved contents
 * (files/saved_files.h). ERROR_USAGE, ERROR_IO, ERROR_STOPPED.
 */
bool inputs_find(struct inputs *inputs, const char *path, const char *const *exclude,
                 inputs_passed passed, void *ctx, struct error *err);

/* The thread id that a file's name makes. Adds to out. */
void inputs_name(const struct inputs *inputs, uint32_t file, struct buf *out);

/* A file, open; takes the stamp that later readings are held against. Borrowed. NULL with
 * ERROR_IO. */
const struct files_file *inputs_open(struct inputs *inputs, uint32_t file, struct error *err);

/* Keeps bytes; *offset is where they can be read again. ERROR_IO. */
bool inputs_keep(struct inputs *inputs, struct span bytes, uint64_t *offset, struct error *err);

/* Exactly len bytes at offset of a file that has not changed; borrowed until the next call.
 * ERROR_BAD_SOURCE. */
bool inputs_read(struct inputs *inputs, uint32_t file, uint64_t offset, size_t len,
                 struct span *bytes, struct error *err);

/* The same of what was kept. */
bool inputs_read_kept(struct inputs *inputs, uint64_t offset, size_t len, struct span *bytes,
                      struct error *err);

#endif
