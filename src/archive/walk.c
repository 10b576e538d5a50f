#include "archive/walk.h"

#include "archive/walk_frame.h"
#include "base/text.h"
#include "json/json.h"
#include "os/stop.h"

#include <assert.h>
#include <stdlib.h>
#include <strings.h>

enum { STEPS_UNASKED = 1 << 12 };

void walk_init(struct walk *walk, const struct walk_ops *ops, void *ctx)
{
    memset(walk, 0, sizeof *walk);
    walk->ops = ops;
    walk->ctx = ctx;
    walk->frames = mem_zalloc(WALK_MAX_DEPTH, sizeof *walk->frames);
    arena_init(&walk->arena);
    buf_init(&walk->scratch, BUF_NO_LIMIT);
    buf_init(&walk->path, BUF_NO_LIMIT);
    tape_init(&walk->inner);
}

void walk_release(struct walk *walk)
{
    free(walk->frames);
    walk->frames = NULL;
    arena_release(&walk->arena);
    buf_release(&walk->scratch);
    buf_release(&walk->path);
    tape_release(&walk->inner);
}

static struct walk_frame *top(struct walk *walk)
{
    return &walk->frames[walk->depth - 1];
}

/* ---- places ---- */

static uint32_t line_at(struct walk *walk, const char *at)
{
    /* Back to what is around the place in hand: from here, for the text begins far away. */
    while (at < walk->counted) {
        const char *lf = memrchr(at, '\n', (size_t)(walk->counted - at));

        walk->counted_line -= lf != NULL;
        walk->counted = lf ? lf : at;
    }
    while (walk->counted < at) {
        const char *lf = memchr(walk->counted, '\n', (size_t)(at - walk->counted));

        walk->counted_line += lf != NULL;
        walk->counted = lf ? lf + 1 : at;
    }
    return walk->counted_line;
}

static void add_path(struct walk *walk, size_t depth)
{
    buf_clear(&walk->path);
    buf_add_char(&walk->path, '$');
    for (size_t i = 0; i < depth; i++) {
        const struct walk_frame *frame = &walk->frames[i];

        if (tape_type(frame->tape, frame->value) == TAPE_ARRAY) {
            buf_printf(&walk->path, "[%zu]", frame->ordinal);
            continue;
        }
        uint32_t child = frame->child;
        if (child == TAPE_NONE)
            continue;
        struct span key = tape_raw_key(frame->tape, child);
        buf_add_char(&walk->path, '.');
        buf_add(&walk->path, key.data, key.len < 80 ? key.len : 80);
    }
}

/* A sighting of a value among the top `depth` frames; its tape is theirs. */
static struct sighting sight(struct walk *walk, const struct walk_frame *around,
                             const struct tape *tape, uint32_t value)
{
    const struct piece *piece = walk->piece;
    struct sighting s = {
        .tape = tape,
        .value = value,
        .raw = tape_raw(tape, value),
        .is_event = piece->is_event,
        .is_copy = piece->is_copy,
        .offset = piece->offset,
        .len = piece->len,
        .line = piece->line,
    };

    if (around && around->is_copy) {
        s.is_copy = true;
        s.offset = around->offset;
        s.line = around->line;
    } else if (!piece->is_copy) {
        s.offset = piece->offset + tape->values[value].at;
        s.len = s.raw.len;
        s.line = line_at(walk, s.raw.data);
    }
    return s;
}

/* ---- telling ---- */

static void tell_unread(struct walk *walk, struct sighting *place, const char *why,
                        const char *hint)
{
    place->why = why;
    place->hint = hint;
    add_path(walk, walk->depth);
    place->path = buf_span(&walk->path);
    place->beside = place->raw;
    walk->ops->unread(walk->ctx, place);
}

static const char *foreign_name(const struct object_look *look, const struct tape *tape)
{
    struct span raw = tape_raw(tape, look->at[FIELD_OBJECT]);

    if (span_starts_with(raw, "\"response"))
        return "an object of the Responses API, not of Assistants";
    if (span_starts_with(raw, "\"chat.completion"))
        return "a log of chat completions, not of Assistants";
    return "an object of the Conversations API, not of Assistants";
}

/* The frame of the list that a message in the top frame belongs to, or NULL: the file's. */
static struct walk_frame *list_frame(struct walk *walk)
{
    for (size_t i = walk->depth; i-- > 0;) {
        if (tape_type(walk->frames[i].tape, walk->frames[i].value) == TAPE_ARRAY)
            return &walk->frames[i];
    }
    return NULL;
}

static void begin_list(struct walk *walk, size_t depth)
{
    assert(walk->frames && depth > 0);
    struct walk_frame *frame = &walk->frames[depth - 1];
    struct walk_frame *holder = depth > 1 ? frame - 1 : NULL;
    bool in_object = holder && tape_type(holder->tape, holder->value) == TAPE_OBJECT;
    struct walk_list list = {
        .form = LIST_ARRAY,
        .more = claim_more(walk, depth - 1),
        .offset = frame->offset,
        .line = frame->line,
    };

    frame->claim = claim_around(walk, depth, true);
    list.claim = frame->claim;
    if (in_object && (list.more != MORE_ABSENT || look_has(&holder->look, FIELD_HAS_MORE))) {
        list.form = LIST_PAGE;
        list.line = holder->line;
    }
    list.is_shared = claim_is_shared(walk, &list.claim, list.more == MORE_YES);
    frame->list = walk->ops->begin_list(walk->ctx, &list);
    if (!in_object)
        return;
    holder->holds_list = holder->holds_list || !claim_is_map_entry(walk, depth - 1);
    if (holder->first_list == 0)
        holder->first_list = frame->list;
    else
        walk->ops->beside(walk->ctx, holder->first_list, frame->list);
}

static bool is_last_key(struct span key)
{
    return key.len >= 4 && (strncasecmp(key.data, "last", 4) == 0 ||
                            (key.len >= 6 && strncasecmp(key.data, "latest", 6) == 0));
}

/* Fills in the list and the claim of a record that the top frame holds. */
static void place_record(struct walk *walk, struct sighting *s, struct span key)
{
    struct walk_frame *array = list_frame(walk);
    struct walk_frame *around = walk->depth > 0 ? top(walk) : NULL;

    s->is_direct = !around || around == array;
    if (s->kind == OBJECT_MESSAGE && array && array->list == 0)
        begin_list(walk, (size_t)(array - walk->frames) + 1);
    s->list = array ? array->list : 0;
    if (s->is_direct && array && array->list != 0) {
        s->claim = array->claim;
        return;
    }
    s->claim = claim_around(walk, walk->depth, false);
    s->is_glimpse = around && (around->kind == OBJECT_THREAD || is_last_key(key));
}

static void tell_record(struct walk *walk, struct sighting *s, struct span key)
{
    place_record(walk, s, key);
    s->is_row = walk->depth == 0 && walk->piece->is_row && s->tape == walk->piece->tape;
    if (s->is_row) {
        s->offset = walk->piece->offset;
        s->len = walk->piece->len;
    }
    walk->ops->record(walk->ctx, s);
}

static void tell_message(struct walk *walk, struct sighting *s, struct span key)
{
    const struct fields *fields = walk->fields;
    const bool is_place_known =
        s->is_made && (fields->path[FIELDS_TEXT] || fields->path[FIELDS_QUESTION]);
    const char *trouble = look_message_trouble(s->look, s->tape, s->value, is_place_known);

    walk->messages++;
    if (!trouble) {
        tell_record(walk, s, key);
        return;
    }
    place_record(walk, s, key);
    tell_unread(walk, s, trouble, NULL);
}

/* The bytes of "from" where it follows the object of a line. */
static struct span from_after(const struct tape *tape, uint32_t line, uint32_t object)
{
    uint32_t next = tape_next(tape, line, object);

    if (next == TAPE_NONE || !span_is(tape_raw_key(tape, next), "from"))
        return (struct span){NULL, 0};
    return tape_raw(tape, next);
}

/* {"kind":…,"thread_id":…,"object":{…}}: the object under the name of the line. A thread of which
 * there is no object has null there. */
static void tell_wrapped(struct walk *walk, struct sighting *s)
{
    static const struct {
        const char *name;
        enum object_kind kind;
    } KINDS[] = {
        {"thread", OBJECT_THREAD}, {"message", OBJECT_MESSAGE},     {"run", OBJECT_RUN},
        {"run_step", OBJECT_STEP}, {"assistant", OBJECT_ASSISTANT},
    };
    uint32_t object = s->look->at[FIELD_OBJECT];
    const struct object_look *line = s->look;
    struct sighting inner = *s;
    struct object_look look;

    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        if (look_is(s->tape, line->at[FIELD_KIND], KINDS[i].name))
            inner.kind = KINDS[i].kind;
    }
    inner.raw = (struct span){NULL, 0};
    if (object != TAPE_NONE) {
        look_at(&look, s->tape, object);
        inner.value = object;
        inner.look = &look;
        inner.raw = tape_raw(s->tape, object);
        inner.from = from_after(s->tape, s->value, object);
        inner.offset = s->offset + (s->tape->values[object].at - s->tape->values[s->value].at);
        inner.len = inner.raw.len;
    }
    inner.claim = (struct claim){.strong = claim_id(walk, s->tape, line->at[FIELD_THREAD_ID])};
    inner.is_own = true;
    walk->messages += inner.kind == OBJECT_MESSAGE;
    walk->ops->record(walk->ctx, &inner);
}

/* ---- going down ---- */

static void drop_frame(struct walk *walk)
{
    struct walk_frame *frame = top(walk);

    if (frame->has_own) {
        tape_release(&frame->own);
        buf_release(&frame->own_text);
    }
    json_decref(frame->built);
    walk->depth--;
}

static bool push(struct walk *walk, const struct tape *tape, uint32_t value, struct span key)
{
    struct walk_frame *around = walk->depth > 0 ? top(walk) : NULL;
    struct walk_frame *frame;

    if (walk->depth == WALK_MAX_DEPTH)
        return false;
    struct sighting s = sight(walk, around, tape, value);
    frame = &walk->frames[walk->depth++];
    *frame = (struct walk_frame){
        .tape = tape,
        .value = value,
        .child = tape_first(tape, value),
        .key = key,
        .is_copy = s.is_copy,
        .offset = s.offset,
        .line = s.line,
    };
    memset(frame->look.at, 0xff, sizeof frame->look.at);
    if (tape_type(tape, value) == TAPE_ARRAY)
        claim_pair(walk);
    return true;
}

/* A string that is JSON: its value is entered like any other. */
static bool push_inner(struct walk *walk, const struct tape *tape, uint32_t value, struct span key)
{
    struct buf text;
    struct tape own;

    buf_init(&text, BUF_NO_LIMIT);
    tape_init(&own);
    if (!look_read_inner(tape, value, &text, &own) || !push(walk, tape, value, key)) {
        tape_release(&own);
        buf_release(&text);
        return false;
    }
    struct walk_frame *frame = top(walk);
    frame->has_own = true;
    frame->own_text = text;
    frame->own = own;
    frame->tape = &frame->own;
    frame->value = 0;
    frame->child = tape_first(&frame->own, 0);
    frame->is_copy = true;
    return true;
}

/* True for the kinds whose inside is not entered; they are told. */
static bool tell_leaf(struct walk *walk, struct sighting *s, struct span key)
{
    switch (s->kind) {
    case OBJECT_MESSAGE:
        tell_message(walk, s, key);
        return true;
    case OBJECT_DELTA:
    case OBJECT_STEP:
    case OBJECT_ASSISTANT:
    case OBJECT_END:
    case OBJECT_TRUNCATED:
        tell_record(walk, s, key);
        return true;
    case OBJECT_WRAPPED:
        tell_wrapped(walk, s);
        return true;
    case OBJECT_ENVELOPE:
        walk->ops->other(walk->ctx, look_kind_name(s->kind));
        return true;
    case OBJECT_FOREIGN:
        place_record(walk, s, key);
        tell_unread(walk, s, foreign_name(s->look, s->tape), NULL);
        return true;
    case OBJECT_RUN:
        tell_record(walk, s, key);
        return false;
    case OBJECT_NONE:
    case OBJECT_THREAD:
    case OBJECT_ERROR:
    case OBJECT_KINDS:
        break;
    }
    return false;
}

static bool is_entry_key(struct span key)
{
    return span_starts_with(key, "thread_") && look_is_map_key(key);
}

static void note_found(struct walk_frame *frame, uint32_t child)
{
    frame->found = true;
    frame->tape->values[child].mark = 1;
    if (tape_type(frame->tape, frame->value) == TAPE_OBJECT &&
        is_entry_key(tape_raw_key(frame->tape, child)))
        frame->has_entry = true;
}

static bool too_deep(struct walk *walk, const struct tape *tape, uint32_t value)
{
    struct sighting s = sight(walk, top(walk), tape, value);
    struct span none = {NULL, 0};

    place_record(walk, &s, none);
    tell_unread(walk, &s, "nested too deep to be looked into", NULL);
    return true;
}

/* ---- files of one's own ---- */

/* Tells a message that was made of an object by the fields' names. */
static void tell_made(struct walk *walk, const struct sighting *from, json_t *message,
                      struct span key)
{
    struct sighting s = *from;
    struct tape tape;
    struct object_look look;
    struct buf text;
    size_t used;

    buf_init(&text, BUF_NO_LIMIT);
    tape_init(&tape);
    json_dump_to(&text, message, JSON_COMPACT);
    if (tape_read(&tape, buf_span(&text), &used) == TAPE_WHOLE) {
        look_at(&look, &tape, 0);
        s.made_from = from->tape;
        s.made_of = from->value;
        s.tape = &tape;
        s.value = 0;
        s.look = &look;
        s.raw = buf_span(&text);
        s.from = from->raw;
        s.is_copy = true;
        s.is_made = true;
        s.kind = OBJECT_MESSAGE;
        tell_message(walk, &s, key);
    }
    tape_release(&tape);
    buf_release(&text);
}

/* With roles alone only a role that is no text makes another message than the ordinary one. */
static bool needs_fields(const struct walk *walk, const struct sighting *s)
{
    uint32_t role = s->look->at[FIELD_ROLE];

    return fields_name_places(walk->fields) ||
           (role != TAPE_NONE && tape_type(s->tape, role) != TAPE_STRING);
}

/* True if the object is one message, or two, by the fields' names; they are told. */
static bool tell_by_fields(struct walk *walk, const struct sighting *s, struct span key)
{
    json_t *objects[WALK_MAX_DEPTH];
    json_t *made[2];
    struct fields_around around;
    struct error ignored = {.code = ERROR_NONE};
    struct walk_frame *array = list_frame(walk);
    json_t *object;
    size_t count;

    if (!needs_fields(walk, s))
        return false;
    if (array && array == top(walk) && array->key.data && !fields_is_list(walk->fields, array->key))
        return false;
    object = claim_build(walk, s->tape, s->value);
    if (!object)
        return false;
    claim_fields_around(walk, objects, key, &around);
    count = fields_apply(walk->fields, object, &around, made);
    if (count > 0 && claim_is_large(s->raw)) {
        for (size_t i = 0; i < count; i++)
            json_decref(made[i]);
        json_decref(object);
        object = json_read_object(s->raw, &ignored);
        count = object ? fields_apply(walk->fields, object, &around, made) : 0;
    }
    for (size_t i = 0; i < count; i++) {
        tell_made(walk, s, made[i], key);
        json_decref(made[i]);
    }
    json_decref(object);
    return count > 0;
}

/* True if an object is told as a whole, as what it is or as a place; else it is entered. */
static bool tell_object(struct walk *walk, struct sighting *s, struct span key)
{
    if (s->kind != OBJECT_MESSAGE && tape_object_has_twice(s->tape, s->value)) {
        place_record(walk, s, key);
        tell_unread(walk, s, "an object has a key twice", NULL);
        return true;
    }
    return (walk->fields && tell_by_fields(walk, s, key)) || tell_leaf(walk, s, key);
}

/* What an object is. */
struct seen {
    struct object_look look;
    enum object_kind kind;
};

/* Looks at an object in what is around it. True if it is told as a whole; else it is entered. */
static bool look_and_tell(struct walk *walk, const struct walk_frame *around,
                          const struct tape *tape, uint32_t value, struct span key,
                          struct seen *seen)
{
    struct sighting s = sight(walk, around, tape, value);

    look_at(&seen->look, tape, value);
    seen->kind = claim_kind(walk, &seen->look, tape, key);
    s.look = &seen->look;
    s.kind = seen->kind;
    if (tell_object(walk, &s, key))
        return true;
    if (walk->ops->unknown)
        walk->ops->unknown(walk->ctx, tape, value);
    return false;
}

static void note_seen(struct walk_frame *frame, const struct seen *seen)
{
    frame->look = seen->look;
    frame->kind = seen->kind;
    frame->found = seen->kind == OBJECT_RUN;
}

static bool visit_object(struct walk *walk, const struct tape *tape, uint32_t value,
                         struct span key, bool *entered)
{
    struct seen seen;

    if (look_and_tell(walk, walk->depth > 0 ? top(walk) : NULL, tape, value, key, &seen))
        return true;
    *entered = push(walk, tape, value, key);
    if (!*entered)
        return too_deep(walk, tape, value);
    note_seen(top(walk), &seen);
    return false;
}

/* The same of an object in a string, whose frame is there already. */
static bool visit_inner(struct walk *walk, struct span key, bool *entered)
{
    struct walk_frame *frame = top(walk);
    struct seen seen;

    if (tape_type(frame->tape, 0) != TAPE_OBJECT)
        return false;
    walk->depth--; /* what it is told by is around it */
    *entered = !look_and_tell(walk, frame, frame->tape, 0, key, &seen);
    walk->depth++;
    note_seen(frame, &seen);
    if (!*entered)
        drop_frame(walk);
    return !*entered;
}

/* Visits any value: true if it was told; *entered if it became the top frame. */
static bool visit(struct walk *walk, const struct tape *tape, uint32_t value, struct span key,
                  bool *entered)
{
    *entered = false;
    switch (tape_type(tape, value)) {
    case TAPE_OBJECT:
        return visit_object(walk, tape, value, key, entered);
    case TAPE_ARRAY:
        *entered = push(walk, tape, value, key);
        return !*entered && too_deep(walk, tape, value);
    case TAPE_STRING:
        *entered = push_inner(walk, tape, value, key);
        return *entered && visit_inner(walk, key, entered);
    case TAPE_NULL:
    case TAPE_FALSE:
    case TAPE_TRUE:
    case TAPE_NUMBER:
        break;
    }
    return false;
}

/* ---- coming up ---- */

/* Tells what is in the top frame and was not recognised: all of it, or what is under the key of a
 * thread. */
static void tell_rest(struct walk *walk, bool entries_only, const char *why)
{
    struct walk_frame *frame = top(walk);
    bool in_object = tape_type(frame->tape, frame->value) == TAPE_OBJECT;
    struct span none = {NULL, 0};

    frame->ordinal = 0;
    for (frame->child = tape_first(frame->tape, frame->value); frame->child != TAPE_NONE;
         frame->child = tape_next(frame->tape, frame->value, frame->child), frame->ordinal++) {
        struct span key = in_object ? tape_raw_key(frame->tape, frame->child) : none;

        if (frame->tape->values[frame->child].mark || (entries_only && !is_entry_key(key)))
            continue;
        struct sighting s = sight(walk, frame, frame->tape, frame->child);
        place_record(walk, &s, none);
        if (in_object)
            s.claim.key = claim_keep(walk, tape_key(frame->tape, frame->child, &walk->scratch));
        tell_unread(walk, &s, why, NULL);
    }
}

/* A page without messages is an end, or a beginning of one. */
static void tell_empty_page(struct walk *walk)
{
    struct walk_frame *frame = top(walk);
    struct walk_list list = {
        .form = LIST_PAGE,
        .more = look_more(&frame->look, frame->tape),
        .claim = claim_around(walk, walk->depth, true),
        .offset = frame->offset,
        .line = frame->line,
    };

    walk->ops->end_list(walk->ctx, walk->ops->begin_list(walk->ctx, &list));
}

/* The thread object that a frame is, or stands for; or what it shows of the one in it. */
static void tell_thread(struct walk *walk)
{
    struct walk_frame *frame = top(walk);
    struct sighting s = sight(walk, frame, frame->tape, frame->value);

    s.kind = OBJECT_THREAD;
    s.is_copy = frame->is_copy;
    s.offset = frame->offset;
    s.line = frame->line;
    s.is_empty = claim_shows_none(frame);
    s.is_again = frame->has_thread;
    s.look = &frame->look;
    s.list = frame->first_list;
    s.claim = claim_around(walk, walk->depth, true);
    s.is_direct = walk->depth == 1 || tape_type(walk->frames[walk->depth - 2].tape,
                                                walk->frames[walk->depth - 2].value) == TAPE_ARRAY;
    s.is_row = walk->depth == 1 && walk->piece->is_row && !frame->has_own;
    if (s.is_row)
        s.len = walk->piece->len;
    walk->ops->record(walk->ctx, &s);
}

static void tell_error(struct walk *walk)
{
    struct walk_frame *frame = top(walk);
    struct walk_frame *array = list_frame(walk);
    struct sighting s = sight(walk, walk->depth > 1 ? frame - 1 : NULL, frame->tape, frame->value);

    s.kind = OBJECT_ERROR;
    s.look = &frame->look;
    s.claim = claim_around(walk, walk->depth, true);
    s.list = array ? array->list : 0;
    tell_unread(walk, &s, "an error reply, not what was asked for", NULL);
}

/* True if something was recognised in the top frame, or as it. */
static bool close_object(struct walk *walk)
{
    struct walk_frame *frame = top(walk);
    bool is_page = look_is_page(&frame->look);

    if (is_page && !frame->holds_list && claim_is_empty_page(frame)) {
        tell_empty_page(walk);
        frame->found = true;
    }
    bool is_container =
        !is_page && !frame->look.may_be_map && (frame->holds_list || claim_shows_none(frame));
    if (frame->kind == OBJECT_THREAD || is_container) {
        tell_thread(walk);
        frame->found = true;
    }
    if (frame->found && (frame->look.may_be_map || frame->has_entry)) {
        walk->ops->other(walk->ctx, "map");
        tell_rest(walk, !frame->look.may_be_map,
                  "under the id of a thread is neither a list of messages nor a page");
    }
    if (is_page && frame->found)
        walk->ops->other(walk->ctx, "page");
    if (frame->found && walk->ops->around) {
        struct sighting s = sight(walk, frame, frame->tape, frame->value);

        s.look = &frame->look;
        s.line = frame->line;
        walk->ops->around(walk->ctx, &s);
    }
    if (!frame->found && frame->kind == OBJECT_ERROR) {
        tell_error(walk);
        return true;
    }
    return frame->found;
}

/* Ends the top frame; its parent learns whether anything was recognised. */
static void pop(struct walk *walk)
{
    struct walk_frame *frame = top(walk);
    bool is_thread =
        frame->kind == OBJECT_THREAD && frame->key.data && claim_key_is(frame->key, "thread");
    bool found;

    if (tape_type(frame->tape, frame->value) == TAPE_OBJECT) {
        found = close_object(walk);
    } else {
        found = frame->found;
        if (found)
            tell_rest(walk, false, "an element of a list of records that is not one");
        if (frame->list != 0)
            walk->ops->end_list(walk->ctx, frame->list);
    }
    drop_frame(walk);
    if (walk->depth > 0)
        top(walk)->has_thread = top(walk)->has_thread || is_thread;
    if (walk->depth > 0 && found && top(walk)->child == TAPE_NONE)
        top(walk)->found = true;
    else if (walk->depth > 0 && found)
        note_found(top(walk), top(walk)->child);
    if (walk->depth == 0 && !found) {
        struct sighting s = sight(walk, NULL, walk->piece->tape, 0);

        tell_unread(walk, &s, "nothing in it is recognised", NULL);
    }
}

/* The next child of the top frame, or its end. */
static void step(struct walk *walk)
{
    struct walk_frame *frame = top(walk);
    uint32_t child = frame->child;
    struct span key = {NULL, 0};
    bool entered;

    if (child == TAPE_NONE) {
        pop(walk);
    } else {
        bool in_object = tape_type(frame->tape, frame->value) == TAPE_OBJECT;

        if (in_object)
            key = claim_keep(walk, tape_key(frame->tape, child, &walk->scratch));
        else if (frame->is_pair && frame->ordinal == 1)
            key = frame->pair_key;
        const enum claim_door door = in_object ? claim_door(frame, key) : DOOR_OPEN;
        if (door == DOOR_OPEN) {
            if (visit(walk, frame->tape, child, key, &entered))
                note_found(frame, child);
            if (entered)
                return;
        } else if (door == DOOR_ASKED && walk->ops->asked) {
            struct sighting s = sight(walk, frame, frame->tape, child);

            walk->ops->asked(walk->ctx, &s);
        }
    }
    if (walk->depth > 0) {
        frame = top(walk);
        if (frame->child != TAPE_NONE) {
            frame->child = tape_next(frame->tape, frame->value, frame->child);
            frame->ordinal++;
        }
    }
}

static void tell_damage(struct walk *walk)
{
    const struct piece *piece = walk->piece;
    struct sighting s = {
        .raw = piece->bytes,
        .offset = piece->offset,
        .len = piece->len,
        .line = piece->line,
        .is_event = piece->is_event,
    };

    s.raw = piece->partial.data ? piece->partial : piece->bytes;
    tell_unread(walk, &s, piece->why, NULL);
}

void walk_piece(struct walk *walk, const struct piece *piece)
{
    struct span none = {NULL, 0};
    bool entered;

    walk->piece = piece;
    arena_reset(&walk->arena);
    if (!piece->tape) {
        tell_damage(walk);
        return;
    }
    walk->counted = piece->tape->text.data;
    walk->counted_line = piece->line;
    bool told = visit(walk, piece->tape, 0, none, &entered);
    if (!told && !entered) {
        struct sighting s = sight(walk, NULL, piece->tape, 0);

        tell_unread(walk, &s, "nothing in it is recognised", NULL);
    }
    for (uint32_t steps = 0; walk->depth > 0; steps++) {
        if (steps % STEPS_UNASKED == 0 && stop_signal() != 0)
            break;
        step(walk);
    }
    while (walk->depth > 0)
        drop_frame(walk);
}
