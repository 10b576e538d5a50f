/*
 * The options that are not keys, in one table. Common ones belong to every
 * command, those that select to all that take thread ids; the others to the
 * commands that name them (command.h).
 */
#ifndef SETTINGS_OPTION_TABLE_H
#define SETTINGS_OPTION_TABLE_H

#include "settings/command.h"
#include "settings/keys.h"

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
    OPTION_SWITCH, /* bool */
    OPTION_COUNT,  /* int, one more each time */
    OPTION_TEXT,   /* const char * */
    OPTION_TEXTS,  /* may be repeated: struct option_texts */
    OPTION_CHOICE, /* int: the place among the choices */
    OPTION_EITHER, /* bool: true for the second of two choices */
    OPTION_FORMAT, /* const char *; the command says which */
};

enum option_takers {
    OPTION_COMMON,  /* every command */
    OPTION_OWN,     /* those that name it */
    OPTION_SELECTS, /* those that select threads */
};

struct option_row {
    const char *name;
    char letter; /* 0 for none */
    enum option_kind kind;
    size_t offset; /* of the member in struct options */
    enum option_takers takers;
    const char *const *choices; /* NULL-terminated */
    const char *value_name;     /* NULL for switches */
    const char *help;
};

extern const struct option_row OPTION_ROWS[];
extern const size_t OPTION_ROW_COUNT;

/* For a name that other programs have for an option of ours: what to take; NULL: none. Static. */
const char *option_meant(struct span name);

/* True where the command takes the option. */
bool option_belongs(const struct option_row *row, const struct command *command);

/* True where the command takes flags that set keys. */
bool command_takes_keys(const struct command *command);

/* True where the command takes the flag of this key. */
bool command_takes_key(const struct command *command, const struct key *key);

/* "text|json" or the value's name, as help shows it; for --format the command's formats. */
const char *option_value_text(const struct option_row *row, const struct command *command,
                              char *text, size_t size);

/* One spelling of an option, for those who list them all. Borrowed during the call. */
struct option_view {
    const char *name;       /* without dashes: "dry-run", "no-all", "threads" */
    char letter;            /* 0 for none */
    const char *value_name; /* NULL where it takes no value */
    const char *choices;    /* "a|b|c", or NULL */
    const char *help;
    bool repeats; /* may be given more than once */
};

typedef void (*option_each)(void *ctx, const struct option_view *view);

/* Every option of the command's own; NULL: those of every command. */
void options_visit(const struct command *command, option_each each, void *ctx);

/* Every flag that sets a key. */
void options_visit_keys(option_each each, void *ctx);

#endif
