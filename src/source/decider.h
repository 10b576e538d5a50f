/*
 * The decider: what becomes of each file id that messages name, by the table of
 * docs/MAPPING.md. One for a run, shared by its readers: an id is decided once,
 * and the destination asked once, however many threads name it.
 *
 * A decision is on record before an item that depends on it is mapped. Whoever
 * has a conversation already waits until it is durable as well; a new one is on
 * record (`creating`, synced) before anything is sent.
 */
#ifndef SOURCE_DECIDER_H
#define SOURCE_DECIDER_H

#include "base/buf.h"
#include "base/error.h"
#include "files/saved_files.h"
#include "map/fate.h"
#include "net/wish.h"
#include "source/file_map.h"

#include <stdbool.h>
#include <stdint.h>

struct checkpoint;
struct decider;
struct file_counts;

/* What is done with ids of which nothing is on record. */
enum decider_mode {
    DECIDER_RECORDS,  /* decided, and put on record */
    DECIDER_TRIES,    /* decided, and on record nowhere: dry runs */
    DECIDER_CONVERTS, /* the same, where there is no destination: what has no new id is kept */
    DECIDER_LOOKS_UP, /* nothing: they are unknown */
};

/* Whether the destination is asked. */
enum decider_ask {
    ASK_NEVER,
    ASK_ALWAYS,
    ASK_LATER, /* it would be, but has no key yet: what is to be asked is unknown */
};

struct decider_options {
    enum decider_mode mode;
    enum decider_ask ask;
    struct checkpoint *checkpoint;   /* borrowed; NULL: nothing is on record */
    const struct file_map *map;      /* borrowed; NULL: there is none */
    const struct saved_files *saved; /* contents at hand; borrowed; NULL: none */
    int64_t max_bytes;               /* of one picture */
    bool same_project;               /* source and destination are one: every id is kept */
    bool retries;    /* what is missing or inside is decided anew, once, for new threads */
    int64_t wall_ms; /* what time it is: files expire */
};

/* New. */
struct decider *decider_new(const struct decider_options *options);

/* NULL is allowed. */
void decider_free(struct decider *decider);

/* A thread's view of it, and its question to the destination. One is under way at most. */
struct file_ask {
    struct decider *decider;
    bool looks_up;      /* nothing new is decided */
    int64_t created_at; /* of the thread's conversation in the checkpoint; -1: it has none */
    bool is_begun;      /* a run would have begun one by now: what is on record counts */
    enum { FILE_ASK_NONE, FILE_ASK_ROUTE, FILE_ASK_FILE } state;
    size_t place; /* of the id that is asked for */
    struct buf path;
};

/* decider may be NULL: every file is kept. looks_up: as DECIDER_LOOKS_UP. */
void file_ask_init(struct file_ask *ask, struct decider *decider, bool looks_up);

/* A question that is under way has come to nothing: its id cannot be decided in this run. */
void file_ask_release(struct file_ask *ask);

/* The thread goes on: has it got a conversation meanwhile? */
void file_ask_renew(struct file_ask *ask, struct span thread_id);

/* What was decided; false if nothing is yet. Texts are borrowed from the decider. */
bool file_ask_find(const struct file_ask *ask, struct span id, struct fate *fate);

enum file_ask_step {
    FILE_ASK_DECIDED, /* or cannot be in this mode: see file_ask_find() */
    FILE_ASK_SENDS,   /* the call, whose answer goes to file_ask_feed(); then again */
    FILE_ASK_WAITS,   /* another thread asks the same: again after it got on */
    FILE_ASK_FAILS,   /* err: the thread fails */
};

/* Gets on with the decision. */
enum file_ask_step file_ask_next(struct file_ask *ask, struct span id, struct call *call,
                                 struct error *err);
void file_ask_feed(struct file_ask *ask, const struct answer *answer);

/* Must the checkpoint be synced before this thread sends what depends on a decision? */
bool file_ask_needs_sync(const struct file_ask *ask);

/* How many ids were decided how, in the whole job and in this run. */
void decider_count(const struct decider *decider, struct file_counts *counts);

/* How many questions the destination was asked in this run. */
int64_t decider_asked(const struct decider *decider);

#endif
