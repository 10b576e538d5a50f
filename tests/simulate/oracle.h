/*
 * Is the world still possible? The oracle knows what people did and which
 * commands were given, looks at the server (picture.h) and listens to what the
 * program says of itself (claims.h). It knows nothing of the program's code.
 *
 * After every step: oracle_check(). Before that it is told what happened.
 */
#ifndef SIMULATE_ORACLE_H
#define SIMULATE_ORACLE_H

#include "base/buf.h"
#include "simulate/claims.h"
#include "simulate/picture.h"
#include "simulate/script.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What it remembers of a conversation; the numbers are those of the picture. */
struct known {
    size_t foreign;       /* items that people added */
    bool people_deleted;  /* the conversation; or said that it may go with what is in it */
    bool may_have_gaps;   /* a rollback was told to delete it */
    bool was_raced;       /* somebody added to it while a command wrote */
    bool was_dropped;     /* somebody deleted an item of it */
    bool may_be_shuffled; /* the source listed messages of one second in another order */
    bool is_forgotten;    /* made after the checkpoint that is in use now */
    bool is_uncertain;    /* made with its first items, and its thread is called uncertain */
    bool had_gap;         /* last time */
    size_t ours;          /* last time */
};

struct oracle {
    const struct habit *habit; /* of the server */
    unsigned mappings;         /* one of these is that of the job; 0: there is none */
    bool was_inline;           /* a create had items */
    bool was_retried;          /* one of unknown outcome was made again */
    size_t before_inline;      /* conversations before the first of them */
    struct known *known;
    size_t count;
    size_t room;
    bool has_shuffled_export; /* messages of one second were not listed as they are */
    bool was_restored;        /* the checkpoint came from a backup: what it says may be old */
    bool is_spoilt[SCRIPT_THREADS + 1];       /* a person made it impossible to go on with */
    bool is_rolling_back[SCRIPT_THREADS + 1]; /* a rollback may have begun and not ended */
    bool is_pruning[SCRIPT_THREADS + 1];      /* a prune was told to delete it at the source */
    bool was_taken[SCRIPT_THREADS + 1];       /* somebody deleted it at the source */
    bool had_copy[SCRIPT_THREADS + 1];        /* a conversation that is named, before the step */
    bool is_last[SCRIPT_THREADS +
                 1]; /* it is whole in one that no rollback may take, and there alone */
};

void oracle_begin(struct oracle *oracle, const struct habit *habit);
void oracle_end(struct oracle *oracle);

/* Somebody has added to this conversation, or deleted it, or allowed that it be deleted. */
void oracle_added(struct oracle *oracle, size_t conversation);
void oracle_deleted(struct oracle *oracle, size_t conversation, int thread);

/* Somebody has deleted an item of it. */
void oracle_dropped(struct oracle *oracle, size_t conversation, int thread);

/* The checkpoint is that of another time again; how many conversations there were then, and now. */
void oracle_restored(struct oracle *oracle, size_t then, size_t now);

/* How a command went. */
struct oracle_event {
    const struct step *step;
    int status; /* its exit status */
    int64_t took_ms;
    bool is_calm; /* nothing disturbed it */
    bool has_died;
    bool may_be_refused; /* the file that it writes is not what it was */
    bool may_fail;  /* a file that it needs cannot be decided about, or an archive is not whole */
    bool is_old;    /* the archive that it reads does not hold all that the source holds */
    bool must_fail; /* something in an archive is nobody's */
};

/* May the job have another mapping than the step? */
bool oracle_may_be_remapped(const struct oracle *oracle, const struct step *step);

/* A command is about to run; the picture is the one before it. */
void oracle_command(struct oracle *oracle, const struct step *step, const struct picture *picture);

/* False where something is wrong, which is added to why. event is NULL after a deed of people. */
bool oracle_check(struct oracle *oracle, const struct picture *picture, const struct claims *claims,
                  const struct oracle_event *event, struct buf *why);

#endif
