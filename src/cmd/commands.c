#include "cmd/command.h"

#include "base/text.h"
#include "cmd/commands_list.h"

#include <string.h>

enum { NAMES_MAX = 32 };

const struct command COMMANDS[] = {
    {
        .name = "config",
        .words = "check",
        .summary = "check the configuration and print it",
        .help = "config check reads the configuration as any other command would, from flags,\n"
                "environment, file and defaults, in this order of precedence, checks it, and\n"
                "prints what is in effect with the place that each value came from. Keys are\n"
                "never printed; of a key command only the program is.",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_WORDS,
        .run = cmd_config,
    },
};

const size_t COMMAND_COUNT = sizeof COMMANDS / sizeof COMMANDS[0];

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
