#include "archive/shape_csv.h"

#include "base/text.h"
#include "json/json.h"

enum { NAME_MAX_BYTES = 32 };

/* Header names as they compare: letters only, lower case. */
static const struct {
    const char *name;
    enum csv_column column;
} NAMES[] = {
    {"threadid", CSV_THREAD},   {"role", CSV_ROLE},         {"content", CSV_CONTENT},
    {"text", CSV_CONTENT},      {"message", CSV_CONTENT},   {"messageid", CSV_ID},
    {"createdat", CSV_CREATED}, {"timestamp", CSV_CREATED},
};

/* What a cell is called in the message object. */
static const char *const KEYS[CSV_COLUMNS] = {
    [CSV_THREAD] = "thread_id",   [CSV_ROLE] = "role", [CSV_CONTENT] = "content", [CSV_ID] = "id",
    [CSV_CREATED] = "created_at",
};

bool csv_cell(char delimiter, struct span record, size_t *at, struct buf *out)
{
    size_t i = *at;

    if (i == record.len || record.data[i] != '"') {
        while (i < record.len && record.data[i] != delimiter)
            i++;
        if (out)
            (void)buf_add(out, record.data + *at, i - *at);
        *at = i;
        return true;
    }
    for (i++;;) {
        const char *start = record.data + i;
        const char *quote = i < record.len ? memchr(start, '"', record.len - i) : NULL;
        if (!quote)
            return false;
        if (out)
            (void)buf_add(out, start, (size_t)(quote - start));
        i = (size_t)(quote - record.data) + 1;
        if (i == record.len || record.data[i] != '"')
            break;
        if (out)
            (void)buf_add_char(out, '"');
        i++;
    }
    *at = i;
    return i == record.len || record.data[i] == delimiter;
}

static void squeeze_name(struct buf *out, struct span cell)
{
    struct span name = text_trim(cell);

    if (span_starts_with(name, "\xef\xbb\xbf"))
        name = (struct span){name.data + 3, name.len - 3};
    buf_clear(out);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (c == ' ' || c == '_' || c == '-' || c == '"')
            continue;
        (void)buf_add_char(out, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
}

static void note_name(struct csv_header *header, struct span name)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        int *column = &header->column[NAMES[i].column];

        /* "content" is better than "text" than "message", whatever their order is. */
        if (span_is(name, NAMES[i].name) && (*column == CSV_ABSENT || name.data[0] == 'c'))
            *column = header->cells;
    }
}

static bool read_with(struct csv_header *header, struct span record, char delimiter)
{
    struct buf cell;
    struct buf name;
    size_t at = 0;
    bool ok = true;

    *header = (struct csv_header){.delimiter = delimiter};
    for (int i = 0; i < CSV_COLUMNS; i++)
        header->column[i] = CSV_ABSENT;
    buf_init(&cell, 0);
    buf_init(&name, NAME_MAX_BYTES);
    for (;;) {
        buf_clear(&cell);
        ok = csv_cell(delimiter, record, &at, &cell) && header->cells < CSV_CELLS_MAX;
        if (!ok)
            break;
        squeeze_name(&name, buf_span(&cell));
        note_name(header, buf_span(&name));
        header->cells++;
        if (at == record.len)
            break;
        at++;
    }
    buf_release(&cell);
    buf_release(&name);
    return ok && header->column[CSV_THREAD] != CSV_ABSENT &&
           header->column[CSV_ROLE] != CSV_ABSENT && header->column[CSV_CONTENT] != CSV_ABSENT;
}

bool csv_header_read(struct csv_header *header, struct span record)
{
    /* A byte order mark in front of a quote would hide the quote. */
    if (span_starts_with(record, "\xef\xbb\xbf"))
        record = (struct span){record.data + 3, record.len - 3};
    return read_with(header, record, ',') || read_with(header, record, ';') ||
           read_with(header, record, '\t');
}

/* Behind the closing quote of the quoted cell at `at`, or SIZE_MAX where it is not in the text. */
static size_t pass_quoted(struct span text, size_t at)
{
    const char *end = text.data + text.len;
    const char *close = memchr(text.data + at + 1, '"', text.len - at - 1);

    while (close && close + 1 < end && close[1] == '"')
        close = memchr(close + 2, '"', (size_t)(end - close) - 2);
    return close ? (size_t)(close - text.data) + 1 : SIZE_MAX;
}

/* Up to the delimiter or line end: in a plain cell, and behind a closing quote, quotes mean
 * nothing. */
static size_t pass_plain(struct span text, size_t at, char delimiter)
{
    while (at < text.len && text.data[at] != delimiter && text.data[at] != '\n')
        at++;
    return at;
}

enum csv_step csv_record(char delimiter, struct span text, bool at_end, size_t *len, size_t *whole)
{
    size_t at = 0;

    if (text.len == 0)
        return at_end ? CSV_END : CSV_MORE;
    while (at < text.len && text.data[at] != '\n') {
        if (text.data[at] == '"')
            at = pass_quoted(text, at);
        if (at == SIZE_MAX)
            return CSV_MORE;
        at = pass_plain(text, at, delimiter);
        if (at < text.len && text.data[at] == delimiter)
            at++;
    }
    if (at == text.len && !at_end)
        return CSV_MORE;
    *whole = at < text.len ? at + 1 : at;
    *len = at > 0 && text.data[at - 1] == '\r' ? at - 1 : at;
    return CSV_RECORD;
}

void csv_row_init(struct csv_row *row)
{
    memset(row, 0, sizeof *row);
    buf_init(&row->text, 0);
}

void csv_row_release(struct csv_row *row)
{
    buf_release(&row->text);
}

/* Reads the cells; notes where in the text the wanted ones are. False as csv_row_read(). */
static bool read_cells(struct csv_row *row, const struct csv_header *header, struct span record,
                       size_t bounds[CSV_COLUMNS][2])
{
    size_t at = 0;
    int cell = 0;

    for (;; cell++, at++) {
        size_t before = row->text.len;

        if (!csv_cell(header->delimiter, record, &at, &row->text))
            return false;
        /* Trailing empty cells are what some programs add; anything else would be lost. */
        if (cell >= header->cells && row->text.len > before)
            return false;
        for (int i = 0; i < CSV_COLUMNS; i++) {
            if (header->column[i] != cell)
                continue;
            bounds[i][0] = before;
            bounds[i][1] = row->text.len;
        }
        if (at == record.len)
            break;
    }
    return cell + 1 >= header->cells;
}

bool csv_row_read(struct csv_row *row, const struct csv_header *header, struct span record)
{
    size_t bounds[CSV_COLUMNS][2] = {{0}};

    buf_clear(&row->text);
    bool ok = read_cells(row, header, record, bounds);
    for (int i = 0; i < CSV_COLUMNS; i++) {
        row->cell[i] = (struct span){NULL, 0};
        if (header->column[i] != CSV_ABSENT)
            row->cell[i] =
                (struct span){row->text.data + bounds[i][0], bounds[i][1] - bounds[i][0]};
    }
    return ok;
}

/* Text of a cell with each invalid byte replaced; true where there was one. */
static bool repair(struct buf *out, struct span cell)
{
    bool repaired = false;

    while (cell.len > 0) {
        size_t valid = text_utf8_valid_prefix(cell);

        (void)buf_add(out, cell.data, valid);
        if (valid < cell.len) {
            (void)buf_add_text(out, "\xef\xbf\xbd");
            valid++;
            repaired = true;
        }
        cell = (struct span){cell.data + valid, cell.len - valid};
    }
    return repaired;
}

json_t *csv_row_message(const struct csv_row *row)
{
    json_t *message = json_object();
    struct buf text;

    buf_init(&text, 0);
    for (int i = 0; i < CSV_COLUMNS; i++) {
        bool is_text = i == CSV_CONTENT;
        struct span cell = row->cell[i];

        if (!cell.data || (!is_text && text_trim(cell).len == 0))
            continue;
        buf_clear(&text);
        if (repair(&text, is_text ? cell : text_trim(cell)) && is_text)
            (void)json_object_set_new(message, JSON_REPAIRED_PREFIX "content", json_true());
        (void)json_object_set_new(message, KEYS[i], json_stringn_nocheck(text.data, text.len));
    }
    buf_release(&text);
    return message;
}
