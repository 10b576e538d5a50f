/*
 * Objects of the archive shapes brought to the form of the Assistants API, so
 * that the mapping sees one form only: keys in snake_case, `timestamp` as
 * created_at, `text` as content, `message_id` as id, role names as the API has
 * them, integer ids as texts. Texts themselves are never changed.
 */
#ifndef ARCHIVE_SHAPE_OBJECT_H
#define ARCHIVE_SHAPE_OBJECT_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* True where a key of the object itself is in camelCase. */
bool shape_is_camel(json_t *object);

/* The object with its keys in snake_case, at any depth, but not inside of metadata. Steals the
 * object and returns it, or a new one in its place. */
json_t *shape_steal_snake(json_t *object);

/* Brings a message into form, in place. ERROR_BAD_ID for an id that nobody can have. */
bool shape_fix_message(json_t *message, struct error *err);

/* The same for a thread, run or run step: id, thread_id, run_id, times. */
bool shape_fix_object(json_t *object, struct error *err);

#endif
