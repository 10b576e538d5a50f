/*
 * The files that `assistants` writes and `prune --assistants` compares with.
 */
#ifndef CMD_ASSISTANT_FILE_H
#define CMD_ASSISTANT_FILE_H

#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { ASSISTANT_FILE_NAME_SIZE = 300 };

/* ID.json, with everything that is not plain in a file name replaced. */
void assistant_file_name(char name[ASSISTANT_FILE_NAME_SIZE], struct span id);

/* True where DIR holds the file of this mapped assistant and it says the same. */
bool assistant_file_equals(const char *directory, const json_t *mapped);

#endif
