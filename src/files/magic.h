/*
 * What contents are, by how they begin: a closed table. Names and types that a
 * server or a message gives are never asked.
 */
#ifndef FILES_MAGIC_H
#define FILES_MAGIC_H

#include "base/span.h"

#include <stdbool.h>

enum { MAGIC_BYTES = 12 };

struct magic {
    const char *ext;        /* of the file that holds the contents, without a dot */
    const char *media_type; /* "image/png" */
    bool is_picture;        /* one of those that an item may hold */
};

/* By the first MAGIC_BYTES of the contents, or all of them if they are fewer. NULL: none of these.
 */
const struct magic *magic_of(struct span head);

/* By its ext; NULL: none of these. */
const struct magic *magic_named(struct span ext);

#endif
