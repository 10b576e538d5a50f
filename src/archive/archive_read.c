#include "archive/archive_read.h"

#include "archive/archive_arrange.h"
#include "archive/archive_claim.h"
#include "archive/shape.h"
#include "archive/shape_csv.h"
#include "archive/shape_events.h"
#include "archive/shape_object.h"
#include "json/json.h"
#include "json/json_scan.h"
#include "map/map.h"

#include <stdlib.h>

struct loading {
    struct archive_data *data;
    const struct archive_reader *reader;
    struct archive_loaded *messages;
    size_t count;
    size_t cap;
    const struct archive_place *place; /* that is being read */
    uint32_t thread_place;             /* where the thread object was, or ARCHIVE_NONE */
    struct buf scratch;
};

static struct span keep_raw(const struct loading *load, struct span raw)
{
    if (!load->reader->keep_raw)
        return (struct span){NULL, 0};
    return (struct span){arena_dup(&load->data->arena, raw.data, raw.len), raw.len};
}

/* The text of an object that has no bytes of its own in the archive. */
static struct span make_raw(const struct loading *load, const json_t *object)
{
    struct span raw = {NULL, 0};

    if (!load->reader->keep_raw)
        return raw;
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    json_dump_to(&text, object, JSON_COMPACT);
    raw = (struct span){arena_dup(&load->data->arena, text.data, text.len), text.len};
    buf_release(&text);
    return raw;
}

/* Puts FILE:LINE in front of the error. */
static bool fail_at(const struct loading *load, const struct archive_place *place,
                    struct error *err)
{
    error_wrap(err, "%s:%u", load->reader->files->files[place->file].path, place->line);
    return false;
}

static bool add_message(struct loading *load, json_t *message, struct span raw, bool is_whole,
                        struct error *err)
{
    const struct archive_place *place = load->place;

    (void)json_array_append_new(load->data->owned, message);
    if (!shape_fix_message(message, err))
        return false;
    if (load->count == load->cap) {
        load->cap = load->cap ? 2 * load->cap : 32;
        load->messages = mem_resize(load->messages, load->cap, sizeof *load->messages);
    }
    struct archive_loaded *loaded = &load->messages[load->count++];
    *loaded = (struct archive_loaded){.list = place->list, .is_whole = is_whole};
    loaded->message.object = message;
    loaded->message.raw = raw;
    loaded->message.is_event = place->flags & PLACE_IS_EVENT;
    loaded->message.is_timed =
        source_time_ms(json_object_get(message, "created_at"), &loaded->message.ms);
    return true;
}

/* Takes the thread object. More than one must not contradict each other; what the first does not
 * say is taken from the others. */
static bool add_thread(struct loading *load, json_t *thread, struct span raw, struct error *err)
{
    struct archive_objects *have = &load->data->thread;
    const struct archive_place *first;

    if (!shape_fix_object(thread, err)) {
        json_decref(thread);
        return false;
    }
    if (have->count == 0) {
        archive_objects_add(load->data, have, thread, raw);
        load->thread_place = (uint32_t)(load->place - load->reader->index->places);
        return true;
    }
    first = &load->reader->index->places[load->thread_place];
    bool same = archive_claim_same_thread(have->items[0], thread);
    if (same || (load->place->flags & PLACE_IS_EVENT))
        (void)json_object_update_missing(have->items[0], thread);
    else
        error_set(err, ERROR_BAD_SOURCE, "another thread of the same id stands at %s:%u",
                  load->reader->files->files[first->file].path, first->line);
    json_decref(thread);
    return same || (load->place->flags & PLACE_IS_EVENT);
}

static bool add_other(struct loading *load, struct archive_objects *objects, json_t *object,
                      struct span raw, struct error *err)
{
    if (!shape_fix_object(object, err)) {
        json_decref(object);
        return false;
    }
    archive_objects_add(load->data, objects, object, raw);
    return true;
}

/* The array in a member, which may be a list page. Borrowed, or NULL. */
static json_t *list_in(json_t *container, const char *key)
{
    json_t *list = json_object_get(container, key);

    if (json_is_object(list))
        list = json_object_get(list, "data");
    return json_is_array(list) ? list : NULL;
}

/* The bytes of the same array, to be walked beside it; nothing where raw is not kept. */
static struct json_scan raw_list(const struct loading *load, struct span text,
                                 enum shape_field field)
{
    struct shape_look look;
    struct json_scan scan = {NULL, NULL, NULL};

    if (!load->reader->keep_raw)
        return scan;
    shape_look(&look, text);
    struct span list = look.field[field];
    if (list.len > 0 && list.data[0] == '{') {
        shape_look(&look, list);
        list = look.field[FIELD_DATA];
    }
    if (list.data) {
        scan = json_scan_of(list);
        (void)json_scan_enter(&scan, '[');
    }
    return scan;
}

static struct span next_raw(const struct loading *load, struct json_scan *scan)
{
    struct span raw = {NULL, 0};

    if (!scan->at || json_scan_element(scan, &raw) != JSON_SCAN_ITEM)
        return (struct span){NULL, 0};
    return keep_raw(load, raw);
}

/* The lists of a container, and what is done with their objects. */
static const struct {
    const char *key;
    enum shape_field field;
    enum archive_place_kind kind;
} CONTAINED[] = {
    {"messages", FIELD_MESSAGES, PLACE_MESSAGE},
    {"runs", FIELD_RUNS, PLACE_RUN},
    {"run_steps", FIELD_RUN_STEPS, PLACE_STEP},
};

static bool add_contained(struct loading *load, enum archive_place_kind kind, json_t *object,
                          struct span raw, struct error *err)
{
    if (!json_is_object(object)) {
        error_set(err, ERROR_BAD_SOURCE, "a list of the thread holds something that is no object");
        return false;
    }
    json_incref(object);
    if (kind == PLACE_MESSAGE)
        return add_message(load, object, raw, true, err);
    return add_other(load, kind == PLACE_RUN ? &load->data->runs : &load->data->steps, object, raw,
                     err);
}

static bool add_container(struct loading *load, json_t *container, struct span text,
                          struct error *err)
{
    bool ok = true;

    for (size_t i = 0; i < sizeof CONTAINED / sizeof CONTAINED[0] && ok; i++) {
        json_t *list = list_in(container, CONTAINED[i].key);
        struct json_scan scan = raw_list(load, text, CONTAINED[i].field);
        json_t *object;
        size_t at;

        json_array_foreach(list, at, object)
        {
            ok = ok && add_contained(load, CONTAINED[i].kind, object, next_raw(load, &scan), err);
        }
    }
    for (size_t i = 0; i < sizeof CONTAINED / sizeof CONTAINED[0]; i++)
        (void)json_object_del(container, CONTAINED[i].key);
    if (ok)
        return add_thread(load, container, make_raw(load, container), err);
    json_decref(container);
    return false;
}

static bool add_object(struct loading *load, json_t *object, struct span text, struct error *err)
{
    switch ((enum archive_place_kind)load->place->kind) {
    case PLACE_THREAD:
        return add_thread(load, object, keep_raw(load, text), err);
    case PLACE_MESSAGE:
        return add_message(load, object, keep_raw(load, text), false, err);
    case PLACE_ROW:
        return add_message(load, object, make_raw(load, object), false, err);
    case PLACE_RUN:
        return add_other(load, &load->data->runs, object, keep_raw(load, text), err);
    case PLACE_STEP:
        return add_other(load, &load->data->steps, object, keep_raw(load, text), err);
    case PLACE_CONTAINER:
        return add_container(load, object, text, err);
    }
    return false;
}

/* The object in a record of CSV. New. */
static json_t *read_row(const struct csv_header *header, struct span record, struct error *err)
{
    struct csv_row row;
    json_t *message = NULL;

    csv_row_init(&row);
    if (csv_row_read(&row, header, record))
        message = csv_row_message(&row);
    else
        error_set(err, ERROR_BAD_SOURCE, "damaged record");
    csv_row_release(&row);
    return message;
}

static bool load_place(struct loading *load, const struct archive_place *place, struct error *err)
{
    const struct archive_reader *reader = load->reader;
    const struct archive_file *file = &reader->files->files[place->file];
    struct span text;
    json_t *object;

    load->place = place;
    if (!archive_files_read(reader->files, place->file, place->offset, place->len, &text, err))
        return fail_at(load, place, err);
    if (place->flags & PLACE_IS_LINES) {
        events_join(&load->scratch, text);
        text = buf_span(&load->scratch);
    }
    if (place->kind == PLACE_ROW)
        object = read_row(file->csv, text, err);
    else
        object = json_read_object(text, err);
    if (!object)
        return fail_at(load, place, err);
    if (shape_is_camel(object))
        object = shape_steal_snake(object);
    return add_object(load, object, text, err) || fail_at(load, place, err);
}

/* What was found wrong with the thread while the archive was indexed. */
static bool check_fault(const struct archive_index *index, uint32_t thread, struct error *err)
{
    uint32_t fault = index->threads[thread].fault;

    if (fault == ARCHIVE_NONE)
        return true;
    error_set(err, index->faults[fault].code, "%s", index->faults[fault].text);
    return false;
}

bool archive_read_thread(struct archive_data *data, const struct archive_reader *reader,
                         uint32_t thread, struct error *err)
{
    const struct archive_index *index = reader->index;
    struct loading load = {.data = data, .reader = reader, .thread_place = ARCHIVE_NONE};
    bool ok = check_fault(index, thread, err);

    archive_data_init(data);
    buf_init(&load.scratch, BUF_NO_LIMIT);
    for (uint32_t at = index->threads[thread].head; at != ARCHIVE_NONE && ok;
         at = index->places[at].next)
        ok = load_place(&load, &index->places[at], err);
    ok = ok && archive_arrange_messages(data, reader, load.messages, load.count, err) &&
         archive_arrange_ends(data, reader, thread, err);
    if (ok)
        archive_arrange_runs(data);
    free(load.messages);
    buf_release(&load.scratch);
    return ok;
}
