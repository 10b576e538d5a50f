/*
 * Tables of counts: a row tells how many, of what, and what that means. For
 * people as lines of text, for a browser as rows of a table. What is zero is
 * left out.
 */
#ifndef PRINT_COUNT_ROWS_H
#define PRINT_COUNT_ROWS_H

#include "base/buf.h"
#include "base/span.h"
#include "map/losses.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct count_row {
    int64_t count;
    struct span name;    /* visible already, and in HTML words of ours */
    const char *meaning; /* words of ours; "" for none */
};

struct count_layout {
    size_t width;    /* columns of the terminal; 0: lines are never broken */
    bool name_first; /* "name  count  meaning", as below a list of labels */
};

/* A line; the meaning is broken at the width, and stands below where it has no room. */
void count_rows_add(struct buf *out, const struct count_layout *layout,
                    const struct count_row *row);

/* A line for each kind of loss that occurred. */
void count_rows_add_losses(struct buf *out, const struct count_layout *layout,
                           const struct losses *losses);

/* <tr>: the count, its name as the head of the row, the meaning. */
void count_rows_add_html(struct buf *out, const struct count_row *row);
void count_rows_add_losses_html(struct buf *out, const struct losses *losses);

#endif
