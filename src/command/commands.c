#include "settings/command.h"

#include "command/commands_list.h"

static const char *const MAPPING_OPTIONS[] = {"file-ids", "items", "table", NULL};
static const char *const DIFF_OPTIONS[] = {"output",      "accept-mapping-change",
                                           "top-up",      "retry-uncertain",
                                           "retry-files", "exit-code",
                                           "full",        "no-pager",
                                           NULL};
static const char *const VERIFY_OPTIONS[] = {"against", "report", NULL};
static const char *const EXPORT_OPTIONS[] = {"output", "top-up", "files", "files-from", NULL};
static const char *const ASSISTANTS_OPTIONS[] = {"output", NULL};
static const char *const ROLLBACK_OPTIONS[] = {"yes", "force", NULL};
static const char *const PRUNE_OPTIONS[] = {"yes", "archive", "with-losses", "assistants", NULL};
static const char *const DOCTOR_OPTIONS[] = {"live", NULL};
static const char *const INIT_OPTIONS[] = {"output", NULL};

/* In the order in which they are met with: help and completions keep it. */
const struct command COMMANDS[] = {
    {
        .name = "migrate",
        .words = "[THREAD_ID…]",
        .summary = "migrate threads to conversations; resumes after any stop",
        .help = "migrate reads the selected threads, maps their messages to items and writes them\n"
                "into conversations, one for each thread. The checkpoint records what was done:\n"
                "after any stop the same command resumes, and if all is done it does nothing.\n"
                "With --dry-run it only shows what it would do.\n"
                "--format jsonl prints a line for each thread as it ends, and the document of\n"
                "--json last. With --threads - it then answers each id as it comes, until the\n"
                "input ends: docs/ON_DEMAND.md has clients to copy.",
        .formats = "text|jsonl",
        .options = (const char *const[]){"dry-run", "report", "top-up", "retry-uncertain",
                                         "retry-files", "accept-mapping-change", NULL},
        .thread_deed = "migrated",
        .next = "verify",
        .next_purpose = "read everything back and compare",
        .deed = "written",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_WRITES | COMMAND_STREAMS,
        .run = cmd_migrate,
    },
    {
        .name = "diff",
        .words = "[THREAD_ID…]",
        .summary = "show, item by item, what would be written and lost",
        .help = "Shows what migrate would do now: items it would write (+), items already there\n"
                "(=), messages that give no item (-), and places where a conversation holds\n"
                "something else (~), with each loss below its item. The destination is read only\n"
                "for threads that already have a conversation.",
        .formats = "text|jsonl|html",
        .options = DIFF_OPTIONS,
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_JSON_LINES,
        .run = cmd_diff,
    },
    {
        .name = "verify",
        .words = "[THREAD_ID…]",
        .summary = "read conversations back and compare them with the source",
        .help = "Compares every item of the selected threads, or of all threads of the\n"
                "checkpoint, with what their conversations hold now: = same, * differs,\n"
                "- missing, ! error. --against checkpoint needs no source: it compares with the\n"
                "recorded digests. Exit status 1 if anything is not the same.",
        .options = VERIFY_OPTIONS,
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_JSON_LINES,
        .run = cmd_verify,
    },
    {
        .name = "status",
        .summary = "show what the checkpoint says: counts, failures and their reasons",
        .help = "Prints how many threads are done, unfinished, failed, uncertain, rolled back and\n"
                "pruned, how many items their conversations hold, and every failed thread with\n"
                "its reason. Reads the checkpoint only, also while a run is writing to it.",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_ALL_THREADS,
        .run = cmd_status,
    },
    {
        .name = "mapping",
        .words = "[CHECKPOINT…]",
        .summary = "print which conversation each thread became",
        .help = "Prints a row for every conversation: thread, conversation, items, state. Given\n"
                "the checkpoints of all shards it prints the rows of all of them, and reports on\n"
                "standard error which shards are missing or overlap (exit status 1). --items maps\n"
                "the source again, reads the conversations back and prints a row for every item:\n"
                "thread, message, time, conversation, item, index. Threads that do not fit what\n"
                "was written give no rows and are named (exit status 1).",
        .formats = "csv|jsonl|sql",
        .options = MAPPING_OPTIONS,
        .flags =
            COMMAND_NEEDS_CONFIG | COMMAND_TAKES_WORDS | COMMAND_JSON_LINES | COMMAND_ALL_THREADS,
        .run = cmd_mapping,
    },
    {
        .name = "convert",
        .words = "[THREAD_ID…]",
        .summary = "print threads as converted conversations, one JSON line each",
        .help = "Reads threads, maps them and prints one line for each, with its metadata, its\n"
                "items as they would be written, and what would be lost. No destination is\n"
                "needed. Threads that fail give no line and are named on standard error.",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_JSON_LINES,
        .run = cmd_convert,
    },
    {
        .name = "export",
        .words = "[THREAD_ID…]",
        .summary = "save threads of a live source or of files into an archive",
        .help =
            "Writes threads, messages, runs, run steps and assistants, byte for byte, into one\n"
            "file (-o FILE) that migrate reads as source.path. What files hold in another form\n"
            "is written in the form of the API, with the original beside it.\n"
            "The images that threads show are saved too, into FILE.files (--files).\n"
            "Each thread ends with a line that proves it complete. Run the same command\n"
            "again to add what is missing; --top-up also reads complete threads again and\n"
            "adds those that have grown. Nothing in the file is ever overwritten.",
        .options = EXPORT_OPTIONS,
        .thread_deed = "saved",
        .next = "diff",
        .next_purpose = "see what a migration would write",
        .deed = "saved",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_WRITES,
        .run = cmd_export,
    },
    {
        .name = "inventory",
        .words = "[THREAD_ID…]",
        .summary = "count what a source holds and what would be lost",
        .help = "Counts threads, messages, roles, content types, annotations, attachments, tools,\n"
                "files and assistants. Shows how each file of an archive was recognised, and what\n"
                "would be lost with the current mapping. No content is shown. Threads that fail\n"
                "are reported; the exit status is still 0.",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS,
        .run = cmd_inventory,
    },
    {
        .name = "assistants",
        .summary = "save assistant configurations for responses.create",
        .help = "Writes one JSON file for each assistant into a folder (-o DIR): instructions,\n"
                "model, tools, text format and so on, as responses.create takes them. Whatever it\n"
                "has no parameter for is in \"not_carried\". docs/AFTER.md shows how to use them.",
        .options = ASSISTANTS_OPTIONS,
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_WRITES | COMMAND_ALL_THREADS,
        .run = cmd_assistants,
    },
    {
        .name = "rollback",
        .words = "[THREAD_ID…]",
        .summary = "delete the conversations that this job created",
        .help = "Deletes the items and conversations of this job, for all threads or those named.\n"
                "Conversations that were changed since they were written, or are missing, are\n"
                "left alone and listed. --force ID (repeatable), or --force @FILE with a list,\n"
                "deletes them anyway; it applies\n"
                "only to the ids you give it, unless --all is given. Conversations of threads\n"
                "that may be gone at the source always stay: they may be the only copy.\n"
                "--only CODE takes only threads that failed with that code; migrate then starts\n"
                "them again. It asks first; after any stop the same command resumes.",
        .options = ROLLBACK_OPTIONS,
        .thread_deed = "rolled back",
        .next = "migrate",
        .next_purpose = "migrate them again",
        .deed = "deleted",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_WRITES,
        .run = cmd_rollback,
    },
    {
        .name = "prune",
        .words = "[THREAD_ID…]",
        .summary = "delete source threads that were migrated safely",
        .help = "Reads each finished thread and its conversation, compares them item by item, and\n"
                "deletes the source thread directly after they were found equal, if no message\n"
                "has come since. A thread with losses stays and is listed, unless --archive FILE\n"
                "holds it or --with-losses accepts them. With --assistants DIR it deletes the\n"
                "assistants whose configuration saved in DIR still equals the live one. It asks\n"
                "first.",
        .options = PRUNE_OPTIONS,
        .thread_deed = "pruned",
        .next = "status",
        .next_purpose = "see what is left",
        .deed = "deleted",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_WRITES,
        .run = cmd_prune,
    },
    {
        .name = "init",
        .summary = "write a commented migrate.yaml",
        .help = "Writes migrate.yaml (or -o FILE) with every key and its meaning, for the\n"
                "services that --source-type and --destination-type name; settings given by other\n"
                "flags go into it too. An existing file is never overwritten. --dry-run prints\n"
                "it.",
        .options = INIT_OPTIONS,
        .flags = COMMAND_TAKES_KEYS | COMMAND_WRITES,
        .run = cmd_init,
    },
    {
        .name = "doctor",
        .summary = "check configuration, keys and connectivity",
        .help = "Checks the configuration, keys, TLS, both servers, the disk of the checkpoint\n"
                "and the limits of the process; each line says ok, warn or fail, with the\n"
                "remedy. --live also creates a conversation, reads it back, compares and\n"
                "deletes it.",
        .options = DOCTOR_OPTIONS,
        .flags = COMMAND_NEEDS_CONFIG,
        .run = cmd_doctor,
    },
    {
        .name = "config",
        .document = "config check",
        .words = "check",
        .summary = "check the configuration and print it",
        .help = "config check reads the configuration as any other command would, from flags,\n"
                "environment, file and defaults, in this order of precedence, checks it, and\n"
                "prints the settings in effect and where each value comes from. Keys are never\n"
                "printed; of a key command only the program is.",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_WORDS,
        .run = cmd_config,
    },
    {
        .name = "completion",
        .words = "bash|zsh|fish",
        .summary = "print a completion script for a shell",
        .help = "Prints a script that completes commands, options and their values:\n"
                "\n"
                "  bash  threadferry completion bash "
                ">~/.local/share/bash-completion/completions/threadferry\n"
                "  zsh   threadferry completion zsh >DIR/_threadferry, with DIR in $fpath\n"
                "  fish  threadferry completion fish >~/.config/fish/completions/threadferry.fish",
        .flags = COMMAND_TAKES_WORDS,
        .run = cmd_completion,
    },
};

const size_t COMMAND_COUNT = sizeof COMMANDS / sizeof COMMANDS[0];
