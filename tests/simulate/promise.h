/*
 * What diff and a dry run promise, and whether the next migrate kept it.
 */
#ifndef SIMULATE_PROMISE_H
#define SIMULATE_PROMISE_H

#include "base/buf.h"
#include "simulate/claims.h"
#include "simulate/picture.h"
#include "simulate/script.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { PROMISE_WORDS = 48 };

struct promise {
    bool was_given;
    int diff_status;
    int dry_status;
    json_t *dry;                          /* the document of the dry run; owned */
    json_t *rows[SCRIPT_THREADS + 1];     /* of the diff; owned, NULL: none */
    ptrdiff_t newest[SCRIPT_THREADS + 1]; /* the thread's newest conversation before, or -1 */
    size_t ours[SCRIPT_THREADS + 1];      /* items in it */
};

/* Asks with the words of the migrate run that follows (its command first, NULL-terminated). False
 * where an answer cannot be read. */
bool promise_take(struct promise *promise, const char *const *words, const struct picture *picture,
                  struct buf *why);

/* Nothing came between: does the run, whose --json is `out`, agree? */
bool promise_was_kept(const struct promise *promise, int status, const struct buf *out,
                      const struct picture *picture, const struct claims *claims, struct buf *why);

void promise_release(struct promise *promise);

#endif
