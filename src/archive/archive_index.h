/*
 * The index of an archive: which threads there are and where in which files
 * their objects stand. It holds no text but the ids: 32 bytes for each place,
 * and a list entry for each page, array or file that a thread is spread over.
 *
 * Threads keep the order in which they first appeared. A thread without an id
 * of its own is begun nameless and named when its file has been read.
 */
#ifndef ARCHIVE_ARCHIVE_INDEX_H
#define ARCHIVE_ARCHIVE_INDEX_H

#include "archive/shape_order.h"
#include "base/error.h"
#include "base/span.h"
#include "base/strmap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "none" for the indexes of threads, places, lists and faults. */
#define ARCHIVE_NONE UINT32_MAX

enum archive_place_kind {
    PLACE_THREAD,
    PLACE_MESSAGE,
    PLACE_RUN,
    PLACE_STEP,
    PLACE_CONTAINER, /* a thread with its messages, perhaps its runs and run steps */
    PLACE_ROW,       /* a message as a CSV record */
};

enum archive_place_flags {
    PLACE_IS_EVENT = 1 << 0, /* from an event stream */
    PLACE_IS_LINES = 1 << 1, /* an event's data over several lines */
};

struct archive_place {
    uint64_t offset;
    uint32_t len;
    uint32_t line; /* from 1 */
    uint32_t file;
    uint32_t list;
    uint32_t next; /* place of the same thread */
    uint8_t kind;
    uint8_t flags;
};

/* What a thread's list of messages claims to be. */
struct archive_list {
    uint32_t thread; /* whose it is */
    uint32_t file;
    uint32_t line;
    uint32_t count[3]; /* messages, runs, run steps; see enum archive_count */
    uint8_t form;      /* enum order_form */
    uint8_t more;      /* enum order_more */
    bool is_closed;    /* our own archive: the line "end" was there */
};

enum archive_count { COUNT_MESSAGES, COUNT_RUNS, COUNT_STEPS };

struct archive_thread {
    uint32_t head; /* first place */
    uint32_t tail;
    uint32_t key;      /* position of its id in the map, or ARCHIVE_NONE while nameless */
    uint32_t messages; /* how many it holds, duplicates included */
    uint32_t list;     /* the list that is being added to */
    uint32_t fault;
    uint32_t named_by; /* the file it has its name from, or ARCHIVE_NONE */
    bool is_listed;    /* there is a thread: messages, a thread object, or damage */
};

struct archive_fault {
    enum error_code code;
    char *text;
};

struct archive_index {
    struct strmap ids; /* id -> thread */
    struct archive_thread *threads;
    size_t thread_count;
    size_t thread_cap;
    struct archive_place *places;
    size_t place_count;
    size_t place_cap;
    struct archive_list *lists;
    size_t list_count;
    size_t list_cap;
    struct archive_fault *faults;
    size_t fault_count;
    size_t fault_cap;
    uint32_t most_messages; /* that any thread holds */
};

void archive_index_init(struct archive_index *index);
void archive_index_release(struct archive_index *index);

/* Who asks: a file, by its index and its path for messages. */
struct archive_origin {
    uint32_t file;
    const char *path;
};

/*
 * The thread of that id, begun where there is none. A malformed id makes a thread that fails; one
 * that another file's nameless thread has got by now makes that thread fail.
 */
uint32_t archive_index_thread(struct archive_index *index, struct span id,
                              struct archive_origin origin);

/* The thread of that id, or ARCHIVE_NONE. */
uint32_t archive_index_find(const struct archive_index *index, struct span id);

/* A new nameless thread. */
uint32_t archive_index_nameless(struct archive_index *index);

/*
 * Names a nameless thread after its file. Where another thread has that id both fail: the other
 * gets the fault (the damage that this one stands for, if that is what it is), and this one is
 * listed no more.
 */
void archive_index_name(struct archive_index *index, uint32_t thread, struct span name,
                        struct archive_origin origin);

/* The id of a thread; .data == NULL for a nameless one. Borrowed until a thread is added. */
struct span archive_index_id(const struct archive_index *index, uint32_t thread);

/* A new list of messages. */
uint32_t archive_index_list(struct archive_index *index, const struct archive_list *list);

/* Adds a place to a thread, which makes messages and threads listed. */
void archive_index_add(struct archive_index *index, uint32_t thread,
                       const struct archive_place *place, uint32_t messages);

/* Fails a thread; the first fault stays. */
void archive_index_fault(struct archive_index *index, uint32_t thread, enum error_code code,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
