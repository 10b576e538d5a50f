/*
 * Reading a file that holds a secret: a regular file that nobody but its owner
 * may read. Into a buffer of the caller's, which is never moved, so that no
 * copy of the secret stays behind in freed memory.
 */
#ifndef OS_KEYFILE_H
#define OS_KEYFILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads the whole file. Fails with ERROR_USAGE where it cannot be read, is no regular file, is
 * readable or writable by group or others, or has more than size bytes; the text names the file
 * only if there is one: what else was given for it may be a key.
 */
bool keyfile_read(const char *path, char *data, size_t size, size_t *len, struct error *err);

#endif
