/*
 * Lists of items can hold pictures of many megabytes. Of these only the digest
 * is wanted, so it takes their place while the reply comes in: the value of a
 * member "image_url" that is a data URL becomes its name (files/data_url.h). Every
 * other byte stays as it is, whatever it says.
 *
 *     shorten_start(&shorten)              before each reply
 *     shorten_add(&shorten, bytes, out)    each piece of it
 *     shorten_release(&shorten)
 */
#ifndef NET_SHORTEN_H
#define NET_SHORTEN_H

#include "base/buf.h"
#include "base/span.h"
#include "files/data_url.h"

#include <stdbool.h>
#include <stddef.h>

enum shorten_state {
    SHORTEN_OUTSIDE, /* of strings */
    SHORTEN_STRING,
    SHORTEN_VALUE, /* a string that may be, or is, a data URL */
};

struct shorten {
    enum shorten_state state;
    size_t key_len;  /* bytes of the newest string that are those of the key; SIZE_MAX: others */
    bool is_key;     /* the newest string was the key, and nothing came after it but white space */
    bool is_named;   /* and a colon */
    bool is_escaped; /* a backslash came before */
    int unicode;     /* hex digits that an escape still has */
    unsigned character;
    struct buf held; /* a value that is not known to be a data URL yet, as it came */
    struct data_url url;
};

/* A zeroed one is allowed, and one that was used. */
void shorten_start(struct shorten *shorten);
void shorten_release(struct shorten *shorten);

void shorten_add(struct shorten *shorten, struct span bytes, struct buf *out);

#endif
