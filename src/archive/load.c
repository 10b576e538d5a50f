#include "archive/load.h"

#include "archive/arrange.h"
#include "archive/record.h"
#include "json/json.h"
#include "map/map.h"

#include <stdlib.h>

/* Lists of exactly so many messages are what a reader that forgot the next page leaves behind. */
static const uint32_t PAGE_SIZES[] = {20, 100};

static const char MORE_FOLLOWS[] = "a page says that more follows, and nothing does";
static const char NO_END[] = "the archive has no end of this thread";
static const char ONE_PAGE[] = "a list of exactly one page without any sign of its end";
static const char NO_MESSAGES[] =
    "the archive holds no message of this thread, and nothing that shows that it has none";

struct loading {
    struct load_thread *data;
    const struct load_options *options;
    struct arrange_message *messages;
    uint32_t *lists; /* beside each message: the index list it is in */
    size_t count;
    size_t cap;
    struct buf row;
    bool is_newest; /* the thread object in hand replaces what is there */
    size_t glimpses;
};

static void init_thread(struct load_thread *data)
{
    memset(data, 0, sizeof *data);
    data->owned = json_array();
    arena_init(&data->arena);
}

static void release_objects(struct load_objects *objects)
{
    free(objects->items);
    free(objects->raw);
}

void load_release(struct load_thread *data)
{
    release_objects(&data->thread);
    release_objects(&data->messages);
    release_objects(&data->runs);
    release_objects(&data->steps);
    json_decref(data->owned);
    arena_release(&data->arena);
    memset(data, 0, sizeof *data);
}

/* Adds an object (steals a reference). */
static void add_object(struct load_thread *data, struct load_objects *objects, json_t *object,
                       struct span raw)
{
    if (objects->count == objects->cap) {
        objects->cap = objects->cap ? 2 * objects->cap : 16;
        objects->items = mem_resize(objects->items, objects->cap, sizeof(void *));
        objects->raw = mem_resize(objects->raw, objects->cap, sizeof *objects->raw);
    }
    (void)json_array_append_new(data->owned, object);
    objects->items[objects->count] = object;
    objects->raw[objects->count] = raw;
    objects->count++;
}

/* ---- raw bytes ---- */

static struct span keep_raw(const struct loading *load, struct span raw)
{
    if (!load->options->keep_raw)
        return (struct span){NULL, 0};
    return (struct span){arena_dup(&load->data->arena, raw.data, raw.len), raw.len};
}

/* The text of an object that has no bytes of its own in the archive. */
static struct span make_raw(const struct loading *load, const json_t *object)
{
    struct span raw = {NULL, 0};
    struct buf text;

    if (!load->options->keep_raw)
        return raw;
    buf_init(&text, BUF_NO_LIMIT);
    json_dump_to(&text, object, JSON_COMPACT);
    raw = keep_raw(load, buf_span(&text));
    buf_release(&text);
    return raw;
}

static struct span raw_of(const struct loading *load, const json_t *object, const char *kind,
                          struct span bytes)
{
    return record_is_api(object, kind) ? keep_raw(load, bytes) : make_raw(load, object);
}

/* ---- records ---- */

/* "FILE:LINE: " in front of the error. */
static bool fail_at(const struct loading *load, uint32_t file, uint32_t line, struct error *err)
{
    error_wrap(err, "%s:%u", load->options->inputs->files[file].path, line);
    return false;
}

static bool add_message(struct loading *load, json_t *message, struct span bytes, uint32_t list,
                        const struct index_place *place)
{
    if (load->count == load->cap) {
        load->cap = load->cap ? 2 * load->cap : 32;
        load->messages = mem_resize(load->messages, load->cap, sizeof *load->messages);
        load->lists = mem_resize(load->lists, load->cap, sizeof *load->lists);
    }
    (void)json_array_append_new(load->data->owned, message);
    load->lists[load->count] = list;
    load->messages[load->count] = (struct arrange_message){
        .object = message,
        .raw = place->flags & PLACE_IS_OWN ? keep_raw(load, bytes)
                                           : raw_of(load, message, "thread.message", bytes),
        .is_delta = place->kind == RECORD_DELTA,
        .is_api = record_is_api(message, "thread.message"),
        .file = load->options->index->lists[list].file,
    };
    struct arrange_message *m = &load->messages[load->count++];
    m->is_timed = source_time_ms(json_object_get(message, "created_at"), &m->ms);
    load->glimpses += (place->flags & PLACE_IS_GLIMPSE) != 0;
    return true;
}

static bool is_nothing(const json_t *value)
{
    return json_is_null(value) || (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

/* True if what both thread objects say contradicts itself. */
static bool contradicts(json_t *a, json_t *b)
{
    const char *key;
    json_t *mine;

    /* Of many copies the first collects what the others say, and may become large. */
    if (json_object_size(a) > json_object_size(b)) {
        json_t *larger = a;

        a = b;
        b = larger;
    }
    json_object_foreach(a, key, mine)
    {
        const json_t *other = json_object_get(b, key);
        int64_t a_ms = 0;
        int64_t b_ms = 0;

        if (!other || is_nothing(mine) || is_nothing(other))
            continue;
        if (strcmp(key, "created_at") == 0 && source_time_ms(mine, &a_ms) &&
            source_time_ms(other, &b_ms)) {
            if (a_ms != b_ms)
                return true;
            continue;
        }
        if (!json_equal(mine, other))
            return true;
    }
    return false;
}

static bool same_time(json_t *a, json_t *b)
{
    int64_t a_ms = 0;
    int64_t b_ms = 1;

    return source_time_ms(json_object_get(a, "created_at"), &a_ms) &&
           source_time_ms(json_object_get(b, "created_at"), &b_ms) && a_ms == b_ms;
}

static bool is_newer(json_t *a, json_t *b)
{
    int64_t a_ms = 0;
    int64_t b_ms = 0;
    bool timed = source_time_ms(json_object_get(a, "updated_at"), &a_ms) &&
                 source_time_ms(json_object_get(b, "updated_at"), &b_ms);

    return !timed || a_ms >= b_ms;
}

/*
 * Takes a thread object. Objects that were made at the same time are states of one thread, of which
 * the newest counts; others must not contradict each other.
 */
static bool add_thread(struct loading *load, struct span bytes, bool replaces, struct error *err)
{
    struct load_objects *have = &load->data->thread;
    json_t *thread = record_thread(bytes, err);
    json_t *old;

    if (!thread)
        return false;
    struct span raw = raw_of(load, thread, "thread", bytes);
    if (have->count == 0) {
        add_object(load->data, have, thread, raw);
        return true;
    }
    old = have->items[0];
    bool clashes = !replaces && contradicts(old, thread) && !same_time(old, thread);
    if (clashes) {
        error_set(err, ERROR_BAD_SOURCE, "two different thread objects have this id");
    } else if (replaces || is_newer(thread, old)) {
        (void)json_object_update(old, thread);
        have->raw[0] = raw;
    } else {
        (void)json_object_update_missing(old, thread);
    }
    json_decref(thread);
    return !clashes;
}

static bool add_other(struct loading *load, struct load_objects *objects, struct span bytes,
                      const char *kind, struct error *err)
{
    json_t *object = json_read_object(bytes, err);

    object = object ? record_object(object, err) : NULL;
    if (!object)
        return false;
    add_object(load->data, objects, object, raw_of(load, object, kind, bytes));
    return true;
}

/* What the "end" of our own archive says that reading cost. */
static bool add_losses(struct loading *load, struct span bytes, struct error *err)
{
    json_t *end = json_read_object(bytes, err);
    json_t *losses = json_object_get(end, "losses");

    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        json_t *count = json_object_get(losses, loss_name((enum loss_kind)kind));

        if (json_is_integer(count) && json_integer_value(count) > 0)
            load->data->losses.count[kind] += json_integer_value(count);
    }
    json_decref(end);
    return end != NULL;
}

/* The bytes of a place: a JSON object. */
static bool read_place(struct loading *load, uint32_t file, const struct index_place *place,
                       struct span *bytes, struct error *err)
{
    struct inputs *inputs = load->options->inputs;
    const char *why;

    if (place->flags & PLACE_IS_KEPT)
        return inputs_read_kept(inputs, place->offset, place->len, bytes, err);
    if (!inputs_read(inputs, file, place->offset, place->len, bytes, err))
        return false;
    if (!(place->flags & PLACE_IS_CSV))
        return true;
    buf_clear(&load->row);
    if (!table_add_row(inputs->files[file].table, *bytes, &load->row, &why)) {
        error_set(err, ERROR_BAD_SOURCE, "%s", why);
        return false;
    }
    *bytes = buf_span(&load->row);
    return true;
}

static bool take_place(struct loading *load, uint32_t list, const struct index_place *place,
                       struct error *err)
{
    uint32_t file = load->options->index->lists[list].file;
    const struct record_source source = {
        &load->options->inputs->files[file],
        place->flags & PLACE_IS_MADE ? NULL : load->options->fields,
    };
    struct span bytes;
    json_t *message;

    if (!read_place(load, file, place, &bytes, err))
        return false;
    switch ((enum record_kind)place->kind) {
    case RECORD_MESSAGE:
        message = json_read_object(bytes, err);
        message = message ? record_message(message, &source, err) : NULL;
        return message && add_message(load, message, bytes, list, place);
    case RECORD_DELTA:
        message = json_read_object(bytes, err);
        return message && add_message(load, message, bytes, list, place);
    case RECORD_THREAD:
        return add_thread(load, bytes, place->flags & (PLACE_IS_STREAM | PLACE_IS_OWN), err);
    case RECORD_RUN:
        return add_other(load, &load->data->runs, bytes, "thread.run", err);
    case RECORD_STEP:
        return add_other(load, &load->data->steps, bytes, "thread.run.step", err);
    case RECORD_END:
        return add_losses(load, bytes, err);
    case RECORD_NONE:
    case RECORD_ASSISTANT:
    case RECORD_WRAPPED:
    case RECORD_TRUNCATED:
    case RECORD_ENVELOPE:
    case RECORD_FOREIGN:
    case RECORD_ERROR:
    case RECORD_KINDS:
        break;
    }
    return true;
}

static bool take_list(struct loading *load, uint32_t list, struct error *err)
{
    const struct index *index = load->options->index;

    for (uint32_t at = index->lists[list].first; at != INDEX_NONE; at = index->places[at].next) {
        if (!take_place(load, list, &index->places[at], err))
            return fail_at(load, index->lists[list].file, index->places[at].line, err);
    }
    return true;
}

/* ---- our own archive ---- */

/* Of two beginnings of a thread in one file the later counts if it has an end, or if the earlier
 * has none and no more messages. */
static bool counts_more(const struct index_list *later, const struct index_list *earlier)
{
    return later->is_closed || (!earlier->is_closed && later->messages >= earlier->messages);
}

/* Marks the beginnings that a later one in their file takes the place of. */
static void mark_old(struct index *index, uint32_t thread)
{
    struct index_list *best = NULL;

    for (uint32_t at = index->threads[thread].first_list; at != INDEX_NONE;
         at = index->lists[at].next) {
        struct index_list *list = &index->lists[at];

        if (list->form != LIST_ARCHIVE)
            continue;
        list->is_old = false;
        if (best && best->file != list->file)
            best = NULL;
        if (best && !counts_more(list, best)) {
            list->is_old = true;
            continue;
        }
        if (best)
            best->is_old = true;
        best = list;
    }
}

/* ---- streams ---- */

/* Puts the deltas of each message together, in the place of the first. */
static void join_deltas(struct loading *load)
{
    struct strmap seen; /* id -> message that is whole, or the first of its deltas */
    size_t *next;
    size_t deltas = 0;

    for (size_t i = 0; i < load->count; i++)
        deltas += load->messages[i].is_delta;
    if (deltas == 0)
        return;
    strmap_init(&seen);
    next = mem_zalloc(load->count, sizeof *next);
    json_t **pieces = mem_zalloc(deltas, sizeof *pieces);
    /* Which message each delta is of: the last state of it, else the first delta. */
    for (size_t i = 0; i < load->count; i++) {
        struct span id = json_get_text(load->messages[i].object, "id");
        bool added = true;
        size_t at = id.len > 0 ? strmap_add(&seen, id, &added) : SIZE_MAX;

        next[i] = at;
        if (at != SIZE_MAX && (added || !load->messages[i].is_delta))
            strmap_set_value(&seen, at, i);
    }
    size_t *heads = mem_zalloc(seen.count + 1, sizeof *heads);
    size_t *starts = mem_zalloc(seen.count + 2, sizeof *starts);
    for (size_t i = 0; i < load->count; i++) {
        if (load->messages[i].is_delta && next[i] != SIZE_MAX)
            starts[next[i] + 1]++;
    }
    for (size_t i = 0; i < seen.count; i++) {
        starts[i + 1] += starts[i];
        heads[i] = starts[i];
    }
    for (size_t i = 0; i < load->count; i++) {
        if (load->messages[i].is_delta && next[i] != SIZE_MAX)
            pieces[heads[next[i]]++] = load->messages[i].object;
    }
    for (size_t i = 0; i < seen.count; i++) {
        struct arrange_message *m = &load->messages[strmap_value(&seen, i)];
        size_t count = starts[i + 1] - starts[i];
        bool is_open = m->is_delta || span_is(json_get_text(m->object, "status"), "in_progress");

        if (count == 0)
            continue;
        if (!is_open)
            continue;
        json_t *joined =
            arrange_join_deltas(m->is_delta ? NULL : m->object, pieces + starts[i], count);
        (void)json_array_append_new(load->data->owned, joined);
        m->object = joined;
        m->raw = make_raw(load, joined);
        m->is_delta = false;
    }
    free(heads);
    free(starts);
    free(pieces);
    free(next);
    strmap_release(&seen);
}

/* Takes deltas that were put into a message out of the messages; they have no place of their own.
 */
static void drop_deltas(struct loading *load, bool counted)
{
    struct index_tally *tallies = load->options->index->tallies;
    size_t kept = 0;

    for (size_t i = 0; i < load->count; i++) {
        if (load->messages[i].is_delta) {
            if (!counted)
                tallies[load->messages[i].file].states++;
            continue;
        }
        load->messages[kept] = load->messages[i];
        load->lists[kept++] = load->lists[i];
    }
    load->count = kept;
}

/* ---- messages ---- */

static bool note_truncated(struct loading *load, uint32_t list, const char *why, struct error *err)
{
    const struct index_list *at = list == INDEX_NONE ? NULL : &load->options->index->lists[list];

    if (load->options->allow_truncated) {
        load->data->losses.count[LOSS_TRUNCATED] = 1;
        return true;
    }
    error_set(err, ERROR_TRUNCATED, "%s", why);
    return at ? fail_at(load, at->file, at->line, err) : false;
}

/* The lists of a thread while they are arranged. */
static struct arrange_list *build_lists(const struct loading *load, uint32_t thread, size_t *count)
{
    const struct index *index = load->options->index;
    struct arrange_list *lists;
    size_t n = 0;
    size_t at = 0;

    for (uint32_t l = index->threads[thread].first_list; l != INDEX_NONE; l = index->lists[l].next)
        n++;
    lists = mem_zalloc(n, sizeof *lists);
    *count = 0;
    for (uint32_t l = index->threads[thread].first_list; l != INDEX_NONE;
         l = index->lists[l].next) {
        const struct index_list *from = &index->lists[l];
        size_t first = at;

        while (at < load->count && load->lists[at] == l)
            at++;
        if (at == first && from->more == MORE_ABSENT)
            continue;
        if (from->is_old)
            continue;
        lists[(*count)++] = (struct arrange_list){
            .messages = load->messages + first,
            .count = at - first,
            .form = (enum list_form)from->form,
            .more = (enum list_more)from->more,
            .place = l,
            .file = from->file,
            .line = from->line,
        };
    }
    return lists;
}

static void tell_ledger(const struct loading *load, uint32_t thread)
{
    struct index *index = load->options->index;

    if (index->threads[thread].is_counted)
        return;
    index->threads[thread].is_counted = true;
    for (size_t i = 0; i < load->count; i++) {
        const struct arrange_message *m = &load->messages[i];

        index->tallies[m->file].states += m->fate == FATE_STATE;
        index->tallies[m->file].duplicates += m->fate == FATE_DUPLICATE;
    }
}

static bool fail_by_clash(const struct loading *load, const struct arrange_result *result,
                          struct error *err)
{
    const struct index *index = load->options->index;

    error_set(err, ERROR_BAD_SOURCE, "%s", result->clash);
    if (result->clash_list[0] == SIZE_MAX)
        return false;
    const struct index_list *a = &index->lists[result->clash_list[0]];
    const struct index_list *b = &index->lists[result->clash_list[1]];
    error_set(err, ERROR_BAD_SOURCE, "%s: another is at %s:%u", result->clash,
              load->options->inputs->files[a->file].path, a->line);
    return fail_at(load, b->file, b->line, err);
}

static bool arrange_messages(struct loading *load, uint32_t thread, struct error *err)
{
    struct arrange_result result;
    size_t count;
    struct arrange_list *lists = build_lists(load, thread, &count);
    bool ok = true;

    arrange_thread(&result, lists, count);
    tell_ledger(load, thread);
    if (result.has_clash)
        ok = fail_by_clash(load, &result, err);
    losses_add(&load->data->losses, &result.losses);
    for (size_t i = 0; i < result.count && ok; i++)
        add_object(load->data, &load->data->messages, json_incref(result.messages[i].object),
                   result.messages[i].raw);
    if (ok && result.is_truncated)
        ok = note_truncated(load, (uint32_t)result.truncated_list, MORE_FOLLOWS, err);
    free(result.messages);
    free(lists);
    return ok;
}

/* ---- proofs ---- */

/* A list that shows no end and is as long as a page, if nothing in the source is longer. */
static bool looks_cut(const struct index *index, const struct index_list *list)
{
    if (list->more != MORE_ABSENT || (list->form != LIST_ARRAY && list->form != LIST_PAGE))
        return false;
    for (size_t i = 0; i < sizeof PAGE_SIZES / sizeof PAGE_SIZES[0]; i++) {
        if (list->messages == PAGE_SIZES[i] && index->most_messages <= PAGE_SIZES[i])
            return true;
    }
    return false;
}

static bool check_ends(struct loading *load, uint32_t thread, struct error *err)
{
    const struct index *index = load->options->index;
    const struct index_thread *t = &index->threads[thread];
    uint32_t open = INDEX_NONE;
    bool is_closed = false;

    for (uint32_t at = t->first_list; at != INDEX_NONE; at = index->lists[at].next) {
        const struct index_list *list = &index->lists[at];

        if (looks_cut(index, list))
            return note_truncated(load, at, ONE_PAGE, err);
        if (list->form != LIST_ARCHIVE || list->is_old)
            continue;
        is_closed = is_closed || list->is_closed;
        open = list->is_closed ? open : at;
    }
    if (open != INDEX_NONE && !is_closed)
        return note_truncated(load, open, NO_END, err);
    if (load->count <= load->glimpses && !t->is_empty)
        return note_truncated(load, t->first_list, NO_MESSAGES, err);
    return true;
}

/* ---- runs and steps ---- */

/* Drops copies: the first stays where it is, but gives way while it was not finished. */
static void drop_copies(struct load_objects *objects)
{
    struct strmap seen;
    size_t kept = 0;

    if (objects->count < 2)
        return;
    strmap_init(&seen);
    for (size_t i = 0; i < objects->count; i++) {
        struct span id = json_get_text(objects->items[i], "id");
        bool added = true;
        size_t to = kept;

        if (id.len > 0) {
            size_t position = strmap_add(&seen, id, &added);
            if (added)
                strmap_set_value(&seen, position, kept);
            to = (size_t)strmap_value(&seen, position);
        }
        if (!added && !run_is_active(objects->items[to]))
            continue;
        objects->items[to] = objects->items[i];
        objects->raw[to] = objects->raw[i];
        kept += added;
    }
    objects->count = kept;
    strmap_release(&seen);
}

/* A run that is known by its steps only. */
static void add_missing_runs(struct load_thread *data)
{
    struct strmap seen;
    bool added;

    if (data->steps.count == 0)
        return;
    strmap_init(&seen);
    for (size_t i = 0; i < data->runs.count; i++)
        (void)strmap_add(&seen, json_get_text(data->runs.items[i], "id"), &added);
    for (size_t i = 0; i < data->steps.count; i++) {
        struct span id = json_get_text(data->steps.items[i], "run_id");
        json_t *time = json_object_get(data->steps.items[i], "created_at");

        if (id.len == 0)
            continue;
        (void)strmap_add(&seen, id, &added);
        if (!added)
            continue;
        json_t *run = json_pack("{s:s%, s:s, s:O*}", "id", id.data, id.len, "object", "thread.run",
                                "created_at", time);
        add_object(data, &data->runs, run, (struct span){NULL, 0});
    }
    strmap_release(&seen);
}

static int compare_spans(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

struct step {
    json_t *object;
    struct span raw;
    struct span run_id;
    size_t at;
};

static int compare_steps(const void *left, const void *right)
{
    const struct step *a = left;
    const struct step *b = right;
    int order = compare_spans(a->run_id, b->run_id);

    return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* Groups the steps by their runs, each group in the order they have. */
static void group_steps(struct load_objects *steps)
{
    struct step *all = mem_zalloc(steps->count, sizeof *all);

    for (size_t i = 0; i < steps->count; i++)
        all[i] = (struct step){steps->items[i], steps->raw[i],
                               json_get_text(steps->items[i], "run_id"), i};
    if (steps->count > 1)
        qsort(all, steps->count, sizeof *all, compare_steps);
    for (size_t i = 0; i < steps->count; i++) {
        steps->items[i] = all[i].object;
        steps->raw[i] = all[i].raw;
    }
    free(all);
}

static void arrange_runs(struct load_thread *data)
{
    drop_copies(&data->runs);
    drop_copies(&data->steps);
    arrange_by_time(data->steps.items, data->steps.raw, data->steps.count);
    add_missing_runs(data);
    arrange_by_time(data->runs.items, data->runs.raw, data->runs.count);
    group_steps(&data->steps);
}

size_t load_steps(const struct load_thread *data, struct span run_id, size_t *count)
{
    size_t low = 0;
    size_t high = data->steps.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_spans(json_get_text(data->steps.items[middle], "run_id"), run_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < data->steps.count &&
           span_equal(json_get_text(data->steps.items[low + *count], "run_id"), run_id))
        ++*count;
    return low;
}

/* ---- the whole ---- */

static bool take_records(struct loading *load, uint32_t thread, struct error *err)
{
    const struct index *index = load->options->index;

    for (uint32_t at = index->threads[thread].first_list; at != INDEX_NONE;
         at = index->lists[at].next) {
        if (index->lists[at].is_old) {
            /* An earlier beginning, which a later one replaces. */
            if (!index->threads[thread].is_counted)
                load->options->index->tallies[index->lists[at].file].states +=
                    index->lists[at].messages;
            continue;
        }
        if (!take_list(load, at, err))
            return false;
    }
    return true;
}

/* What was found wrong with the thread while the archive was indexed. */
static bool check_fault(struct loading *load, uint32_t thread, struct error *err)
{
    const struct index *index = load->options->index;
    const struct index_thread *t = &index->threads[thread];

    if (t->fault != INDEX_NONE) {
        error_set(err, index->faults[t->fault].code, "%s", index->faults[t->fault].text);
        return false;
    }
    if (t->doubt == INDEX_NONE)
        return true;
    if (load->options->allow_truncated) {
        load->data->losses.count[LOSS_TRUNCATED] = 1;
        return true;
    }
    error_set(err, index->faults[t->doubt].code, "%s", index->faults[t->doubt].text);
    return false;
}

bool load_thread(struct load_thread *data, const struct load_options *options, uint32_t thread,
                 struct error *err)
{
    struct loading load = {.data = data, .options = options};
    struct error fault = {.code = ERROR_NONE};
    bool ok;

    init_thread(data);
    buf_init(&load.row, BUF_NO_LIMIT);
    (void)check_fault(&load, thread, &fault);
    mark_old(options->index, thread);
    ok = take_records(&load, thread, err);
    if (ok) {
        join_deltas(&load);
        drop_deltas(&load, options->index->threads[thread].is_counted);
        ok = arrange_messages(&load, thread, err) && check_ends(&load, thread, err);
    }
    if (ok)
        arrange_runs(data);
    options->index->threads[thread].is_counted = true;
    if (fault.code != ERROR_NONE) {
        *err = fault;
        ok = false;
    }
    free(load.messages);
    free(load.lists);
    buf_release(&load.row);
    return ok;
}
