#include "settings/command.h"

#include "command/commands_list.h"

static const char *const MAPPING_OPTIONS[] = {"table", NULL};
static const char *const DIFF_OPTIONS[] = {
    "output", "accept-mapping-change", "top-up", "retry-uncertain", "exit-code", "full", "no-pager",
    NULL};
static const char *const VERIFY_OPTIONS[] = {"against", NULL};
static const char *const EXPORT_OPTIONS[] = {"output", "top-up", NULL};
static const char *const ASSISTANTS_OPTIONS[] = {"output", NULL};
static const char *const ROLLBACK_OPTIONS[] = {"yes", "force", "only", NULL};
static const char *const PRUNE_OPTIONS[] = {"yes", "archive", "with-losses", "assistants", NULL};
static const char *const DOCTOR_OPTIONS[] = {"live", NULL};
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
        .options = (const char *const[]){"dry-run", "report", "top-up", "retry-uncertain",
                                         "accept-mapping-change", NULL},
        .deed = "written",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_WRITES,
        .run = cmd_migrate,
    },
    {
        .name = "diff",
        .words = "[THREAD_ID…]",
        .summary = "what a run would write, item by item, and what would be lost",
        .help = "Shows what migrate would do now: items it would write (+), items that are there\n"
                "already (=), messages that give no item (-), and places where a conversation\n"
                "holds something else (~), with every loss where it happens. The destination is\n"
                "read only for threads that have a conversation already.",
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
                "recorded digests. Exit status 1 where anything is not the same.",
        .options = VERIFY_OPTIONS,
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_JSON_LINES,
        .run = cmd_verify,
    },
    {
        .name = "status",
        .summary = "what the checkpoint says: counts, failures with reasons",
        .help = "Prints how many threads are done, unfinished, failed, uncertain, rolled back and\n"
                "pruned, how many items their conversations hold, and every failed thread with\n"
                "its reason. Reads the checkpoint only, also while a run is writing to it.",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_ALL_THREADS,
        .run = cmd_status,
    },
    {
        .name = "mapping",
        .words = "[CHECKPOINT…]",
        .summary = "which conversation each thread has become",
        .help = "Prints a row for every conversation: thread, conversation, items, state. Given\n"
                "the checkpoints of all shards it prints the rows of all of them, and says on\n"
                "standard error which shards are missing or overlap (exit status 1).",
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
        .help = "Reads threads, maps them and prints for each of them one line with its metadata,\n"
                "its items as they would be written, and what would be lost. No destination is\n"
                "asked or needed. Threads that fail give no line and are named on standard error.",
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
            "Each thread is closed by a line that proves it whole; the same command again\n"
            "adds what is missing, and with --top-up reads closed threads again and adds\n"
            "those that have grown. Nothing in the file is ever overwritten.",
        .options = EXPORT_OPTIONS,
        .deed = "saved",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_WRITES,
        .run = cmd_export,
    },
    {
        .name = "inventory",
        .words = "[THREAD_ID…]",
        .summary = "count what a source holds and what would be lost",
        .help = "Counts threads, messages, roles, content types, annotations, attachments, tools,\n"
                "files and assistants, says which shape each file of an archive was recognised\n"
                "as, and what would be lost under the current mapping. No content is shown.\n"
                "Threads that fail are reported; the exit status is 0 all the same.",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS,
        .run = cmd_inventory,
    },
    {
        .name = "assistants",
        .summary = "save assistant configurations for responses.create",
        .help = "Writes one JSON file for each assistant into a directory (-o DIR): instructions,\n"
                "model, tools, text format and so on, as responses.create takes them. What it has\n"
                "no parameter for stands under \"not_carried\". docs/AFTER.md shows their use.",
        .options = ASSISTANTS_OPTIONS,
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_WRITES | COMMAND_ALL_THREADS,
        .run = cmd_assistants,
    },
    {
        .name = "rollback",
        .words = "[THREAD_ID…]",
        .summary = "delete the conversations that this job has made",
        .help = "Deletes items and conversations of this job, of all threads or of those named.\n"
                "Left alone and listed are conversations that were changed since they were\n"
                "written or are missing (--force ID, repeatable, takes this one all the same, and\n"
                "no other that is not named too, or selected with --all), and those of threads\n"
                "that may be gone at the source: they may be the only copy. --only CODE takes\n"
                "threads that failed so; migrate begins them anew then. It asks first; the same\n"
                "command again goes on after any stop.",
        .options = ROLLBACK_OPTIONS,
        .deed = "deleted",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_WRITES,
        .run = cmd_rollback,
    },
    {
        .name = "prune",
        .words = "[THREAD_ID…]",
        .summary = "delete source threads that are safely in their conversations",
        .help = "Reads each finished thread and its conversation, compares them item by item, and\n"
                "deletes the source thread only directly after they were found equal and no\n"
                "message has come since. A thread that lost something on the way stays and is\n"
                "listed, unless --archive FILE holds it, or --with-losses gives it up. With\n"
                "--assistants DIR it deletes the assistants whose saved configuration in DIR is "
                "still equal to\n"
                "the live one. It asks first.",
        .options = PRUNE_OPTIONS,
        .deed = "deleted",
        .flags = COMMAND_NEEDS_CONFIG | COMMAND_TAKES_THREADS | COMMAND_WRITES,
        .run = cmd_prune,
    },
    {
        .name = "init",
        .summary = "write a commented migrate.yaml",
        .help = "Writes migrate.yaml (or -o FILE) with every key and its meaning, for the\n"
                "services that --source-type and --destination-type name; other flags of\n"
                "settings go into it too. A file that exists is never overwritten. --dry-run\n"
                "prints it.",
        .options = INIT_OPTIONS,
        .flags = COMMAND_TAKES_KEYS | COMMAND_WRITES,
        .run = cmd_init,
    },
    {
        .name = "doctor",
        .summary = "check configuration, keys and connectivity",
        .help = "Checks the configuration, keys, TLS, both servers, the disk of the checkpoint\n"
                "and the limits of the process; each line says ok, warn or fail, with the\n"
                "remedy. --live also makes one conversation, reads it back, compares and\n"
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
                "prints what is in effect with the place that each value came from. Keys are\n"
                "never printed; of a key command only the program is.",
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
