/*
 * On which terms a command runs: settings that differ from step to step, a selection that narrows
 * the threads that are named, and a second command at the same time. And the habits of the server
 * in this world. All of it is drawn from numbers of its own, after everything else.
 */
#ifndef SIMULATE_TERMS_H
#define SIMULATE_TERMS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct script;
struct step;

enum { TERMS_SETTINGS = 2, TERMS_WORDS = 12 };

struct terms {
    unsigned settings[TERMS_SETTINGS]; /* of the table; 0: none */
    unsigned narrows;                  /* of the table; 0: not */
    unsigned number;                   /* of threads, or of a thread, for it */
    unsigned list;                     /* the threads stand in a file; 0: they do not */
    unsigned other;                    /* a second command: its deed and 1; 0: none */
    uint64_t other_at;                 /* begins when so many requests have left */
};

/* What a server does all the time. */
struct habit {
    const char *name;
    unsigned quirks;      /* of the mock */
    unsigned stale_lists; /* of the mock */
    const char *flag;     /* every command has it; or NULL */
    bool changes;         /* what is stored is not what was sent, or not in this order */
    int most;             /* a thread with more messages is refused; 0: any */
    char refused;         /* so is one with: a NUL (n), a refusal (r); 0: none */
    char messages;        /* threads hold such messages */
};

const struct habit *habit_of(const struct script *script);
const char *habit_name(unsigned number); /* NULL behind the last */

void terms_draw(struct script *script);
void terms_tell(const struct step *step, struct buf *out);

/* The names of the tables, for script_text.c; NULL behind the last. */
const char *terms_setting_name(unsigned number);
const char *terms_narrowing_name(unsigned number);
const char *terms_list_name(unsigned number);

/* Writes the list of the step's threads, where it has one. */
void terms_write_list(const struct script *script, const struct step *step);

/* Adds the flags of the step, in place of others of the same name; words is NULL-terminated, text
 * has room for one number. */
struct terms_words {
    const char *at[TERMS_WORDS];
    char text[48];
};
void terms_words(const struct script *script, const struct step *step, struct terms_words *words);

/* True where the settings of a step have it: the first batch goes with the create; the run may stop
 * (3) though nothing disturbs it. */
bool terms_are_inline(const struct step *step);
bool terms_retry_uncertain(const struct step *step);
bool terms_are_hasty(const struct step *step); /* and may give up what would have passed */
bool terms_may_stop(const struct step *step);

/* A thread may go although its conversation lacks something. */
bool terms_allow_losses(const struct step *step);

/* Which of two mappings it has, as a bit; and may it become that of the job? */
unsigned terms_mapping(const struct step *step);
bool terms_accept_mapping(const struct step *step);

/* Is the thread one of those that the step names? Is it taken for certain? Is it left out for
 * certain? */
bool step_names(const struct step *step, size_t thread);
bool step_takes(const struct step *step, size_t thread);
bool step_spares(const struct step *step, size_t thread);

/* How many threads are selected of those that the step names; a bit for each that has failed. */
unsigned step_count(const struct step *step, unsigned failed);

/* May the selection be refused (2) where there is no checkpoint? */
bool terms_need_file(const struct step *step);

#endif
