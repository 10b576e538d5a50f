/*
 * Archive shape: CSV (RFC 4180) with a header that names at least the thread,
 * the role and the content. The delimiter may be a comma, a semicolon or a tab.
 *
 * Header names compare without letter case, spaces, '_' and '-'. Cells may be
 * quoted and then hold delimiters, doubled quotes and line ends.
 */
#ifndef ARCHIVE_SHAPE_CSV_H
#define ARCHIVE_SHAPE_CSV_H

#include "base/buf.h"
#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum csv_column {
    CSV_THREAD,
    CSV_ROLE,
    CSV_CONTENT,
    CSV_ID,      /* optional */
    CSV_CREATED, /* optional */
    CSV_COLUMNS
};

enum { CSV_ABSENT = -1, CSV_CELLS_MAX = 1024 };

/* What a header says. */
struct csv_header {
    char delimiter;
    int cells;               /* in each record */
    int column[CSV_COLUMNS]; /* which cell holds it, or CSV_ABSENT */
};

/* The header in a record; false where it does not name what is needed. */
bool csv_header_read(struct csv_header *header, struct span record);

enum csv_step {
    CSV_RECORD, /* a record, without its line end */
    CSV_MORE,   /* the text ends inside of a record (or could): show more of it */
    CSV_END,    /* nothing is left */
};

/*
 * The length of the record that text starts with, without its line end, and with it in *whole.
 * at_end: there is no text behind this; then CSV_MORE means a quote that is never closed.
 */
enum csv_step csv_record(char delimiter, struct span text, bool at_end, size_t *len, size_t *whole);

/*
 * Passes the cell of a record that begins at *at, up to the delimiter or the end; what it says is
 * added to out where that is not NULL. False where a quoted cell is not closed or goes on behind
 * its closing quote.
 */
bool csv_cell(char delimiter, struct span record, size_t *at, struct buf *out);

/* The decoded cells of a record that are wanted; borrowed from `text`, which is overwritten. */
struct csv_row {
    struct span cell[CSV_COLUMNS]; /* .data == NULL where the column is absent */
    struct buf text;
};

void csv_row_init(struct csv_row *row);
void csv_row_release(struct csv_row *row);

/* False where the record is malformed or has not as many cells as the header; the cells that could
 * be read are there all the same, to tell whose record it is. */
bool csv_row_read(struct csv_row *row, const struct csv_header *header, struct span record);

/* The message object of a row: id, thread_id, role, content, created_at, as texts. Bytes that are
 * not UTF-8 are replaced and marked as json_read() does. New. */
json_t *csv_row_message(const struct csv_row *row);

#endif
