#include "source/file_map.h"

#include "base/buf.h"
#include "base/csv.h"
#include "base/text.h"

enum { CELLS = 2, CELL_MAX = 256 };

void file_map_init(struct file_map *map)
{
    strmap_init(&map->old_ids);
    strmap_init(&map->new_ids);
}

void file_map_release(struct file_map *map)
{
    strmap_release(&map->old_ids);
    strmap_release(&map->new_ids);
}

/* The two cells of a record; false where it has others. */
static bool read_cells(struct span record, struct buf cells[CELLS])
{
    size_t at = 0;

    for (int i = 0; i < CELLS; i++) {
        buf_clear(&cells[i]);
        if (!csv_cell(',', record, &at, &cells[i]) || (at == record.len) != (i == CELLS - 1))
            return false;
        at++;
    }
    return true;
}

static bool add(struct file_map *map, const struct buf cells[CELLS])
{
    bool is_new;
    const size_t place = strmap_add(&map->old_ids, buf_span(&cells[0]), &is_new);
    bool ignored;
    const size_t new_place = strmap_add(&map->new_ids, buf_span(&cells[1]), &ignored);

    if (is_new)
        strmap_set_value(&map->old_ids, place, new_place);
    return strmap_value(&map->old_ids, place) == new_place;
}

/* What is wrong with a record, or NULL. */
static const char *take(struct file_map *map, struct span record, struct buf cells[CELLS],
                        bool is_header)
{
    const bool has_both = read_cells(record, cells);

    if (is_header)
        return has_both && span_is(buf_span(&cells[0]), "file_id") &&
                       span_is(buf_span(&cells[1]), "new_id")
                   ? NULL
                   : "the header must be file_id,new_id";
    if (!has_both || cells[0].overflow || cells[1].overflow || !text_is_id(buf_span(&cells[0])) ||
        !text_is_id(buf_span(&cells[1])))
        return "not two file ids";
    return add(map, cells) ? NULL : "this file id has another new id above";
}

bool file_map_read(struct file_map *map, struct span text, struct error *err)
{
    static const char BOM[] = "\xef\xbb\xbf";
    struct buf cells[CELLS];
    const char *wrong = NULL;
    long line = 0;
    size_t len = 0;
    size_t whole = 0;

    for (int i = 0; i < CELLS; i++)
        buf_init(&cells[i], CELL_MAX);
    if (span_starts_with(text, BOM))
        text = span_skip(text, strlen(BOM));
    for (enum csv_step step = CSV_RECORD; step == CSV_RECORD && !wrong;) {
        step = csv_record(',', text, true, &len, &whole);
        line++;
        if (step == CSV_MORE || (step == CSV_END && line == 1))
            wrong = step == CSV_MORE ? "a quote is not closed" : "the file is empty";
        if (step != CSV_RECORD)
            continue;
        if (len > 0 || line == 1)
            wrong = take(map, (struct span){text.data, len}, cells, line == 1);
        text = span_skip(text, whole);
    }
    for (int i = 0; i < CELLS; i++)
        buf_release(&cells[i]);
    if (wrong)
        error_set(err, ERROR_USAGE, "files.map: record %ld: %s", line, wrong);
    return !wrong;
}

struct span file_map_find(const struct file_map *map, struct span id)
{
    const size_t place = id.len <= CELL_MAX ? strmap_find(&map->old_ids, id) : SIZE_MAX;

    if (place == SIZE_MAX)
        return (struct span){NULL, 0};
    return strmap_key(&map->new_ids, (size_t)strmap_value(&map->old_ids, place));
}
