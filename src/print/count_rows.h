/*
 * Tables of counts: each row says how many, of what, and what that means. For
 * people as lines of text, for a browser as rows of a table. Rows of zero are
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
    struct span name;    /* visible already; in HTML our own words */
    const char *meaning; /* our own words; "" for none */
    const char *key;     /* the mapping setting that changes it, or NULL */
};

struct count_layout {
    size_t width;    /* columns of the terminal; 0: lines are never broken */
    bool name_first; /* "name  count  meaning", as below a list of labels */
};

/* A line; the meaning is broken at the width, or goes below if there is no room for it. */
void count_rows_add(struct buf *out, const struct count_layout *layout,
                    const struct count_row *row);

/* A line for each kind of loss that occurred, below the title; what is only worth knowing follows
 * below "notes". */
void count_rows_add_losses(struct buf *out, const struct count_layout *layout, const char *title,
                           const struct losses *losses);

/* <tr>: the count, its name as the head of the row, the meaning. */
void count_rows_add_html(struct buf *out, const struct count_row *row);

/* One table of losses, one of notes; the title is HTML. */
void count_rows_add_losses_html(struct buf *out, const char *title, const struct losses *losses);

#endif
