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
#include "simulate/terms/terms.h"

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
    DEED_ITEMS, /* mapping --items */
    DEED_EXPORT,
    /* what people do between commands */
    DEED_GROW,     /* a thread gets messages */
    DEED_CONTINUE, /* somebody adds an item to the conversation of a thread */
    DEED_DELETE,   /* somebody deletes it */
    DEED_DROP,     /* somebody deletes one of its items */
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

/* What others do while a command runs: the oracle has to allow for it. */
enum {
    TROUBLE_GROWS = 1 << 0,      /* a thread gets messages */
    TROUBLE_MEDDLES = 1 << 1,    /* an item of somebody else's */
    TROUBLE_DELETES = 1 << 2,    /* a conversation goes */
    TROUBLE_TAKES = 1 << 3,      /* a thread goes */
    TROUBLE_SHUFFLES = 1 << 4,   /* messages of one second may come in another order */
    TROUBLE_LINGERS = 1 << 5,    /* not others, but the server goes on for a while */
    TROUBLE_REARRANGES = 1 << 6, /* nor they: items are listed in another order */
    TROUBLE_LATE = 1 << 7,       /* nor they: it takes as long as may be waited for */
    TROUBLE_PASSES = 1 << 8,     /* nor they: who tries again gets there */
};

/* What servers and the network do: a script of the mock. */
struct trouble {
    const char *name;
    const char *faults; /* each @ becomes step.nth */
    unsigned statuses;  /* bits of the exit statuses that it may lead to, beside 3 and 17 */
    unsigned others;
};

/* The first is none; those from TROUBLE_FILES on are about files, those from TROUBLE_NEWER on come
 * in the place of others, so that all else is drawn as before them. */
extern const struct trouble TROUBLES[];
extern const size_t TROUBLE_COUNT;
extern const size_t TROUBLE_FILES;
extern const size_t TROUBLE_NEWER;

struct step {
    enum deed deed;
    unsigned threads; /* a bit for each thread that is selected */
    bool all;         /* --all, for commands that know it */
    bool rehearsed;   /* migrate: a diff and a dry run come first, and must come true */
    unsigned trouble; /* of TROUBLES */
    unsigned nth;
    enum fate fate;
    enum world_cut cut; /* FATE_KILLED, FATE_POWER_LOSS */
    uint64_t at;        /* the operation it dies at; for a signal, milliseconds */
    int64_t wait_ms;    /* passes before it */
    bool twist;         /* join: the other way round */
    unsigned count;     /* of messages that come */
    uint64_t seed;      /* of what is drawn while it runs: the sectors that are lost */
    struct choices choices;
    struct terms terms;
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
    unsigned habit;       /* of the server */
    struct step steps[SCRIPT_STEPS];
    size_t count;
    size_t rest; /* so many of the last ones are left in peace */
};

void script_draw(struct script *script, uint64_t seed);

/* Puts the stranger behind the threads. */
void script_end_threads(struct script *script);

/* One line about the world, or about a step; without a line end. */
void script_tell(const struct script *script, struct buf *out);
void script_tell_step(const struct script *script, const struct step *step, struct buf *out);

bool deed_is_command(enum deed deed);
bool deed_writes(enum deed deed);        /* at the destination or the source, with the lock */
bool deed_reads_threads(enum deed deed); /* also from files */
bool deed_needs_file(enum deed deed);    /* ends with 2 where there is no checkpoint */
const char *deed_name(enum deed deed);
const char *end_name(enum fate fate);
const char *cut_name(enum world_cut cut);

#endif
