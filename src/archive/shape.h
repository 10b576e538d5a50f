/*
 * What a JSON object in an archive is, found out from its members alone, by a
 * shallow look that keeps the bytes (see json/json_scan.h).
 *
 * shape_look() notes the members that matter; shape_class() tells from them
 * whether this is a message, a list page, a thread with its messages, and so
 * on. Both spellings of the keys are known: thread_id as the API writes it, and
 * threadId as JavaScript SDKs dump it.
 */
#ifndef ARCHIVE_SHAPE_H
#define ARCHIVE_SHAPE_H

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>

/* The members that are looked at. */
enum shape_field {
    FIELD_KIND,
    FIELD_OBJECT,
    FIELD_ID,
    FIELD_MESSAGE_ID,
    FIELD_THREAD_ID,
    FIELD_TYPE,
    FIELD_ROLE,
    FIELD_CONTENT,
    FIELD_TEXT,
    FIELD_MESSAGES,
    FIELD_RUNS,
    FIELD_RUN_STEPS,
    FIELD_DATA,
    FIELD_HAS_MORE,
    FIELD_EVENT,
    FIELD_ERROR,
    FIELDS
};

struct shape_look {
    struct span field[FIELDS]; /* raw values; .data == NULL where absent or null */
    const char *end;           /* behind the object, or how far was looked for its end */
    bool is_object;
    bool is_whole; /* the object ends in the text; else the last field may be a broken rest */
    bool is_camel; /* keys are spelt in camelCase */
    bool is_twice; /* a member that matters occurs twice */
};

/* Looks at the object that text starts with; what follows it is not looked at. */
void shape_look(struct shape_look *look, struct span text);

enum shape_class {
    CLASS_OTHER,     /* none of ours */
    CLASS_WRAPPED,   /* {"kind":…,"object":{…}}: a line of threadferry's own archive */
    CLASS_END,       /* {"kind":"end",…}: closes a thread in such an archive */
    CLASS_PAGE,      /* {"object":"list","data":[…]} */
    CLASS_CONTAINER, /* a thread with "messages" */
    CLASS_THREAD,
    CLASS_MESSAGE,
    CLASS_RUN,
    CLASS_STEP,
    CLASS_ASSISTANT,
    CLASS_EVENT, /* {"event":…,"data":{…}}: an event of a stream */
    CLASS_DELTA, /* a piece of a message that comes whole later */
    CLASS_ERROR, /* an error reply */
    CLASSES
};

enum shape_class shape_class(const struct shape_look *look);

/* The class that a wrapper's "kind" names; CLASS_OTHER where it names none. */
enum shape_class shape_kind(struct span raw);

/*
 * The text of a raw string or integer value: borrowed from raw, or from scratch where escapes had
 * to be resolved. .data == NULL where it is neither.
 */
struct span shape_text(struct span raw, struct buf *scratch);

/* True for a raw string of exactly this text (which needs no escapes). */
bool shape_text_is(struct span raw, const char *text);

/* How many elements the raw array has; 0 where it is none. */
size_t shape_count(struct span raw);

#endif
