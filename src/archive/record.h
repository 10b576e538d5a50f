/*
 * A record of an archive brought to the form of the Assistants API, so that what
 * comes after sees one form only: keys in snake_case under the API's names, a
 * message's text as content, times as created_at, role names as the API has
 * them, integer ids as texts, optional ids that are "" absent. Texts themselves
 * are never changed.
 */
#ifndef ARCHIVE_RECORD_H
#define ARCHIVE_RECORD_H

#include "archive/fields.h"
#include "archive/inputs.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* What is known of the file that the record is from. */
struct record_source {
    const struct input *input;
    const struct fields *fields; /* roles of the user's own, or NULL */
};

/* Brings a message into form. Steals it; returns it or a new one in its place, or NULL with
 * ERROR_BAD_ID for an id that nobody can have. */
json_t *record_message(json_t *message, const struct record_source *source, struct error *err);

/* The same for a run or run step. */
json_t *record_object(json_t *object, struct error *err);

/* The thread object in the text of one, or of what holds a thread's messages: all but its lists.
 * New, or NULL: ERROR_BAD_ID, ERROR_BAD_SOURCE. */
json_t *record_thread(struct span text, struct error *err);

/* True if the object is as the API writes it: its own bytes may stand for it. */
bool record_is_api(const json_t *object, const char *kind);

#endif
