/*
 * Where things are in files of one's own: source.fields and source.roles, or a
 * known exporter's row (presets.h).
 *
 * fields_init() puts them together. The walker then asks of each object:
 *
 *     fields_is_list() whether the list that it is in may hold messages
 *     fields_apply()   the message (or question and answer) that it is, as
 *                      copies under the ordinary names: id, thread_id, role,
 *                      content, created_at, metadata
 *
 * so that whatever recognises ordinary messages recognises these as well.
 *
 * A path is tried as a whole key before its dots; dots go inwards, the longest
 * key that is there first, also through strings that are JSON objects. "$key"
 * is the key of the map around the object. A key is found by its exact name or,
 * if there is no such key, by the only one that compares alike (key_name.h).
 *
 * Objects are read by jansson's rules: new references are the caller's.
 */
#ifndef FIELDS_FIELDS_H
#define FIELDS_FIELDS_H

#include "base/buf.h"
#include "base/span.h"
#include "fields/pairs.h"
#include "json/json_tape.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum fields_place {
    FIELDS_THREAD,
    FIELDS_ROLE,
    FIELDS_TEXT,
    FIELDS_TIME,
    FIELDS_MESSAGE, /* the message's id */
    FIELDS_METADATA,
    FIELDS_QUESTION,
    FIELDS_ANSWER,
    FIELDS_LIST,
    FIELDS_PLACES
};

/* "thread", "role", …: the members that source.fields may have; NULL-terminated. */
extern const char *const FIELDS_NAMES[FIELDS_PLACES + 1];

/* The roles that source.roles may give; NULL-terminated. */
extern const char *const FIELDS_ROLES[];

/* What a word in the place of a role means. */
struct fields_role {
    const char *word;
    const char *role;
};

struct fields {
    const char *path[FIELDS_PLACES]; /* NULL: the ordinary names */
    const struct pairs *own_roles;   /* source.roles, or NULL */
    const struct fields_role *roles; /* those of a preset, ended by {NULL, NULL}; or NULL */
};

struct preset;

/* Borrows everything. What fields names goes before what the preset (which may be NULL) does. */
void fields_init(struct fields *fields, const struct preset *preset, const struct pairs *own,
                 const struct pairs *roles);

/* True if the key is an ordinary name of the place: one that needs no setting. */
bool fields_is_ordinary(struct span key, enum fields_place place);

/* False if no place and no role is named: the ordinary names are all there is. */
bool fields_are_set(const struct fields *fields);

/* True if a place is named; with roles alone, messages are where they ordinarily are. */
bool fields_name_places(const struct fields *fields);

/* What is around an object. */
struct fields_around {
    json_t *const *objects; /* those around it, the nearest first; borrowed */
    size_t count;
    struct span map_key; /* of the map it is in; .data == NULL: in none */
};

/* The value at a path. New, or NULL. */
json_t *fields_find(json_t *object, const char *path, struct span map_key);

/*
 * Appends a scalar's text: a string as it is, a number or boolean as JSON writes it; also from
 * inside {"$oid":…} and the like. False, and nothing appended, for anything else.
 */
bool fields_add_text(struct buf *out, json_t *value);

/* "$oid", "$numberLong": what is in an object of such a member alone is the value. */
bool fields_is_wrapper(struct span key);

/* True if a list under this key may hold messages: any, unless FIELDS_LIST names one. */
bool fields_is_list(const struct fields *fields, struct span key);

/*
 * The role that a word stands for: by source.roles, then the preset's, then those that everybody
 * knows (human, customer, ai, bot, agent, system_prompt). A word that none of them knows is
 * returned as it is. Borrowed from the word or from *fields (which may be NULL).
 */
struct span fields_role(const struct fields *fields, struct span word);

/* True for the roles that there are: FIELDS_ROLES, and those of tools (mapping.unknown). */
bool fields_is_role(struct span word);

/*
 * The messages that an object is: none, one, or a question and its answer. out[] gets as many new
 * objects: copies of the object's members, with what the paths name moved to the ordinary names.
 * The answer's id is ID/answer. An object is none if a path for role or text is given and not
 * there, or if it has none of question and answer.
 *
 * The thread is looked for in the object, then in those around it; with FIELDS_LIST first in
 * those around it, because ids inside of a list are the messages'. If the path leads to null or
 * "" the message says that it has no thread: "thread_id" is null, whatever other names it has.
 */
size_t fields_apply(const struct fields *fields, json_t *object, const struct fields_around *around,
                    json_t *out[2]);

/*
 * Appends an object with those members alone that the paths and the ordinary names may lead to,
 * and with empty arrays, which no path goes through: what is asked of a large object can be asked
 * of this.
 */
void fields_add_shell(const struct fields *fields, const struct tape *tape, uint32_t object,
                      struct buf *out);

#endif
