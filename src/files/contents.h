/*
 * The contents of one saved file, read as base64, and held against what was
 * written down of it when it was saved: the last of it is handed out only if the
 * whole is what it was. Never more than a piece is in memory.
 *
 *     contents_open() -> contents_read() until *got is 0 -> contents_close()
 */
#ifndef FILES_CONTENTS_H
#define FILES_CONTENTS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "files/saved_files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long they are as base64. */
uint64_t contents_encoded(const struct saved_file *file);

/* "data:image/png;base64,": what stands before the base64 in a data URL. */
void contents_add_url_head(struct buf *out, const struct saved_file *file);

struct contents_reader;

/* New, or NULL with ERROR_FILE_DAMAGED where none of the folders (NULL: there is none) has such a
 * regular file of that size. */
struct contents_reader *contents_open(const struct saved_files *files,
                                      const struct saved_file *file, struct error *err);

/* Up to size bytes of base64, none at the end. ERROR_FILE_DAMAGED where they are not the contents
 * that were saved. */
bool contents_read(struct contents_reader *reader, char *out, size_t size, size_t *got,
                   struct error *err);

/* Are they what was saved? Fails as contents_open() and contents_read(). */
bool contents_check(const struct saved_files *files, const struct saved_file *file,
                    struct error *err);

/* NULL is allowed. */
void contents_close(struct contents_reader *reader);

#endif
