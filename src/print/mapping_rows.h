/*
 * The forms of a row of the mapping. All are safe to paste or to load:
 * formulas in CSV, quotes in SQL and control characters in JSON are harmless.
 */
#ifndef PRINT_MAPPING_ROWS_H
#define PRINT_MAPPING_ROWS_H

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct mapping_row {
    struct span thread_id;
    struct span conversation_id;
    int64_t items;
    const char *state;
    const char *table; /* SQL only */
};

struct mapping_format {
    const char *name;
    const char *head; /* the first line, or "" */
    bool needs_table;
    /* Adds the row. False, and a log line, if this format cannot hold it. */
    bool (*row)(struct buf *out, const struct mapping_row *row);
};

/* The format of that name; the default for NULL. */
const struct mapping_format *mapping_format_find(const char *name);

/* True for the name of a table as PostgreSQL and SQLite write it: a, schema.a, "my ""table""".
 * Nothing else can be in it. */
bool mapping_table_is_name(const char *name);

#endif
