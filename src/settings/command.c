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

const char *command_nearest(const char *word)
{
    const char *names[NAMES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < COMMAND_COUNT && i < NAMES_MAX; i++)
        names[count++] = COMMANDS[i].name;
    return text_nearest(word, names, count);
}
