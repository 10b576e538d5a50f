/*
 * Whose is it? Takes what the walker tells of one file, gives each record to its
 * thread, and each place that cannot be read to the threads that it may belong
 * to. Some of that is only known at the end of the file: shelf_close().
 *
 * Never are messages put together by guessing: those that name no thread are one
 * thread only if nothing about them says otherwise, else they are unread places.
 */
#ifndef ARCHIVE_SHELF_H
#define ARCHIVE_SHELF_H

#include "archive/index.h"
#include "archive/walk.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "decode/inputs.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { SHELF_TRAITS = 16 };

/* Something about the messages of a list that looks like the id of a talk, or of a person. */
struct shelf_trait {
    uint64_t name; /* digests of the key, with where it is, and of the first value */
    uint64_t value;
    uint32_t count; /* messages that have it */
    bool is_person; /* counts only for messages of role user */
    bool differs;
    char key[48]; /* as it is written, for the hint */
};

/* A list that messages without a thread are in. */
struct shelf_list {
    uint32_t number;
    enum list_form form;
    enum list_more more;
    uint64_t offset;
    uint32_t line;
    struct claim claim; /* its ids are in the shelf's arena */
    uint32_t only;      /* the one thread that its messages name, INDEX_NONE, or SHELF_MANY */
    uint32_t last_list; /* index list that was added to last, or INDEX_NONE */
    uint32_t nameless;  /* index list of messages that name none, or INDEX_NONE */
    uint32_t nameless_count;
    uint32_t traits_count;
    bool has_many_traits;
    bool is_shared; /* see struct walk_list */
    bool was_named; /* the message before it, in the list, named its thread */
    bool has_runs;  /* two that follow each other name one thread */
    bool is_beside; /* of several in one object, under keys that name no thread */
    struct shelf_trait traits[SHELF_TRAITS];
};

#define SHELF_MANY (UINT32_MAX - 1)

/* A place that cannot be read, until it is known whose it may be. */
struct shelf_unread {
    uint64_t offset;
    uint32_t list;
    uint32_t line;
    uint32_t kept; /* its number among those that are kept, or INDEX_NONE */
    bool is_owned; /* a thread fails for it already */
    bool is_cut;   /* the file ends in it */
    bool denies;   /* it says itself that it has no thread */
};

struct shelf {
    struct index *index;
    struct inputs *inputs;
    json_t *assistants;      /* array that assistants are added to; borrowed */
    json_t *assistant_bytes; /* and beside each its bytes, if they are wanted; see scan.h */
    uint32_t file;
    bool is_own;             /* it has lines of our own archive */
    bool is_decoded;         /* the text is not the file's: all records are kept */
    bool is_alone;           /* the only file of the source */
    bool names_beside;       /* a record or a place that holds no list names a thread */
    bool keeps_from;         /* the objects that records were made of are kept too */
    const char *unknown_why; /* of a value in which nothing is recognised, if the file is known to
                                be of some kind; or NULL */
    const char *unknown_hint;
    const struct fields *fields; /* of the file in hand: what roles mean; or NULL */
    struct arena arena;
    struct buf scratch;
    struct buf word;
    struct buf held; /* the text of parts */
    struct tape parts;
    uint64_t key[2]; /* of the traits' digests */

    struct shelf_list *open; /* the file's own list, then those around the place in hand */
    size_t open_count;
    size_t open_cap;
    struct shelf_list **pending; /* ended, and nameless; owned */
    size_t pending_count;
    size_t pending_cap;
    uint32_t *only;  /* by list number: see struct shelf_list */
    uint32_t *waits; /* beside it: the place in pending, from 1, or 0 */
    size_t only_count;
    size_t only_cap;
    struct shelf_unread *unread;
    size_t unread_count;
    size_t unread_cap;
    uint32_t first_list; /* index lists from here on are this file's */

    uint32_t last_page; /* index list of the last page, or INDEX_NONE */
    enum list_more last_more;
    uint32_t last_thread; /* that any record named */
    uint32_t empty_pages; /* that nobody claims */
    enum list_more empty_more;
    struct strmap said;   /* of a stream: message id -> thread */
    uint64_t inner[5][2]; /* by key of a text: how many strings are parts in JSON, are not */
    uint64_t *asked;      /* digests of messages in what was asked */
    size_t asked_count;
    size_t asked_cap;
    uint32_t asked_line; /* of the first */
    uint32_t wide;       /* messages with bytes beyond ASCII that were looked at, up to a number */
    uint32_t broken;     /* those that are not UTF-8 */
    uint32_t broken_line;
    struct error error; /* ERROR_IO: what was kept cannot be kept */
};

/* What the walker calls, with the shelf as context. */
extern const struct walk_ops SHELF_OPS;

void shelf_init(struct shelf *shelf, struct index *index, struct inputs *inputs);
void shelf_release(struct shelf *shelf);

/* Begins a file. */
void shelf_open(struct shelf *shelf, uint32_t file);

/* Ends it: names what has no name, and settles whose the unread places are. */
void shelf_close(struct shelf *shelf);

/* A place that is not the walker's: a file that cannot be decoded (line 0), a part of a print.
 * beside is searched for ids. Borrowed until the next one. */
struct shelf_unread *shelf_note(struct shelf *shelf, uint32_t line, const char *why,
                                const char *hint, struct span beside);

/* True if the file, or the folder that it is in, is called by a thread's id. */
bool shelf_is_of_thread(const struct shelf *shelf);

#endif
