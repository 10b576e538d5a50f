#include "cmd/command.h"

#include "base/text.h"
#include "cmd/commands_list.h"

#include <string.h>

enum { NAMES_MAX = 32 };

static const char *const INIT_OPTIONS[] = {"output", NULL};

/* In the order in which they are met with: help and completions keep it. */
const struct command COMMANDS[] = {
    {
        .name = "migrate",
        .words = "[THREAD_ID…]",
        .summary = "move threads into conversations; resumes by itself",
        .help = "migrate reads the selected threads, maps their messages to items and writes them\n"
                "into conversations, one for each thread. What was done is kept in the\n"
                "checkpoint: the same command again resumes after any stop, and does nothing\n"
                "where all is done. With --dry-run it only says what it would do.",
        .options = (const char *const[]){"dry-run", "top-up", "retry-uncertain",
                                         "accept-mapping-change", NULL},
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_WRITES,
        .run = cmd_migrate,
    },
    {
        .name = "init",
        .summary = "write a commented migrate.yaml",
        .help =
            "Writes migrate.yaml (or -o FILE) with every key and its meaning, for the services\n"
            "that --source-type and --destination-type name; other flags of settings go\n"
            "into it too. A file that exists is never overwritten. --dry-run prints it.\n",
        .options = INIT_OPTIONS,
        .flags = COMMAND_TAKES_KEYS | COMMAND_WRITES,
        .run = cmd_init,
    },
    {
        .name = "config",
        .words = "check",
        .summary = "check the configuration and print it",
        .help = "config check reads the configuration as any other command would, from flags,\n"
                "environment, file and defaults, in this order of precedence, checks it, and\n"
                "prints what is in effect with the place that each value came from. Keys are\n"
                "never printed; of a key command only the program is.\n",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_WORDS,
        .run = cmd_config,
    },
    {
        .name = "completion",
        .words = "bash|zsh|fish",
        .summary = "print a completion script for a shell",
        .help =
            "Prints a script that completes commands, options and their values:\n"
            "\n"
            "  bash  threadferry completion bash "
            ">~/.local/share/bash-completion/completions/threadferry\n"
            "  zsh   threadferry completion zsh >DIR/_threadferry, with DIR in $fpath\n"
            "  fish  threadferry completion fish >~/.config/fish/completions/threadferry.fish\n",
        .flags = COMMAND_TAKES_WORDS,
        .run = cmd_completion,
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
