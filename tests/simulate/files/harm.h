/*
 * What somebody does, while a command runs, to the archive that it is given:
 * other texts in all its messages, or other bytes in one of the files saved
 * beside it. Afterwards it is what it was.
 */
#ifndef SIMULATE_FILES_HARM_H
#define SIMULATE_FILES_HARM_H

#include "base/buf.h"
#include "simulate/script.h"

enum { HARM_PATH_SIZE = 160 };

struct harm {
    char path[HARM_PATH_SIZE]; /* "": nothing was done */
    const char *sha256;        /* of the file with other bytes, or "" */
    struct buf was;
};

void harm_begin(struct harm *harm, const struct step *step);
void harm_end(struct harm *harm);

/* Each text of the archive begins with another character. */
void harm_texts(struct buf *text);

#endif
