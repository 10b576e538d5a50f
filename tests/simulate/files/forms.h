/*
 * Archives in forms that people have, written from what the source holds now,
 * some of them harmed: what is in each is known, so the program's ledger can be
 * counted after, and a thread that is not whole must not pass for one.
 */
#ifndef SIMULATE_FILES_FORMS_H
#define SIMULATE_FILES_FORMS_H

#include "base/buf.h"
#include "simulate/picture.h"
#include "simulate/script.h"

#include <stdbool.h>

enum { FORMS_PATH_SIZE = 32, FORMS_WORDS = 4 };

struct form {
    char path[FORMS_PATH_SIZE];         /* "": the source is live */
    bool is_listed[SCRIPT_THREADS + 1]; /* it is in there */
    bool is_whole[SCRIPT_THREADS + 1];  /* and nothing of it was harmed */
    bool excludes;                      /* it is in a folder, beside one that is not read */
    bool is_strange;                    /* something in it is nobody's */
    size_t taken, duplicate, unread;    /* places, as they were put in */
};

/* Writes the archive of the step, number so many. What export has written is found as it is; until
 * then the source is live. */
void form_write(struct form *form, const struct step *step, const struct picture *picture,
                size_t number);

/* The flags that name it, NULL-terminated; none for a live source. */
void form_words(const struct form *form, const char *words[FORMS_WORDS]);

/* Asks inventory. False where its ledger has other counts, which is added to why. */
bool form_check_ledger(const struct form *form, struct buf *why);

/* Is a whole thread in it? */
bool form_is_there(const struct form *form);

/* Why a run of this step may not be whole. */
bool form_lets_fail(const struct form *form, const struct step *step,
                    const struct picture *picture);

#endif
