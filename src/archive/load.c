#include "archive/load.h"

#include "archive/arrange.h"
#include "archive/record.h"
#include "base/text.h"
#include "json/json.h"
#include "json/json_tape.h"
#include "map/map.h"

#include <stdlib.h>

static const char MORE_FOLLOWS[] =
    "the last page says that more follows, but the next page is missing";
static const char MAY_GO_ON[] =
    "the file beside it says that more follows and names no thread: this may be what follows";
static const char NO_END[] = "the archive does not have the end of this thread";
static const char ONE_PAGE[] = "a list of exactly one page, and nothing shows that it ends there";
static const char NO_MESSAGES[] =
    "the archive has no message of this thread, and nothing shows that it has none";

struct loading {
    struct load_thread *data;
    const struct load_options *options;
    struct arrange_message *messages;
    uint32_t *lists; /* beside each message: the index list it is in */
    size_t count;
    size_t cap;
    struct buf row;
    uint32_t row_lines; /* line feeds in the bytes of the place in hand */
    size_t glimpses;
    struct span id;     /* of the thread */
    bool is_nameless;   /* its file gave it its name, which says nothing of a thread */
    struct losses told; /* what ends of our own archive say that reading cost */
    struct tape tape;
    struct buf own; /* of a thread object: all but its lists */
};

void load_release(struct load_thread *data)
{
    objects_release(&data->thread);
    objects_release(&data->messages);
    objects_release(&data->runs);
    objects_release(&data->steps);
    json_decref(data->owned);
    arena_release(&data->arena);
    memset(data, 0, sizeof *data);
}

/* ---- raw bytes ---- */

static struct span keep(const struct loading *load, struct span bytes)
{
    if (!bytes.data)
        return bytes;
    return (struct span){arena_dup(&load->data->arena, bytes.data, bytes.len), bytes.len};
}

/* The bytes of an object of the API, made of a record; and what it was made of. */
static struct object_bytes make_bytes(const struct loading *load, const json_t *object,
                                      enum object_kind kind, struct span from)
{
    struct object_bytes made = {.from = {NULL, 0}};
    struct buf text;

    if (!load->options->keep_raw)
        return made;
    buf_init(&text, BUF_NO_LIMIT);
    record_form(&text, object, kind, load->id);
    made.raw = keep(load, buf_span(&text));
    made.from = keep(load, from);
    buf_release(&text);
    return made;
}

static struct object_bytes keep_bytes(const struct loading *load, const struct object_bytes *bytes)
{
    if (!load->options->keep_raw)
        return (struct object_bytes){.raw = {NULL, 0}};
    return (struct object_bytes){keep(load, bytes->raw), keep(load, bytes->from)};
}

/* The bytes that stand for a record: its own, if it is an object of the API and in its file as
 * such, or a line of our own archive. */
static struct object_bytes bytes_of(const struct loading *load, const json_t *object,
                                    const struct index_place *place,
                                    const struct object_bytes *bytes, bool is_api)
{
    bool is_made = bytes->from.data || (place->flags & PLACE_IS_CSV);

    if (place->flags & PLACE_IS_OWN || (is_api && !is_made))
        return keep_bytes(load, bytes);
    return make_bytes(load, object, (enum object_kind)place->kind,
                      bytes->from.data ? bytes->from : bytes->raw);
}

/* Parts the bytes of a place that has both: one value after the other, or "from": between them. */
static struct object_bytes part_bytes(struct loading *load, struct span text)
{
    struct object_bytes bytes = {.raw = text};
    size_t used = 0;

    if (tape_read(&load->tape, text, &used) != TAPE_WHOLE)
        return bytes;
    struct span rest = text_trim((struct span){text.data + used, text.len - used});
    bytes.raw.len = used;
    if (rest.len > 0 && rest.data[0] == ',') {
        const char *colon = memchr(rest.data, ':', rest.len);
        size_t behind = colon ? (size_t)(colon - rest.data) + 1 : rest.len;

        rest = text_trim((struct span){rest.data + behind, rest.len - behind});
    }
    bytes.from = rest;
    return bytes;
}

/* ---- records ---- */

/* "FILE:LINE: " in front of the error. */
static bool fail_at(const struct loading *load, uint32_t file, uint32_t line, struct error *err)
{
    error_wrap(err, "%s:%u", load->options->inputs->files[file].path, line);
    return false;
}

/* True for a row or line whose own bytes were read. */
static bool is_row(const struct loading *load, uint32_t list, const struct index_place *place)
{
    const struct index_list *l = &load->options->index->lists[list];
    const bool is_table = load->options->inputs->files[l->file].table != NULL;

    return l->form == LIST_ROWS && !(place->flags & PLACE_IS_MADE) &&
           is_table == ((place->flags & PLACE_IS_CSV) != 0);
}

static bool add_message(struct loading *load, json_t *message, const struct object_bytes *bytes,
                        uint32_t list, const struct index_place *place)
{
    bool is_api = record_is_api(message, "thread.message");
    bool stands = is_api && load->options->keep_raw && record_stands_alone(bytes->raw, message);
    struct object_bytes kept = place->kind == OBJECT_DELTA
                                   ? keep_bytes(load, bytes)
                                   : bytes_of(load, message, place, bytes, stands);

    size_t cap = load->cap;
    load->lists = mem_grow(load->lists, load->count, &cap, sizeof *load->lists);
    load->messages = mem_grow(load->messages, load->count, &load->cap, sizeof *load->messages);
    (void)json_array_append_new(load->data->owned, message);
    load->lists[load->count] = list;
    load->messages[load->count] = (struct arrange_message){
        .object = message,
        .raw = kept.raw,
        .from = kept.from,
        .is_delta = place->kind == OBJECT_DELTA,
        .is_api = is_api,
        .file = load->options->index->lists[list].file,
        .line = place->line,
        .end_line = is_row(load, list, place) ? place->line + load->row_lines : 0,
    };
    struct arrange_message *m = &load->messages[load->count++];
    m->is_timed = source_time_ms(json_object_get(message, "created_at"), &m->ms);
    m->is_unclear = !m->is_timed && json_get_text(message, "created_at").len > 0;
    load->glimpses += (place->flags & PLACE_IS_GLIMPSE) != 0;
    return true;
}

/*
 * Takes a thread object. Objects that were made at the same time are states of one thread, of which
 * the newest counts; others must not contradict each other.
 */
static bool add_thread(struct loading *load, const struct object_bytes *bytes,
                       const struct index_place *place, struct error *err)
{
    struct objects *have = &load->data->thread;
    bool replaces = place->flags & (PLACE_IS_STREAM | PLACE_IS_OWN);
    bool is_whole = false;
    json_t *thread;
    json_t *old;

    buf_clear(&load->own);
    thread = record_thread(bytes->raw, &load->own, &is_whole, err);
    if (!thread)
        return false;
    const struct object_bytes own = {is_whole ? bytes->raw : buf_span(&load->own), bytes->from};
    struct object_bytes kept = bytes_of(load, thread, place, &own, record_is_api(thread, "thread"));
    if (have->count == 0) {
        objects_add(have, load->data->owned, thread, kept);
        return true;
    }
    old = have->items[0];
    bool clashes = !replaces && objects_contradict(old, thread);
    if (clashes) {
        error_set(err, ERROR_BAD_SOURCE, "two different thread objects have this id");
    } else {
        bool counts = objects_merge(old, thread, replaces);

        if (!json_equal(old, thread))
            kept = make_bytes(load, old, OBJECT_THREAD,
                              counts               ? own.raw
                              : have->from[0].data ? have->from[0]
                                                   : have->raw[0]);
        have->raw[0] = kept.raw;
        have->from[0] = kept.from;
    }
    json_decref(thread);
    return !clashes;
}

static bool add_other(struct loading *load, struct objects *objects,
                      const struct object_bytes *bytes, const struct index_place *place,
                      struct error *err)
{
    const char *name = place->kind == OBJECT_RUN ? "thread.run" : "thread.run.step";
    json_t *object = json_read_object(bytes->raw, err);

    bool is_api = object && record_is_api(object, name);
    object = object ? record_object(object, err) : NULL;
    if (!object)
        return false;
    objects_add(objects, load->data->owned, object, bytes_of(load, object, place, bytes, is_api));
    return true;
}

/* What the line that ends a thread of our own archive says that reading cost. */
static bool add_losses(struct loading *load, struct span bytes, struct error *err)
{
    json_t *end = json_read_object(bytes, err);
    json_t *losses = json_object_get(end, "losses");

    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        json_t *count = json_object_get(losses, LOSS_ROWS[kind].name);

        if (LOSS_ROWS[kind].of_reading && json_is_integer(count) && json_integer_value(count) > 0)
            load->told.count[kind] += json_integer_value(count);
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

    if (place->flags & PLACE_IS_KEPT
            ? !inputs_read_kept(inputs, place->offset, place->len, bytes, err)
            : !inputs_read(inputs, file, place->offset, place->len, bytes, err))
        return false;
    if (load->is_nameless)
        load->row_lines = text_count_lines(*bytes);
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
        place->flags & PLACE_IS_OWN ? NULL : &load->options->inputs->files[file],
        place->flags & PLACE_IS_MADE ? NULL : load->options->fields,
    };
    struct object_bytes bytes = {.from = {NULL, 0}};
    json_t *message;

    if (!read_place(load, file, place, &bytes.raw, err))
        return false;
    if (place->flags & PLACE_HAS_FROM)
        bytes = part_bytes(load, bytes.raw);
    switch ((enum object_kind)place->kind) {
    case OBJECT_MESSAGE:
        message = json_read_object(bytes.raw, err);
        message = message ? record_message(message, &source, err) : NULL;
        return message && add_message(load, message, &bytes, list, place);
    case OBJECT_DELTA:
        message = json_read_object(bytes.raw, err);
        return message && add_message(load, message, &bytes, list, place);
    case OBJECT_THREAD:
        return add_thread(load, &bytes, place, err);
    case OBJECT_RUN:
        return add_other(load, &load->data->runs, &bytes, place, err);
    case OBJECT_STEP:
        return add_other(load, &load->data->steps, &bytes, place, err);
    case OBJECT_END:
    case OBJECT_TRUNCATED:
        return add_losses(load, bytes.raw, err);
    case OBJECT_NONE:
    case OBJECT_ASSISTANT:
    case OBJECT_WRAPPED:
    case OBJECT_ENVELOPE:
    case OBJECT_FOREIGN:
    case OBJECT_ERROR:
    case OBJECT_KINDS:
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

/* ---- streams ---- */

/* The bytes of a message that deltas were joined to: made of a list of its state and all of them.
 */
static void join_bytes(const struct loading *load, struct arrange_message *m, const json_t *joined,
                       const struct span *deltas, size_t count)
{
    struct buf from;

    if (!load->options->keep_raw)
        return;
    buf_init(&from, BUF_NO_LIMIT);
    buf_add_char(&from, '[');
    if (!m->is_delta)
        buf_add_span(&from, m->from.data ? m->from : m->raw);
    for (size_t i = 0; i < count; i++) {
        if (from.len > 1)
            buf_add_char(&from, ',');
        buf_add_span(&from, deltas[i]);
    }
    buf_add_char(&from, ']');
    const struct object_bytes made = make_bytes(load, joined, OBJECT_MESSAGE, buf_span(&from));
    m->raw = made.raw;
    m->from = made.from;
    buf_release(&from);
}

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
    struct span *sources = mem_zalloc(deltas, sizeof *sources);
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
        if (!load->messages[i].is_delta || next[i] == SIZE_MAX)
            continue;
        sources[heads[next[i]]] = load->messages[i].raw;
        pieces[heads[next[i]]++] = load->messages[i].object;
    }
    for (size_t i = 0; i < seen.count; i++) {
        struct arrange_message *m = &load->messages[strmap_value(&seen, i)];
        size_t count = starts[i + 1] - starts[i];
        bool is_open = m->is_delta || span_is(json_get_text(m->object, "status"), "in_progress");

        if (count == 0 || !is_open)
            continue;
        json_t *joined =
            arrange_join_deltas(m->is_delta ? NULL : m->object, pieces + starts[i], count);
        (void)json_array_append_new(load->data->owned, joined);
        join_bytes(load, m, joined, sources + starts[i], count);
        m->object = joined;
        m->is_delta = false;
    }
    free(heads);
    free(starts);
    free(pieces);
    free(sources);
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
            .messages = load->messages ? load->messages + first : NULL,
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

/* Messages that name no thread, and that are several talks. */
static bool check_talks(const struct loading *load, const struct arrange_list *lists, size_t count,
                        struct error *err)
{
    for (size_t i = 0; i < count && load->is_nameless; i++) {
        struct talk_sign sign = talk_look(lists[i].messages, lists[i].count);

        if (!sign.why && i > 0 && talk_breaks(&lists[i - 1], &lists[i]))
            sign = (struct talk_sign){.why = "it is not the page after the one before it"};
        if (!sign.why || !lists[i].messages)
            continue;
        error_set(err, ERROR_BAD_SOURCE,
                  "another thread seems to begin here (%s), and the messages name none: put each "
                  "thread into a file of its own",
                  sign.why);
        return fail_at(load, lists[i].file, lists[i].messages[sign.at].line, err);
    }
    return true;
}

static bool arrange_messages(struct loading *load, uint32_t thread, struct error *err)
{
    struct arrange_result result;
    size_t count;
    struct arrange_list *lists = build_lists(load, thread, &count);
    bool ok = check_talks(load, lists, count, err);

    arrange_thread(&result, lists, count);
    tell_ledger(load, thread);
    if (ok && result.has_clash)
        ok = fail_by_clash(load, &result, err);
    losses_add(&load->data->losses, &result.losses);
    for (size_t i = 0; i < result.count && ok; i++)
        objects_add(&load->data->messages, load->data->owned,
                    json_incref(result.messages[i].object),
                    (struct object_bytes){result.messages[i].raw, result.messages[i].from});
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
    return (list->form == LIST_ARRAY || list->form == LIST_PAGE) && index_is_one_page(index, list);
}

/* True if two names differ in what counts files only: page_1.json, page_2.json, page.json. */
static bool are_of_one_series(const char *a, const char *b)
{
    static const char COUNTS[] = "0123456789-_ ()";

    for (;; a++, b++) {
        a += strspn(a, COUNTS);
        b += strspn(b, COUNTS);
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
    }
}

/* A page without a name after, or before, a file that goes on without one. */
static bool may_be_rest(const struct loading *load, const struct index_thread *thread)
{
    const struct index *index = load->options->index;
    const struct inputs *inputs = load->options->inputs;
    const uint32_t file = thread->named_by;

    if (!load->is_nameless || index->lists[thread->first_list].form != LIST_PAGE)
        return false;
    for (uint32_t other = file > 0 ? file - 1 : 1; other <= file + 1; other += 2) {
        if (other < inputs->count && index->tallies[other].goes_on &&
            are_of_one_series(inputs->files[file].path, inputs->files[other].path))
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
    if (may_be_rest(load, t))
        return note_truncated(load, t->first_list, MAY_GO_ON, err);
    if (open != INDEX_NONE && !is_closed)
        return note_truncated(load, open, NO_END, err);
    if (load->count <= load->glimpses && !t->is_empty)
        return note_truncated(load, t->first_list, NO_MESSAGES, err);
    return true;
}

/* ---- runs and steps ---- */

/* A run that is known by its steps only. */
static void add_missing_runs(const struct loading *load)
{
    struct load_thread *data = load->data;
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
        objects_add(&data->runs, data->owned, run,
                    make_bytes(load, run, OBJECT_RUN, (struct span){NULL, 0}));
    }
    strmap_release(&seen);
}

static void arrange_runs(const struct loading *load)
{
    struct load_thread *data = load->data;

    objects_drop_copies(&data->runs);
    objects_drop_copies(&data->steps);
    objects_sort(&data->steps);
    add_missing_runs(load);
    objects_sort(&data->runs);
    objects_group(&data->steps);
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

/*
 * Takes back what an earlier reading cost, by the lines of our own archive. What its objects show
 * is counted again where they are mapped: an active run, and texts that were no text.
 */
static void take_losses_back(struct loading *load)
{
    const struct load_thread *data = load->data;
    int64_t shown[LOSS_KINDS] = {0};

    if (losses_total(&load->told) == 0)
        return;
    for (size_t i = 0; i < data->runs.count; i++)
        shown[LOSS_ACTIVE_RUN] += run_is_active(data->runs.items[i]);
    for (size_t i = 0; i < data->messages.count; i++) {
        shown[LOSS_ACTIVE_RUN] +=
            span_is(json_get_text(data->messages.items[i], "status"), "in_progress");
        shown[LOSS_INVALID_TEXT] += record_repaired(data->messages.items[i], OBJECT_MESSAGE);
    }
    for (size_t i = 0; i < data->thread.count; i++)
        shown[LOSS_INVALID_TEXT] += record_repaired(data->thread.items[i], OBJECT_THREAD);
    if (load->told.count[LOSS_ACTIVE_RUN] > 1)
        load->told.count[LOSS_ACTIVE_RUN] = 1;
    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        int64_t told = load->told.count[kind] - shown[kind];

        load->data->losses.count[kind] += told > 0 ? told : 0;
    }
    if (load->data->losses.count[LOSS_ORDER_GUESSED] > 1)
        load->data->losses.count[LOSS_ORDER_GUESSED] = 1;
}

bool load_thread(struct load_thread *data, const struct load_options *options, uint32_t thread,
                 struct error *err)
{
    struct loading load = {
        .data = data,
        .options = options,
        .id = index_id(options->index, thread),
    };

    load.is_nameless = options->index->threads[thread].named_by != INDEX_NONE &&
                       !span_starts_with(load.id, "thread_");
    struct error fault = {.code = ERROR_NONE};
    bool ok;

    *data = (struct load_thread){.owned = json_array()};
    arena_init(&data->arena);
    buf_init(&load.row, BUF_NO_LIMIT);
    buf_init(&load.own, BUF_NO_LIMIT);
    tape_init(&load.tape);
    (void)check_fault(&load, thread, &fault);
    index_mark_old(options->index, thread);
    ok = take_records(&load, thread, err);
    if (ok) {
        join_deltas(&load);
        drop_deltas(&load, options->index->threads[thread].is_counted);
        ok = arrange_messages(&load, thread, err) && check_ends(&load, thread, err);
    }
    if (ok) {
        arrange_runs(&load);
        take_losses_back(&load);
    }
    options->index->threads[thread].is_counted = true;
    if (fault.code != ERROR_NONE) {
        *err = fault;
        ok = false;
    }
    free(load.messages);
    free(load.lists);
    buf_release(&load.row);
    buf_release(&load.own);
    tape_release(&load.tape);
    return ok;
}
