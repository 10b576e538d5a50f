/*
 * What is going to happen in a simulation: the whole of it is drawn from the
 * seed before anything runs, as data. So steps can be printed, left out or
 * written by hand, and the others stay what they were.
 */
#ifndef SIMULATE_SCRIPT_H
#define SIMULATE_SCRIPT_H

#include "base/buf.h"
#include "crash/world.h"
#include "simulate/files/choices.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRIPT_THREADS = 6, SCRIPT_STEPS = 20 };

enum deed {
    /* commands */
    DEED_MIGRATE,
    DEED_TOP_UP,
    DEED_DRY_RUN,
    DEED_DIFF,
    DEED_VERIFY,
    DEED_STATUS,
    DEED_MAPPING,
    DEED_PRUNE,
    DEED_ROLLBACK,
    DEED_FORCE, /* rollback --force of one thread */
    DEED_EXPORT,
    /* what people do between commands */
    DEED_GROW,     /* a thread gets messages */
    DEED_CONTINUE, /* somebody adds an item to the conversation of a thread */
    DEED_DELETE,   /* somebody deletes it */
    DEED_BACKUP,   /* the checkpoint is copied away */
    DEED_RESTORE,  /* and copied back */
    DEED_JOIN,     /* another job's checkpoint is put behind it */
    DEEDS
};

/* How a command ends. */
enum fate {
    FATE_CALM,
    FATE_KILLED,
    FATE_POWER_LOSS, /* killed, and what was not synced may be lost */
    FATE_SIGNAL,
    FATES
};

/* What servers and the network do: a script of the mock. */
struct trouble {
    const char *name;
    const char *faults; /* with one @, which becomes step.nth */
};

extern const struct trouble TROUBLES[];
extern const size_t TROUBLE_COUNT;

struct step {
    enum deed deed;
    unsigned threads; /* a bit for each thread that is selected */
    bool all;         /* --all, for commands that know it */
    bool rehearsed;   /* migrate: a diff and a dry run come first, and must come true */
    const struct trouble *trouble; /* or NULL */
    unsigned nth;
    enum fate fate;
    enum world_cut cut; /* FATE_KILLED, FATE_POWER_LOSS */
    uint64_t at;        /* the operation it dies at; for a signal, milliseconds */
    int64_t wait_ms;    /* passes before it */
    bool twist;         /* join: the other way round */
    unsigned count;     /* of messages that come */
    uint64_t seed;      /* of what is drawn while it runs: the sectors that are lost */
    struct choices choices;
};

struct script {
    uint64_t seed;
    int messages[SCRIPT_THREADS + 2]; /* of each thread and of the stranger; then -1 */
    size_t threads;                   /* without the stranger, who is the last */
    unsigned concurrency;
    unsigned batch_items;
    unsigned page_size;
    int64_t latency_ms;   /* of every reply */
    uint64_t sync_events; /* pass before a sync takes place */
    uint64_t files;       /* the seed of the world's files; 0: it has none */
    bool checks_file_ids; /* the destination does */
    bool has_archives;    /* some steps read one beside the live source */
    struct step steps[SCRIPT_STEPS];
    size_t count;
    size_t rest; /* so many of the last ones are left in peace */
};

void script_draw(struct script *script, uint64_t seed);

/* One line about the world, or about a step; without a line end. */
void script_tell(const struct script *script, struct buf *out);
void script_tell_step(const struct script *script, const struct step *step, struct buf *out);

bool deed_is_command(enum deed deed);
const char *deed_name(enum deed deed);

#endif
