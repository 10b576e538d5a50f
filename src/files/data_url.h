/*
 * Data URLs: the contents of an image, written in a text. What is compared and
 * digested is not the text but the bytes that it stands for, by this name:
 *
 *     sha256:HEX
 *
 * Every text that begins with "data:" and has a comma soon after is one. There
 * is no such thing as a wrong one: what belongs to no encoding is passed over, so
 * that a text has the same name however many pieces it comes in.
 *
 *     data_url_start(&url)
 *     data_url_add(&url, piece)     any number of pieces
 *     url.form                      what is known by now
 *     data_url_name(&url, name)
 *     data_url_release(&url)
 */
#ifndef FILES_DATA_URL_H
#define FILES_DATA_URL_H

#include "base/span.h"
#include "files/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DATA_URL_HEAD_MAX = 256, /* bytes up to the comma */
    DATA_URL_NAME = 7 + DIGEST_HEX,
};

enum data_url_form {
    DATA_URL_OPEN, /* its comma has not come yet */
    DATA_URL_NONE, /* it is another text */
    DATA_URL_BASE64,
    DATA_URL_PLAIN,
};

struct data_url {
    enum data_url_form form;
    char head[DATA_URL_HEAD_MAX];
    size_t head_len;
    int escape;       /* characters of a %XX that have come */
    unsigned escaped; /* what they say */
    unsigned bits;    /* of base64 that make no byte yet */
    int bit_count;
    char out[1024]; /* decoded, not digested yet */
    size_t out_len;
    struct digest digest;
};

void data_url_start(struct data_url *url);
void data_url_add(struct data_url *url, struct span piece);

/* Of a text that has come to its end; form is BASE64 or PLAIN. */
void data_url_name(struct data_url *url, char name[DATA_URL_NAME + 1]);

/* A zeroed or released one is allowed. */
void data_url_release(struct data_url *url);

/* All of it at once; false if the text is not a data URL. */
bool data_url_name_of(struct span text, char name[DATA_URL_NAME + 1]);

/* The name of contents whose digest is known. */
void data_url_name_digest(const struct fingerprint *digest, char name[DATA_URL_NAME + 1]);

/* Does a text name contents: is it a data URL's name? */
bool data_url_is_name(struct span text);

#endif
