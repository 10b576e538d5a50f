/*
 * The command line: command, options, positional words. One table declares
 * the options that belong to commands; keys (keys.h) give the rest. --help, the
 * man page and the completions are checked against both.
 */
#ifndef SETTINGS_OPTIONS_H
#define SETTINGS_OPTIONS_H

#include "base/error.h"
#include "settings/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum files_choice { FILES_IMAGES, FILES_ALL, FILES_NONE };
enum progress_mode { PROGRESS_AUTO, PROGRESS_BAR, PROGRESS_LINES, PROGRESS_NONE };

/* Of an option that may be repeated; owned, the texts are borrowed from argv. */
struct option_texts {
    const char **all;
    size_t count;
};

struct options {
    const struct command *command; /* NULL for none */
    const char *config_file;
    bool quiet;
    int verbose;
    bool json;
    const char *format; /* --format, or NULL */
    bool lines;         /* --format jsonl of a command that writes; then json is true too */
    int color;
    int progress;
    bool log_json;
    const char *log_file;
    bool help;
    bool short_help; /* -h, not --help */
    bool version;
    bool dry_run;
    bool yes;
    bool insecure_http;
    bool accept_mapping_change;
    bool top_up;
    bool retry_uncertain;
    bool retry_files;
    bool against_checkpoint;
    bool full;
    bool no_pager;
    bool exit_code;
    bool live;
    bool items;
    bool file_ids; /* mapping --items */
    const char *table;
    const char *report;
    const char *output;
    const char *assistants;    /* prune --assistants DIR */
    struct option_texts force; /* rollback --force ID */
    struct option_texts only;  /* these narrow a selection: narrowing.h */
    struct option_texts where;
    const char *since;
    const char *until;
    const char *sample;
    const char *seed;
    int files;                 /* export --files: enum files_choice */
    int files_from;            /* export --files-from: enum service; 0: the source itself */
    const char *archive;       /* prune --archive FILE */
    bool with_losses;          /* prune --with-losses */
    struct config_flag *flags; /* those that set keys, in order */
    size_t flag_count;
    int argc; /* the command line itself, borrowed */
    char **argv;
    char **words; /* borrowed from argv: thread ids, checkpoints, … */
    size_t word_count;
};

/* Parses argv. On failure ERROR_USAGE, naming the nearest option. */
bool options_parse(struct options *options, int argc, char **argv, struct error *err);
void options_release(struct options *options);

#endif
