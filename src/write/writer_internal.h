/*
 * The inside of the writer, shared by its two phases: writer.c creates and
 * appends, recovery.c finds out what is already there. Nobody else includes this.
 */
#ifndef WRITE_WRITER_INTERNAL_H
#define WRITE_WRITER_INTERNAL_H

#include "base/buf.h"
#include "files/digest.h"
#include "net/repeat.h"
#include "source/idset.h"
#include "write/look.h"
#include "write/pending.h"
#include "write/writer.h"

#include <stdbool.h>
#include <stdint.h>

enum writer_state {
    WRITER_SETTLE, /* a dead process's request may still be executing */
    WRITER_PASS,   /* passing over the items that are known to be written */
    WRITER_TIP,    /* top-up: is the conversation's last item still ours? */
    WRITER_REOPEN, /* the thread is unfinished again before anything is appended */
    WRITER_GATHER, /* collecting the next batch */
    WRITER_CREATE, /* about to send a create: on record first */
    WRITER_CREATING,
    WRITER_RECREATE, /* another create after a while */
    WRITER_CREATED,  /* on record before the first append */
    WRITER_APPENDING,
    WRITER_LOOK_WAIT,
    WRITER_LOOK, /* a look begins */
    WRITER_LOOKING,
    WRITER_FIND,    /* it cannot be listed: is it there at all? */
    WRITER_PROVING, /* something was found: is the last known item in its place? */
    WRITER_REPEAT,  /* nothing arrived: the same batch again, after a while */
    WRITER_MATCH,   /* comparing what was listed with what is mapped */
    WRITER_CLOSING, /* the last record waits for its sync */
    WRITER_FAILING, /* what must be durable before the failure is on record waits for its sync */
    WRITER_ENDED,
    WRITER_FAILED,
};

struct writer {
    struct sink base;
    const struct writer_setup *setup;
    char *thread_id;
    enum writer_state state;
    struct thread_facts facts; /* as acknowledged so far */
    int64_t pass;              /* items still to be passed over */
    bool topping_up;           /* the thread is done, and not open again on record */
    bool reopens;              /* it is on record as settled, which an append would make untrue */
    bool ended;                /* the reader has no more items */
    struct digest digest;      /* over the first facts.items items */
    struct pending pending;
    struct losses before; /* what was lost up to the last item that was passed over */
    struct idset lasts;   /* the id of the last item of each write that was acknowledged */
    size_t in_doubt;      /* items whose outcome is unknown; SIZE_MAX: a dead process's batch */
    size_t sent;          /* items of the request in flight */
    int quiet_looks;      /* looks in a row that found nothing new */
    int64_t now_ms;       /* when the newest answer came */
    int64_t wake_ms;
    int64_t repeat_ms;          /* not before that is the same write sent again */
    int64_t attempts;           /* of the same write */
    int64_t throttled_ms;       /* since when it is answered with 429 alone, or 0 */
    uint64_t throttled_written; /* what the server had granted by then; its looks do not count */
    struct repeat repeat;       /* of its answers */
    int lost;                   /* answers to it that say that there is no such route */
    bool got_reply;             /* to any of them */
    long status;                /* of the newest reply to them, or 0 */
    struct look look;
    bool is_proven;      /* of the look in hand */
    int64_t proof_items; /* how many the proof has listed */
    struct buf path;
    struct buf body;
    struct holes holes; /* in body */
    /* Set before WRITER_FAILED: the failure. Set while a look is under way: what the look will make
     * the end, unless it finds something. */
    struct error error;
};

/* Ends the thread with an error. */
void writer_fail(struct writer *w, enum error_code code, const char *text);

/* Adds a record about this thread; what is acknowledged is filled in. */
void writer_record(struct writer *w, enum record_kind kind, int64_t items);

/* The first count pending items are in the conversation; last is the id of the last of them. */
void writer_acknowledge(struct writer *w, size_t count, const char *last);

/* The answer says that the destination has no such route, and nothing has shown yet that it has. */
bool writer_is_lost(const struct writer *w, const struct answer *answer);

/* Stops the run for that. */
void writer_stop_lost(struct writer *w);

/* Recovery: one step in a state of its own; false if it changed the state only. */
bool recovery_step(struct writer *w, struct wish *wish);

/* The answer to a call of recovery. */
void recovery_answer(struct writer *w, const struct answer *answer);

#endif
