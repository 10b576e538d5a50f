/*
 * Plays short scripts on a checkpoint and keeps a model of what must be known
 * afterwards. A script is a row of steps, an operation and a thread ("A" … "Z"):
 *
 *   c creating   i creating with items   C created   a appended (20 more)   D done
 *   F failed     u uncertain             r rolled_back
 *   n not_created   R rolling_back   x pruning   y not_pruned   p pruned
 *
 * and "|" for a sync; blanks are free: "cA cB | CA CB | aA | DA |".
 */
#ifndef FAKES_FAKE_JOURNAL_H
#define FAKES_FAKE_JOURNAL_H

#include "base/error.h"
#include "checkpoint/checkpoint.h"

#include <stdbool.h>
#include <stddef.h>

enum { JOURNAL_THREADS = 26, JOURNAL_STEPS = 8 /* of one thread between two syncs, at most */ };

#define JOURNAL_PATH "job.checkpoint"

struct journal_thread {
    enum thread_state state;
    int items;
    int conversation; /* its number; 0 where there is none */
    bool has_digest;
};

struct journal {
    struct journal_thread now[JOURNAL_THREADS];   /* with what waits for a sync */
    struct journal_thread acked[JOURNAL_THREADS]; /* as of the last sync that returned true */
    struct journal_thread between[JOURNAL_THREADS][JOURNAL_STEPS]; /* the steps since then */
    size_t steps[JOURNAL_THREADS];
    int conversations;
    unsigned long creating; /* records, acked or not */
    unsigned long created;  /* and not_created */
};

/* Options that open JOURNAL_PATH with the pins of an ordinary job. */
struct checkpoint_options journal_options(void);

/* Plays the steps; false with *err where the checkpoint refuses one. *done counts steps. */
bool journal_play(struct journal *journal, struct checkpoint *checkpoint, const char *script,
                  size_t *done, struct error *err);

/* What the checkpoint says of each thread equals the model; else err says what does not. */
bool journal_matches(const struct journal_thread *model, struct checkpoint *checkpoint,
                     struct error *err);

/* Each thread is as acked, or as after one of the steps since. */
bool journal_is_safe(const struct journal *journal, struct checkpoint *checkpoint,
                     struct error *err);

#endif
