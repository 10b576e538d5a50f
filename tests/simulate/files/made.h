/*
 * The files of a world, made up from its seed: what each is in truth, whatever
 * anybody says of it later. Some can be read and some cannot, some are known at
 * the destination, and messages name them as pictures, attachments and sources.
 */
#ifndef SIMULATE_FILES_MADE_H
#define SIMULATE_FILES_MADE_H

#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MADE_MAX = 8,
    MADE_ID_SIZE = 24,
    MADE_CONTENT_MAX = 4096,
    MADE_LARGEST = 2048, /* files.max_bytes of these worlds */
};

/* What becomes of a file id in an item. */
enum carried_as { CARRIED_INSIDE, CARRIED_KEPT, CARRIED_MAPPED, CARRIED_MISSING, CARRIED_WAYS };

extern const char *const CARRIED_NAMES[CARRIED_WAYS];

/* One kind of file. */
struct made_kind {
    const char *name;   /* ids begin with it */
    const char *begins; /* contents; NULL: there is no such file */
    size_t bytes;
    unsigned ways;       /* a bit for each way in which it may be carried */
    const char *missing; /* the code with CARRIED_MISSING */
    const char *state;   /* in a MANIFEST; NULL: saving it leaves it open for ever */
    bool is_everybodys;  /* the destination has it too */
    bool hides_its_length;
};

struct made_file {
    const struct made_kind *kind;
    char id[MADE_ID_SIZE];
    char new_id[MADE_ID_SIZE]; /* of the map; "" for none */
    char content[MADE_CONTENT_MAX];
    size_t len;
    char sha256[65];
};

/* A world with these files; seed 0: a world without any. */
void made_begin(uint64_t seed);

/* Nothing more is held. */
void made_end(void);

size_t made_count(void);
const struct made_file *made_at(size_t number);

/* Number of the file, or -1. */
int made_find(const char *id);

/* Is it one that the destination knows by this id? */
bool made_is_known_there(const char *id);

/* For the mock; borrowed. NULL without files. */
json_t *made_fixture(void);

/* The CSV for files.map; .len == 0: nothing is mapped. Borrowed. */
struct span made_map(void);

/* For world_plan. */
void made_decorate(json_t *message, size_t thread, int number);

/* The lower-case hex digest. */
void made_sha256(struct span bytes, char hex[65]);

#endif
