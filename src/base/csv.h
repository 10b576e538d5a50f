/*
 * CSV (RFC 4180), a record at a time: where it ends, and its cells. Cells may be
 * quoted and then hold delimiters, doubled quotes and line ends.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

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

#endif
