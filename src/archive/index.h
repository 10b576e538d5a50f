/*
 * What is known of an archive once it was read: which threads there are, where
 * in which files their records are, and the ledger of what was not understood.
 *
 * It holds no text but ids: 24 bytes for each place, and an entry for each list
 * of a thread, in each of which its places are chained. Threads keep the order
 * in which they first appeared.
 */
#ifndef ARCHIVE_INDEX_H
#define ARCHIVE_INDEX_H

#include "archive/look.h"
#include "archive/walk.h"
#include "base/error.h"
#include "base/span.h"
#include "base/strmap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "none" for the indexes of threads, places, lists, faults and files. */
#define INDEX_NONE UINT32_MAX

enum index_flags {
    PLACE_IS_KEPT = 1 << 0,    /* the bytes are in the archive's own temporary file */
    PLACE_IS_CSV = 1 << 1,     /* a record of CSV: see table.h */
    PLACE_IS_STREAM = 1 << 2,  /* from an event stream */
    PLACE_IS_GLIMPSE = 1 << 3, /* see struct sighting */
    PLACE_IS_OWN = 1 << 4,     /* from our own archive */
    PLACE_IS_MADE = 1 << 5,    /* by the fields' names: its role is the API's already */
    PLACE_HAS_FROM = 1 << 6,   /* after its bytes are those of the object that it was made of */
};

struct index_place {
    uint64_t offset;
    uint32_t len;
    uint32_t line; /* from 1 */
    uint32_t next; /* place of the same list */
    uint8_t kind;  /* enum object_kind */
    uint8_t flags;
};

/* The records that a thread has in one list, or outside of lists in one file. */
struct index_list {
    uint64_t first_at; /* offsets in the file of its first and last record */
    uint64_t last_at;
    uint32_t thread;
    uint32_t next; /* list of the same thread */
    uint32_t first;
    uint32_t last;
    uint32_t file;
    uint32_t line;
    uint32_t number; /* of the list that the walker told, from 1 in each file; 0: the file's own */
    uint32_t messages;
    uint32_t runs;
    uint32_t steps;
    uint8_t form;      /* enum list_form */
    uint8_t more;      /* enum list_more */
    bool is_closed;    /* our own archive: the line "end" was there, and its counts are right */
    bool is_old;       /* a later beginning of the thread takes its place */
    bool is_truncated; /* our own archive: the line "truncated" was there */
    bool is_followed;  /* after its last message, in its list, is one that names no thread */
};

struct index_thread {
    uint32_t key; /* position of its id in the map */
    uint32_t first_list;
    uint32_t last_list;
    uint32_t messages; /* how many it holds, duplicates and deltas included */
    uint32_t fault;
    uint32_t unread;   /* places that are known to be its */
    uint32_t doubt;    /* a place that cannot be read may be a message of it */
    uint32_t named_by; /* the file it has its name from, or INDEX_NONE */
    bool is_listed;    /* there is a thread: messages, a thread object, a page, or a fault */
    bool is_closed;    /* by a line "end" */
    bool is_empty;     /* something proves that it has no messages */
    bool is_counted;   /* its duplicates are in the ledger */
};

struct index_fault {
    enum error_code code;
    char *text;
};

/* Why a place is unread; the first INDEX_PLACES_MAX are kept. */
struct index_unread {
    uint32_t file;
    uint32_t line;
    char *path; /* owned, like all */
    char *why;
    char *hint;      /* or NULL */
    char *keys;      /* the names in it, as a JSON array */
    uint32_t thread; /* that it belongs to, or INDEX_NONE */
};

enum { INDEX_PLACES_MAX = 100, INDEX_ROLES_MAX = 16 };

/* What became of the places of one file. */
struct index_tally {
    uint32_t messages; /* records of messages, states and deltas included */
    uint32_t states;   /* of them states and deltas of others */
    uint32_t duplicates;
    uint32_t unread;
    bool is_passed; /* of another kind: it is not counted among the files */
    bool goes_on;   /* it ends with a page that names no thread and says that more follows */
};

/* Something to know of what was read that makes nothing unread. */
enum notice_kind {
    NOTICE_ASKED,   /* messages that are only in what was asked, beside a reply */
    NOTICE_THREADS, /* a list of threads goes on, and the rest is not here */
    NOTICE_RUNS,
    NOTICE_STEPS,
    NOTICE_TOTAL,    /* the number beside a list is larger than what is in it */
    NOTICE_ENCODING, /* messages that are not UTF-8 */
    NOTICE_ESCAPES,  /* cells with line ends as two characters */
    NOTICE_MIXED,    /* most texts, not all, are lists of parts in JSON */
    NOTICE_OPEN,     /* the last row of a table has no line end */
    NOTICE_PAGE,     /* rows of a thread, as many as a page has */
    NOTICES
};

struct index_notice {
    uint64_t count;
    uint64_t total; /* NOTICE_TOTAL: what was said, NOTICE_MIXED: texts; count is what is there */
    uint32_t file;
    uint32_t line; /* of the first */
    enum notice_kind kind;
};

/* The last page of a kind of list, and a number that is said of a list. */
struct index_said {
    uint64_t count;
    uint64_t total;
    uint32_t file;
    uint32_t line;
    bool goes_on;
};

struct index {
    struct strmap ids; /* id -> thread */
    struct index_thread *threads;
    size_t thread_count;
    size_t thread_cap;
    struct index_list *lists;
    size_t list_count;
    size_t list_cap;
    struct index_place *places;
    size_t place_count;
    size_t place_cap;
    struct index_fault *faults;
    size_t fault_count;
    size_t fault_cap;
    struct index_tally *tallies; /* by file */
    struct index_unread unread[INDEX_PLACES_MAX];
    size_t unread_kept;
    uint64_t unread_count;
    uint64_t unread_known; /* of them those whose thread is known */
    struct strmap passed;  /* kind of file -> how many */
    struct strmap other;   /* kind of record -> how many */
    struct strmap roles;   /* word in the place of a role that is none -> messages; the first few */
    uint32_t most_messages; /* that any thread holds */
    struct index_notice *notices;
    size_t notice_count;
    size_t notice_cap;
    struct index_said pages[NOTICES]; /* by kind: of threads, runs, steps */
    struct strmap totals;             /* what a number is said of -> its place in said */
    struct index_said *said;
    size_t said_cap;
};

void index_init(struct index *index);
void index_release(struct index *index);

/* Room for the tallies of so many files. */
void index_files(struct index *index, size_t count);

/* The thread of that id, begun if there is none. A malformed id makes a thread that fails; it is
 * kept cut at 1,040 bytes and without NUL, where C text would end and be another thread's id. */
uint32_t index_thread(struct index *index, struct span id);

/* The thread of that id, or INDEX_NONE. */
uint32_t index_find(const struct index *index, struct span id);

/* Borrowed until a thread is added. */
struct span index_id(const struct index *index, uint32_t thread);

/* A new list; its thread may be INDEX_NONE until index_give(). */
uint32_t index_list(struct index *index, const struct index_list *list);

/* Gives a list to a thread. */
void index_give(struct index *index, uint32_t list, uint32_t thread);

/* Adds a place to a list. */
void index_add(struct index *index, uint32_t list, const struct index_place *place, uint64_t at);

/* Fails a thread, which is listed then; the first fault stays. */
void index_fail(struct index *index, uint32_t thread, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same, unless truncated threads are taken; the first doubt stays. */
void index_doubt(struct index *index, uint32_t thread, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Marks the beginnings of a thread in our own archive that another in their file takes the place
 * of: the last that has an end counts, or else the one with most messages. */
void index_mark_old(struct index *index, uint32_t thread);

/* Counts one more of a kind. */
void index_count(struct strmap *counts, const char *kind);

/* Counts a message with this word in the place of a role. */
void index_role(struct index *index, struct span word);

/* Tells something of a file; a second of its kind in the same file counts on. */
void index_tell(struct index *index, const struct index_notice *notice);

/* True for a list that shows no end and has exactly the messages of a page, as a reader that forgot
 * the next page leaves it behind; false if a thread of the source has more. */
bool index_is_one_page(const struct index *index, const struct index_list *list);

/* Tells what is only known when all files were read. */
void index_end(struct index *index);

/* What a notice says, and what to do about it (FILE is the file). */
void index_notice_say(struct buf *out, const struct index_notice *notice);
const char *index_notice_hint(enum notice_kind kind);

/* Counts an unread place; keeps it if it is among the first. Returns its number there, or
 * SIZE_MAX. */
size_t index_unread(struct index *index, uint32_t file, uint32_t line);

#endif
