#include "archive/walk_frame.h"

#include "json/json.h"

#include <strings.h>

enum { BUILT_BYTES = 1 << 16 }; /* objects up to so many bytes are built whole */

/* ---- members that are not entered ---- */

bool claim_key_is(struct span key, const char *name)
{
    size_t len = strlen(name);
    size_t n = 0;

    for (size_t i = 0; i < key.len; i++) {
        char c = key.data[i];

        if (c == '_' || c == '-' || c == ' ')
            continue;
        if (n == len || (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != name[n])
            return false;
        n++;
    }
    return n == len;
}

/* What belongs to an object and says nothing of messages that are held. */
static const char *const CLOSED[] = {
    "metadata", "toolresources", "usage",       "instructions",
    "tools",    "arguments",     "attachments", "additionalmessages",
};

static bool has_reply(const struct walk_frame *frame)
{
    for (uint32_t i = tape_first(frame->tape, frame->value); i != TAPE_NONE;
         i = tape_next(frame->tape, frame->value, i)) {
        struct span key = {frame->tape->text.data + frame->tape->values[i].key,
                           frame->tape->values[i].key_len};

        if (claim_key_is(key, "output") || claim_key_is(key, "response") ||
            claim_key_is(key, "responsebody") || claim_key_is(key, "reply") ||
            claim_key_is(key, "result"))
            return true;
    }
    return false;
}

bool claim_is_closed(const struct walk_frame *frame, struct span key)
{
    if (frame->kind == RECORD_RUN)
        return !claim_key_is(key, "steps") && !claim_key_is(key, "runsteps");
    for (size_t i = 0; i < sizeof CLOSED / sizeof CLOSED[0]; i++) {
        if (claim_key_is(key, CLOSED[i]))
            return true;
    }
    if (key.len >= 7 && strncasecmp(key.data, "request", 7) == 0)
        return true;
    return claim_key_is(key, "input") && has_reply(frame);
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
static struct span own_id(struct walk *walk, const struct look *look, const struct tape *tape)
{
    struct span id = claim_id(walk, tape, look->at[FIELD_ID]);

    return id.data ? id : claim_id(walk, tape, look->at[FIELD_UNDER_ID]);
}

static bool is_object(const struct tape *tape, uint32_t value)
{
    return value != TAPE_NONE && tape_type(tape, value) == TAPE_OBJECT;
}

/* The id of the thread object that a frame is, or has as its member "thread". */
static struct span thread_around(struct walk *walk, const struct walk_frame *frame)
{
    uint32_t thread = frame->look.at[FIELD_THREAD];
    struct look look;

    if (frame->kind == RECORD_THREAD) {
        struct span id = own_id(walk, &frame->look, frame->tape);

        return id.data ? id : claim_id(walk, frame->tape, frame->look.at[FIELD_THREAD_ID]);
    }
    if (!is_object(frame->tape, thread))
        return (struct span){NULL, 0};
    look_at(&look, frame->tape, thread);
    struct span id = own_id(walk, &look, frame->tape);
    return id.data ? id : claim_id(walk, frame->tape, look.at[FIELD_THREAD_ID]);
}

/* The thread that a frame names by thread_id, or by thread as a string. */
static struct span named_around(struct walk *walk, const struct walk_frame *frame)
{
    struct span id = claim_id(walk, frame->tape, frame->look.at[FIELD_THREAD_ID]);

    if (!id.data && frame->look.at[FIELD_THREAD] != TAPE_NONE)
        id = claim_id(walk, frame->tape, frame->look.at[FIELD_THREAD]);
    return id;
}

/* thread_id in a member that is an object, or one in a string. */
static struct span inner_thread(struct walk *walk, const struct walk_frame *frame,
                                enum look_field field)
{
    const struct tape *tape = frame->tape;
    uint32_t value = frame->look.at[field];
    struct span none = {NULL, 0};
    struct look look;
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

/* The id of what holds a list, by the names that say less than thread_id. */
static struct span plain_of(struct walk *walk, const struct walk_frame *frame, bool is_list)
{
    static const enum look_field FIELDS_IN_ORDER[] = {
        FIELD_CONVERSATION_ID, FIELD_SESSION_ID, FIELD_CHAT_ID, FIELD_ID, FIELD_UNDER_ID,
    };
    static const enum look_field FIRST[] = {
        FIELD_ID,
        FIELD_CONVERSATION_ID,
        FIELD_SESSION_ID,
        FIELD_CHAT_ID,
    };
    struct span id = inner_thread(walk, frame, FIELD_EXTRA);

    if (!id.data)
        id = inner_thread(walk, frame, FIELD_METADATA);
    for (size_t i = 0; !id.data && i < sizeof FIRST / sizeof FIRST[0]; i++) {
        id = claim_id(walk, frame->tape, frame->look.at[FIRST[i]]);
        if (id.data && !span_starts_with(id, "thread_"))
            id = (struct span){NULL, 0};
    }
    for (size_t i = 0; !id.data && i < sizeof FIELDS_IN_ORDER / sizeof FIELDS_IN_ORDER[0]; i++) {
        /* The id of what holds one message is the message's, or a row's. */
        if (is_list || FIELDS_IN_ORDER[i] < FIELD_ID || FIELDS_IN_ORDER[i] > FIELD_UNDER_ID)
            id = claim_id(walk, frame->tape, frame->look.at[FIELDS_IN_ORDER[i]]);
    }
    return id;
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

/* Who claims what is in the outer `depth` frames: a list, or one record. */
struct claim claim_around(struct walk *walk, size_t depth, bool is_list)
{
    struct claim claim = {.strong = {NULL, 0}};
    bool holder = true;

    for (size_t i = depth; i-- > 0;) {
        if (tape_type(walk->frames[i].tape, walk->frames[i].value) == TAPE_OBJECT)
            claim_strongly(&claim, thread_around(walk, &walk->frames[i]));
    }
    for (size_t i = depth; i-- > 0;) {
        const struct walk_frame *frame = &walk->frames[i];
        bool is_page = frame->look.at[FIELD_HAS_MORE] != TAPE_NONE;

        if (tape_type(frame->tape, frame->value) == TAPE_OBJECT) {
            claim_strongly(&claim, named_around(walk, frame));
            if (holder && !claim.plain.data)
                claim.plain = plain_of(walk, frame, is_list);
            holder = holder && is_page;
        }
        if (!claim.key.data && claim_is_map_entry(walk, i))
            claim.key = claim_keep(walk, frame->key);
    }
    return claim;
}

bool claim_shares_key(struct walk *walk, size_t depth, const struct claim *claim)
{
    if (!claim->key.data || claim->plain.data || claim->strong.data)
        return false;
    for (size_t i = depth; i-- > 0;) {
        struct walk_frame *frame = &walk->frames[i];
        const bool is_again = frame->has_keyed;

        if (!claim_is_map_entry(walk, i))
            continue;
        frame->has_keyed = true;
        return is_again;
    }
    return false;
}

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
    static const char *const NAMES[] = {"messages", "data", "items", "body", "value", "results"};

    if (!key.data || (walk->fields->path[FIELDS_LIST] && fields_is_list(walk->fields, key)))
        return false;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (claim_key_is(key, NAMES[i]))
            return false;
    }
    return true;
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
