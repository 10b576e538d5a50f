/*
 * What people do between commands: they go on writing in threads, continue and
 * delete conversations, copy the checkpoint away and back, and put two of them
 * together. The oracle is told.
 */
#ifndef SIMULATE_PEOPLE_H
#define SIMULATE_PEOPLE_H

#include "base/buf.h"
#include "simulate/oracle.h"
#include "simulate/picture.h"
#include "simulate/script.h"

#include <stdbool.h>
#include <stddef.h>

struct people {
    struct oracle oracle;
    struct buf backup;           /* of the checkpoint */
    bool has_backup;             /* one that may still be put back */
    size_t backup_conversations; /* how many there were */
    bool is_torn;                /* the newest run on the checkpoint has died */
};

void people_begin(struct people *people, const struct habit *habit);
void people_end(struct people *people);

/* A command has run. */
void people_saw(struct people *people, const struct oracle_event *event);

/* Does a step that is no command; one that makes no sense now does nothing, and the trace says so.
 * False where the program answered it wrongly, which is added to why. */
bool people_do(struct people *people, const struct step *step, const struct picture *picture,
               struct buf *trace, struct buf *why);

#endif
