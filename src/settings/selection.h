/*
 * Which threads a command works on: ids from the command line and from a list,
 * or all that a source can name; then without repetitions, of one shard, up to
 * a limit. Ten million ids fit.
 *
 *     selection_load()       ids given by the user, or which way to list them
 *     selection_offer()      each id of the source, where it has to be listed
 *     selection_get()        the result, in order
 *
 * Ids on the command line stand in place of threads.file and threads.all of
 * the file and the environment, and together with --threads; so do those of
 * --force, except beside --all. The limit counts what the shard has kept, and
 * what --only, --since and their kind have kept (narrow.h).
 */
#ifndef SETTINGS_SELECTION_H
#define SETTINGS_SELECTION_H

#include "base/error.h"
#include "base/strmap.h"
#include "settings/command.h"
#include "settings/shard.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum selection_kind {
    SELECTION_DEFAULT, /* nothing was said: what that means is the command's and source's matter */
    SELECTION_ALL,     /* --all */
    SELECTION_IDS,     /* these ids */
};

struct selection {
    enum selection_kind kind;
    struct strmap ids;
    struct strmap forced; /* those of --force, selected or not */
    struct shard shard;   /* {0, 0} for none; auto is resolved */
    char shard_text[48];  /* "3/8", or "" for none: what the checkpoint pins */
    int64_t limit;        /* 0 for none */
    bool limit_is_last;   /* something narrows the selection first: see selection_cut() */
    bool streams;         /* more ids come from standard input while the run goes on */
    int64_t duplicates;
};

/*
 * Reads what the invocation selects. ERROR_USAGE for a malformed id
 * anywhere, a list that cannot be read or ids together with --all. To be released also after a
 * failure.
 */
bool selection_load(struct selection *selection, const struct invocation *invocation,
                    struct error *err);
void selection_release(struct selection *selection);

/*
 * An id that the source lists: kept where it is of the shard, new, and within the limit. Not
 * judged: what the source names is the source's to answer for. Returns false when the limit is
 * reached, so that listing may end.
 */
bool selection_offer(struct selection *selection, struct span id);

/* The place of an id that came in, added if it is new. */
size_t selection_add(struct selection *selection, struct span id, bool *is_new);

size_t selection_count(const struct selection *selection);

/* Borrowed until something is added. */
struct span selection_get(const struct selection *selection, size_t place);

/* The place of an id, or SIZE_MAX. */
size_t selection_find(const struct selection *selection, struct span id);

/* Drops the threads at whose place keeps is false. */
void selection_keep(struct selection *selection, const bool *keeps);

/* Drops what is over the limit. */
void selection_cut(struct selection *selection);

#endif
