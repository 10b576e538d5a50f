/*
 * A record of an archive brought to the form of the Assistants API, so that what
 * comes after sees one form only: keys in snake_case under the API's names, a
 * message's text as content, times as created_at, role names as the API has
 * them, integer ids as texts, optional ids that are "" absent. Texts themselves
 * are never changed.
 */
#ifndef ARCHIVE_RECORD_H
#define ARCHIVE_RECORD_H

#include "archive/look.h"
#include "base/buf.h"
#include "base/error.h"
#include "decode/inputs.h"
#include "fields/fields.h"

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
 * Adds its bytes without them to own; *is_whole says that none of them could hold records, so that
 * the text itself may stand for the object. New, or NULL: ERROR_BAD_ID, ERROR_BAD_SOURCE. */
json_t *record_thread(struct span text, struct buf *own, bool *is_whole, struct error *err);

/* True if the object is as the API writes it: its own bytes may stand for it. */
bool record_is_api(const json_t *object, const char *kind);

/* True if the message that these bytes are, read alone and without anybody's settings, is this one:
 * an object of the API that needs nothing but its own bytes. */
bool record_stands_alone(struct span bytes, const json_t *message);

/* Adds an object of the API's form, made from what was understood of a record: under the API's
 * names only, of the thread in hand, bytes that were no text still marked as such. kind is
 * OBJECT_MESSAGE, _THREAD, _RUN, _STEP or _ASSISTANT; of an assistant thread_id is not used. */
void record_form(struct buf *out, const json_t *record, enum object_kind kind,
                 struct span thread_id);

/* How many texts that are carried over were no text when they were read. */
int64_t record_repaired(const json_t *record, enum object_kind kind);

#endif
