#include "archive/shelf.h"

#include "archive/record.h"
#include "archive/shelf_parts.h"
#include "base/text.h"
#include "json/json.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

void shelf_init(struct shelf *shelf, struct index *index, struct inputs *inputs)
{
    memset(shelf, 0, sizeof *shelf);
    shelf->index = index;
    shelf->inputs = inputs;
    arena_init(&shelf->arena);
    buf_init(&shelf->scratch, BUF_NO_LIMIT);
    buf_init(&shelf->word, BUF_NO_LIMIT);
    buf_init(&shelf->held, BUF_NO_LIMIT);
    tape_init(&shelf->parts);
    strmap_init(&shelf->said);
    siphash_random_key(shelf->key);
}

void shelf_release(struct shelf *shelf)
{
    arena_release(&shelf->arena);
    buf_release(&shelf->scratch);
    buf_release(&shelf->word);
    buf_release(&shelf->held);
    tape_release(&shelf->parts);
    strmap_release(&shelf->said);
    free(shelf->open);
    for (size_t i = 0; i < shelf->pending_count; i++)
        free(shelf->pending[i]);
    free(shelf->pending);
    free(shelf->only);
    free(shelf->waits);
    free(shelf->unread);
    free(shelf->asked);
}

/* ---- lists ---- */

static void remember_only(struct shelf *shelf, uint32_t number, uint32_t only)
{
    while (shelf->only_count <= number) {
        size_t cap = shelf->only_cap;

        shelf->waits = mem_grow(shelf->waits, shelf->only_count, &cap, sizeof *shelf->waits);
        shelf->waits[shelf->only_count] = 0;
        shelf->only =
            mem_grow(shelf->only, shelf->only_count, &shelf->only_cap, sizeof *shelf->only);
        shelf->only[shelf->only_count++] = INDEX_NONE;
    }
    shelf->only[number] = only;
}

static struct shelf_list *add_open(struct shelf *shelf, uint32_t number)
{
    shelf->open = mem_grow(shelf->open, shelf->open_count, &shelf->open_cap, sizeof *shelf->open);
    struct shelf_list *list = &shelf->open[shelf->open_count++];
    memset(list, 0, sizeof *list);
    list->number = number;
    list->only = INDEX_NONE;
    list->nameless = INDEX_NONE;
    list->last_list = INDEX_NONE;
    remember_only(shelf, number, INDEX_NONE);
    return list;
}

static struct shelf_list *find_open(struct shelf *shelf, uint32_t number)
{
    for (size_t i = shelf->open_count; i-- > 1;) {
        if (shelf->open[i].number == number)
            return &shelf->open[i];
    }
    return &shelf->open[0];
}

void shelf_open(struct shelf *shelf, uint32_t file)
{
    shelf->file = file;
    shelf->open_count = 0;
    shelf->only_count = 0;
    shelf->unread_count = 0;
    shelf->asked_count = 0;
    shelf->wide = 0;
    shelf->broken = 0;
    shelf->last_page = INDEX_NONE;
    shelf->last_more = MORE_ABSENT;
    shelf->last_thread = INDEX_NONE;
    shelf->empty_pages = 0;
    shelf->is_decoded = false;
    shelf->is_own = false;
    shelf->names_beside = false;
    shelf->unknown_why = NULL;
    shelf->unknown_hint = NULL;
    shelf->first_list = (uint32_t)shelf->index->list_count;
    memset(shelf->inner, 0, sizeof shelf->inner);
    strmap_release(&shelf->said);
    strmap_init(&shelf->said);
    arena_reset(&shelf->arena);
    (void)add_open(shelf, 0);
}

static uint32_t new_list(struct shelf *shelf, const struct shelf_list *list, enum list_form form,
                         uint32_t thread)
{
    return index_list(shelf->index, &(struct index_list){
                                        .thread = thread,
                                        .file = shelf->file,
                                        .line = list->line,
                                        .number = list->number,
                                        .form = (uint8_t)form,
                                        .more = (uint8_t)list->more,
                                    });
}

/* The list that a thread has among those of the walker's list; begun if it has none yet. */
static uint32_t list_of(struct shelf *shelf, struct shelf_list *list, enum list_form form,
                        uint32_t thread, uint32_t line)
{
    struct index *index = shelf->index;
    uint32_t at = index->threads[thread].last_list;

    if (at != INDEX_NONE && at >= shelf->first_list && index->lists[at].number == list->number &&
        index->lists[at].form == form && !index->lists[at].is_closed &&
        !index->lists[at].is_truncated)
        return at;
    at = new_list(shelf, list, form, thread);
    if (list->number == 0)
        shelf->index->lists[at].line = line;
    return at;
}

/* ---- records ---- */

/* Keeps the bytes of a record, and where it is wanted those of what it was made of. */
static void keep_record(struct shelf *shelf, const struct sighting *s, struct index_place *place)
{
    uint64_t behind;

    place->flags |= PLACE_IS_KEPT;
    place->len = (uint32_t)s->raw.len;
    if (shelf->error.code != ERROR_NONE ||
        !inputs_keep(shelf->inputs, s->raw, &place->offset, &shelf->error))
        return;
    if (!shelf->keeps_from || !s->from.data ||
        !inputs_keep(shelf->inputs, s->from, &behind, &shelf->error))
        return;
    place->flags |= PLACE_HAS_FROM;
    place->len += (uint32_t)s->from.len;
}

static void add_record(struct shelf *shelf, uint32_t list, const struct sighting *s)
{
    struct index_place place = {
        .offset = s->offset,
        .len = (uint32_t)s->len,
        .line = s->line,
        .kind = (uint8_t)s->kind,
        .flags =
            (uint8_t)((s->is_event ? PLACE_IS_STREAM : 0) | (s->is_glimpse ? PLACE_IS_GLIMPSE : 0) |
                      (s->is_own ? PLACE_IS_OWN : 0) | (s->is_made ? PLACE_IS_MADE : 0)),
    };

    if (shelf->is_decoded || (s->is_copy && !s->is_row)) {
        keep_record(shelf, s, &place);
    } else if (s->is_row) {
        place.flags |= PLACE_IS_CSV;
    } else if (s->is_own && shelf->keeps_from && s->from.data) {
        place.flags |= PLACE_HAS_FROM;
        place.len = (uint32_t)(s->from.data + s->from.len - s->raw.data);
    }
    index_add(shelf->index, list, &place, s->offset);
}

struct span shelf_own_thread(struct shelf *shelf, const struct sighting *s)
{
    return look_thread(s->look, s->tape, &shelf->scratch);
}

static void contradict(struct shelf *shelf, struct span a, struct span b, uint32_t line)
{
    const char *path = shelf->inputs->files[shelf->file].path;
    uint32_t threads[2] = {index_thread(shelf->index, a), index_thread(shelf->index, b)};

    for (int i = 0; i < 2; i++)
        index_fail(shelf->index, threads[i], ERROR_BAD_SOURCE,
                   "%s:%u: a message names one thread, and what is around it another", path, line);
}

/* The ids around a record that contradict `id`. */
static void check_claim(struct shelf *shelf, const struct claim *claim, struct span id,
                        uint32_t line)
{
    if (claim->strong.data && !span_equal(claim->strong, id))
        contradict(shelf, claim->strong, id, line);
    if (claim->other.data && !span_equal(claim->other, id))
        contradict(shelf, claim->other, id, line);
    if (shelf_is_thread_key(claim->key) && !span_equal(claim->key, id))
        contradict(shelf, claim->key, id, line);
}

static void note_only(struct shelf_list *list, uint32_t thread)
{
    if (list->only == INDEX_NONE)
        list->only = thread;
    else if (list->only != thread)
        list->only = SHELF_MANY;
}

/* ---- messages ---- */

/* Counts whether strings under the keys of texts are parts in JSON. */
static void count_inner(struct shelf *shelf, const struct sighting *s)
{
    for (int f = FIELD_CONTENT; f <= FIELD_PARTS; f++) {
        uint32_t value = s->look->at[f];

        if (value == TAPE_NONE || tape_type(s->tape, value) != TAPE_STRING ||
            s->tape->values[value].len == 2)
            continue;
        bool is_parts = look_is_inner(s->tape, value) &&
                        look_is_parts(tape_text(s->tape, value, &shelf->scratch), &shelf->parts);
        shelf->inner[f - FIELD_CONTENT][is_parts]++;
    }
}

/* The thread that a message of a stream belongs to by its id, or INDEX_NONE. */
static uint32_t thread_by_stream(struct shelf *shelf, const struct sighting *s)
{
    struct span id = look_id(s->tape, s->look->at[FIELD_ID], &shelf->scratch);
    size_t at = id.data ? strmap_find(&shelf->said, id) : SIZE_MAX;

    return at == SIZE_MAX ? INDEX_NONE : (uint32_t)strmap_value(&shelf->said, at);
}

static void remember_stream(struct shelf *shelf, const struct sighting *s, uint32_t thread)
{
    struct span id = look_id(s->tape, s->look->at[FIELD_ID], &shelf->scratch);
    bool added;

    if (id.data && id.len < 1000)
        strmap_set_value(&shelf->said, strmap_add(&shelf->said, id, &added), thread);
}

static void take_named(struct shelf *shelf, struct shelf_list *list, const struct sighting *s,
                       uint32_t thread)
{
    enum list_form form = s->is_own ? LIST_ARCHIVE : list->form;
    uint32_t at = list_of(shelf, list, form, thread, s->line);
    uint32_t namer = shelf->index->threads[thread].named_by;

    list->has_runs = list->has_runs || (list->was_named && list->last_list == at);
    list->was_named = true;
    if (namer != INDEX_NONE && !nameless_same_folder(shelf, namer))
        index_fail(shelf->index, thread, ERROR_BAD_SOURCE,
                   "%s names no thread, and its name is the id of another thread: rename it",
                   shelf->inputs->files[namer].path);
    add_record(shelf, at, s);
    note_only(list, thread);
    list->last_list = at;
    shelf->last_thread = thread;
    if (s->is_event)
        remember_stream(shelf, s, thread);
}

/* True if the message's role means user, or it says none. */
static bool is_by_user(struct shelf *shelf, const struct sighting *s)
{
    uint32_t role = s->look->at[FIELD_ROLE];
    struct span word;

    if (role == TAPE_NONE)
        return true;
    word = tape_text(s->tape, role, &shelf->scratch);
    return word.data && span_is(fields_role(s->is_made ? NULL : shelf->fields, word), "user");
}

static void take_nameless(struct shelf *shelf, struct shelf_list *list, const struct sighting *s)
{
    if (list->nameless == INDEX_NONE)
        list->nameless = new_list(shelf, list, list->form, INDEX_NONE);
    if (list->was_named)
        shelf->index->lists[list->last_list].is_followed = true;
    list->was_named = false;
    add_record(shelf, list->nameless, s);
    list->nameless_count++;
    if (s->made_from)
        nameless_look(shelf, list, s->made_from, s->made_of, is_by_user(shelf, s));
    else
        nameless_look(shelf, list, s->tape, s->value, is_by_user(shelf, s));
}

/* A message without a thread that is not an element of a list: nothing says whose it is. */
static void refuse_message(struct shelf *shelf, const struct sighting *s)
{
    struct sighting place = *s;

    place.kind = OBJECT_NONE;
    place.why = "a message that names no thread, outside of a list";
    place.hint = shelf->unknown_why ? shelf->unknown_hint
                                    : "name the key that holds the thread's id: "
                                      "--source-fields-thread KEY";
    place.path = (struct span){"", 0};
    shelf->index->tallies[shelf->file].messages--;
    unread_tell(shelf, &place);
}

/* Remembers a word that is no role, for the setting that would make it one. */
static void note_role(struct shelf *shelf, const struct sighting *s)
{
    const uint32_t role = s->look->at[FIELD_ROLE];
    struct span word;

    if (role == TAPE_NONE || look_is(s->tape, role, "user") || look_is(s->tape, role, "assistant"))
        return;
    word = tape_text(s->tape, role, &shelf->scratch);
    if (word.data)
        word = fields_role(s->is_made ? NULL : shelf->fields, word);
    if (word.data && !fields_is_role(word))
        index_role(shelf->index, word);
}

static void on_message(struct shelf *shelf, const struct sighting *s)
{
    struct shelf_list *list = find_open(shelf, s->list);
    struct span own = shelf_own_thread(shelf, s);
    uint32_t thread = INDEX_NONE;

    shelf->index->tallies[shelf->file].messages++;
    if (s->kind == OBJECT_MESSAGE) {
        note_role(shelf, s);
        notice_message(shelf, s);
    }
    if (s->kind == OBJECT_MESSAGE && !s->is_own)
        count_inner(shelf, s);
    if (own.data) {
        check_claim(shelf, &s->claim, own, s->line);
        /* What was faulted may have moved nothing: the id is still borrowed from the tape. */
        own = shelf_own_thread(shelf, s);
        thread = index_thread(shelf->index, own);
    } else if (s->claim.strong.data) {
        check_claim(shelf, &s->claim, s->claim.strong, s->line);
        thread = index_thread(shelf->index, s->claim.strong);
    } else if (s->is_event || s->kind == OBJECT_DELTA) {
        thread = thread_by_stream(shelf, s);
    }
    if (thread == INDEX_NONE && !s->is_direct && (s->claim.plain.data || s->claim.key.data))
        thread = index_thread(shelf->index, s->claim.plain.data ? s->claim.plain : s->claim.key);
    if (thread != INDEX_NONE)
        take_named(shelf, list, s, thread);
    else if (s->is_direct)
        take_nameless(shelf, list, s);
    else
        refuse_message(shelf, s);
}

/* ---- other records ---- */

/* The thread that a record of another kind is of, or INDEX_NONE. */
static uint32_t thread_of_other(struct shelf *shelf, const struct sighting *s)
{
    struct span own = shelf_own_thread(shelf, s);

    if (own.data)
        return index_thread(shelf->index, own);
    if (s->claim.strong.data)
        return index_thread(shelf->index, s->claim.strong);
    if (s->claim.plain.data)
        return index_thread(shelf->index, s->claim.plain);
    if (s->claim.key.data)
        return index_thread(shelf->index, s->claim.key);
    return INDEX_NONE;
}

/* A container of which the messages name their threads: its plain id says nothing. */
static bool is_overruled(const struct shelf *shelf, const struct sighting *s)
{
    return s->list != 0 && s->list < shelf->only_count && !s->claim.strong.data &&
           shelf->only[s->list] != INDEX_NONE;
}

/* The thread that an object is, or that it holds the messages of; INDEX_NONE: one without a name,
 * or none, because its messages name others. */
static uint32_t thread_of_object(struct shelf *shelf, const struct sighting *s)
{
    bool names_itself = look_is(s->tape, s->look->at[FIELD_OBJECT], "thread") ||
                        look_is(s->tape, s->look->at[FIELD_TYPE], "thread");
    struct span id = look_id(s->tape, s->look->at[FIELD_ID], &shelf->scratch);

    if (names_itself && id.data)
        return index_thread(shelf->index, id);
    if (!is_overruled(shelf, s))
        return thread_of_other(shelf, s);
    id = s->claim.plain.data ? s->claim.plain : s->claim.key;
    if (shelf->only[s->list] == SHELF_MANY ||
        (id.data && !span_equal(id, index_id(shelf->index, shelf->only[s->list]))))
        return INDEX_NONE;
    return shelf->only[s->list];
}

static void on_thread(struct shelf *shelf, const struct sighting *s)
{
    struct shelf_list *pending = nameless_find(shelf, s->list);
    uint32_t thread = thread_of_object(shelf, s);
    struct index_thread *entry;

    if (thread == INDEX_NONE) {
        if (pending && pending->nameless != INDEX_NONE && !s->is_again)
            add_record(shelf, pending->nameless, s);
        return;
    }
    entry = &shelf->index->threads[thread];
    entry->is_empty = entry->is_empty || s->is_empty;
    entry->is_listed = true;
    shelf->last_thread = thread;
    if (s->is_again)
        return;
    shelf->names_beside = shelf->names_beside || (s->is_direct && s->list == 0);
    index_count(&shelf->index->other, look_kind_name(OBJECT_THREAD));
    add_record(shelf, list_of(shelf, &shelf->open[0], LIST_ROWS, thread, s->line), s);
}

static void on_own_thread(struct shelf *shelf, const struct sighting *s)
{
    uint32_t thread = index_thread(shelf->index, s->claim.strong);

    index_count(&shelf->index->other, look_kind_name(OBJECT_THREAD));
    shelf->index->threads[thread].is_listed = true;
    /* It begins its thread anew. */
    uint32_t at = new_list(shelf, &shelf->open[0], LIST_ARCHIVE, thread);
    shelf->index->lists[at].line = s->line;
    if (s->raw.data)
        add_record(shelf, at, s);
}

static int64_t number_in(const struct tape *tape, const struct span name, uint32_t object)
{
    struct buf scratch;
    int64_t number = -1;

    buf_init(&scratch, BUF_NO_LIMIT);
    for (uint32_t i = tape_first(tape, object); i != TAPE_NONE; i = tape_next(tape, object, i)) {
        if (span_equal(tape_key(tape, i, &scratch), name) && tape_type(tape, i) == TAPE_NUMBER)
            (void)text_to_int(tape_raw(tape, i), &number);
    }
    buf_release(&scratch);
    return number;
}

/* "end" closes what it counts rightly; "truncated" says that there is no end. */
static void on_end(struct shelf *shelf, const struct sighting *s)
{
    struct span id = look_id(s->tape, s->look->at[FIELD_THREAD_ID], &shelf->scratch);
    struct index *index = shelf->index;
    uint32_t thread = index_thread(index, id);

    index_count(&index->other, look_kind_name(s->kind));
    index->threads[thread].is_listed = true;
    uint32_t at = list_of(shelf, &shelf->open[0], LIST_ARCHIVE, thread, s->line);
    struct index_list *list = &index->lists[at];
    if (s->kind == OBJECT_TRUNCATED) {
        list->is_truncated = true;
        add_record(shelf, at, s);
        return;
    }
    list->is_closed = number_in(s->tape, span_of("messages"), s->value) == list->messages &&
                      number_in(s->tape, span_of("runs"), s->value) == list->runs &&
                      number_in(s->tape, span_of("run_steps"), s->value) == list->steps;
    if (list->is_closed)
        add_record(shelf, at, s);
    list = &index->lists[at];
    index->threads[thread].is_closed = index->threads[thread].is_closed || list->is_closed;
    index->threads[thread].is_empty = index->threads[thread].is_empty || list->is_closed;
}

/* The bytes that stand for an assistant, and what it was made of where it was made, as texts. */
static json_t *assistant_bytes(const struct sighting *s, const json_t *assistant)
{
    json_t *bytes = json_array();
    struct span from = s->from;
    struct buf made;

    buf_init(&made, BUF_NO_LIMIT);
    if (s->is_own || record_is_api(assistant, "assistant")) {
        buf_add_span(&made, s->raw);
    } else {
        record_form(&made, assistant, OBJECT_ASSISTANT, (struct span){NULL, 0});
        from = s->raw;
    }
    (void)json_array_append_new(bytes, json_stringn_nocheck(made.data, made.len));
    if (from.data)
        (void)json_array_append_new(bytes, json_stringn_nocheck(from.data, from.len));
    buf_release(&made);
    return bytes;
}

static void on_assistant(struct shelf *shelf, const struct sighting *s)
{
    struct error ignored = {.code = ERROR_NONE};
    json_t *assistant = json_read_object(s->raw, &ignored);

    index_count(&shelf->index->other, look_kind_name(OBJECT_ASSISTANT));
    if (!assistant)
        return;
    (void)json_array_append_new(shelf->assistants, assistant);
    if (shelf->assistant_bytes)
        (void)json_array_append_new(shelf->assistant_bytes, assistant_bytes(s, assistant));
}

static void on_run(struct shelf *shelf, const struct sighting *s)
{
    uint32_t thread = thread_of_other(shelf, s);
    enum list_form form = s->is_own ? LIST_ARCHIVE : LIST_ROWS;

    index_count(&shelf->index->other, look_kind_name(s->kind));
    if (thread == INDEX_NONE && shelf->last_thread != INDEX_NONE && s->is_event)
        thread = shelf->last_thread;
    if (thread == INDEX_NONE)
        return;
    shelf->names_beside = shelf->names_beside || s->is_direct;
    add_record(shelf, list_of(shelf, &shelf->open[0], form, thread, s->line), s);
    if (s->is_event)
        shelf->last_thread = thread;
}

static void on_record(void *ctx, const struct sighting *s)
{
    struct shelf *shelf = ctx;

    shelf->is_own = shelf->is_own || s->is_own || s->kind == OBJECT_END;
    switch (s->kind) {
    case OBJECT_MESSAGE:
    case OBJECT_DELTA:
        on_message(shelf, s);
        break;
    case OBJECT_THREAD:
        if (s->is_own)
            on_own_thread(shelf, s);
        else
            on_thread(shelf, s);
        break;
    case OBJECT_RUN:
    case OBJECT_STEP:
        on_run(shelf, s);
        break;
    case OBJECT_ASSISTANT:
        on_assistant(shelf, s);
        break;
    case OBJECT_END:
    case OBJECT_TRUNCATED:
        on_end(shelf, s);
        break;
    case OBJECT_NONE:
    case OBJECT_WRAPPED:
    case OBJECT_ENVELOPE:
    case OBJECT_FOREIGN:
    case OBJECT_ERROR:
    case OBJECT_KINDS:
        break;
    }
}

static void on_other(void *ctx, const char *kind)
{
    index_count(&((struct shelf *)ctx)->index->other, kind);
}

/* ---- ends of lists ---- */

static struct span keep_id(struct shelf *shelf, struct span id)
{
    if (!id.data)
        return id;
    return (struct span){arena_dup(&shelf->arena, id.data, id.len), id.len};
}

static uint32_t on_begin(void *ctx, const struct walk_list *from)
{
    struct shelf *shelf = ctx;
    struct shelf_list *list = add_open(shelf, (uint32_t)shelf->only_count);

    list->form = from->form;
    list->more = from->more;
    list->offset = from->offset;
    list->line = from->line;
    list->is_shared = from->is_shared;
    list->claim = (struct claim){
        .strong = keep_id(shelf, from->claim.strong),
        .other = keep_id(shelf, from->claim.other),
        .plain = keep_id(shelf, from->claim.plain),
        .key = keep_id(shelf, from->claim.key),
        .is_vague = from->claim.is_vague,
        .is_torn = from->claim.is_torn,
    };
    return list->number;
}

/* Threads that are named once, in the row before rows that name none, may have these too: cells of
 * a spreadsheet that were one. */
static void doubt_followed(struct shelf *shelf, const struct shelf_list *list)
{
    struct index *index = shelf->index;

    for (size_t i = shelf->first_list; i < index->list_count && !list->has_runs; i++) {
        if (index->lists[i].number == list->number && index->lists[i].is_followed &&
            index->lists[i].messages == 1)
            index_doubt(index, index->lists[i].thread,
                        "%s:%u: the messages after it name no thread and may be of this one: fill "
                        "in their thread ids",
                        shelf->inputs->files[shelf->file].path, index->lists[i].line);
    }
}

/* Decides on the messages of a list that name no thread. */
static void settle_nameless(struct shelf *shelf, struct shelf_list *list)
{
    const struct claim *claim = &list->claim;
    uint32_t thread;

    if (list->nameless == INDEX_NONE)
        return;
    /* Beside messages that name their thread only a key thread_… still says whose this is. */
    if (list->only != INDEX_NONE && !shelf_is_thread_key(claim->key)) {
        nameless_refuse(shelf, list, "a message that names no thread, beside others that do",
                        "fill in its thread id, or leave it out of the file");
        doubt_followed(shelf, list);
        return;
    }
    if (claim->is_torn) {
        nameless_refuse(shelf, list, "messages that name no thread, and around them are several",
                        "name the key that holds the thread's id: --source-fields-thread KEY");
        return;
    }
    if (!claim->plain.data && !claim->key.data) {
        nameless_hold(shelf, list);
        return;
    }
    const struct span id = claim->plain.data ? claim->plain : claim->key;
    if (claim->is_vague && !shelf_is_thread_key(id) && nameless_are_talks(shelf, list))
        return;
    thread = index_thread(shelf->index, id);
    if (list->is_shared && !shelf_is_thread_key(id))
        index_fail(shelf->index, thread, ERROR_BAD_SOURCE,
                   "%s:%u: several lists of messages under one id, which may be a person's: "
                   "nothing shows that they are one thread",
                   shelf->inputs->files[shelf->file].path, list->line);
    index_give(shelf->index, list->nameless, thread);
    list->only = list->only == INDEX_NONE || list->only == thread ? thread : SHELF_MANY;
    list->last_list = list->nameless;
    shelf->last_thread = thread;
}

/* A page without messages: whose end is it? */
static void settle_empty(struct shelf *shelf, const struct shelf_list *list)
{
    struct index *index = shelf->index;
    const struct claim *claim = &list->claim;
    struct span id = claim->strong.data  ? claim->strong
                     : claim->plain.data ? claim->plain
                                         : claim->key;
    uint32_t thread = INDEX_NONE;

    if (id.data)
        thread = index_thread(index, id);
    else if (shelf->last_page != INDEX_NONE && shelf->last_more == MORE_YES)
        thread = index->lists[shelf->last_page].thread;
    if (thread == INDEX_NONE) {
        shelf->empty_pages++;
        shelf->empty_more = list->more;
        return;
    }
    index->threads[thread].is_listed = true;
    index->threads[thread].is_empty = index->threads[thread].is_empty || list->more == MORE_NO;
    uint32_t at = new_list(shelf, list, LIST_PAGE, thread);
    index->lists[at].first_at = list->offset;
    index->lists[at].last_at = list->offset;
    shelf->last_more = list->more;
}

static void on_end_list(void *ctx, uint32_t number)
{
    struct shelf *shelf = ctx;
    struct shelf_list *list = find_open(shelf, number);
    bool is_page = list->form == LIST_PAGE;

    if (list->nameless == INDEX_NONE && list->only == INDEX_NONE) {
        if (is_page)
            settle_empty(shelf, list);
    } else {
        settle_nameless(shelf, list);
        if (is_page) {
            shelf->last_page = list->only == SHELF_MANY   ? INDEX_NONE
                               : list->only == INDEX_NONE ? list->nameless
                                                          : list->last_list;
            shelf->last_more = list->more;
        }
    }
    remember_only(shelf, number, list->only);
    shelf->open_count--;
}

static void on_beside(void *ctx, uint32_t first, uint32_t second)
{
    struct shelf *shelf = ctx;
    struct shelf_list *lists[2] = {nameless_find(shelf, first), find_open(shelf, second)};

    for (int i = 0; i < 2; i++) {
        if (lists[i] && lists[i]->number != 0)
            lists[i]->is_beside = true;
    }
}

const struct walk_ops SHELF_OPS = {
    .record = on_record,
    .unread = unread_tell,
    .begin_list = on_begin,
    .end_list = on_end_list,
    .beside = on_beside,
    .other = on_other,
    .asked = notice_asked,
    .around = notice_around,
};

/* ---- the end of a file ---- */

void shelf_close(struct shelf *shelf)
{
    struct input *input = &shelf->inputs->files[shelf->file];

    settle_nameless(shelf, &shelf->open[0]);
    nameless_name(shelf);
    unread_settle(shelf);
    notice_settle(shelf);
    for (int i = 0; i < 5; i++) {
        const uint64_t parts = shelf->inner[i][1];
        const uint64_t others = shelf->inner[i][0];

        input->inner_content[i] = parts > 0 && others == 0;
        if (others > 0 && parts > others)
            index_tell(shelf->index, &(struct index_notice){.kind = NOTICE_MIXED,
                                                            .file = shelf->file,
                                                            .line = 1,
                                                            .count = parts,
                                                            .total = parts + others});
    }
}
