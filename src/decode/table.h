/*
 * CSV with a header: what the header says, and each row as the text of a JSON
 * object, so that a row is read like any other object. Cells are strings; in
 * columns of ids the words that databases write for "nothing" are null.
 */
#ifndef DECODE_TABLE_H
#define DECODE_TABLE_H

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/* Why a row is unread: an id that a spreadsheet has rounded may be that of several threads. */
#define TABLE_ROUNDED_ID "an id is a number that a spreadsheet has rounded"

/* Why all of a table is unread: its first record is not names, but a row. */
#define TABLE_NO_HEADER "the table has no header"

/* Why a row is unread: its cells are not those of the header. */
#define TABLE_FEWER_CELLS "the row has fewer cells than the header"
#define TABLE_MORE_CELLS "the row has more cells than the header"
#define TABLE_OPEN_QUOTE "a quote is not closed, or text follows it"

/* The file ends in the row's last cell, which is the beginning of the id in the row before. */
#define TABLE_CUT "the file ends in the middle of an id"

/* The same, in a table with \" in it: as MySQL and others write a quote. */
#define TABLE_BACKSLASHES "quotes are escaped by a backslash, not doubled"

struct table_column {
    size_t end; /* of its name, in names */
    bool is_id;
    bool is_unnamed; /* an empty cell of it says nothing */
};

struct table {
    char delimiter;
    size_t count;                 /* of columns */
    struct buf header;            /* its bytes: tables that were put together have it again */
    struct buf names;             /* each as a JSON string, one after the other */
    struct table_column *columns; /* owned */
    bool is_bare;                 /* what should be the header is a row of data */
    bool has_escapes;             /* a row that could not be read has \" in it */
    bool has_line_ends;           /* a cell between tabs has \n or \t in it, as two characters */
    bool is_open;                 /* the last row has no line end */
};

void table_init(struct table *table);
void table_release(struct table *table);

/*
 * Reads a header record: at least two names with one of the separators between them, none with a
 * blank at an end. A column without a name is "column N". delimiter '\0': the one of , ; | and tab
 * that gives the most names. False if it is no header.
 */
bool table_read_header(struct table *table, struct span record, char delimiter);

/* Adds the JSON object of a row. False with *why (static) if the cells are not those of the
 * header; what could be read is added all the same, to tell whose row it is. */
bool table_add_row(struct table *table, struct span record, struct buf *json, const char **why);

#endif
