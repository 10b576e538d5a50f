/*
 * The checkpoint: the journal of a job and the thread -> conversation mapping.
 * The destination is the truth; this file is a bookmark that must never claim
 * more than was acknowledged, and never loses what it claimed.
 *
 * Writing: checkpoint_add() collects lines; checkpoint_sync() appends them in
 * one write and one fdatasync (group commit). Facts count only once they are
 * durable. checkpoint_sync_on() does the same beside its caller: what is added
 * while a sync is under way is the next batch. A failed sync is final: every
 * later call fails.
 *
 * Opening for writing replays the file, repairs a torn tail (facts of the last
 * batch are kept, the rest is saved beside the file and cut), refuses damage, rewrites the last
 * batch in place and syncs, and compares the pins. Opening for reading takes no lock and repairs
 * nothing.
 */
#ifndef CHECKPOINT_CHECKPOINT_H
#define CHECKPOINT_CHECKPOINT_H

#include "base/error.h"
#include "base/span.h"
#include "checkpoint/filebook.h"
#include "checkpoint/progress.h"
#include "checkpoint/record.h"

#include <stdbool.h>
#include <stdint.h>

struct checkpoint;

/* How a run opens its job. */
struct checkpoint_options {
    const char *path;
    struct pins pins;
    struct span tool;
    struct span source;
    bool accept_mapping_change; /* and pin the new one */
    bool any_mapping;           /* nothing is mapped: the pinned one is not compared, and stays */
    int64_t wall_ms;            /* for the run record */
    int64_t pid;
    const char *host;
    const char *job; /* a fresh random name, used when the file is created */
};

/* What opening found out, for messages. */
struct checkpoint_opening {
    bool created;           /* there was no file */
    bool torn;              /* a torn tail was cut (or, reading, left as it is) */
    uint64_t lost_creating; /* at most this many `creating` records were in it */
    int64_t torn_line;      /* 1-based */
    char kept_as[512];      /* the file that holds what was cut; "" if nothing was */
};

/*
 * Opens or creates for writing. Fails with ERROR_LOCKED (names the holder), ERROR_DAMAGED (names
 * the line), ERROR_OTHER_JOB (names what differs) or ERROR_IO. New.
 */
struct checkpoint *checkpoint_open(const struct checkpoint_options *options,
                                   struct checkpoint_opening *opening, struct error *err);

/* Opens for reading; ERROR_USAGE if there is no file. New. */
struct checkpoint *checkpoint_open_reader(const char *path, struct checkpoint_opening *opening,
                                          struct error *err);

/* Closes without syncing; NULL is allowed. */
void checkpoint_close(struct checkpoint *checkpoint);

/*
 * Is this the job of these pins? ERROR_OTHER_JOB names what differs. Opening for writing has asked
 * already; those who only read may.
 */
bool checkpoint_compare(const struct checkpoint *checkpoint, const struct pins *here,
                        bool accept_mapping_change, struct error *err);

/* Is this the source that the header names, in words? ERROR_OTHER_JOB says what differs. */
bool checkpoint_compare_source(const struct checkpoint *checkpoint, struct span here,
                               struct error *err);

/* The header with the newest pins, texts escaped as in the file: see record_text(). Borrowed. */
const struct record *checkpoint_header(const struct checkpoint *checkpoint);

const struct progress *checkpoint_progress(const struct checkpoint *checkpoint);

/* What was decided about file ids. Borrowed. */
const struct filebook *checkpoint_files(const struct checkpoint *checkpoint);

/* Opened to be written to: the run is on record. */
bool checkpoint_is_writer(const struct checkpoint *checkpoint);

/* `creating` without `created` or `not_created`, over the whole job. */
uint64_t checkpoint_orphans(const struct checkpoint *checkpoint);

enum { RUN_UNKNOWN = -1 };

/* What the checkpoint says of its runs; RUN_UNKNOWN if it says nothing. */
struct run_facts {
    int64_t selected; /* threads, by the newest run that said so */
    int64_t time;     /* of the newest run: seconds since 1970 */
    int64_t since;    /* the same of the first one, which began the job */
    int64_t exit;     /* its exit status; unknown while it runs, and after a kill */
    char host[256];
};

/* Borrowed. */
const struct run_facts *checkpoint_runs(const struct checkpoint *checkpoint);

/* Everything that is known of one thread, for those that need more than its state. */
struct thread_facts {
    enum thread_state state;
    char conversation[257];             /* "" if there is none */
    int64_t items;                      /* acknowledged so far */
    char last[257];                     /* "" if unknown */
    char digest[RECORD_DIGEST_LEN + 1]; /* "" if nothing was acknowledged */
    enum error_code code;               /* state failed */
    char detail[256];
    bool settled; /* state failed: no outcome of the thread is unknown */
};

/*
 * Reads a thread's facts from the file, what waits for a sync included. Fails with ERROR_IO,
 * ERROR_DAMAGED, or ERROR_STOPPED if another thread's id has the same hash in this process.
 */
bool checkpoint_facts(struct checkpoint *checkpoint, struct span thread_id,
                      struct thread_facts *facts, struct error *err);

/*
 * Calls each(ctx, thread_id, facts) for every known thread, also for those of which only a
 * `creating` is known (state new); stops when it returns false. Fails as checkpoint_facts().
 */
bool checkpoint_each(struct checkpoint *checkpoint,
                     bool (*each)(void *ctx, struct span thread_id,
                                  const struct thread_facts *facts),
                     void *ctx, struct error *err);

/*
 * Adds one record about a thread or the run (kinds creating … file; n and b are filled here) and
 * moves the progress. The record's texts are copied; detail is cut to what thread_facts holds.
 * Fails with ERROR_STOPPED, adding nothing, if it cannot follow what is known of its thread: see
 * progress.h.
 */
bool checkpoint_add(struct checkpoint *checkpoint, const struct record *record, struct error *err);

/* The number of the newest record, of the newest whose sync has begun, and of the newest that is
 * durable. */
uint64_t checkpoint_newest(const struct checkpoint *checkpoint);
uint64_t checkpoint_begun(const struct checkpoint *checkpoint);
uint64_t checkpoint_durable(const struct checkpoint *checkpoint);

/*
 * Takes the end of the sync under way, if it is over; then, if none is under way, records wait and
 * the caller wishes so (begins), writes them and begins theirs. To be called again when
 * checkpoint_wake_fd() can be read. Fails as checkpoint_sync().
 */
bool checkpoint_sync_on(struct checkpoint *checkpoint, bool begins, struct error *err);

/* Readable when the sync under way is over, for poll; -1 where none is. */
int checkpoint_wake_fd(const struct checkpoint *checkpoint);

/*
 * Writes and syncs all that was added, and waits for it. Fails with ERROR_IO also if the file is
 * no longer in its place; with nothing to write it checks only that.
 */
bool checkpoint_sync(struct checkpoint *checkpoint, struct error *err);

#endif
