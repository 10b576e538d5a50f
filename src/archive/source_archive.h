/*
 * The archive source: exported files. Opening reads everything once and builds
 * an index (thread -> places in the files, at most 64 bytes a message); then
 * one thread's objects are read back at a time. Shapes are recognised from the
 * content, per file; see docs/SOURCES.md for the list.
 *
 * Nothing that a file names is ever opened or fetched. Damage is reported by
 * FILE:LINE and fails only the thread it belongs to.
 */
#ifndef ARCHIVE_SOURCE_ARCHIVE_H
#define ARCHIVE_SOURCE_ARCHIVE_H

#include "base/buf.h"
#include "source/source.h"

struct archive_options {
    const char *path;     /* a file, a directory, or "-" for standard input */
    bool allow_truncated; /* truncated threads are read, with the loss `truncated` */
    bool keep_raw;        /* pages carry the objects' own bytes */
    bool lists_files;     /* source_archive_each_file() will tell, so files without threads are not
                             noted */
};

/* What is told about files while opening: damage, what was recognised. Text is one line. */
typedef void (*archive_note)(void *ctx, const char *text);

/* New, or NULL with ERROR_USAGE (no such path), ERROR_IO, or ERROR_USAGE where no thread is in it.
 */
struct source *source_archive_open(const struct archive_options *options, archive_note note,
                                   void *ctx, struct error *err);

/* Every thread id, in order of first appearance; damaged threads too. */
void source_archive_each(struct source *source, source_each each, void *ctx);

size_t source_archive_count(const struct source *source);

/* True where a thread is named after its file, for it has no id of its own. */
bool source_archive_names_threads(const struct source *source);

/* For each file: path, recognised shape ("JSON lines, one message a line"), or why not. */
void source_archive_each_file(struct source *source,
                              bool (*each)(void *ctx, const char *path, const char *shape),
                              void *ctx);

/* For each assistant object found (shape N): its object. Borrowed. */
void source_archive_each_assistant(struct source *source,
                                   bool (*each)(void *ctx, const json_t *assistant), void *ctx);

#endif
