#include "archive/walk_frame.h"

#include "fields/key_name.h"
#include "json/json.h"

#include <ctype.h>
#include <strings.h>

enum { BUILT_BYTES = 1 << 16 }; /* objects up to so many bytes are built whole */

/* ---- members that are not entered ---- */

bool claim_key_is(struct span key, const char *name)
{
    return key_name_same(key, span_of(name));
}

static bool is_one_of(struct span key, const char *const *names)
{
    for (; *names; names++) {
        if (claim_key_is(key, *names))
            return true;
    }
    return false;
}

static bool has_reply(const struct walk_frame *frame)
{
    static const char *const REPLIES[] = {"output", "response", "responsebody",
                                          "reply",  "result",   NULL};

    for (uint32_t i = tape_first(frame->tape, frame->value); i != TAPE_NONE;
         i = tape_next(frame->tape, frame->value, i)) {
        if (is_one_of(tape_raw_key(frame->tape, i), REPLIES))
            return true;
    }
    return false;
}

/* True for what was asked for: "request", "requestBody". */
static bool is_request(struct span key)
{
    return key.len >= 7 && strncasecmp(key.data, "request", 7) == 0;
}

enum claim_door claim_door(const struct walk_frame *frame, struct span key)
{
    static const char *const OF_RUN[] = {"steps", "runsteps", NULL};
    /* What belongs to an object and says nothing of messages that are held. */
    static const char *const CLOSED[] = {
        "metadata",    "toolresources",      "usage", "instructions", "tools", "arguments",
        "attachments", "additionalmessages", NULL};

    if (frame->kind == OBJECT_RUN)
        return is_one_of(key, OF_RUN) ? DOOR_OPEN : DOOR_CLOSED;
    if (is_request(key) || (claim_key_is(key, "input") && has_reply(frame)))
        return DOOR_ASKED;
    return is_one_of(key, CLOSED) ? DOOR_CLOSED : DOOR_OPEN;
}

/* ---- ids around ---- */

struct span claim_keep(struct walk *walk, struct span id)
{
    if (id.data != walk->scratch.data)
        return id;
    return (struct span){arena_dup(&walk->arena, id.data, id.len), id.len};
}

struct span claim_id(struct walk *walk, const struct tape *tape, uint32_t value)
{
    return claim_keep(walk, look_id(tape, value, &walk->scratch));
}

/* The id that an object has: "id", else "_id". */
static struct span own_id(struct walk *walk, const struct object_look *look,
                          const struct tape *tape)
{
    struct span id = claim_id(walk, tape, look->at[FIELD_ID]);

    return id.data ? id : claim_id(walk, tape, look->at[FIELD_UNDER_ID]);
}

static bool is_object(const struct tape *tape, uint32_t value)
{
    return value != TAPE_NONE && tape_type(tape, value) == TAPE_OBJECT;
}

/* The id of the thread object that a frame is, or has as its member "thread" or as the first of a
 * pair. */
static struct span thread_around(struct walk *walk, const struct walk_frame *frame)
{
    const struct tape *tape = frame->tape;
    const struct object_look *look = &frame->look;
    uint32_t thread = frame->is_pair ? tape_first(tape, frame->value) : look->at[FIELD_THREAD];
    struct object_look inner;

    if (frame->kind != OBJECT_THREAD) {
        if (!is_object(tape, thread))
            return (struct span){NULL, 0};
        look_at(&inner, tape, thread);
        look = &inner;
    }
    struct span id = own_id(walk, look, tape);
    return id.data ? id : claim_id(walk, tape, look->at[FIELD_THREAD_ID]);
}

/* thread_id in a member that is an object, or one in a string. */
static struct span inner_thread(struct walk *walk, const struct walk_frame *frame,
                                enum look_field field)
{
    const struct tape *tape = frame->tape;
    uint32_t value = frame->look.at[field];
    struct span none = {NULL, 0};
    struct object_look look;
    size_t used;

    if (value == TAPE_NONE)
        return none;
    if (tape_type(tape, value) == TAPE_STRING) {
        if (!look_is_inner(tape, value))
            return none;
        struct span text = tape_text(tape, value, &walk->scratch);

        text = (struct span){arena_dup(&walk->arena, text.data, text.len), text.len};
        if (tape_read(&walk->inner, text, &used) != TAPE_WHOLE)
            return none;
        tape = &walk->inner;
        value = 0;
    }
    if (!is_object(tape, value))
        return none;
    look_at(&look, tape, value);
    return claim_id(walk, tape, look.at[FIELD_THREAD_ID]);
}

/* The id of what holds a record, by the names that say less than thread_id. */
static struct span plain_of(struct walk *walk, const struct walk_frame *frame)
{
    static const enum look_field TALKS[] = {FIELD_CONVERSATION_ID, FIELD_SESSION_ID, FIELD_CHAT_ID};
    struct span id = inner_thread(walk, frame, FIELD_EXTRA);
    struct span talk = {NULL, 0};

    if (!id.data)
        id = inner_thread(walk, frame, FIELD_METADATA);
    if (!id.data && frame->own_id.data && span_starts_with(frame->own_id, "thread_"))
        id = frame->own_id;
    for (size_t i = 0; !id.data && i < sizeof TALKS / sizeof TALKS[0]; i++) {
        struct span named = claim_id(walk, frame->tape, frame->look.at[TALKS[i]]);

        if (named.data && span_starts_with(named, "thread_"))
            id = named;
        talk = talk.data ? talk : named;
    }
    return id.data ? id : talk;
}

/* Looks once at what an object names: it may be large, and have many lists. */
static void claim_frame(struct walk *walk, struct walk_frame *frame)
{
    if (frame->is_claimed)
        return;
    frame->is_claimed = true;
    frame->around = thread_around(walk, frame);
    if (tape_type(frame->tape, frame->value) != TAPE_OBJECT)
        return;
    frame->thread = claim_keep(walk, look_thread(&frame->look, frame->tape, &walk->scratch));
    frame->own_id = own_id(walk, &frame->look, frame->tape);
    frame->plain = plain_of(walk, frame);
}

static void claim_strongly(struct claim *claim, struct span id)
{
    if (!id.data)
        return;
    if (!claim->strong.data)
        claim->strong = id;
    else if (!span_equal(claim->strong, id))
        claim->other = id;
}

bool claim_is_map_entry(const struct walk *walk, size_t i)
{
    const struct walk_frame *frame = &walk->frames[i];

    return i > 0 && frame->key.data && look_is_map_key(frame->key) &&
           (walk->frames[i - 1].look.may_be_map || span_starts_with(frame->key, "thread_"));
}

/* The id of a thread that a text is, or that is in it as a URL: /threads/ID. */
static struct span id_in_text(struct span text)
{
    static const char ROUTE[] = "/threads/";
    const char *route = memmem(text.data, text.len, ROUTE, sizeof ROUTE - 1);
    size_t end = 0;

    if (route) {
        const char *from = route + sizeof ROUTE - 1;

        text = (struct span){from, (size_t)(text.data + text.len - from)};
    }
    while (end < text.len && (isalnum((unsigned char)text.data[end]) || text.data[end] == '_' ||
                              text.data[end] == '-'))
        end++;
    const struct span id = {text.data, end};
    bool is_id = span_starts_with(id, "thread_") && look_is_map_key(id);
    return is_id && (route || end == text.len) ? id : (struct span){NULL, 0};
}

/* Threads that the texts of an object name, under whatever keys. */
static void search_texts(struct walk *walk, struct walk_frame *frame, uint32_t object)
{
    const struct tape *tape = frame->tape;

    for (uint32_t i = tape_first(tape, object); i != TAPE_NONE; i = tape_next(tape, object, i)) {
        const struct span raw = tape_raw(tape, i);

        if (tape_type(tape, i) != TAPE_STRING || !memmem(raw.data, raw.len, "thread_", 7))
            continue;
        struct span id = id_in_text(tape_text(tape, i, &walk->scratch));
        if (!id.data)
            continue;
        if (frame->named.data)
            frame->is_torn = frame->is_torn || !span_equal(id, frame->named);
        else
            frame->named = (struct span){arena_dup(&walk->arena, id.data, id.len), id.len};
    }
}

/* Looks once at what is asked for again with each list in an object: it may have many. */
static void search(struct walk *walk, struct walk_frame *frame)
{
    if (frame->is_searched)
        return;
    frame->is_searched = true;
    frame->more = (uint8_t)look_more(&frame->look, frame->tape);
    search_texts(walk, frame, frame->value);
    for (uint32_t i = tape_first(frame->tape, frame->value); i != TAPE_NONE;
         i = tape_next(frame->tape, frame->value, i)) {
        if (is_request(tape_raw_key(frame->tape, i)))
            search_texts(walk, frame, i);
    }
}

/* A list that nothing else claims is the thread's that the texts around it name, if it is one. */
static void claim_by_texts(struct walk *walk, struct claim *claim, size_t depth)
{
    for (size_t i = depth; i-- > 0 && !claim->plain.data && !claim->is_torn;) {
        struct walk_frame *frame = &walk->frames[i];

        if (tape_type(frame->tape, frame->value) != TAPE_OBJECT)
            continue;
        search(walk, frame);
        claim->by = i;
        claim->is_torn = frame->is_torn;
        if (!frame->is_torn)
            claim->plain = frame->named;
    }
}

/* Who claims what is in the outer `depth` frames: a list, or one record. */
struct claim claim_around(struct walk *walk, size_t depth, bool is_list)
{
    struct claim claim = {.strong = {NULL, 0}};
    bool holder = true;

    for (size_t i = depth; i-- > 0;) {
        struct walk_frame *frame = &walk->frames[i];

        if (!frame->is_pair && tape_type(frame->tape, frame->value) != TAPE_OBJECT)
            continue;
        claim_frame(walk, frame);
        claim_strongly(&claim, frame->around);
    }
    for (size_t i = depth; i-- > 0;) {
        const struct walk_frame *frame = &walk->frames[i];

        if (!claim.key.data && claim_is_map_entry(walk, i)) {
            claim.key = claim_keep(walk, frame->key);
            claim.is_vague = !claim.plain.data || claim.is_vague;
            claim.by = claim.plain.data ? claim.by : i;
        }
        if (tape_type(frame->tape, frame->value) != TAPE_OBJECT)
            continue;
        claim_strongly(&claim, frame->thread);
        /* The id of what holds one message is the message's, or a row's. */
        const bool is_own = is_list && !frame->plain.data;
        const struct span plain = is_own ? frame->own_id : frame->plain;
        if (holder && !claim.plain.data && plain.data) {
            claim.plain = plain;
            claim.is_vague = is_own;
            claim.by = i;
        }
        holder = holder && look_is_page(&frame->look);
    }
    if (is_list && !claim.strong.data && !claim.plain.data && !claim.key.data)
        claim_by_texts(walk, &claim, depth);
    return claim;
}

enum list_more claim_more(struct walk *walk, size_t depth)
{
    enum list_more more = MORE_ABSENT;

    for (size_t i = depth; i-- > 0 && more == MORE_ABSENT;) {
        struct walk_frame *frame = &walk->frames[i];

        if (tape_type(frame->tape, frame->value) != TAPE_OBJECT)
            break;
        search(walk, frame);
        more = (enum list_more)frame->more;
    }
    return more;
}

static bool is_empty_array(const struct tape *tape, uint32_t value)
{
    return tape_type(tape, value) == TAPE_ARRAY && tape_first(tape, value) == TAPE_NONE;
}

/* A list of objects, or an object that holds one, that may be records under names of their own. */
static bool may_hold_records(const struct walk_frame *frame, uint32_t member)
{
    const struct tape *tape = frame->tape;
    const uint32_t end = tape->values[member].next;
    bool in_array = tape_type(tape, member) == TAPE_ARRAY;

    if (claim_door(frame, tape_raw_key(tape, member)) != DOOR_OPEN)
        return false;
    for (uint32_t i = member + 1; i < end; i++) {
        if (in_array && tape_type(tape, i) == TAPE_OBJECT)
            return true;
        in_array = in_array || tape_type(tape, i) == TAPE_ARRAY;
    }
    return false;
}

static bool has_other_records(const struct walk_frame *frame)
{
    for (uint32_t i = tape_first(frame->tape, frame->value); i != TAPE_NONE;
         i = tape_next(frame->tape, frame->value, i)) {
        if (!frame->tape->values[i].mark && may_hold_records(frame, i))
            return true;
    }
    return false;
}

bool claim_is_empty_page(const struct walk_frame *frame)
{
    for (uint32_t i = tape_first(frame->tape, frame->value); i != TAPE_NONE;
         i = tape_next(frame->tape, frame->value, i)) {
        if (is_empty_array(frame->tape, i) && i != frame->look.at[FIELD_NEXT] &&
            i != frame->look.at[FIELD_ERRORS])
            return !has_other_records(frame);
    }
    return false;
}

bool claim_shows_none(const struct walk_frame *frame)
{
    const uint32_t messages = frame->look.at[FIELD_MESSAGES];

    return messages != TAPE_NONE &&
           (is_empty_array(frame->tape, messages) ||
            span_is(tape_raw(frame->tape, messages), "\"[]\"")) &&
           !frame->look.is_null[FIELD_THREAD] && !look_has(&frame->look, FIELD_ERROR) &&
           !look_has(&frame->look, FIELD_ERRORS);
}

bool claim_is_shared(struct walk *walk, const struct claim *claim, bool goes_on)
{
    struct walk_frame *by = &walk->frames[claim->by];
    const bool is_again = by->has_ended;

    if (claim->strong.data || (!claim->plain.data && !claim->key.data) || goes_on)
        return false;
    by->has_ended = true;
    return is_again;
}

/* True in an array that is a member of that name. */
static bool in_list_named(const struct walk *walk, const char *name)
{
    const struct walk_frame *frame = walk->frames + walk->depth;

    if (walk->depth == 0)
        return false;
    frame--;
    return frame->key.data && claim_key_is(frame->key, name) &&
           tape_type(frame->tape, frame->value) == TAPE_ARRAY;
}

enum object_kind claim_kind(const struct walk *walk, const struct object_look *look,
                            const struct tape *tape, struct span key)
{
    enum object_kind kind = look_kind(look, tape);
    bool has_id = look_has(look, FIELD_ID);

    if (kind == OBJECT_NONE && has_id && key.data && claim_key_is(key, "thread"))
        return OBJECT_THREAD;
    if (kind == OBJECT_NONE && has_id && in_list_named(walk, "runs"))
        return OBJECT_RUN;
    if (kind == OBJECT_NONE && has_id && in_list_named(walk, "runsteps"))
        return OBJECT_STEP;
    return kind;
}

/* ---- pairs ---- */

/* The records of [ID, records] or [thread object, records], an entry of a map that was printed as a
 * list; or TAPE_NONE. */
static uint32_t second_of_pair(const struct tape *tape, uint32_t array)
{
    uint32_t first = tape_type(tape, array) == TAPE_ARRAY ? tape_first(tape, array) : TAPE_NONE;
    uint32_t second = first == TAPE_NONE ? TAPE_NONE : tape_next(tape, array, first);
    struct object_look look;

    if (second == TAPE_NONE || tape_next(tape, array, second) != TAPE_NONE)
        return TAPE_NONE;
    if (tape_type(tape, second) == TAPE_OBJECT) {
        look_at(&look, tape, second);
        second = look_kind(&look, tape) == OBJECT_NONE ? second : TAPE_NONE;
    } else if (tape_type(tape, second) != TAPE_ARRAY) {
        return TAPE_NONE;
    }
    if (tape_type(tape, first) == TAPE_OBJECT) {
        look_at(&look, tape, first);
        return look_kind(&look, tape) == OBJECT_THREAD ? second : TAPE_NONE;
    }
    return look_is_inner(tape, first) ? TAPE_NONE : second;
}

static bool are_pairs(const struct tape *tape, uint32_t array)
{
    for (uint32_t i = tape_first(tape, array); i != TAPE_NONE; i = tape_next(tape, array, i)) {
        if (second_of_pair(tape, i) == TAPE_NONE)
            return false;
    }
    return true;
}

void claim_pair(struct walk *walk)
{
    struct walk_frame *frame = &walk->frames[walk->depth - 1];
    struct walk_frame *around = walk->depth > 1 ? frame - 1 : NULL;

    if (!around || tape_type(around->tape, around->value) != TAPE_ARRAY ||
        second_of_pair(frame->tape, frame->value) == TAPE_NONE)
        return;
    if (around->pairs == PAIRS_UNKNOWN)
        around->pairs = are_pairs(around->tape, around->value) ? PAIRS_ALL : PAIRS_NOT;
    const struct span key = claim_id(walk, frame->tape, frame->child);
    if (key.data && (!look_is_map_key(key) ||
                     (around->pairs == PAIRS_NOT && !span_starts_with(key, "thread_"))))
        return;
    frame->is_pair = true;
    frame->look.may_be_map = true;
    frame->pair_key = key;
    if (key.data)
        frame->tape->values[frame->child].mark = 1;
}

/* ---- for source.fields ---- */

bool claim_is_large(struct span object)
{
    return object.len > BUILT_BYTES;
}

json_t *claim_build(const struct walk *walk, const struct tape *tape, uint32_t object)
{
    struct error ignored = {.code = ERROR_NONE};
    struct buf shell;
    json_t *built;

    if (!claim_is_large(tape_raw(tape, object)))
        return json_read_object(tape_raw(tape, object), &ignored);
    buf_init(&shell, BUF_NO_LIMIT);
    fields_add_shell(walk->fields, tape, object, &shell);
    built = json_read_object(buf_span(&shell), &ignored);
    buf_release(&shell);
    return built;
}

/* Keys that say what is under them, and so are no keys of a map. */
static bool is_map_name(struct walk *walk, struct span key)
{
    static const char *const NAMES[] = {"messages", "data",    "items", "body",
                                        "value",    "results", NULL};

    if (!key.data || (walk->fields->path[FIELDS_LIST] && fields_is_list(walk->fields, key)))
        return false;
    return !is_one_of(key, NAMES);
}

/* What "$key" means here: the nearest key that looks like an id, else the nearest that may be. */
static struct span map_key_around(struct walk *walk, struct span key)
{
    struct span nearest = is_map_name(walk, key) ? key : (struct span){NULL, 0};

    if (nearest.data && look_is_map_key(nearest))
        return nearest;
    for (size_t i = walk->depth; i-- > 0;) {
        struct span outer = walk->frames[i].key;

        if (!is_map_name(walk, outer))
            continue;
        if (look_is_map_key(outer))
            return outer;
        if (!nearest.data)
            nearest = outer;
    }
    return nearest;
}

void claim_fields_around(struct walk *walk, json_t **objects, struct span key,
                         struct fields_around *around)
{
    size_t count = 0;

    *around = (struct fields_around){.objects = objects, .map_key = map_key_around(walk, key)};
    for (size_t i = walk->depth; i-- > 0;) {
        struct walk_frame *frame = &walk->frames[i];

        if (tape_type(frame->tape, frame->value) != TAPE_OBJECT)
            continue;
        if (!frame->is_built)
            frame->built = claim_build(walk, frame->tape, frame->value);
        frame->is_built = true;
        if (frame->built)
            objects[count++] = frame->built;
    }
    around->count = count;
}
