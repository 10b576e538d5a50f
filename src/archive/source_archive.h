/*
 * The archive source: exported files. Opening reads everything once, in four
 * stages that each have a header of their own (decode.h: bytes to text, parse.h:
 * text to values, walk.h: values to records, shelf.h: whose they are), and
 * builds an index of at most 64 bytes a message; then one thread at a time is
 * read back and arranged (load.h, arrange.h).
 *
 * Nothing in a file disappears without a line: what is not understood is in the
 * ledger, fails the threads that it may belong to, and is named.
 *
 * Nothing that a file names is ever opened or fetched.
 */
#ifndef ARCHIVE_SOURCE_ARCHIVE_H
#define ARCHIVE_SOURCE_ARCHIVE_H

#include "base/buf.h"
#include "fields/pairs.h"
#include "source/source.h"

struct archive_options {
    const char *path;           /* a file, a directory, or "-" for standard input */
    const char *const *exclude; /* globs below path, NULL-terminated; or NULL */
    const struct pairs *fields; /* source.fields, or NULL */
    const struct pairs *roles;  /* source.roles, or NULL */
    const char *preset;         /* source.preset, or NULL: by its sign */
    bool allow_truncated;       /* truncated threads are read, with the loss `truncated` */
    bool keep_raw;              /* pages carry the objects' own bytes */
    bool lists_files;           /* the command prints the ledger itself: nothing is noted */
};

/* What is told while opening: unread places, files of no known kind. One line, perhaps a hint line
 * after it. */
typedef void (*archive_note)(void *ctx, const char *text);

/* New, or NULL with ERROR_USAGE (no such path), ERROR_IO, or ERROR_USAGE if no thread is in it and
 * the command does not list files. */
struct source *source_archive_open(const struct archive_options *options, archive_note note,
                                   void *ctx, struct error *err);

/* Every thread id, in order of first appearance; damaged threads too. */
void source_archive_each(struct source *source, source_each each, void *ctx);

size_t source_archive_count(const struct source *source);

/* True if a thread is named after its file, because it has no id of its own. */
bool source_archive_names_threads(const struct source *source);

/* True if that thread has its name from its file. */
bool source_archive_is_nameless(const struct source *source, struct span thread_id);

/* For each file that was read: path, recognised shape, or why not; and its places. */
struct archive_file_facts {
    const char *path;
    const char *shape;
    uint64_t taken;
    uint64_t duplicate;
    uint64_t unread;
};

void source_archive_each_file(struct source *source,
                              bool (*each)(void *ctx, const struct archive_file_facts *file),
                              void *ctx);

/* Each assistant object found. Borrowed. raw and from are as in struct page. */
struct archive_assistant_facts {
    const json_t *object;
    struct span raw;
    struct span from;
};

typedef bool (*archive_assistant)(void *ctx, const struct archive_assistant_facts *assistant);

void source_archive_each_assistant(struct source *source, archive_assistant each, void *ctx);

/* True if that file is one of those that were read, under whatever name. */
bool source_archive_holds(const struct source *source, const char *path);

bool source_archive_has_unread(const struct source *source);

/* Unread places that are known to be a thread's; .data == NULL: those that nobody is known for. */
uint64_t source_archive_unread(const struct source *source, struct span thread_id);

/* Adds the ledger, as inventory --json has it. Reads every thread that was not read yet, because
 * duplicates are found by reading. */
void source_archive_write_ledger(struct source *source, struct buf *out);

/* The same for people: a line for each kind of file, or each file. */
void source_archive_print_ledger(struct source *source, bool each_file, struct buf *out);

#endif
