/*
 * What a step does about files: which are saved, where a migration takes them
 * from, and the flags that say so.
 */
#ifndef SIMULATE_FILES_CHOICES_H
#define SIMULATE_FILES_CHOICES_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct script;
struct step;
struct trouble;

#define CHOICES_MAP "/map.csv"

enum choice_saves { SAVES_IMAGES, SAVES_ALL, SAVES_NONE, SAVES_WAYS };

/* Where a migration, its dry run or a diff reads the threads. */
enum choice_source {
    SOURCE_LIVE,
    SOURCE_EXPORT,
    SOURCE_PAGES,
    SOURCE_THREADS,
    SOURCE_LINES,
    SOURCES
};

/* What somebody has done to an archive in one of the last three forms. */
enum form_harm {
    HARM_NONE,
    HARM_NULL,    /* null among the messages of a thread */
    HARM_COPY,    /* a message once more */
    HARM_STRANGE, /* an object that is nothing */
    HARMS
};

/* What somebody has done, for a while, to what prune --archive is given. */
enum saved_harm {
    SAVED_WHOLE,
    SAVED_OTHER_TEXTS, /* of all messages */
    SAVED_OTHER_BYTES, /* of a file */
    SAVED_HARMS
};

struct choices {
    enum choice_source source;
    enum form_harm harm;
    unsigned harmed;         /* the thread */
    bool excludes;           /* it is in a folder, beside another one that --source-exclude names */
    enum choice_saves saves; /* export */
    bool uses_folder;        /* the others: --files-path */
    bool uses_map;           /* --files-map */
    bool asks_nobody;        /* --no-files-ask */
    bool retries;            /* migrate --retry-files */
    bool has_archive;        /* prune --archive */
    enum saved_harm harms;
};

/* Draws the world's files and archives, and for each step what it does about them. All else in the
 * script is drawn already, and stays, but that a few steps become exports and have troubles with
 * files. */
void choices_draw(struct script *script);

enum { CHOICES_WORDS = 8 };

/* The flags of a step, NULL-terminated; none in a world without files. */
void choices_words(const struct script *script, const struct step *step,
                   const char *words[CHOICES_WORDS]);

/* Adds them to a line about the step. */
void choices_tell(const struct script *script, const struct step *step, struct buf *out);

#endif
