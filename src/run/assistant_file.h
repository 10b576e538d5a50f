/*
 * The files that `assistants` writes and `prune --assistants` compares with.
 */
#ifndef RUN_ASSISTANT_FILE_H
#define RUN_ASSISTANT_FILE_H

#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Names may have 255 bytes, but only 143 on encrypted file systems, and copies should fit too. */
enum { ASSISTANT_FILE_NAME_SIZE = 143 + 1 };

/* ID.json; if the id is too long or has characters that are not plain in a file name, those are
 * replaced and a digest of the id follows, so that each id has a name of its own. */
void assistant_file_name(char name[ASSISTANT_FILE_NAME_SIZE], struct span id);

/* True if DIR holds the file of this mapped assistant and it says the same. */
bool assistant_file_equals(const char *directory, const json_t *mapped);

#endif
