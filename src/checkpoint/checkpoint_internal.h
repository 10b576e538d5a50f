/*
 * The inside of the checkpoint, shared by its files: checkpoint.c (adding,
 * syncing), checkpoint_open.c (opening, lock, pins), checkpoint_replay.c
 * (reading the whole file), checkpoint_recover.c (what opening writes) and
 * checkpoint_read.c (facts of one thread). Nobody else includes it.
 */
#ifndef CHECKPOINT_CHECKPOINT_INTERNAL_H
#define CHECKPOINT_CHECKPOINT_INTERNAL_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/filebook.h"
#include "checkpoint/progress.h"
#include "checkpoint/record.h"
#include "os/fsio.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which of a thread's lines; each has a window of its own, because walking all threads reads
 * every kind of line nearly in order. */
enum window_role { WINDOW_CREATED, WINDOW_MOVED, WINDOW_FAILED, WINDOWS };

/* A piece of the file as it was read; what is synced does not change any more. */
struct window {
    char *data; /* owned; NULL until used */
    int64_t at;
    size_t len;
};

struct checkpoint {
    char *path;
    struct fsio_file *file;
    struct progress *progress;
    struct filebook files;
    char *header_line;    /* owned; what `header` points into */
    char *mapping_digest; /* owned; of the newest `pins` record, or NULL */
    struct record header;
    struct run_facts run;
    struct buf pending; /* lines that are not known to be durable */
    size_t written;     /* bytes of them, from the first on, whose sync is under way */
    int64_t end;        /* of what is durable in the file; pending comes after it */
    uint64_t next_n;
    uint64_t batch;   /* "b" of the last record */
    uint64_t durable; /* "n" of the last record that is durable … */
    uint64_t syncing; /* … and will be when the sync under way is over */
    int64_t batch_at; /* offset of the last batch in the file */
    bool is_writer;
    bool is_broken;
    struct window windows[WINDOWS];
};

/* A torn tail, found by replaying. */
struct tail {
    bool is_torn;
    int64_t line; /* 1-based number of the first line that is not a record */
    int64_t size; /* of the file, tail included */
    uint64_t lost_creating;
    char *kept_as;    /* the file that the tail was saved to; owned, NULL if there is none */
    struct buf facts; /* valid lines worth keeping, LF after each */
};

void tail_init(struct tail *tail);
void tail_release(struct tail *tail);

/*
 * Reads the whole file into the header, the progress and the numbers. Refuses damage, and what
 * only a newer version can read; a torn tail is described, not touched.
 */
bool checkpoint_replay(struct checkpoint *checkpoint, struct tail *tail, struct error *err);

/*
 * The facts of the tail, numbered anew, wait in pending afterwards: who only reads knows as much as
 * who recovers, so that a dry run promises what migrate does.
 */
void checkpoint_keep_facts(struct checkpoint *checkpoint, const struct tail *tail);

/*
 * Makes what was replayed durable and the file fit for appending: saves the torn tail beside it and
 * cuts it, rewrites the last batch in place and syncs. The facts of the tail wait in pending
 * afterwards.
 */
bool checkpoint_recover(struct checkpoint *checkpoint, struct tail *tail, struct error *err);

/*
 * Adds to pending the line that starts there, and moves the progress. False, and nothing added,
 * if it does not follow from what is known.
 */
bool checkpoint_accept(struct checkpoint *checkpoint, size_t start);

/* The numbers of the next record. */
struct record checkpoint_numbers(const struct checkpoint *checkpoint);

/* Takes over the first line. False if it is not one of our headers; then it stays unset. */
enum record_parse checkpoint_take_header(struct checkpoint *checkpoint, struct span line);

/* ERROR_OTHER_JOB: only another version reads this. */
void checkpoint_foreign(const struct checkpoint *checkpoint, const struct record *record,
                        struct error *err);

/* Takes over what a record that is there in the file says of the runs, or of a file. */
void checkpoint_take_run(struct checkpoint *checkpoint, const struct record *record, int64_t at);

#endif
