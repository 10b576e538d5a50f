/*
 * Joins run steps to messages. Runs of a thread follow each other: while one
 * is active the thread takes no message of anybody else. So a run is over when
 * a message of a later run comes, or a message without a run that is younger
 * than the run; what it still holds belongs before that message.
 *
 * Within a run the order is that of its steps: tool calls come before the
 * message of the message_creation step that follows them, and after the run's
 * last message when none follows.
 *
 * How many runs and steps a thread has is not ours to say: what a message costs
 * does not grow with them.
 */
#ifndef SOURCE_STEPS_H
#define SOURCE_STEPS_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/strmap.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run {
    char *id;
    int64_t created_ms; /* INT64_MIN if unknown */
    bool loaded;
    bool over;
    json_t **steps; /* new references; NULL once handed out */
    size_t step_count;
    size_t at;       /* the first step that was not handed out */
    size_t made_end; /* after the last step that made a message */
};

struct steps {
    struct run *runs;
    size_t count;
    size_t first_open;   /* all runs before it are over */
    size_t first_wanted; /* all runs before it are loaded */
    size_t first_young;  /* all open runs before it are older than young_ms */
    int64_t young_ms;
    struct strmap by_id; /* id -> position of the run */
    struct strmap made;  /* run and message -> position of the step that made it */
    struct buf key;
    struct arena arena;
};

void steps_init(struct steps *steps);
void steps_release(struct steps *steps);

/* Adds a run, oldest first. */
void steps_add_run(struct steps *steps, const json_t *object);

/* True if the message names a run that was not added. */
bool steps_is_stranger(const struct steps *steps, const json_t *message);

/* The run whose steps must be loaded before anything can be said, or NULL. */
struct run *steps_wanted_before(struct steps *steps, const json_t *message);
struct run *steps_wanted_at_end(struct steps *steps);

/* Adds steps of a run, oldest first; references are taken. The last page sets is_last. */
void steps_load(struct steps *steps, struct run *run, json_t *const *objects, size_t count,
                bool is_last);

/*
 * The next step with tool calls before this message, after it, or at the end of the
 * thread; NULL when there is none. New reference.
 */
json_t *steps_take_before(struct steps *steps, const json_t *message);
json_t *steps_take_after(struct steps *steps, const json_t *message);
json_t *steps_take_at_end(struct steps *steps);

#endif
