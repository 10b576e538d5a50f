#include "settings/idlist.h"

#include "base/csv.h"
#include "base/text.h"
#include "json/json.h"

#include <errno.h>
#include <string.h>

enum {
    RECORD_MAX_BYTES = 16 << 20,
    PIECE_BYTES = 1 << 14,
    COLUMN_UNKNOWN = -1,
};

static const char BOM[] = "\xef\xbb\xbf";

void idlist_init(struct idlist *list, const char *column)
{
    *list = (struct idlist){.column = column, .next_line = 1, .place = COLUMN_UNKNOWN};
    buf_init(&list->ahead, BUF_NO_LIMIT);
    buf_init(&list->cell, RECORD_MAX_BYTES);
}

void idlist_release(struct idlist *list)
{
    buf_release(&list->ahead);
    buf_release(&list->cell);
}

void idlist_add(struct idlist *list, struct span bytes)
{
    buf_consume(&list->ahead, list->at);
    list->at = 0;
    buf_add_span(&list->ahead, bytes);
}

void idlist_end(struct idlist *list)
{
    list->at_end = true;
}

static struct span rest_of(const struct idlist *list)
{
    return (struct span){list->ahead.data + list->at, list->ahead.len - list->at};
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

/* A byte order mark in front is passed; false where more bytes may show one. */
static bool pass_mark(struct idlist *list)
{
    const struct span rest = rest_of(list);
    const size_t whole = strlen(BOM);

    if (!list->has_begun && !list->at_end && rest.len < whole &&
        (rest.len == 0 || memcmp(rest.data, BOM, rest.len) == 0))
        return false;
    if (!list->has_begun && span_starts_with(rest, BOM))
        list->at += whole;
    list->has_begun = true;
    return true;
}

/* Drops what has come of a line that is too long; the rest is dropped when it comes. */
static enum idlist_step skip_record(struct idlist *list, struct error *err)
{
    list->at = list->ahead.len;
    list->skips = true;
    error_set(err, ERROR_USAGE, "longer than 16 MiB");
    return IDLIST_BAD;
}

/* False where the line's end has not come yet. */
static bool skip_on(struct idlist *list)
{
    const struct span rest = rest_of(list);
    const char *lf = rest.len > 0 ? memchr(rest.data, '\n', rest.len) : NULL;

    list->at = lf ? list->at + (size_t)(lf - rest.data) + 1 : list->ahead.len;
    list->next_line += lf != NULL;
    list->skips = !lf;
    return lf || list->at_end;
}

/* The next line, or the next record of CSV, which may be several: IDLIST_ID. */
static enum idlist_step next_record(struct idlist *list, struct error *err)
{
    size_t len = 0;
    size_t whole = 0;
    struct span rest;
    enum csv_step step;

    if (!pass_mark(list) || (list->skips && !skip_on(list)))
        return IDLIST_MORE;
    rest = rest_of(list);
    list->line = list->next_line;
    step = list->is_csv && !is_comment(rest) ? csv_record(',', rest, list->at_end, &len, &whole)
                                             : find_line(rest, list->at_end, &len, &whole);
    if (step == CSV_END)
        return IDLIST_END;
    if ((step == CSV_RECORD ? len : rest.len) > RECORD_MAX_BYTES)
        return skip_record(list, err);
    if (step == CSV_MORE && list->at_end) {
        list->at = list->ahead.len;
        error_set(err, ERROR_USAGE, "a quote is never closed");
        return IDLIST_BAD;
    }
    if (step == CSV_MORE)
        return IDLIST_MORE;
    list->record = (struct span){rest.data, len};
    list->next_line += text_count_lines((struct span){rest.data, whole});
    list->at += whole;
    return IDLIST_ID;
}

static enum idlist_step bad(struct error *err, const char *text)
{
    error_set(err, ERROR_USAGE, "%s", text);
    return IDLIST_BAD;
}

/* What the cell at *at says, without the space around it, in *text. */
static bool read_cell(struct idlist *list, struct span record, size_t *at, struct span *text)
{
    buf_clear(&list->cell);
    if (!csv_cell(',', record, at, &list->cell))
        return false;
    *text = text_trim(buf_span(&list->cell));
    return true;
}

static const char CELL[] = "a cell has text after its closing quote";

/* IDLIST_MORE: it is the header, and no more. */
static enum idlist_step read_header(struct idlist *list, struct span record, struct error *err)
{
    struct span cell;
    size_t at = 0;

    for (int i = 0; read_cell(list, record, &at, &cell); i++, at++) {
        if (span_is(cell, list->column)) {
            list->place = i;
            return IDLIST_MORE;
        }
        if (at == record.len)
            return bad(err, "the header has no such column\n"
                            "hint: --column must name one of its cells");
    }
    return bad(err, CELL);
}

static enum idlist_step read_csv(struct idlist *list, struct span record, struct span *id,
                                 struct error *err)
{
    size_t at = 0;

    if (list->place == COLUMN_UNKNOWN)
        return read_header(list, record, err);
    for (int i = 0; read_cell(list, record, &at, id); i++, at++) {
        if (i == list->place)
            return IDLIST_ID;
        if (at == record.len)
            return bad(err, "the record has fewer cells than the header");
    }
    return bad(err, CELL);
}

static enum idlist_step read_json(struct idlist *list, struct span record, struct span *id,
                                  struct error *err)
{
    json_t *object = json_read_object(record, err);
    const json_t *member = json_object_get(object, list->column);

    if (!object) {
        err->code = ERROR_USAGE;
        return IDLIST_BAD;
    }
    buf_clear(&list->cell);
    if (json_is_string(member))
        buf_add(&list->cell, json_string_value(member), json_string_length(member));
    else if (json_is_integer(member))
        buf_add_int(&list->cell, json_integer_value(member));
    *id = buf_span(&list->cell);
    if (!json_is_string(member) && !json_is_integer(member))
        error_set(err, ERROR_USAGE, "the object has no such member, or it is not a string");
    json_decref(object);
    return err->code == ERROR_NONE ? IDLIST_ID : IDLIST_BAD;
}

/* IDLIST_MORE: it holds no id, and need not. */
static enum idlist_step read_record(struct idlist *list, struct span *id, struct error *err)
{
    const struct span record = text_trim(list->record);
    size_t len;
    size_t whole;

    *id = record;
    if (record.len == 0 || record.data[0] == '#')
        return IDLIST_MORE;
    if (!list->column)
        return IDLIST_ID;
    if (!list->has_shape) {
        list->has_shape = true;
        list->is_csv = record.data[0] != '{';
        if (list->is_csv && csv_record(',', record, true, &len, &whole) == CSV_MORE)
            return bad(err, "a cell of the header has a line end");
    }
    return list->is_csv ? read_csv(list, record, id, err) : read_json(list, record, id, err);
}

enum idlist_step idlist_next(struct idlist *list, struct span *id, struct error *err)
{
    enum idlist_step step;

    error_clear(err);
    do {
        step = next_record(list, err);
        if (step != IDLIST_ID)
            return step;
        step = read_record(list, id, err);
    } while (step == IDLIST_MORE);
    return step;
}

/* ---- a list in a file ---- */

/* A table is easily taken for a list. */
static void suspect_table(struct error *err, struct span record)
{
    const struct error seen = *err;

    if (record.len > 0 && (record.data[0] == '{' || memchr(record.data, ',', record.len)))
        error_set(
            err, seen.code,
            "%s\nhint: --column NAME names the column (CSV) or member (JSON lines) with the id",
            seen.text);
}

/* Reads on: as much again as is not passed yet, so that a long record, which is looked at from its
 * start each time, is looked at a few times only. False with err. */
static bool read_more(struct idlist *list, const struct idlist_options *options, struct error *err)
{
    char piece[PIECE_BYTES];
    const size_t wanted = 2 * rest_of(list).len + sizeof piece;

    for (size_t had = 0; !list->at_end && had < wanted; had += sizeof piece) {
        const size_t got = fread(piece, 1, sizeof piece, options->stream);

        idlist_add(list, (struct span){piece, got});
        if (got < sizeof piece)
            idlist_end(list);
    }
    if (!ferror(options->stream))
        return true;
    if (err->code == ERROR_NONE)
        error_set(err, ERROR_IO, "cannot read '%s': %s", options->name, strerror(errno));
    return false;
}

static bool take(struct idlist *list, const struct idlist_options *options, struct span id,
                 struct error *err)
{
    if (options->each(options->ctx, id, err))
        return true;
    if (!list->column)
        suspect_table(err, id);
    return false;
}

/* False at the end, or with err. */
static bool read_next(struct idlist *list, const struct idlist_options *options, struct error *err)
{
    struct span id;

    switch (idlist_next(list, &id, err)) {
    case IDLIST_MORE:
        return read_more(list, options, err);
    case IDLIST_ID:
        if (take(list, options, id, err))
            return true;
        break;
    case IDLIST_BAD:
        break;
    case IDLIST_END:
        return false;
    }
    error_wrap(err, "%s:%lld", options->name, (long long)list->line);
    return false;
}

bool idlist_read(const struct idlist_options *options, struct error *err)
{
    struct idlist list;

    error_clear(err);
    idlist_init(&list, options->column);
    while (read_next(&list, options, err))
        continue;
    idlist_release(&list);
    return err->code == ERROR_NONE;
}
