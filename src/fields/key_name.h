/*
 * How the keys of other people's files compare: without case, blanks, '_' and
 * '-', so that thread_id, threadId and "Thread ID" are one name. Only ASCII
 * letters have case here.
 */
#ifndef FIELDS_KEY_NAME_H
#define FIELDS_KEY_NAME_H

#include "base/span.h"

#include <stdbool.h>

bool key_name_same(struct span a, struct span b);

/* True if the piece is somewhere in the name; the piece is in lower case and only letters. */
bool key_name_holds(struct span name, const char *piece);

#endif
