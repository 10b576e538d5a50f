/*
 * What a command works with, built from the configuration: the source, the
 * remotes with their keys and paces, the selected threads. Opened for what the
 * command needs and no more: a dry run of a fresh job needs no destination key.
 */
#ifndef RUN_CONTEXT_H
#define RUN_CONTEXT_H

#include "checkpoint/checkpoint.h"
#include "loop/fetch.h"
#include "net/remote.h"
#include "print/words.h"
#include "run/narrowing.h"
#include "service/profile.h"
#include "settings/command.h"
#include "settings/secrets.h"
#include "settings/selection.h"
#include "source/decider.h"
#include "source/source.h"

#include <stdbool.h>
#include <stdint.h>

enum context_needs {
    CONTEXT_SOURCE = 1 << 0,      /* threads can be read */
    CONTEXT_DESTINATION = 1 << 1, /* conversations can be requested */
    CONTEXT_THREADS = 1 << 2,     /* the selection is resolved; without one: all of an archive */
    CONTEXT_RAW = 1 << 3,         /* the source keeps its objects' own bytes */
    CONTEXT_FILES = 1 << 4,       /* the command lists an archive's files itself */
    CONTEXT_QUESTIONS = 1 << 5,   /* a live source can be asked, if one is configured */
    CONTEXT_ASKS = 1 << 6,        /* the destination can be asked, if a key for it is at hand */
};

struct context {
    const struct invocation *invocation; /* these three are set before it is opened */
    const struct options *options;
    const struct config *config;
    int64_t started_ms;            /* monotonic */
    struct checkpoint *checkpoint; /* closed with the context; NULL until somebody opens it */
    struct secrets *secrets;
    struct endpoint endpoints[SIDES];
    struct buf forbidden[SIDES]; /* what a 403 of each wants */
    struct remote remotes[SIDES];
    bool has_remote[SIDES];
    struct traffic traffic; /* for fetch(); its http is everybody's */
    struct source *source;
    struct source *archive; /* the source itself, if it is an archive; borrowed from `source` */
    bool source_is_archive;
    char *named_after; /* the archive in words, if its files name threads; else NULL; owned */
    bool maps;         /* threads are read: the policies have to be those of the checkpoint */
    struct selection selection;
    struct narrowing narrowing; /* what narrows it: narrow.h */
    struct saved_files saved;   /* contents at hand: files.path, or beside the archive */
    struct file_map file_map;   /* files.map */
    struct decider *decider;    /* NULL until somebody opens it: deciding.h */
    struct words words;         /* of servers that refused threads */
};

/* Runs the command of the invocation in a context of its own. Returns the exit status. */
int context_run(const struct invocation *invocation, struct error *err);

/* Fails with ERROR_USAGE, ERROR_IO … ; context_run() closes it in any case. */
bool context_open(struct context *context, unsigned needs, struct error *err);

/* Of an archive: requests to the source go to this service, whose keys are those of the source. */
bool context_open_files_from(struct context *context, enum service service, struct error *err);

/* What CONTEXT_THREADS does, for those who know only later what a lack of ids means. */
bool context_list_threads(struct context *context, struct error *err);

/* The pins of this configuration; texts are borrowed from the context and from `mapping`. */
void context_pins(const struct context *context, struct buf *mapping, struct pins *pins);

/* Places of an archive that were left unread: all but those of threads that are not selected. */
uint64_t context_unread(const struct context *context);

/* The source in words, without secrets: "archive ./export", "foundry https://…". */
void context_source_text(const struct context *context, struct buf *out);

#endif
