/*
 * What becomes of a file that a message names. Somebody else decides it, once
 * for each id (source/decider.h); the mapping asks and carries it out.
 */
#ifndef MAP_FATE_H
#define MAP_FATE_H

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum fate_kind {
    FATE_KEPT,    /* the id as it is */
    FATE_MAPPED,  /* another id */
    FATE_INSIDE,  /* the contents travel inside the item */
    FATE_MISSING, /* it cannot be carried, for certain */
    FATE_UNKNOWN, /* nobody has asked yet: dry runs alone end with it */
    FATE_KINDS
};

/* Why a file cannot be carried; sorted by name. */
enum missing {
    MISSING_BAD_ID,
    MISSING_NOT_AN_IMAGE,
    MISSING_NOT_DOWNLOADABLE,
    MISSING_NOT_FOUND,
    MISSING_TOO_LARGE,
    MISSING_CODES
};

struct saved_file;

/* Everything is borrowed from whoever decided. */
struct fate {
    enum fate_kind kind;
    enum missing code;              /* FATE_MISSING */
    struct span id;                 /* FATE_MAPPED: the file's id at the destination */
    const struct saved_file *saved; /* FATE_INSIDE: the contents; what they are (magic) only if
                                       they are at hand */
};

/* How the mapping asks. */
struct fates {
    struct fate (*of)(void *ctx, struct span id);
    void *ctx;
};

/* "kept", "not_found": as records and JSON have them. */
const char *fate_name(enum fate_kind kind);
const char *missing_name(enum missing code);

/* By name; false if there is no such. */
bool fate_find(struct span name, enum fate_kind *kind);
bool missing_find(struct span name, enum missing *code);

#endif
