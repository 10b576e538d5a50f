/*
 * What became of the files of a conversation, judged item by item against the
 * truth (made.h): a picture has the bytes of its own file, an id is known at
 * the destination, and only what cannot be read is a placeholder.
 */
#ifndef SIMULATE_FILES_CARRIED_H
#define SIMULATE_FILES_CARRIED_H

#include "simulate/files/made.h"

#include <jansson.h>
#include <stdbool.h>

struct carried {
    unsigned as[CARRIED_WAYS]; /* a bit for each file that users' messages name */
    const char *wrong;         /* in words; NULL: nothing */
};

/* Takes an item that was made from this message. */
void carried_take(struct carried *carried, const json_t *item, const json_t *message);

/* A data URL of a picture: its bytes' digest; false where it is not one. */
bool carried_digest(const char *url, char hex[65]);

#endif
