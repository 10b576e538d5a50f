#include "cmd/idlist.h"

#include "api/json.h"
#include "base/buf.h"
#include "base/text.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum {
    RECORD_MAX_BYTES = 16 << 20,
    COLUMNS_MAX = 4096,
    COLUMN_UNKNOWN = -1,
};

static const char BOM[] = "\xef\xbb\xbf";

struct reader {
    const struct idlist_options *options;
    struct error *err;
    struct buf record; /* one line, or a CSV record of several */
    struct buf cell;
    int64_t line;  /* 1-based, of the record's first line */
    int64_t lines; /* read so far */
    bool is_csv;
    bool has_shape;
    int column; /* CSV: which cell, once the header was seen */
};

/* Adds the next line without its LF. False at the end, or with err. */
static bool add_line(struct reader *reader)
{
    FILE *stream = reader->options->stream;
    const size_t start = reader->record.len;
    char piece[512];
    size_t used = 0;
    int c = getc_unlocked(stream);
    bool any = c != EOF;

    while (c != EOF && c != '\n') {
        piece[used++] = (char)c;
        if (used == sizeof piece) {
            (void)buf_add(&reader->record, piece, used);
            used = 0;
        }
        c = getc_unlocked(stream);
    }
    (void)buf_add(&reader->record, piece, used);
    if (ferror(stream)) {
        if (reader->err->code == ERROR_NONE)
            error_set(reader->err, ERROR_IO, "cannot read '%s': %s", reader->options->name,
                      strerror(errno));
        return false;
    }
    if (reader->record.overflow) {
        error_set(reader->err, ERROR_USAGE, "%s:%lld: longer than 16 MiB", reader->options->name,
                  (long long)reader->lines + 1);
        return false;
    }
    if (reader->lines == 0 && span_starts_with(buf_span(&reader->record), BOM))
        buf_consume(&reader->record, strlen(BOM));
    reader->lines += any;
    if (reader->record.len > start && reader->record.data[reader->record.len - 1] == '\r')
        buf_truncate(&reader->record, reader->record.len - 1);
    return any;
}

/* A quoted CSV cell may go on on the next line. */
static bool is_open(struct span record)
{
    bool open = false;

    for (size_t i = 0; i < record.len; i++)
        open ^= record.data[i] == '"';
    return open;
}

static bool next_record(struct reader *reader)
{
    buf_clear(&reader->record);
    reader->line = reader->lines + 1;
    if (!add_line(reader))
        return false;
    while (reader->is_csv && is_open(buf_span(&reader->record))) {
        (void)buf_add_char(&reader->record, '\n');
        if (!add_line(reader)) {
            if (reader->err->code == ERROR_NONE)
                error_set(reader->err, ERROR_USAGE, "%s:%lld: a quote is never closed",
                          reader->options->name, (long long)reader->line);
            return false;
        }
    }
    return true;
}

static bool fail(struct reader *reader, const char *text)
{
    error_set(reader->err, ERROR_USAGE, "%s", text);
    return false;
}

/* Takes the first cell off a record: decoded into reader->cell. False when nothing is left. */
static bool next_cell(struct reader *reader, struct span *rest)
{
    const char *at = rest->data;
    const char *end = at ? at + rest->len : at;
    bool quoted = false;

    if (!at)
        return false;
    buf_clear(&reader->cell);
    for (; at < end && (quoted || *at != ','); at++) {
        if (*at != '"') {
            (void)buf_add_char(&reader->cell, *at);
        } else if (quoted && at + 1 < end && at[1] == '"') {
            (void)buf_add_char(&reader->cell, '"');
            at++;
        } else {
            quoted = !quoted;
        }
    }
    *rest = at < end ? (struct span){at + 1, (size_t)(end - at) - 1} : (struct span){NULL, 0};
    return true;
}

static bool read_header(struct reader *reader, struct span record)
{
    for (int i = 0; i < COLUMNS_MAX && next_cell(reader, &record); i++) {
        if (span_is(text_trim(buf_span(&reader->cell)), reader->options->column)) {
            reader->column = i;
            return true;
        }
    }
    return fail(reader, "the header has no such column\nhint: --column must name one of its cells");
}

static bool read_csv(struct reader *reader, struct span record)
{
    int cell = 0;

    if (reader->column == COLUMN_UNKNOWN)
        return read_header(reader, record);
    while (next_cell(reader, &record)) {
        if (cell == reader->column)
            return reader->options->each(reader->options->ctx, text_trim(buf_span(&reader->cell)),
                                         reader->err);
        cell++;
    }
    return fail(reader, "the record has fewer cells than the header");
}

static bool read_json(struct reader *reader, struct span record)
{
    json_t *object = json_read_object(record, reader->err);
    const json_t *member = json_object_get(object, reader->options->column);
    bool ok;

    if (!object) {
        reader->err->code = ERROR_USAGE;
        return false;
    }
    buf_clear(&reader->cell);
    if (json_is_string(member))
        buf_add(&reader->cell, json_string_value(member), json_string_length(member));
    else if (json_is_integer(member))
        buf_add_int(&reader->cell, json_integer_value(member));
    if (json_is_string(member) || json_is_integer(member))
        ok = reader->options->each(reader->options->ctx, buf_span(&reader->cell), reader->err);
    else
        ok = fail(reader, "the object has no such member, or it is no string");
    json_decref(object);
    return ok;
}

/* A table is easily taken for a list. */
static bool suspect_table(struct error *err, struct span record)
{
    const struct error seen = *err;

    if (record.data[0] == '{' || memchr(record.data, ',', record.len))
        error_set(err, seen.code,
                  "%s\nhint: --column NAME says where the id stands in CSV or JSON lines",
                  seen.text);
    return false;
}

static bool read_record(struct reader *reader)
{
    const struct span record = text_trim(buf_span(&reader->record));

    if (record.len == 0 || record.data[0] == '#')
        return true;
    if (!reader->options->column)
        return reader->options->each(reader->options->ctx, record, reader->err) ||
               suspect_table(reader->err, record);
    if (!reader->has_shape) {
        reader->has_shape = true;
        reader->is_csv = record.data[0] != '{';
        if (reader->is_csv && is_open(record))
            return fail(reader, "a cell of the header has a line end");
    }
    return reader->is_csv ? read_csv(reader, record) : read_json(reader, record);
}

bool idlist_read(const struct idlist_options *options, struct error *err)
{
    struct reader reader = {.options = options, .err = err, .column = COLUMN_UNKNOWN};
    bool ok = true;

    error_clear(err);
    buf_init(&reader.record, RECORD_MAX_BYTES);
    buf_init(&reader.cell, RECORD_MAX_BYTES);
    while (ok && next_record(&reader)) {
        ok = read_record(&reader);
        if (!ok)
            error_wrap(err, "%s:%lld", options->name, (long long)reader.line);
    }
    buf_release(&reader.record);
    buf_release(&reader.cell);
    return ok && err->code == ERROR_NONE;
}
