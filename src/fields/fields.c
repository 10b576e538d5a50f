#include "fields/fields.h"

#include "base/mem.h"
#include "fields/key_name.h"
#include "fields/presets.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ALIASES_MAX = 7,
    SHELL_DEPTH = 32, /* objects in each other; deeper ones are taken whole */
};

const char *const FIELDS_NAMES[FIELDS_PLACES + 1] = {
    [FIELDS_THREAD] = "thread",     [FIELDS_ROLE] = "role",       [FIELDS_TEXT] = "text",
    [FIELDS_TIME] = "time",         [FIELDS_MESSAGE] = "message", [FIELDS_METADATA] = "metadata",
    [FIELDS_QUESTION] = "question", [FIELDS_ANSWER] = "answer",   [FIELDS_LIST] = "list",
    [FIELDS_PLACES] = NULL,
};

const char *const FIELDS_ROLES[] = {"user", "assistant", "system", "developer", NULL};

/* The words that need no setting. */
static const struct fields_role KNOWN_ROLES[] = {
    {"user", "user"},     {"assistant", "assistant"}, {"system", "system"},
    {"human", "user"},    {"customer", "user"},       {"ai", "assistant"},
    {"bot", "assistant"}, {"agent", "assistant"},     {"system_prompt", "system"},
    {NULL, NULL},
};

/* The ordinary names, as they compare (key_name.h); the first is where a copy has it. A list has
 * none of its own: what it holds is asked for again. */
static const char *const ORDINARY[FIELDS_PLACES][ALIASES_MAX] = {
    [FIELDS_THREAD] = {"thread_id", "openai_thread_id", "thread"},
    [FIELDS_ROLE] = {"role"},
    [FIELDS_TEXT] = {"content", "text", "value", "message", "parts"},
    [FIELDS_TIME] = {"created_at", "created", "timestamp", "time", "date"},
    [FIELDS_MESSAGE] = {"id", "message_id"},
    [FIELDS_METADATA] = {"metadata"},
};

void fields_init(struct fields *fields, const struct preset *preset, const struct pairs *own,
                 const struct pairs *roles)
{
    *fields = (struct fields){.own_roles = roles, .roles = preset ? preset->roles : NULL};
    for (size_t i = 0; i < FIELDS_PLACES; i++) {
        const char *path = own ? pairs_get(own, span_of(FIELDS_NAMES[i])) : NULL;

        if (!path && preset)
            path = preset->path[i];
        fields->path[i] = path;
    }
}

bool fields_name_places(const struct fields *fields)
{
    for (size_t i = 0; i < FIELDS_PLACES; i++) {
        if (fields->path[i])
            return true;
    }
    return false;
}

bool fields_are_set(const struct fields *fields)
{
    return fields_name_places(fields) || fields->roles ||
           (fields->own_roles && fields->own_roles->count > 0);
}

/* A value, and where in the outer object the way to it began. */
struct found {
    json_t *value;    /* new; NULL: not there */
    const char *head; /* the outer object's own key, or NULL */
    bool is_repaired;
};

/* The object's own key of this name: the exact one, else the only one that compares alike. */
static const char *find_key(json_t *object, const char *name)
{
    void *exact = json_object_iter_at(object, name);
    const char *alike = NULL;
    const char *key;
    json_t *value;

    if (exact)
        return json_object_iter_key(exact);
    json_object_foreach(object, key, value)
    {
        if (!key_name_same(span_of(key), span_of(name)))
            continue;
        if (alike)
            return NULL;
        alike = key;
    }
    return alike;
}

/* The longest key of the object that the path begins with; *path goes behind it. */
static const char *find_longest(json_t *object, char **path)
{
    char *end = *path + strlen(*path);

    while (end > *path) {
        const char kept = *end;
        const char *key;

        *end = '\0';
        key = find_key(object, *path);
        *end = kept;
        if (key) {
            *path = kept == '\0' ? end : end + 1;
            return key;
        }
        do
            end--;
        while (end > *path && *end != '.');
    }
    return NULL;
}

/* What a path enters next: an object, or a string that is one. Steals. */
static json_t *enter(json_t *value)
{
    struct span text = {json_string_value(value), json_string_length(value)};
    json_t *inner = NULL;
    struct error ignored;
    size_t blanks = 0;

    if (json_is_object(value))
        return value;
    while (blanks < text.len && strchr(" \t\r\n", text.data[blanks]) && text.data[blanks] != '\0')
        blanks++;
    if (blanks < text.len && text.data[blanks] == '{')
        inner = json_read_object(text, &ignored);
    json_decref(value);
    return inner;
}

static struct found find(json_t *object, const char *path, struct span map_key)
{
    struct found found = {0};
    char *copy;
    char *rest;

    if (strcmp(path, "$key") == 0) {
        found.value = map_key.data ? json_stringn(map_key.data, map_key.len) : NULL;
        return found;
    }
    copy = mem_strdup(path);
    rest = copy;
    found.value = json_incref(object);
    do {
        json_t *holder = enter(found.value);
        const char *key = holder ? find_longest(holder, &rest) : NULL;

        if (!found.head)
            found.head = key;
        found.value = key ? json_incref(json_object_get(holder, key)) : NULL;
        found.is_repaired = key && json_was_repaired(holder, key);
        json_decref(holder);
    } while (found.value && *rest != '\0');
    if (!found.value)
        found.head = NULL;
    free(copy);
    return found;
}

json_t *fields_find(json_t *object, const char *path, struct span map_key)
{
    return json_is_object(object) ? find(object, path, map_key).value : NULL;
}

bool fields_is_wrapper(struct span key)
{
    return span_is(key, "$oid") || span_is(key, "$uuid") || span_is(key, "$numberLong") ||
           span_is(key, "$numberInt");
}

/* The value itself, or that of {"$oid": value}. Borrowed. */
static json_t *unwrap(json_t *value)
{
    void *only = json_object_size(value) == 1 ? json_object_iter(value) : NULL;

    return only && fields_is_wrapper(span_of(json_object_iter_key(only)))
               ? json_object_iter_value(only)
               : value;
}

bool fields_add_text(struct buf *out, json_t *value)
{
    json_t *scalar = unwrap(value);

    if (json_is_string(scalar))
        buf_add(out, json_string_value(scalar), json_string_length(scalar));
    else if (json_is_number(scalar) || json_is_boolean(scalar))
        json_dump_to(out, scalar, JSON_ENCODE_ANY);
    else
        return false;
    return true;
}

bool fields_is_list(const struct fields *fields, struct span key)
{
    const char *path = fields->path[FIELDS_LIST];
    const char *dot = path ? strrchr(path, '.') : NULL;

    return !path || key_name_same(key, span_of(path)) ||
           (dot && key_name_same(key, span_of(dot + 1)));
}

static bool is_word(struct span word, const char *other)
{
    return word.len == strlen(other) && strncasecmp(word.data, other, word.len) == 0;
}

static const char *find_role(const struct fields_role *roles, struct span word)
{
    for (; roles && roles->word; roles++) {
        if (is_word(word, roles->word))
            return roles->role;
    }
    return NULL;
}

struct span fields_role(const struct fields *fields, struct span word)
{
    const struct pairs *own = fields ? fields->own_roles : NULL;
    const char *role = own ? pairs_get(own, word) : NULL;

    for (size_t i = 0; !role && own && i < own->count; i++) {
        if (is_word(word, own->items[i].name))
            role = own->items[i].value;
    }
    if (!role && fields)
        role = find_role(fields->roles, word);
    if (!role)
        role = find_role(KNOWN_ROLES, word);
    return role ? span_of(role) : word;
}

bool fields_is_role(struct span word)
{
    bool is_role = span_is(word, "tool") || span_is(word, "function");

    for (size_t i = 0; !is_role && FIELDS_ROLES[i]; i++)
        is_role = span_is(word, FIELDS_ROLES[i]);
    return is_role;
}

/* What the paths of an object lead to. */
struct places {
    struct found at[FIELDS_PLACES];
};

static void places_release(struct places *places)
{
    for (size_t i = 0; i < FIELDS_PLACES; i++)
        json_decref(places->at[i].value);
}

/* The object around that has it; its key is not one of ours to move. */
static struct found find_around(const char *path, const struct fields_around *around)
{
    struct found found = {0};

    for (size_t i = 0; around && !found.value && i < around->count; i++)
        found = find(around->objects[i], path, around->map_key);
    found.head = NULL;
    return found;
}

static struct found find_thread(const struct fields *fields, json_t *object,
                                const struct fields_around *around)
{
    const char *path = fields->path[FIELDS_THREAD];
    const struct span map_key = around ? around->map_key : (struct span){NULL, 0};
    struct found found = {0};

    if (fields->path[FIELDS_LIST])
        found = find_around(path, around);
    if (!found.value)
        found = find(object, path, map_key);
    if (!found.value && !fields->path[FIELDS_LIST])
        found = find_around(path, around);
    return found;
}

bool fields_is_ordinary(struct span key, enum fields_place place)
{
    for (size_t i = 0; i < ALIASES_MAX && ORDINARY[place][i]; i++) {
        if (key_name_same(key, span_of(ORDINARY[place][i])))
            return true;
    }
    return false;
}

/* The object's first key that is an ordinary name of the place, or NULL. */
static const char *ordinary_key(json_t *object, enum fields_place place)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        if (fields_is_ordinary(span_of(key), place))
            return key;
    }
    return NULL;
}

/* The role under its ordinary name: what it means may be named although its place is not. */
static struct found find_ordinary_role(json_t *object)
{
    const char *key = ordinary_key(object, FIELDS_ROLE);

    return (struct found){.value = key ? json_incref(json_object_get(object, key)) : NULL,
                          .head = key};
}

static void find_places(const struct fields *fields, json_t *object,
                        const struct fields_around *around, struct places *places)
{
    const struct span map_key = around ? around->map_key : (struct span){NULL, 0};

    for (size_t i = 0; i < FIELDS_PLACES; i++) {
        if (!fields->path[i] || i == FIELDS_LIST)
            continue;
        places->at[i] = i == FIELDS_THREAD ? find_thread(fields, object, around)
                                           : find(object, fields->path[i], map_key);
    }
    if (!fields->path[FIELDS_ROLE])
        places->at[FIELDS_ROLE] = find_ordinary_role(object);
}

static void delete_key(json_t *copy, const char *key)
{
    char *mark = mem_printf(JSON_REPAIRED_PREFIX "%s", key);

    (void)json_object_del(copy, mark);
    (void)json_object_del(copy, key);
    free(mark);
}

/* Removes what would answer for a place under one of its ordinary names. */
static void delete_ordinary(json_t *copy, enum fields_place place)
{
    const char *key = ordinary_key(copy, place);

    while (key) {
        delete_key(copy, key);
        key = ordinary_key(copy, place);
    }
}

/* Puts a value where the place has its ordinary name. Steals the value. */
static void put(json_t *copy, enum fields_place place, json_t *value, bool is_repaired)
{
    const char *name = ORDINARY[place][0];

    (void)json_object_set_new(copy, name, value);
    if (is_repaired) {
        char *mark = mem_printf(JSON_REPAIRED_PREFIX "%s", name);

        (void)json_object_set_new_nocheck(copy, mark, json_true());
        free(mark);
    }
}

/* A scalar as text; "" and what is not a scalar is null. New. */
static json_t *text_or_null(json_t *value)
{
    struct buf text;
    json_t *string = NULL;

    buf_init(&text, BUF_NO_LIMIT);
    if (fields_add_text(&text, value) && text.len > 0)
        string = json_stringn(text.data, text.len);
    buf_release(&text);
    return string ? string : json_null();
}

/* The ordinary form of what is at a place. New. */
static json_t *form_of(const struct fields *fields, enum fields_place place, json_t *value)
{
    struct buf text;
    json_t *form = NULL;

    if (place == FIELDS_THREAD || place == FIELDS_MESSAGE)
        return text_or_null(value);
    buf_init(&text, BUF_NO_LIMIT);
    if (place == FIELDS_ROLE && fields_add_text(&text, value)) {
        const struct span role = fields_role(fields, buf_span(&text));

        form = json_stringn(role.data, role.len);
    } else if (place == FIELDS_TEXT && (json_is_number(value) || json_is_boolean(value))) {
        (void)fields_add_text(&text, value);
        form = json_stringn(text.data, text.len);
    }
    buf_release(&text);
    return form ? form : json_incref(value);
}

/* A copy of the object whose places have their ordinary names and no others. New. */
static json_t *copy_of(const struct fields *fields, json_t *object, const struct places *places)
{
    json_t *copy = json_copy(object);

    for (size_t i = 0; i < FIELDS_PLACES; i++) {
        if (places->at[i].value && places->at[i].head)
            delete_key(copy, places->at[i].head);
    }
    for (size_t i = 0; i < FIELDS_PLACES; i++) {
        const struct found *found = &places->at[i];

        if (!found->value || !ORDINARY[i][0])
            continue;
        delete_ordinary(copy, (enum fields_place)i);
        put(copy, (enum fields_place)i, form_of(fields, (enum fields_place)i, found->value),
            found->is_repaired);
    }
    return copy;
}

/* One side of a row: the copy with this role and text, and its id. */
static json_t *side_of(json_t *row, const struct found *text, bool is_answer)
{
    json_t *side = json_copy(row);
    const char *key = ordinary_key(side, FIELDS_MESSAGE);
    json_t *id = text_or_null(key ? json_object_get(side, key) : NULL);

    delete_ordinary(side, FIELDS_ROLE);
    delete_ordinary(side, FIELDS_TEXT);
    delete_ordinary(side, FIELDS_MESSAGE);
    put(side, FIELDS_ROLE, json_string(is_answer ? "assistant" : "user"), false);
    put(side, FIELDS_TEXT, form_of(NULL, FIELDS_TEXT, text->value), text->is_repaired);
    if (json_is_string(id))
        put(side, FIELDS_MESSAGE,
            is_answer ? json_sprintf("%s/answer", json_string_value(id)) : json_incref(id), false);
    json_decref(id);
    return side;
}

static bool is_there(const struct found *found)
{
    return found->value && !json_is_null(found->value);
}

static size_t apply_pair(const struct fields *fields, json_t *object, const struct places *places,
                         json_t *out[2])
{
    const struct found *question = &places->at[FIELDS_QUESTION];
    const struct found *answer = &places->at[FIELDS_ANSWER];
    json_t *row;
    size_t count = 0;

    if (!is_there(question) && !is_there(answer))
        return 0;
    row = copy_of(fields, object, places);
    if (is_there(question))
        out[count++] = side_of(row, question, false);
    if (is_there(answer))
        out[count++] = side_of(row, answer, true);
    json_decref(row);
    return count;
}

/* The object has a role, and a text where the path says or under an ordinary name. */
static bool is_message(const struct fields *fields, json_t *object, const struct places *places)
{
    json_t *role = unwrap(places->at[FIELDS_ROLE].value);
    const bool has_role = json_is_string(role) || json_is_number(role) || json_is_boolean(role);

    if (fields->path[FIELDS_TEXT])
        return has_role && places->at[FIELDS_TEXT].value;
    return has_role && ordinary_key(object, FIELDS_TEXT);
}

size_t fields_apply(const struct fields *fields, json_t *object, const struct fields_around *around,
                    json_t *out[2])
{
    const bool is_pair = fields->path[FIELDS_QUESTION] || fields->path[FIELDS_ANSWER];
    struct places places = {0};
    size_t count = 0;

    if (!json_is_object(object))
        return 0;
    find_places(fields, object, around, &places);
    if (is_pair)
        count = apply_pair(fields, object, &places, out);
    else if (is_message(fields, object, &places))
        out[count++] = copy_of(fields, object, &places);
    places_release(&places);
    return count;
}

/* ---- shells ---- */

/* True if the key may be one of the path's: it is alike to a part between dots, or to several. */
static bool is_on_path(struct span key, const char *path)
{
    for (const char *start = path; start; start = strchr(start, '.')) {
        const char *end = start;

        start += start > path;
        do {
            end += strcspn(end + 1, ".") + 1;
            if (key_name_same(key, (struct span){start, (size_t)(end - start)}))
                return true;
        } while (*end != '\0');
    }
    return false;
}

static bool may_lead(const struct fields *fields, struct span key)
{
    for (size_t place = 0; place < FIELDS_PLACES; place++) {
        if ((fields->path[place] && is_on_path(key, fields->path[place])) ||
            fields_is_ordinary(key, (enum fields_place)place))
            return true;
    }
    return false;
}

void fields_add_shell(const struct fields *fields, const struct tape *tape, uint32_t object,
                      struct buf *out)
{
    uint32_t ends[SHELL_DEPTH];
    const uint32_t end = tape->values[object].next;
    size_t depth = 0;
    struct buf scratch;

    buf_init(&scratch, BUF_NO_LIMIT);
    buf_add_char(out, '{');
    for (uint32_t i = object + 1; i < end;) {
        const struct tape_value *value = &tape->values[i];

        if (depth > 0 && i == ends[depth - 1]) {
            buf_add_char(out, '}');
            depth--;
            continue;
        }
        if (!may_lead(fields, tape_key(tape, i, &scratch))) {
            i = value->next;
            continue;
        }
        buf_add_text(out, out->data[out->len - 1] == '{' ? "\"" : ",\"");
        buf_add(out, tape->text.data + value->key, value->key_len);
        buf_add_text(out, "\":");
        if (tape_type(tape, i) == TAPE_OBJECT && depth < SHELL_DEPTH) {
            buf_add_char(out, '{');
            ends[depth++] = value->next;
            i++;
            continue;
        }
        if (tape_type(tape, i) == TAPE_ARRAY)
            buf_add_text(out, "[]");
        else
            buf_add_span(out, tape_raw(tape, i));
        i = value->next;
    }
    for (; depth > 0; depth--)
        buf_add_char(out, '}');
    buf_add_char(out, '}');
    buf_release(&scratch);
}
