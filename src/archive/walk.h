/*
 * The third stage of the archive reader: values to records.
 *
 * A value is recognised by what it is (look.h), not by where it is. What is not
 * recognised is entered: arrays, members, and strings that as a whole are JSON.
 * The walker knows what is around each record, and so who may claim it; whose it
 * is in the end is decided when its file has been read whole (shelf.h).
 *
 *     walk_piece(&walk, &piece)      for every piece of a file, in order
 *
 * tells walk->ops of every record, every list of messages, and every place that
 * cannot be read. Nothing is told twice, and what is neither recognised nor told
 * as unread is a member of something that was recognised.
 */
#ifndef ARCHIVE_WALK_H
#define ARCHIVE_WALK_H

#include "archive/look.h"
#include "base/mem.h"
#include "decode/parse.h"
#include "fields/fields.h"

#include <stdbool.h>
#include <stdint.h>

enum { WALK_MAX_DEPTH = 64 };

/* What list of messages a record is in: decides what its end proves, and how it may be turned. */
enum list_form {
    LIST_ROWS,    /* the lines or rows of a file: they say nothing of an end */
    LIST_PAGE,    /* a list page */
    LIST_ARRAY,   /* an array */
    LIST_ARCHIVE, /* our own archive: in the server's order, closed by "end" */
};

/* The ids that stand around a record; .data == NULL: none. Borrowed until the next piece. */
struct claim {
    struct span strong; /* of a thread object or a member thread_id */
    struct span other;  /* another of these, which contradicts it */
    struct span plain;  /* of what holds the list: id, conversation_id, … */
    struct span key;    /* of a map */
    size_t by;          /* the walker's own: what the plain id or the key is of */
    bool is_vague;      /* nothing says that the plain id, or the key, is a talk's */
    bool is_torn;       /* several ids that say as little as the plain one */
};

/* A record, or a place that cannot be read. All is borrowed until the call returns. */
struct sighting {
    const struct tape *made_from; /* of a message made by source.fields: the tape and ... */
    uint32_t made_of;             /* ... the object that it was made of; else NULL */
    enum object_kind kind;
    const struct tape *tape;
    uint32_t value;
    const struct object_look *look; /* of the value; NULL for a place */
    struct span raw;                /* its own bytes */
    struct span from; /* of the object that it was made of; .data == NULL: it was not made */
    bool is_copy;     /* they are not in the file: they have to be kept */
    bool is_row;      /* the record is a whole row of CSV, at offset, len */
    bool is_event;
    bool is_made;    /* by the fields' names: its role is the API's already */
    bool is_direct;  /* an element of its list, or a line or row of its own */
    bool is_glimpse; /* one message of a thread, shown beside it: it proves nothing */
    bool is_own;     /* a line of our own archive; `from` is in the same text, after raw */
    bool is_again;   /* a thread object that was told already, from inside of this one */
    bool is_empty;   /* a thread object that shows that it has no messages */
    uint64_t offset; /* in the file: of the record, or of what holds the copy */
    uint64_t len;
    uint32_t line;
    uint32_t list; /* the list that it is in, as begin_list() numbered it; 0: the file's */
    struct claim claim;
    const char *why;  /* a place: what is wrong */
    const char *hint; /* and what to do, or NULL */
    struct span path; /* a place: "$.data[3]" */
    struct span
        beside; /* a place: the text that it holds or that names it, to be searched for ids */
};

struct walk_list {
    enum list_form form;
    enum list_more more;
    struct claim claim;
    uint64_t offset;
    uint32_t line;
    bool is_shared; /* its plain id or key claims another list too, and may be a person's */
};

struct walk_ops {
    void (*record)(void *ctx, const struct sighting *record);
    void (*unread)(void *ctx, const struct sighting *place);
    /* A list of messages begins or ends; an empty one is told as well. Returns its number. */
    uint32_t (*begin_list)(void *ctx, const struct walk_list *list);
    void (*end_list)(void *ctx, uint32_t list);
    /* Two lists in one object under different keys. */
    void (*beside)(void *ctx, uint32_t list, uint32_t other);
    /* What is recognised and is no record: "page", "map". */
    void (*other)(void *ctx, const char *kind);
    /* What was asked beside a reply, and is not entered; may be NULL. */
    void (*asked)(void *ctx, const struct sighting *value);
    /* The end of an object in which something was recognised; may be NULL. */
    void (*around)(void *ctx, const struct sighting *object);
    /* An object that was not recognised, before it is entered; may be NULL. */
    void (*unknown)(void *ctx, const struct tape *tape, uint32_t object);
};

struct walk_frame;

struct walk {
    const struct walk_ops *ops;
    void *ctx;
    const struct fields *fields; /* for files of one's own, or NULL */
    const struct piece *piece;
    struct walk_frame *frames; /* WALK_MAX_DEPTH of them */
    size_t depth;
    struct arena arena; /* ids of the piece */
    struct buf scratch;
    struct buf path;
    struct tape inner;   /* of members that are JSON in a string */
    const char *counted; /* up to where lines were counted */
    uint32_t counted_line;
    uint64_t messages; /* recognised so far, unread ones too */
};

void walk_init(struct walk *walk, const struct walk_ops *ops, void *ctx);
void walk_release(struct walk *walk);

/* Walks a piece. A damaged one is told as a place. */
void walk_piece(struct walk *walk, const struct piece *piece);

#endif
