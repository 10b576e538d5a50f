#include "settings/command.h"

#include "base/text.h"

#include <string.h>

enum { NAMES_MAX = 32 };

const char *command_document(const struct command *command)
{
    return command->document ? command->document : command->name;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(COMMANDS[i].name, name) == 0)
            return &COMMANDS[i];
    }
    return NULL;
}

static const struct {
    const char *word;
    const char *hint;
} MEANT[] = {
    {"resume", "'threadferry migrate' resumes"},
    {"run", "threadferry migrate"},
    {"start", "threadferry migrate"},
    {"import", "threadferry migrate"},
    {"plan", "threadferry diff, or migrate --dry-run"},
    {"dry-run", "threadferry migrate --dry-run, or diff"},
    {"compare", "threadferry diff before a migration, verify after it"},
    {"show", "threadferry diff shows threads, status the job"},
    {"check", "threadferry config check, doctor or verify"},
    {"test", "threadferry doctor --live"},
    {"validate", "threadferry config check"},
    {"list", "threadferry inventory lists what a source holds, mapping what became of it"},
    {"ls", "threadferry inventory lists what a source holds, mapping what became of it"},
    {"count", "threadferry inventory"},
    {"backup", "threadferry export"},
    {"save", "threadferry export"},
    {"undo", "threadferry rollback"},
    {"delete", "threadferry rollback deletes conversations of this job, prune source threads"},
    {"clean", "threadferry prune"},
};

const char *command_meant(const char *word)
{
    for (size_t i = 0; i < sizeof MEANT / sizeof MEANT[0]; i++) {
        if (strcmp(MEANT[i].word, word) == 0)
            return MEANT[i].hint;
    }
    return NULL;
}

const char *command_nearest(const char *word)
{
    const char *names[NAMES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < COMMAND_COUNT && i < NAMES_MAX; i++)
        names[count++] = COMMANDS[i].name;
    return text_nearest(word, names, count);
}
