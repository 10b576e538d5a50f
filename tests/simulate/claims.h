/*
 * What the program says about itself after a step: its status, its mapping.
 */
#ifndef SIMULATE_CLAIMS_H
#define SIMULATE_CLAIMS_H

#include "base/buf.h"
#include "simulate/picture.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { CLAIMS_CODE_SIZE = 32, CLAIMS_NO_EXIT = -1 };

struct claim {
    bool is_named; /* a row of mapping */
    char conversation[PICTURE_ID_SIZE];
    char state[CLAIMS_CODE_SIZE];
    int64_t items;
    char code[CLAIMS_CODE_SIZE]; /* of its failure; "" for none */
};

struct claims {
    int status;      /* exit status of `status` */
    bool has_file;   /* there is a checkpoint */
    int64_t orphans; /* possible_empty_orphans */
    int64_t exit;    /* of the last run, or CLAIMS_NO_EXIT */
    struct claim threads[SCRIPT_THREADS + 1];
    struct buf file; /* the checkpoint that says so */
    json_t *files;   /* what `status` says of files, or NULL */
    unsigned taken;  /* how often they were asked for anew */
};

/* Asks; claims are zeroed, or those of the step before. False where what it says cannot be read,
 * with the reason added to why. */
bool claims_take(struct claims *claims, struct buf *why);

/* What mapping --items has printed: a row for each item, numbered from 0, in its conversation; of
 * every thread that is done all of them, where it ended with 0. */
bool claims_fit_items(const struct claims *claims, struct span rows, int status, struct buf *why);

void claims_release(struct claims *claims);

#endif
