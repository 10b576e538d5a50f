/*
 * The inside of the writer, shared by its two halves: writer.c decides what to
 * do next, writer_answer.c what came of it. Nobody else includes this.
 */
#ifndef WRITE_WRITER_STATE_H
#define WRITE_WRITER_STATE_H

#include "base/buf.h"
#include "map/digest.h"
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
    WRITER_REOPEN, /* top-up: the thread is unfinished again before anything is appended */
    WRITER_GATHER, /* collecting the next batch */
    WRITER_CREATE, /* about to send a create: on record first */
    WRITER_CREATING,
    WRITER_RECREATE, /* the create may have left an orphan: another one after a while */
    WRITER_CREATED,  /* on record before the first append */
    WRITER_APPENDING,
    WRITER_LOOK_WAIT,
    WRITER_LOOKING,
    WRITER_PROVING, /* something was found: does the last known item stand in its place? */
    WRITER_REPEAT,  /* nothing arrived: the same batch again, after a while */
    WRITER_MATCH,   /* comparing what was listed with what is mapped */
    WRITER_CLOSING, /* the last record waits for its sync */
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
    int64_t repeat_ms; /* not before that is the same write sent again */
    int64_t attempts;  /* of the same write */
    bool got_reply;    /* to any of them */
    long status;       /* of the newest reply to them, or 0 */
    struct look look;
    bool is_proven;      /* of the look in hand */
    char proof_at[257];  /* the last item that the proof has listed; "" at the beginning */
    int64_t proof_items; /* how many it has listed */
    struct buf path;
    struct buf body;
    struct error error;
};

/* Ends the thread with an error. */
void writer_fail(struct writer *w, enum error_code code, const char *text);

/* Adds a record about this thread; what is acknowledged is filled in. */
void writer_record(struct writer *w, enum record_kind kind, int64_t items);

/* The first count pending items are in the conversation; last is the id of the last of them. */
void writer_acknowledge(struct writer *w, size_t count, const char *last);

/* The newest page of a look held `found` new items, and it was the last one: decides whether to act
 * or to look once more. */
void writer_end_look(struct writer *w, size_t found);

/* Where the next page of the look, or of the proof, begins. */
struct look_from writer_look_from(const struct writer *w);

/* Takes the answer to the call that writer's next() asked for. */
void writer_answer(struct writer *w, const struct answer *answer);

#endif
