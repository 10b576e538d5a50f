/*
 * A command: one descriptor in one table (commands.c), one file for each.
 */
#ifndef SETTINGS_COMMAND_H
#define SETTINGS_COMMAND_H

#include "base/error.h"
#include "settings/config.h"
#include "settings/options.h"

#include <stdbool.h>
#include <stddef.h>

struct context;

/* What a command is given, in its context (run/context.h). */
struct invocation {
    const struct options *options;
    const struct config *config; /* all zero without COMMAND_NEEDS_CONFIG */
    char *const *environment;
};

enum command_flags {
    COMMAND_NEEDS_CONFIG = 1 << 0,  /* the configuration is loaded before run() */
    COMMAND_TAKES_THREADS = 1 << 1, /* words are thread ids */
    COMMAND_TAKES_WORDS = 1 << 2,   /* words mean something else */
    COMMAND_WRITES = 1 << 3,        /* --dry-run has a meaning */
    COMMAND_TAKES_KEYS = 1 << 4,    /* flags set keys, though run() loads no configuration */
    COMMAND_JSON_LINES = 1 << 5,    /* --json gives lines, perhaps none, not one document */
    COMMAND_ALL_THREADS = 1 << 6,   /* nothing is selected: no flags of the section `threads` */
    COMMAND_STREAMS = 1 << 7,       /* --format jsonl takes ids while it runs (--threads -) */
};

struct command {
    const char *name;
    const char *document;       /* its name in --json, where that is not the name */
    const char *words;          /* in the usage line: "[THREAD_ID…]"; NULL: none are taken */
    const char *summary;        /* one line */
    const char *help;           /* paragraphs for --help */
    const char *deed;           /* of a summary: what happens to items, "written"; or NULL */
    const char *thread_deed;    /* with a deed: what happens to threads, "migrated" */
    const char *next;           /* with a deed: the command that comes next if all went well */
    const char *next_purpose;   /* "read everything back and compare" */
    const char *formats;        /* "text|jsonl|html", or NULL; the default first */
    const char *const *options; /* names of the command's own options, NULL-terminated */
    unsigned flags;
    /* Returns the exit status, or COMMAND_UNBEGUN; on failure fills err, which main prints. The
     * context is not open yet; context_run() closes it. */
    int (*run)(struct context *context, struct error *err);
};

/* The command has ended before it began (a locked checkpoint, a list that cannot be read): with
 * --json its document says so. */
enum { COMMAND_UNBEGUN = -1 };

/* The exit status of a run that a signal ended is this plus its number. */
enum { EXIT_SIGNAL = 128 };

extern const struct command COMMANDS[];
extern const size_t COMMAND_COUNT;

/* The name in --json. */
const char *command_document(const struct command *command);

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* For what other programs call a command of ours: which to take; NULL: none. Static. */
const char *command_meant(const char *word);

/* The name of a command that is nearest to a word, or NULL. */
const char *command_nearest(const char *word);

#endif
