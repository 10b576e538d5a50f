/*
 * The fake side of os/fsio.h: a disk in memory that holds a few files. It
 * counts operations and fails, tears or stops at the N-th; it knows which
 * sectors a power cut could lose.
 *
 * A sync that is started beside the program takes place at once, or after a
 * number of events: requests that leave and replies that come (fake_http tells
 * of them), or when nothing else is left to wait for. What the plan has for it,
 * a failure or the end of the process, comes with it, so late.
 *
 * A test that plays a crash: fake_fsio_plan() a stop, run until calls fail with
 * ERROR_STOPPED, close what is open, fake_fsio_restart() (the process died, the
 * kernel lives) or fake_fsio_lose_power() (the kernel died too), open again.
 */
#ifndef FAKES_FAKE_FSIO_H
#define FAKES_FAKE_FSIO_H

#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_FSIO_SECTOR = 512 };

enum fake_fsio_fault {
    FAKE_FSIO_NONE,
    FAKE_FSIO_FAIL,        /* fails without effect; a sync forgets what it should have written */
    FAKE_FSIO_FAIL_HALF,   /* fails after half of the bytes, or half of the sectors of a sync */
    FAKE_FSIO_STOP_BEFORE, /* the process dies before the effect */
    FAKE_FSIO_STOP_HALF,   /* after half of it */
    FAKE_FSIO_STOP_AFTER,  /* after the effect */
    FAKE_FSIO_HANG,        /* never returns: the process is killed when all else is done */
};

/* Operations are create, keep, append, overwrite, truncate and sync, counted from 1. Looks are
 * open, size and read; they have a count of their own and can only fail. */
struct fake_fsio_plan {
    uint64_t at; /* the operation that goes wrong; 0 is none */
    enum fake_fsio_fault fault;
    int error_number; /* EIO, ENOSPC, …: named in the error's text; 0 is EIO */
    bool for_ever;    /* every operation from there on */
    uint64_t look_at; /* the look that fails with EIO; 0 is none */
};

/* An empty disk, no plan, counts at 0, nothing open. */
void fake_fsio_reset(void);

/* The disk holds exactly this file, durable. */
void fake_fsio_put(const char *path, struct span content);

/* The disk also holds this file, durable: somebody copied it there, over the old one if there is
 * one. Nobody may hold it open for writing. */
void fake_fsio_replace(const char *path, struct span content);

/* A file as a reader sees it: the oldest, or the one of this name. Data is NULL if there is none.
 * Borrowed until the next operation. */
struct span fake_fsio_content(void);
struct span fake_fsio_content_of(const char *path);

/* The file that is open for writing, as a power cut would leave it that takes all that was not
 * synced. */
struct span fake_fsio_durable(void);

/* How many files there are, and their names, oldest first. */
size_t fake_fsio_files(void);
const char *fake_fsio_path(size_t number);

/* The program puts a durable file with this content in the place of whatever has that name: one
 * operation, which takes place or does not. ERROR_IO, ERROR_STOPPED. */
bool fake_fsio_put_whole(const char *path, struct span content, struct error *err);

/* Sets the plan and begins to count anew. */
void fake_fsio_plan(const struct fake_fsio_plan *plan);
uint64_t fake_fsio_operations(void);
uint64_t fake_fsio_looks(void);
bool fake_fsio_is_stopped(void);

/* So many events pass before a sync takes place. Stays until the next reset. */
void fake_fsio_slow_syncs(uint64_t events);

/* For fake_http: an event has passed. Does the end of a sync wake the program now? */
void fake_fsio_event(void);
bool fake_fsio_wake(bool is_idle);

/* The process died: locks are free, handles are dead (close them still), the plan is gone. */
void fake_fsio_restart(void);

/* A second process begins, and is over: until then the first one stands still. */
void fake_fsio_other_begins(void);
void fake_fsio_other_ends(void);

/* Another process takes or leaves the lock of all files, or appends to the oldest. */
void fake_fsio_hold_lock(bool is_held);
void fake_fsio_append_foreign(struct span bytes);

/* Somebody renames, replaces or removes the files; fake_fsio_restart() puts them back. */
void fake_fsio_take_away(void);

/* How many sectors a sync of all files would change now. */
size_t fake_fsio_unsynced(void);

struct fake_fsio_loss {
    const bool *survived; /* one for each un-synced sector, file by file, in order */
    struct span fill;     /* what lost sectors show that had never been written: repeated */
    bool has_new_size;    /* the file has the size that it had in memory, or the synced one */
};

/* Power is lost and comes back: only what reached the disk is there. Includes a restart. */
void fake_fsio_lose_power(const struct fake_fsio_loss *loss);

/* The whole disk, to come back to. New. */
struct fake_fsio_snapshot;
struct fake_fsio_snapshot *fake_fsio_snapshot(void);

/* Includes a restart; the snapshot can be used again. */
void fake_fsio_restore(const struct fake_fsio_snapshot *snapshot);
void fake_fsio_snapshot_free(struct fake_fsio_snapshot *snapshot);

#endif
