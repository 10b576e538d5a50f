/*
 * What a JSON object of an archive is, told by its members alone: the table of
 * record kinds. A new kind is a row of it (look.c), and what walk.c does with it.
 *
 * Keys compare folded: without letter case, blanks, '_' and '-'.
 */
#ifndef ARCHIVE_LOOK_H
#define ARCHIVE_LOOK_H

#include "base/buf.h"
#include "base/span.h"
#include "json/json_tape.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The members that decide. */
enum look_field {
    FIELD_ROLE,
    FIELD_CONTENT, /* the five that hold a message's text, the best first */
    FIELD_TEXT,
    FIELD_VALUE,
    FIELD_MESSAGE,
    FIELD_PARTS,
    FIELD_ID,
    FIELD_UNDER_ID, /* "_id" */
    FIELD_MESSAGE_ID,
    FIELD_THREAD_ID,
    FIELD_THREAD,
    FIELD_CONVERSATION_ID,
    FIELD_SESSION_ID,
    FIELD_CHAT_ID,
    FIELD_OBJECT,
    FIELD_TYPE,
    FIELD_KIND,
    FIELD_EVENT,
    FIELD_STATUS,
    FIELD_INSTRUCTIONS,
    FIELD_MODEL,
    FIELD_STEP_DETAILS,
    FIELD_MESSAGES,
    FIELD_HAS_MORE, /* also inside of FIELD_PAGING */
    FIELD_NEXT,     /* where the rest begins */
    FIELD_PAGING,   /* an object that says whether there is more */
    FIELD_ERROR,
    FIELD_ERRORS,
    FIELD_EXTRA,
    FIELD_METADATA,
    FIELD_OUTPUT,
    FIELD_RUN_ID,
    FIELDS
};

struct object_look {
    uint32_t at[FIELDS];  /* the member's value, or TAPE_NONE if it is absent or null */
    bool is_null[FIELDS]; /* it is there, and null */
    bool is_banner;       /* says what follows, and nothing of anybody */
    bool may_be_map;      /* its keys look like ids of threads */
    bool names_two;       /* it names two different threads */
};

/* Looks at an object. */
void look_at(struct object_look *look, const struct tape *tape, uint32_t object);

static inline bool look_has(const struct object_look *look, enum look_field field)
{
    return look->at[field] != TAPE_NONE;
}

enum object_kind {
    OBJECT_NONE,
    OBJECT_MESSAGE,
    OBJECT_DELTA,  /* a piece of a message that comes whole later, or never */
    OBJECT_THREAD, /* a thread object; its members are entered */
    OBJECT_RUN,    /* its steps are entered */
    OBJECT_STEP,
    OBJECT_ASSISTANT,
    OBJECT_WRAPPED,   /* {"kind":…,"object":{…}}: a line of our own archive */
    OBJECT_END,       /* {"kind":"end",…}: closes a thread in such an archive */
    OBJECT_TRUNCATED, /* {"kind":"truncated",…}: the thread has no end */
    OBJECT_ENVELOPE,  /* says something of a stream that is not kept: thread.deleted, step deltas */
    OBJECT_FOREIGN,   /* of another API */
    OBJECT_ERROR,     /* an error reply, if nothing is recognised in it */
    OBJECT_KINDS
};

/* What the object is, where nothing around it says otherwise. */
enum object_kind look_kind(const struct object_look *look, const struct tape *tape);

/* "message", "run step": for counts and messages. */
const char *look_kind_name(enum object_kind kind);

/* The member that holds a message's text: the first that is neither null nor empty, else one that
 * is there, else TAPE_NONE. */
uint32_t look_text(const struct object_look *look, const struct tape *tape, enum look_field *field);

/*
 * Why an object that has a message's members cannot be taken for one, or NULL: it holds another
 * message, its text is a printed object, a key is twice, its text is under an unknown key
 * (unless it is known where texts are: what is empty there is empty).
 */
const char *look_message_trouble(const struct object_look *look, const struct tape *tape,
                                 uint32_t object, bool is_place_known);

/* The folded key: lower case, without ' ', '_' and '-'. */
void look_fold(struct span key, struct buf *out);

/* The id in a string or integer, also as {"$oid":"…"}; .data == NULL if it is neither or empty.
 * Borrowed, or in scratch. */
struct span look_id(const struct tape *tape, uint32_t value, struct buf *scratch);

/* The thread that an object names: thread_id, or thread as a text or with an id of its own. */
struct span look_thread(const struct object_look *look, const struct tape *tape,
                        struct buf *scratch);

/* Whether an object says that more follows. */
enum list_more { MORE_ABSENT, MORE_NO, MORE_YES };
enum list_more look_more(const struct object_look *look, const struct tape *tape);

/* True for a string that as a whole is a JSON array or object, by its first and last bytes. */
bool look_is_inner(const struct tape *tape, uint32_t value);

/* The same for a string that may also be a JSON string of such a string, and so on: reads what is
 * inside onto a tape. False if it is not JSON as a whole. The text is the tape's. */
bool look_read_inner(const struct tape *tape, uint32_t value, struct buf *text, struct tape *inner);

/* True for a page of a list: an object with has_more, or with a cursor and nothing of a thread's.
 */
bool look_is_page(const struct object_look *look);

/* True if a value is a string of exactly this text. */
bool look_is(const struct tape *tape, uint32_t value, const char *text);

/* True for a key of a map of threads: begins with "thread_", or has a digit and four or more bytes
 * and is no date; names such as data, messages, items are none. */
bool look_is_map_key(struct span key);

/* True if the text is a printed object where text should be: "[object Object]". */
bool look_is_print(struct span text);

/* True if the text is an array of content parts in JSON. */
bool look_is_parts(struct span text, struct tape *scratch);

#endif
