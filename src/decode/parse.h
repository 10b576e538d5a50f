/*
 * The second stage of the archive reader: text to values.
 *
 * A file's text is one of three: JSON (a document, documents in a row, JSON
 * lines, in any mixture), a stream of server-sent events, or CSV with a header.
 * parse_next() gives it piece by piece: one value each, or a stretch that is
 * damaged. Every byte that is not white space, a header or an envelope is in
 * exactly one piece.
 *
 *     parse_open(&parse, file, start);
 *     while (parse_next(&parse, &piece))
 *         ...
 *     parse.error, parse.format
 *
 * What is in memory is one piece. Lines and rows have any number; a document, a
 * line or a row of more than PARSE_MAX_BYTES is a damaged piece. Time is linear,
 * whatever the text is.
 */
#ifndef DECODE_PARSE_H
#define DECODE_PARSE_H

#include "base/error.h"
#include "base/span.h"
#include "decode/table.h"
#include "json/json_tape.h"
#include "os/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PARSE_MAX_BYTES = 1 << 30 };

/* Reasons that a piece is damaged for, beside those of the tape and the table. */
#define PARSE_TOO_LARGE "a document or line of more than 1 GiB"
#define PARSE_CUT "it ends too early"
#define PARSE_OTHER_TEXT "a line of other text"
#define PARSE_COMMA_AFTER "a comma is after the value"
#define PARSE_DOUBLED "backslashes are doubled, as COPY of PostgreSQL writes them"

enum parse_format {
    PARSE_EMPTY,   /* nothing but white space */
    PARSE_UNKNOWN, /* none of these */
    PARSE_JSON,
    PARSE_EVENTS,
    PARSE_CSV,
};

struct piece {
    const struct tape *tape; /* the value, NULL for a damaged piece; borrowed until the next call */
    bool is_row;             /* the value stands for a record of CSV: see table_add_row() */
    bool is_copy;  /* the tape's text is not as in the file, so values in it have no place there */
    bool is_event; /* from an event stream */

    struct span partial; /* a damaged row: what could be read, as JSON; else .data == NULL */
    struct span bytes;   /* as in the file; of a damaged piece at most PARSE_MAX_BYTES */
    const char *why;     /* a damaged piece: what is wrong, without content; static */
    uint64_t offset;     /* of bytes, from the start of the file */
    uint64_t len;        /* of the piece, also where bytes is cut */
    uint32_t line;       /* on which it begins, from 1 */
};

/* A window that moves over the text: the bytes from a point on, as many as are needed. */
struct parse_window {
    const struct files_file *file; /* borrowed */
    char *data;
    size_t len;
    size_t cap;
    size_t at;       /* of what has been passed, in data */
    uint64_t offset; /* of data[0] in the file */
    bool at_end;     /* the file has no more than is here */
};

struct parse {
    enum parse_format format;
    struct table table; /* PARSE_CSV */
    struct parse_window window;
    struct tape tape;
    struct buf text;    /* of a piece that is a copy */
    struct buf id;      /* PARSE_CSV: the last cell of the last row, if ids are in it */
    uint32_t line;      /* of the window's rest */
    uint64_t spent;     /* bytes that were looked at in vain */
    uint64_t line_end;  /* up to there no line ends, from where it was looked on */
    struct piece lost;  /* lines of NUL before a header: the first piece; len 0: none */
    struct error error; /* ERROR_IO: reading stopped; what was given before is good */
};

void parse_init(struct parse *parse);
void parse_release(struct parse *parse);

/* Begins with a file, whose text begins at `start`, and finds out its format. May be called again
 * for another file. The file is borrowed until then. */
void parse_open(struct parse *parse, const struct files_file *file, uint64_t start);

/* The next piece; false at the end, on an error, or when a signal asks for a stop. */
bool parse_next(struct parse *parse, struct piece *piece);

#endif
