/*
 * What people take for an archive, and what lies beside one: a table of signs. A row names the
 * thing and, if it may hold conversations, the shortest way to something readable.
 *
 * Two questions are asked of the first bytes of a file: foreign_bytes() before it is taken for
 * text, foreign_text() of what is text.
 */
#ifndef DECODE_FOREIGN_H
#define DECODE_FOREIGN_H

#include "base/span.h"

#include <stdbool.h>

struct foreign {
    const char *name; /* "a zip archive"; of what is passed over the kind: "picture" */
    const char *hint; /* FILE is where the file's name goes; NULL: holds no conversations and is
                         passed over */
    bool is_json;     /* JSON or CSV that is read all the same; the name is for when nothing in it
                         is a message */
};

/* How many of a file's first bytes are worth showing to these functions. */
enum { FOREIGN_HEAD_BYTES = 1 << 16 };

/* By the first bytes: archives, databases, pictures, programs. NULL for everything else. Static. */
const struct foreign *foreign_bytes(struct span head);

/* By the beginning of a text in UTF-8 (without BOM): Node, YAML, SQL, HAR, … NULL for everything
 * else, JSON and CSV of an unknown kind among them. Static. */
const struct foreign *foreign_text(struct span head);

#endif
