#include "decode/table.h"

#include "base/csv.h"
#include "base/mem.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

enum { COLUMNS_MAX = 4096 };

void table_init(struct table *table)
{
    memset(table, 0, sizeof *table);
    buf_init(&table->header, BUF_NO_LIMIT);
    buf_init(&table->names, BUF_NO_LIMIT);
}

void table_release(struct table *table)
{
    buf_release(&table->header);
    buf_release(&table->names);
    free(table->columns);
    table->columns = NULL;
}

/* A JSON string of bytes that need not be UTF-8: those are left for json_read() to replace. */
static void add_string(struct buf *out, struct span text)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c == '"' || c == '\\')
            buf_add_char(out, '\\');
        if (c < ' ')
            buf_printf(out, "\\u%04x", c);
        else
            buf_add_char(out, (char)c);
    }
    buf_add_char(out, '"');
}

/* "thread_id", "Session ID", "threadId", "id": the name's last word is id. */
static bool names_ids(struct span name)
{
    return name.len >= 2 && strncasecmp(name.data + name.len - 2, "id", 2) == 0;
}

static bool is_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.data[i] < ' ')
            return false;
    }
    return text_trim(name).len == name.len;
}

/* "1,7E+17": what a spreadsheet makes of a long number. Ids that differed are one after it. */
static bool is_rounded(struct span cell)
{
    size_t at = 0;
    size_t digits = 0;

    for (; at < cell.len && (isdigit((unsigned char)cell.data[at]) ||
                             ((cell.data[at] == '.' || cell.data[at] == ',') && at == 1));
         at++)
        digits += isdigit((unsigned char)cell.data[at]) != 0;
    if (digits == 0 || at + 4 > cell.len || cell.data[at] != 'E' || cell.data[at + 1] != '+')
        return false;
    for (at += 2; at < cell.len; at++) {
        if (!isdigit((unsigned char)cell.data[at]))
            return false;
    }
    return true;
}

/* An id of the API or a time is no name of a column. */
static bool is_data(struct span name)
{
    static const char *const IDS[] = {"thread_", "msg_", "run_", "asst_"};
    int64_t ms;

    for (size_t i = 0; i < sizeof IDS / sizeof IDS[0]; i++) {
        bool has_digit = false;

        if (!span_starts_with(name, IDS[i]) || name.len < strlen(IDS[i]) + 8)
            continue;
        for (size_t k = strlen(IDS[i]); k < name.len; k++)
            has_digit = has_digit || isdigit((unsigned char)name.data[k]);
        if (has_digit)
            return true;
    }
    return text_parse_time(name, &ms);
}

static void add_column(struct table *table, struct buf *name)
{
    const bool is_unnamed = name->len == 0;

    /* The index of pandas, or what is left of a column. */
    if (is_unnamed)
        buf_printf(name, "column %zu", table->count + 1);
    if ((table->count & (table->count - 1)) == 0)
        table->columns = mem_resize(table->columns, 2 * table->count + 1, sizeof *table->columns);
    add_string(&table->names, buf_span(name));
    table->columns[table->count++] = (struct table_column){
        .end = table->names.len,
        .is_id = names_ids(buf_span(name)),
        .is_unnamed = is_unnamed,
    };
}

static bool read_with(struct table *table, struct span record, char delimiter)
{
    struct buf cell;
    size_t at = 0;
    size_t named = 0;
    bool ok = true;

    table_release(table);
    table_init(table);
    table->delimiter = delimiter;
    buf_add_span(&table->header, record);
    buf_init(&cell, BUF_NO_LIMIT);
    for (; ok; at++) {
        buf_clear(&cell);
        ok = csv_cell(delimiter, record, &at, &cell) && is_name(buf_span(&cell)) &&
             table->count < COLUMNS_MAX;
        if (!ok)
            break;
        named += cell.len > 0;
        table->is_bare = table->is_bare || is_data(buf_span(&cell));
        add_column(table, &cell);
        if (at == record.len)
            break;
    }
    buf_release(&cell);
    return ok && named >= 2;
}

bool table_read_header(struct table *table, struct span record, char delimiter)
{
    static const char DELIMITERS[] = ",;|\t";
    size_t most = 0;

    if (delimiter != '\0')
        return read_with(table, record, delimiter);
    for (const char *d = DELIMITERS; *d; d++) {
        if (read_with(table, record, *d) && table->count > most) {
            most = table->count;
            delimiter = *d;
        }
    }
    return most > 0 && read_with(table, record, delimiter);
}

static bool is_nothing(struct span cell)
{
    static const char *const WORDS[] = {"NULL", "\\N", "null", "None"};

    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (span_is(cell, WORDS[i]))
            return true;
    }
    return false;
}

static void add_cell(const struct table *table, size_t at, struct span cell, struct buf *json)
{
    const struct table_column *column = &table->columns[at];
    const size_t from = at > 0 ? table->columns[at - 1].end : 0;

    if (cell.len == 0 && column->is_unnamed)
        return;
    buf_add_text(json, json->data[json->len - 1] == '{' ? "" : ",");
    buf_add(json, table->names.data + from, column->end - from);
    buf_add_char(json, ':');
    if (column->is_id && is_nothing(cell))
        buf_add_text(json, "null");
    else
        add_string(json, cell);
}

bool table_add_row(struct table *table, struct span record, struct buf *json, const char **why)
{
    struct buf cell;
    size_t at = 0;
    size_t column = 0;

    *why = NULL;
    if (table->delimiter == '\t' && !table->has_line_ends)
        table->has_line_ends = span_holds(record, "\\n") || span_holds(record, "\\t");
    buf_init(&cell, BUF_NO_LIMIT);
    buf_add_char(json, '{');
    for (;; at++, column++) {
        buf_clear(&cell);
        if (!csv_cell(table->delimiter, record, &at, &cell))
            *why = TABLE_OPEN_QUOTE;
        else if (column == table->count)
            *why = TABLE_MORE_CELLS;
        else if (table->columns[column].is_id && is_rounded(buf_span(&cell)))
            *why = TABLE_ROUNDED_ID;
        if (*why)
            break;
        add_cell(table, column, buf_span(&cell), json);
        if (at == record.len)
            break;
    }
    if (!*why && column + 1 < table->count)
        *why = TABLE_FEWER_CELLS;
    table->has_escapes = table->has_escapes || (*why && span_holds(record, "\\\""));
    if (*why && table->has_escapes && strcmp(*why, TABLE_ROUNDED_ID) != 0)
        *why = TABLE_BACKSLASHES;
    buf_add_char(json, '}');
    buf_release(&cell);
    return !*why;
}
