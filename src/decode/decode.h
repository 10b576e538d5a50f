/*
 * The first stage of the archive reader: bytes to text.
 *
 * decode_open() looks at what a file holds, whatever its name ends in, and undoes what lies
 * around the text, in any order: gzip, UTF-16, a byte order mark, printed Python (python.h).
 * The verdict is one of four:
 *
 *     DECODE_PLAIN     the text is the file itself, from `start` on; nothing is copied
 *     DECODE_SPOOLED   the text is in `spool`, a temporary file without a name
 *     DECODE_UNREAD    it should be readable and is not: `why`, and `hint` says what to do
 *     DECODE_FOREIGN   something else: `kind` is its name ("picture", "text")
 *
 * Lines keep their numbers: line N of the text is line N of the file (of what is compressed, if
 * it is), also where Python was translated, so a place needs no map to be named as FILE:LINE.
 *
 *     struct decode decode;
 *
 *     if (!decode_open(&decode, file, span_of(path), &places, err))
 *         ...the run stops...
 *     switch (decode.verdict) ...
 *     decode_release(&decode);
 */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include "base/error.h"
#include "base/span.h"
#include "decode/foreign.h"
#include "decode/python.h"
#include "os/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum decode_verdict {
    DECODE_PLAIN,
    DECODE_SPOOLED,
    DECODE_UNREAD,
    DECODE_FOREIGN,
};

/* What was undone to get at the text. */
enum decode_layer {
    DECODE_GZIP = 1 << 0,
    DECODE_UTF16 = 1 << 1,
    DECODE_PYTHON = 1 << 2,
};

struct decode {
    enum decode_verdict verdict;
    struct files_file *spool; /* owned; DECODE_SPOOLED only */
    uint64_t start;           /* offset of the text in the file or the spool: 3 after a BOM */
    unsigned layers;          /* of enum decode_layer */
    const char *kind;         /* DECODE_FOREIGN: the name it is counted under */
    char *why;                /* owned; DECODE_UNREAD: one line without a full stop */
    char *hint;               /* owned; DECODE_UNREAD: the next step, without "hint: " */

    /* What the file looks like though its text was given (a HAR, a notebook), or NULL: how to name
     * it if nothing in it turns out to be a message. */
    const struct foreign *looks_like;
};

/*
 * Fills *decode; release it whatever is returned. `file` stays the caller's and must stay open
 * while a DECODE_PLAIN text is read. `name` is the file's name as the user can type it, for the
 * hint. `places` is told of every part of printed Python that cannot be read, in order, before
 * decode_open() returns; it may be NULL.
 *
 * False only if the run cannot go on: ERROR_IO (the file cannot be read, no temporary file, disk
 * full), ERROR_STOPPED. A damaged file is a verdict.
 */
bool decode_open(struct decode *decode, const struct files_file *file, struct span name,
                 const struct python_places *places, struct error *err);

/* A zeroed or released one is allowed. */
void decode_release(struct decode *decode);

#endif
