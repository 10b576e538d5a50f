/*
 * Whether files are dealt with as promised: what the checkpoint says of them is
 * the truth and agrees with what the conversations hold, an export that ended
 * well has saved what can be saved, and nothing is pruned before that.
 */
#ifndef SIMULATE_FILES_JUDGE_H
#define SIMULATE_FILES_JUDGE_H

#include "base/buf.h"
#include "simulate/files/folder.h"
#include "simulate/oracle.h"
#include "simulate/picture.h"
#include "simulate/script.h"

#include <stdbool.h>

struct judge {
    struct folder folder;
    enum carried_as decided[MADE_MAX]; /* as the checkpoint says; CARRIED_WAYS: not yet */
    unsigned missing;                  /* those that were, last time; a bit for each */
    unsigned decided_at;               /* claims.taken, then */
    bool asked_nobody;                 /* whether the destination knows a file */
    bool was_retried;                  /* decisions may be other ones than those of old items */
    bool is_deleted[SCRIPT_THREADS + 1];
    const struct step *prune; /* the newest that has run, with what it found harmed */
    const char *prune_harmed;
    const char *harmed; /* harm.h: the digest of a file with other bytes in this step, or "" */
};

/* In a world without files it finds nothing. False where something is wrong, which is added to
 * why. event is NULL after a deed of people. */
bool judge_check(struct judge *judge, struct oracle *oracle, const struct picture *picture,
                 const struct claims *claims, const struct oracle_event *event, struct buf *why);

/* Ends a command with 2 because a power cut has left the list of the folder as no export would? */
bool judge_lets_refuse(const struct judge *judge, const struct oracle_event *event);

/* Can a migration of this thread fail because of a file? */
bool judge_lets_fail(const struct judge *judge, const struct picture_thread *thread,
                     const struct step *step);

#endif
