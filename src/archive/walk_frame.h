/*
 * What is around a value while it is walked, for walk.c and claim.c alone.
 */
#ifndef ARCHIVE_WALK_FRAME_H
#define ARCHIVE_WALK_FRAME_H

#include "archive/walk.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the elements of an array are pairs, all of them. */
enum walk_pairs { PAIRS_UNKNOWN, PAIRS_ALL, PAIRS_NOT };

/* A container on the way down. */
struct walk_frame {
    const struct tape *tape; /* own, or that of a frame below */
    struct tape own;
    struct buf own_text;
    bool has_own;
    uint32_t value;
    uint32_t child;  /* the next to be visited, or TAPE_NONE */
    size_t ordinal;  /* of the child in hand, from 0 */
    struct span key; /* under which the value is; .data == NULL in an array or at the root */
    struct object_look look; /* of an object */
    enum object_kind kind;
    bool is_copy;
    uint64_t offset; /* in the file: of the tape's text; of a copy, of the value that it is from */
    uint32_t line;   /* of the value */
    bool found;      /* something in it was recognised */
    uint32_t list;   /* an array's list of messages, once one was seen; else 0 */
    uint32_t first_list;  /* an object's first member that is a list */
    bool holds_list;      /* an object of which a member is a list of messages */
    bool has_ended;       /* a list that only this frame claims was told, and it does not go on */
    bool is_pair;         /* an array [ID, records]: an entry of a map that is a list of them */
    struct span pair_key; /* the ID */
    uint8_t pairs;        /* an array: enum walk_pairs */
    bool has_thread;      /* its member "thread" was told */
    bool has_entry;       /* a member under a key thread_… holds a thread */
    struct claim claim;   /* of the list */
    bool is_claimed;      /* what it names is known: */
    struct span around;   /* the id of the thread object in it or that it is */
    struct span thread;   /* the thread that it names */
    struct span plain;    /* by names that say less */
    struct span own_id;   /* its id, or _id */
    bool is_searched;     /* an object: what its texts name, and whether it goes on, is known: */
    bool is_torn;
    uint8_t more; /* enum list_more */
    struct span named;
    json_t *built; /* for source.fields; owned, or NULL */
    bool is_built; /* or cannot be */
};

/* True if a key folds to a name. */
bool claim_key_is(struct span key, const char *name);

/* Whether a member is entered. What was asked for is not, and what people call metadata. */
enum claim_door { DOOR_OPEN, DOOR_CLOSED, DOOR_ASKED };
enum claim_door claim_door(const struct walk_frame *frame, struct span key);

/* Keeps what is in the walk's scratch until the next piece. */
struct span claim_keep(struct walk *walk, struct span id);

/* The id in a value, until the next piece; .data == NULL if it holds none. */
struct span claim_id(struct walk *walk, const struct tape *tape, uint32_t value);

/* True if an object's plain id or the key of a map, which may be a person's, claims a list and
 * claimed another before it. goes_on: it is a page, and not the last. */
bool claim_is_shared(struct walk *walk, const struct claim *claim, bool goes_on);

/* True if frame i is the value of a key that may be a thread's id. */
bool claim_is_map_entry(const struct walk *walk, size_t i);

/* Who claims what is in the outer `depth` frames: a list, or one record. */
struct claim claim_around(struct walk *walk, size_t depth, bool is_list);

/* The kind of an object, with what is said by the place that it is in. */
enum object_kind claim_kind(const struct walk *walk, const struct object_look *look,
                            const struct tape *tape, struct span key);

/* Whether the objects around a list say that more follows: the nearest that says anything. */
enum list_more claim_more(struct walk *walk, size_t depth);

/* True for a page whose list is empty: nothing else in it may be what it holds. */
bool claim_is_empty_page(const struct walk_frame *frame);

/* `messages: []`, which shows that there are none. */
bool claim_shows_none(const struct walk_frame *frame);

/* If the top frame, an array, is an entry of a map of them, the key of its records is its first
 * element. */
void claim_pair(struct walk *walk);

/* For source.fields: an object, built; of a large one what the fields may ask for. New, or NULL. */
json_t *claim_build(const struct walk *walk, const struct tape *tape, uint32_t object);
bool claim_is_large(struct span object);

/* For source.fields: the objects around the place in hand, the nearest first (borrowed; room for
 * WALK_MAX_DEPTH), and the key of the map that it is in. */
void claim_fields_around(struct walk *walk, json_t **objects, struct span key,
                         struct fields_around *around);

#endif
