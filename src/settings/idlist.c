#include "settings/idlist.h"

#include "base/buf.h"
#include "base/csv.h"
#include "base/text.h"
#include "json/json.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum {
    RECORD_MAX_BYTES = 16 << 20,
    AHEAD_MAX_BYTES = 3 * RECORD_MAX_BYTES, /* a record is shown twice as far each time */
    PIECE_BYTES = 1 << 14,
    COLUMN_UNKNOWN = -1,
};

static const char BOM[] = "\xef\xbb\xbf";

struct reader {
    const struct idlist_options *options;
    struct error *err;
    struct buf ahead; /* read from the stream */
    size_t at;        /* in ahead: what follows the record in hand */
    bool at_end;      /* nothing follows what was read */
    struct span record;
    struct buf cell;
    int64_t line;      /* 1-based, of the record's first line */
    int64_t next_line; /* of what follows it */
    bool is_csv;
    bool has_shape;
    int column; /* CSV: which cell, once the header was seen */
};

static struct span rest_of(const struct reader *reader)
{
    return (struct span){reader->ahead.data + reader->at, reader->ahead.len - reader->at};
}

/* Reads on: as much again as is not passed yet, so that a long record, which is looked at from its
 * start each time, is looked at a few times only. False with err. */
static bool read_more(struct reader *reader)
{
    FILE *stream = reader->options->stream;
    char piece[PIECE_BYTES];

    buf_consume(&reader->ahead, reader->at);
    reader->at = 0;
    const size_t wanted = 2 * reader->ahead.len + sizeof piece;
    while (!reader->at_end && reader->ahead.len < wanted) {
        const size_t got = fread(piece, 1, sizeof piece, stream);

        (void)buf_add(&reader->ahead, piece, got);
        reader->at_end = got < sizeof piece;
    }
    if (!ferror(stream))
        return true;
    if (reader->err->code == ERROR_NONE)
        error_set(reader->err, ERROR_IO, "cannot read '%s': %s", reader->options->name,
                  strerror(errno));
    return false;
}

static bool fail_at(struct reader *reader, const char *text)
{
    error_set(reader->err, ERROR_USAGE, "%s:%lld: %s", reader->options->name,
              (long long)reader->line, text);
    return false;
}

/* As csv_record(). */
static enum csv_step find_line(struct span text, bool at_end, size_t *len, size_t *whole)
{
    const char *lf = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;

    if (!lf && !at_end)
        return CSV_MORE;
    if (text.len == 0)
        return CSV_END;
    *len = lf ? (size_t)(lf - text.data) : text.len;
    *whole = lf ? *len + 1 : *len;
    return CSV_RECORD;
}

static bool is_comment(struct span text)
{
    size_t at = 0;

    while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t'))
        at++;
    return at < text.len && text.data[at] == '#';
}

static int64_t count_lines(struct span text)
{
    int64_t lines = 0;

    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    return lines;
}

/* The next line, or the next record of CSV, which may be several. False at the end, or with err. */
static bool next_record(struct reader *reader)
{
    size_t len = 0;
    size_t whole = 0;

    reader->line = reader->next_line;
    for (;;) {
        const struct span rest = rest_of(reader);
        const enum csv_step step = reader->is_csv && !is_comment(rest)
                                       ? csv_record(',', rest, reader->at_end, &len, &whole)
                                       : find_line(rest, reader->at_end, &len, &whole);

        if (step == CSV_END)
            return false;
        if ((step == CSV_RECORD ? len : rest.len) > RECORD_MAX_BYTES)
            return fail_at(reader, "longer than 16 MiB");
        if (step == CSV_MORE && reader->at_end)
            return fail_at(reader, "a quote is never closed");
        if (step == CSV_MORE && !read_more(reader))
            return false;
        if (step != CSV_RECORD)
            continue;
        reader->record = (struct span){rest.data, len};
        reader->next_line += count_lines((struct span){rest.data, whole});
        reader->at += whole;
        return true;
    }
}

static bool fail(struct reader *reader, const char *text)
{
    error_set(reader->err, ERROR_USAGE, "%s", text);
    return false;
}

/* What the cell at *at says, without the space around it, in *text. */
static bool read_cell(struct reader *reader, struct span record, size_t *at, struct span *text)
{
    buf_clear(&reader->cell);
    if (!csv_cell(',', record, at, &reader->cell))
        return fail(reader, "a cell has text after its closing quote");
    *text = text_trim(buf_span(&reader->cell));
    return true;
}

static bool read_header(struct reader *reader, struct span record)
{
    struct span cell;
    size_t at = 0;

    for (int i = 0; read_cell(reader, record, &at, &cell); i++, at++) {
        if (span_is(cell, reader->options->column)) {
            reader->column = i;
            return true;
        }
        if (at == record.len)
            return fail(reader, "the header has no such column\n"
                                "hint: --column must name one of its cells");
    }
    return false;
}

static bool read_csv(struct reader *reader, struct span record)
{
    struct span cell;
    size_t at = 0;

    if (reader->column == COLUMN_UNKNOWN)
        return read_header(reader, record);
    for (int i = 0; read_cell(reader, record, &at, &cell); i++, at++) {
        if (i == reader->column)
            return reader->options->each(reader->options->ctx, cell, reader->err);
        if (at == record.len)
            return fail(reader, "the record has fewer cells than the header");
    }
    return false;
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
        ok = fail(reader, "the object has no such member, or it is not a string");
    json_decref(object);
    return ok;
}

/* A table is easily taken for a list. */
static bool suspect_table(struct error *err, struct span record)
{
    const struct error seen = *err;

    if (record.data[0] == '{' || memchr(record.data, ',', record.len))
        error_set(
            err, seen.code,
            "%s\nhint: --column NAME names the column (CSV) or member (JSON lines) with the id",
            seen.text);
    return false;
}

static bool read_record(struct reader *reader)
{
    const struct span record = text_trim(reader->record);
    size_t len;
    size_t whole;

    if (record.len == 0 || record.data[0] == '#')
        return true;
    if (!reader->options->column)
        return reader->options->each(reader->options->ctx, record, reader->err) ||
               suspect_table(reader->err, record);
    if (!reader->has_shape) {
        reader->has_shape = true;
        reader->is_csv = record.data[0] != '{';
        if (reader->is_csv && csv_record(',', record, true, &len, &whole) == CSV_MORE)
            return fail(reader, "a cell of the header has a line end");
    }
    return reader->is_csv ? read_csv(reader, record) : read_json(reader, record);
}

bool idlist_read(const struct idlist_options *options, struct error *err)
{
    struct reader reader = {
        .options = options, .err = err, .next_line = 1, .column = COLUMN_UNKNOWN};

    error_clear(err);
    buf_init(&reader.ahead, AHEAD_MAX_BYTES);
    buf_init(&reader.cell, RECORD_MAX_BYTES);
    bool ok = read_more(&reader);
    if (ok && span_starts_with(buf_span(&reader.ahead), BOM))
        reader.at = strlen(BOM);
    while (ok && next_record(&reader)) {
        ok = read_record(&reader);
        if (!ok)
            error_wrap(err, "%s:%lld", options->name, (long long)reader.line);
    }
    buf_release(&reader.ahead);
    buf_release(&reader.cell);
    return ok && err->code == ERROR_NONE;
}
