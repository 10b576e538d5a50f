/*
 * What the checkpoint says of file ids: every decision, in the order of the
 * file. An id may be decided anew (migrate --retry-files), but what was written
 * maps the same for ever: for a thread with a conversation the newest decision
 * before that counts, else the first one after it.
 */
#ifndef CHECKPOINT_FILEBOOK_H
#define CHECKPOINT_FILEBOOK_H

#include "base/mem.h"
#include "base/strmap.h"
#include "map/fate.h"

#include <stdbool.h>
#include <stdint.h>

struct record;

struct filebook {
    struct strmap ids;
    struct decision **newest; /* by the id's position; in the arena */
    size_t cap;
    struct arena arena;
};

void filebook_init(struct filebook *book);
void filebook_release(struct filebook *book);

/* A record of kind RECORD_FILE that is in the file at this offset. Its texts are copied. */
void filebook_take(struct filebook *book, const struct record *record, int64_t at);

/* Adds a decision that is on record nowhere. Texts of the fate are copied. */
void filebook_add(struct filebook *book, struct span id, const struct fate *fate, int64_t at);

/* What counts for a thread whose conversation is on record at that offset; -1: it has none, and
 * the newest counts. False if nothing is known of the id. Texts are borrowed. */
bool filebook_find(const struct filebook *book, struct span id, int64_t created_at,
                   struct fate *fate);

/* The ids by position, 0 to ids.count - 1, each with its newest decision. */
struct span filebook_at(const struct filebook *book, size_t place, struct fate *fate);

/* How many ids there are of each kind, by their newest decisions. */
struct file_counts {
    int64_t of[FATE_KINDS];
    int64_t missing[MISSING_CODES];
    int64_t bytes; /* inside */
};

/* Adds those of the book, but for ids that the other book has, too (NULL: there is none). */
void file_counts_add(struct file_counts *counts, const struct filebook *book,
                     const struct filebook *but);

#endif
