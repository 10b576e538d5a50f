/*
 * Text on lines of a terminal: broken between words, all lines after the
 * first at the same column, and shortened to a number of lines if wanted.
 * Widths are columns, not bytes; hostile characters are made visible.
 */
#ifndef PRINT_WRAP_H
#define PRINT_WRAP_H

#include "base/buf.h"

#include <stddef.h>

struct wrap {
    size_t column; /* where the text begins; the first line is there already */
    size_t width;  /* of the terminal; 0: lines are never broken */
    size_t lines;  /* most lines; 0: the whole text, its own lines kept */
};

/* Adds the text, without a newline at its end. A shortened text has its white space as single
 * spaces and ends with "…". */
void wrap_add(struct buf *out, const struct wrap *wrap, struct span text);

/* A line, with a newline at its end; what does not fit goes below it, indented. */
void wrap_add_line(struct buf *out, size_t width, struct span text);

/* The same for an indented line of a list. */
void wrap_add_entry(struct buf *out, size_t width, struct span text);

#endif
