#include "json/json.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"
#include "json/json_tape.h"

#include <stdlib.h>
#include <string.h>

static const char BOM[] = "\xEF\xBB\xBF";

enum { BOM_LEN = 3, OUTLINE_LEVELS = 3 };

void json_start(void)
{
    json_set_alloc_funcs(pool_alloc, pool_free);
}

/* ---- from the tape to values ---- */

/* A container that is being built. */
struct tree_level {
    json_t *value; /* borrowed */
    uint32_t at;   /* on the tape */
    size_t size;   /* an object's members so far */
    bool repaired; /* an array that holds a repaired string */
};

struct tree_builder {
    struct tape tape;
    size_t levels;   /* containers further in are left out */
    struct buf key;  /* with its escapes resolved */
    struct buf text; /* the same of a string */
    size_t depth;
    struct tree_level open[JSON_MAX_DEPTH];
};

/* jansson before 2.14 wants a NUL behind the name. In it there is none: that is refused. */
static void set_member(json_t *object, struct span key, json_t *value)
{
#if JANSSON_VERSION_HEX >= 0x020e00
    json_object_setn_new_nocheck(object, key.data, key.len, value);
#else
    char *name = mem_dup(key.data, key.len);

    json_object_set_new_nocheck(object, name, value);
    free(name);
#endif
}

static void mark(json_t *object, struct span key)
{
    struct buf name;

    buf_init(&name, BUF_NO_LIMIT);
    buf_add_text(&name, JSON_REPAIRED_PREFIX);
    buf_add_span(&name, key);
    set_member(object, buf_span(&name), json_true());
    buf_release(&name);
}

/* A number that no type of C holds is kept as the text that it is. */
static json_t *build_number(struct span text)
{
    json_error_t ignored;
    int64_t integer;

    if (text_to_int(text, &integer))
        return json_integer(integer);
    json_t *real = json_loadb(text.data, text.len, JSON_DECODE_ANY, &ignored);
    return real ? real : json_stringn_nocheck(text.data, text.len);
}

/* The value there, new; of a container nothing that is in it. */
static json_t *build_value(struct tree_builder *b, uint32_t at, bool *repaired)
{
    struct span text;

    switch (tape_type(&b->tape, at)) {
    case TAPE_NULL:
        return json_null();
    case TAPE_FALSE:
        return json_false();
    case TAPE_TRUE:
        return json_true();
    case TAPE_NUMBER:
        return build_number(tape_raw(&b->tape, at));
    case TAPE_STRING:
        text =
            tape_decode(tape_raw_text(&b->tape, at), b->tape.values[at].flags, &b->text, repaired);
        return json_stringn_nocheck(text.data, text.len);
    case TAPE_ARRAY:
        return json_array();
    case TAPE_OBJECT:
        break;
    }
    return json_object();
}

static struct span key_of(struct tree_builder *b, uint32_t at, bool *repaired)
{
    return tape_decode(tape_raw_key(&b->tape, at), b->tape.values[at].key_flags, &b->key, repaired);
}

/* Steals the value, which becomes a member; false if its key is there already or has a NUL. */
static bool add_member(struct tree_builder *b, uint32_t at, json_t *value, bool repaired)
{
    struct tree_level *level = &b->open[b->depth - 1];
    struct tape *tape = &b->tape;
    struct span key = key_of(b, at, &repaired);
    size_t before = level->size;

    set_member(level->value, key, value);
    level->size = json_object_size(level->value);
    if (level->size == before)
        tape->why = "it has a member twice";
    if ((tape->values[at].key_flags & TAPE_ESCAPED) && memchr(key.data, '\0', key.len))
        tape->why = "it has a NUL in a key";
    if (repaired) {
        mark(level->value, key);
        level->size = json_object_size(level->value);
    }
    if (tape->why)
        tape->fault_at = tape->values[at].key + tape->values[at].key_len + 1;
    return !tape->why;
}

/* A repaired element of an array marks the member that holds the array, perhaps in other arrays. */
static void close_level(struct tree_builder *b)
{
    struct tree_level *level = &b->open[--b->depth];
    bool ignored;

    if (!level->repaired || b->depth == 0)
        return;
    if (json_is_array(level[-1].value)) {
        level[-1].repaired = true;
    } else {
        mark(level[-1].value, key_of(b, level->at, &ignored));
        level[-1].size = json_object_size(level[-1].value);
    }
}

static bool build_all(struct tree_builder *b, json_t **root)
{
    const struct tape_value *values = b->tape.values;
    bool ok = true;

    for (uint32_t at = 0; at < b->tape.count && ok; at++) {
        const bool is_container = tape_is_container(&b->tape, at);
        bool repaired = false;

        while (b->depth > 0 && at >= values[b->open[b->depth - 1].at].next)
            close_level(b);
        if (is_container && b->depth == b->levels) {
            at = values[at].next - 1;
            continue;
        }
        json_t *value = build_value(b, at, &repaired);
        struct tree_level *parent = b->depth > 0 ? &b->open[b->depth - 1] : NULL;
        if (!parent) {
            *root = value;
        } else if (json_is_array(parent->value)) {
            parent->repaired = parent->repaired || repaired;
            json_array_append_new(parent->value, value);
        } else {
            ok = add_member(b, at, value, repaired);
        }
        if (is_container)
            b->open[b->depth++] = (struct tree_level){.value = value, .at = at};
    }
    while (b->depth > 0)
        close_level(b);
    return ok;
}

/* ---- from text to the tape ---- */

static struct span without_bom(struct span text)
{
    return span_starts_with(text, BOM) ? (struct span){text.data + BOM_LEN, text.len - BOM_LEN}
                                       : text;
}

/* Reads the whole text, which is one value. */
static bool read_tape(struct tape *tape, struct span text)
{
    size_t used = 0;

    switch (tape_read(tape, text, &used)) {
    case TAPE_WHOLE:
        while (used < text.len && ascii_is_space(text.data[used]))
            used++;
        tape->fault_at = used;
        tape->why = used < text.len ? "it has text after its end" : NULL;
        break;
    case TAPE_SHORT:
        tape->fault_at = text.len;
        tape->why = text.len > 0 ? "it ends too early" : "it is empty";
        break;
    case TAPE_BROKEN:
        break;
    }
    return tape->why == NULL;
}

static json_t *read_levels(struct span text, size_t levels, struct error *err)
{
    const struct span body = without_bom(text);
    struct tree_builder b;
    json_t *root = NULL;

    b.levels = levels;
    b.depth = 0;
    tape_init(&b.tape);
    buf_init(&b.key, BUF_NO_LIMIT);
    buf_init(&b.text, BUF_NO_LIMIT);
    if (!read_tape(&b.tape, body) || !build_all(&b, &root)) {
        error_set(err, ERROR_BAD_SOURCE, "cannot read JSON: %s at byte %zu", b.tape.why,
                  text.len - body.len + b.tape.fault_at);
        json_decref(root);
        root = NULL;
    }
    tape_release(&b.tape);
    buf_release(&b.key);
    buf_release(&b.text);
    return root;
}

json_t *json_read(struct span text, struct error *err)
{
    return read_levels(text, JSON_MAX_DEPTH, err);
}

static json_t *want_object(json_t *root, struct error *err)
{
    if (root && !json_is_object(root)) {
        error_set(err, ERROR_BAD_SOURCE, "cannot read JSON: not an object");
        json_decref(root);
        return NULL;
    }
    return root;
}

json_t *json_read_object(struct span text, struct error *err)
{
    return want_object(json_read(text, err), err);
}

json_t *json_read_outline(struct span text, struct error *err)
{
    return want_object(read_levels(text, OUTLINE_LEVELS, err), err);
}

struct span json_get_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return (struct span){json_string_value(value), json_string_length(value)};
}

bool json_is_absent(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return !value || json_is_null(value);
}

bool json_was_repaired(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    const struct span text = {json_string_value(value), json_string_length(value)};

    /* What was repaired holds the replacement character; a mark is looked for only then. */
    if (json_is_string(value) && !json_holds_replacement(text) &&
        !json_holds_replacement(span_of(key)))
        return false;
    char near[64]; /* asked for each part of each message: most names need no memory */
    const size_t prefix = strlen(JSON_REPAIRED_PREFIX);
    const size_t len = prefix + strlen(key) + 1; /* with its NUL */
    char *name = len <= sizeof near ? near : mem_alloc(len);
    memcpy(name, JSON_REPAIRED_PREFIX, prefix);
    memcpy(name + prefix, key, len - prefix);
    bool repaired = json_is_true(json_object_get(object, name));

    if (name != near)
        free(name);
    return repaired;
}

bool json_is_repair_mark(const char *key, const json_t *value)
{
    return json_is_true(value) && span_starts_with(span_of(key), JSON_REPAIRED_PREFIX);
}

bool json_get_bool(const json_t *object, const char *key, bool fallback)
{
    const json_t *value = json_object_get(object, key);

    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

bool json_split_array(struct span text, const char *key, struct span *elements, size_t count)
{
    struct tape tape;
    struct buf scratch;
    size_t found = SIZE_MAX;

    tape_init(&tape);
    buf_init(&scratch, BUF_NO_LIMIT);
    const bool is_object =
        read_tape(&tape, without_bom(text)) && tape_type(&tape, 0) == TAPE_OBJECT;
    uint32_t array = is_object ? tape_first(&tape, 0) : TAPE_NONE;
    while (array != TAPE_NONE && !span_is(tape_key(&tape, array, &scratch), key))
        array = tape_next(&tape, 0, array);
    if (array != TAPE_NONE && tape_type(&tape, array) == TAPE_ARRAY) {
        found = 0;
        for (uint32_t i = tape_first(&tape, array); i != TAPE_NONE;
             i = tape_next(&tape, array, i)) {
            if (found < count)
                elements[found] = tape_raw(&tape, i);
            found++;
        }
    }
    buf_release(&scratch);
    tape_release(&tape);
    return found == count;
}
