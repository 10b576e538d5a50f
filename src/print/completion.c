#include "print/completion.h"

#include "settings/command.h"
#include "settings/option_table.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What the value of an option completes to. */
static bool is_path(const struct option_view *view)
{
    static const char *const NAMES[] = {"FILE", "PATH", "DIR"};

    for (size_t i = 0; view->value_name && i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (strcmp(view->value_name, NAMES[i]) == 0)
            return true;
    }
    return false;
}

/* "a|b|c" with another character between. */
static void add_words(struct buf *out, const char *words, char between)
{
    for (; *words != '\0'; words++)
        buf_add_char(out, *words == '|' ? between : *words);
}

/* Inside of '…' in fish. */
static void add_fish_text(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, *text);
    }
}

/* Inside of '…[help]…' of zsh's _arguments, where brackets and colons have a meaning. */
static void add_zsh_help(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            buf_add_text(out, "'\\''");
        else if (strchr("[]:\\", *text))
            buf_printf(out, "\\%c", *text);
        else
            buf_add_char(out, *text);
    }
}

/* The words of a command where they are a fixed choice: "bash|zsh|fish", "check". */
static bool has_fixed_words(const struct command *command)
{
    return command->words && (command->flags & COMMAND_TAKES_WORDS) &&
           strpbrk(command->words, "[]<>… ") == NULL;
}

static void add_command_names(struct buf *out, char between)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (i > 0)
            buf_add_char(out, between);
        buf_add_text(out, COMMANDS[i].name);
    }
}

/* What takes a value that could be taken for a command. */
struct valued_names {
    struct buf *out;
    char between;
};

static void valued_name(void *ctx, const struct option_view *view)
{
    const struct valued_names *names = ctx;

    if (!view->value_name)
        return;
    buf_printf(names->out, "%c--%s", names->between, view->name);
    if (view->letter)
        buf_printf(names->out, "%c-%c", names->between, view->letter);
}

static void add_valued_names(struct buf *out, char between)
{
    struct buf text;
    struct valued_names names = {&text, between};

    buf_init(&text, BUF_NO_LIMIT);
    options_visit(NULL, valued_name, &names);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        options_visit(&COMMANDS[i], valued_name, &names);
    options_visit_keys(valued_name, &names);
    buf_add_text(out, text.data + 1);
    buf_release(&text);
}

/* A spelling with its dashes. */
static void bash_name(void *ctx, const struct option_view *view)
{
    buf_printf(ctx, " --%s", view->name);
    if (view->letter)
        buf_printf(ctx, " -%c", view->letter);
}

struct bash_command {
    struct buf *out;
    const char *name; /* "*": any */
};

/* A branch of the case over "command:option": what may follow an option that takes a value. */
static void bash_value(void *ctx, const struct option_view *view)
{
    const struct bash_command *command = ctx;
    struct buf *out = command->out;

    if (!view->value_name)
        return;
    buf_printf(out, "    %s:--%s", command->name, view->name);
    if (view->letter)
        buf_printf(out, " | %s:-%c", command->name, view->letter);
    buf_add_text(out, ")\n        COMPREPLY=(");
    if (view->choices) {
        buf_add_text(out, "$(compgen -W '");
        add_words(out, view->choices, ' ');
        buf_add_text(out, "' -- \"$cur\")");
    } else if (is_path(view)) {
        buf_add_text(out, "$(compgen -f -- \"$cur\")");
    }
    buf_add_text(out, ")\n        return\n        ;;\n");
}

/* Options where one is begun; else the words, or (by default) files. */
static void bash_command_words(struct buf *out, const struct command *command)
{
    buf_printf(out, "    %s:-*) words=\"", command->name);
    options_visit(command, bash_name, out);
    buf_printf(out, " $common%s\" ;;\n", command_takes_keys(command) ? " $keys" : "");
    if (!has_fixed_words(command))
        return;
    buf_printf(out, "    %s:*) words=\"", command->name);
    add_words(out, command->words, ' ');
    buf_add_text(out, "\" ;;\n");
}

void completion_bash(struct buf *out)
{
    struct bash_command any = {out, "*"};

    buf_add_text(out, "# bash completion for threadferry\n"
                      "_threadferry() {\n"
                      "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                      "    local command= last= word words=\n"
                      "    if [[ $cur == '=' ]]; then\n"
                      "        cur=\n"
                      "    elif [[ $prev == '=' ]]; then\n"
                      "        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
                      "    fi\n"
                      "    local common='");
    options_visit(NULL, bash_name, out);
    buf_add_text(out, "'\n    local keys='");
    options_visit_keys(bash_name, out);
    buf_add_text(out, "'\n    COMPREPLY=()\n"
                      "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                      "        case $last in\n        ");
    add_valued_names(out, '|');
    buf_add_text(out, ")\n            [[ $word == '=' ]] || last=\n"
                      "            continue ;;\n"
                      "        esac\n"
                      "        last=$word\n"
                      "        case $word in\n        ");
    add_command_names(out, '|');
    buf_add_text(out, ") command=$word; break ;;\n        esac\n    done\n"
                      "    case $command:$prev in\n");
    options_visit(NULL, bash_value, &any);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        struct bash_command command = {out, COMMANDS[i].name};

        options_visit(&COMMANDS[i], bash_value, &command);
    }
    options_visit_keys(bash_value, &any);
    buf_add_text(out, "    esac\n    case $command:$cur in\n    :-*) words=$common ;;\n"
                      "    :*) words=\"help version ");
    add_command_names(out, ' ');
    buf_add_text(out, "\" ;;\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        bash_command_words(out, &COMMANDS[i]);
    buf_add_text(out, "    esac\n"
                      "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                      "}\n"
                      "complete -o bashdefault -o default -F _threadferry threadferry\n");
}

/* '--format=[help]:FORMAT:(text json)' */
static void zsh_option(void *ctx, const struct option_view *view)
{
    struct buf *out = ctx;
    const char *often = view->repeats ? "*" : "";

    if (view->letter)
        buf_printf(out, "    '%s-%c[", often, view->letter);
    if (view->letter)
        add_zsh_help(out, view->help);
    if (view->letter && view->value_name)
        buf_printf(out, "]:%s:%s' \\\n", view->value_name, is_path(view) ? "_files" : "");
    else if (view->letter)
        buf_add_text(out, "]' \\\n");
    buf_printf(out, "    '%s--%s%s[", often, view->name, view->value_name ? "=" : "");
    add_zsh_help(out, view->help);
    buf_add_char(out, ']');
    if (view->value_name)
        buf_printf(out, ":%s:", view->value_name);
    if (view->choices) {
        buf_add_char(out, '(');
        add_words(out, view->choices, ' ');
        buf_add_char(out, ')');
    } else if (is_path(view)) {
        buf_add_text(out, "_files");
    }
    buf_add_text(out, "' \\\n");
}

static void zsh_command(struct buf *out, const struct command *command)
{
    buf_printf(out, "  %s)\n    _arguments -s \\\n", command->name);
    options_visit(command, zsh_option, out);
    options_visit(NULL, zsh_option, out);
    if (command_takes_keys(command))
        options_visit_keys(zsh_option, out);
    /* The first word is the command itself. */
    if (has_fixed_words(command)) {
        buf_add_text(out, "    '1: :' '2:word:(");
        add_words(out, command->words, ' ');
        buf_add_text(out, ")'\n    ;;\n");
    } else if (command->flags & COMMAND_TAKES_WORDS) {
        buf_add_text(out, "    '1: :' '*:file:_files'\n    ;;\n");
    } else {
        buf_printf(out, "    '1: :'%s\n    ;;\n", command->words ? " '*:thread id: '" : "");
    }
}

void completion_zsh(struct buf *out)
{
    buf_add_text(out, "#compdef threadferry\n"
                      "local command= last= word\n"
                      "local -a commands=(\n"
                      "  'help:what a command does, and its options'\n"
                      "  'version:the version'\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        buf_printf(out, "  '%s:", COMMANDS[i].name);
        add_zsh_help(out, COMMANDS[i].summary);
        buf_add_text(out, "'\n");
    }
    buf_add_text(out, ")\nfor word in ${words[2,CURRENT-1]}; do\n  case $last in\n  ");
    add_valued_names(out, '|');
    buf_add_text(out, ") last=; continue ;;\n  esac\n  last=$word\n  case $word in\n  ");
    add_command_names(out, '|');
    buf_add_text(out, ") command=$word; break ;;\n  esac\ndone\ncase $command in\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        zsh_command(out, &COMMANDS[i]);
    buf_add_text(out, "  *)\n    _arguments -s \\\n");
    options_visit(NULL, zsh_option, out);
    buf_add_text(out, "    '*:command:{_describe command commands}'\n    ;;\nesac\n");
}

struct fish_rule {
    struct buf *out;
    const char *condition;
};

static void fish_option(void *ctx, const struct option_view *view)
{
    const struct fish_rule *rule = ctx;
    struct buf *out = rule->out;

    buf_printf(out, "complete -c threadferry%s -l %s", rule->condition, view->name);
    if (view->letter)
        buf_printf(out, " -s %c", view->letter);
    if (view->choices) {
        buf_add_text(out, " -x -a '");
        add_words(out, view->choices, ' ');
        buf_add_char(out, '\'');
    } else if (view->value_name) {
        buf_add_text(out, is_path(view) ? " -r -F" : " -x");
    }
    buf_add_text(out, " -d '");
    add_fish_text(out, view->help);
    buf_add_text(out, "'\n");
}

static void fish_command(struct buf *out, const struct command *command)
{
    char condition[64];
    struct fish_rule own = {out, condition};

    buf_printf(out, "complete -c threadferry -n $none -a %s -d '", command->name);
    add_fish_text(out, command->summary);
    buf_add_text(out, "'\n");
    (void)snprintf(condition, sizeof condition, " -n '__threadferry_command %s'", command->name);
    if (has_fixed_words(command)) {
        buf_printf(out, "complete -c threadferry%s -f -a '", condition);
        add_words(out, command->words, ' ');
        buf_add_text(out, "'\n");
    } else if (command->flags & COMMAND_TAKES_WORDS) {
        buf_printf(out, "complete -c threadferry%s -F\n", condition);
    }
    options_visit(command, fish_option, &own);
}

/* True where the command is one of those given: the first word that is a command and no option's
 * value, so that "-c config" is a file. */
static void add_fish_function(struct buf *out)
{
    buf_add_text(out, "# fish completion for threadferry\n"
                      "function __threadferry_command\n"
                      "    set -l last\n"
                      "    for word in (commandline -opc)[2..-1]\n"
                      "        if contains -- \"$last\" ");
    add_valued_names(out, ' ');
    buf_add_text(out, "\n            set last\n            continue\n        end\n"
                      "        set last $word\n"
                      "        if contains -- $word ");
    add_command_names(out, ' ');
    buf_add_text(out, "\n            contains -- $word $argv\n            return\n        end\n"
                      "    end\n    return 1\nend\n");
}

void completion_fish(struct buf *out)
{
    struct buf keyed;
    struct fish_rule rule = {out, ""};

    add_fish_function(out);
    buf_add_text(out, "set -l none 'not __threadferry_command ");
    add_command_names(out, ' ');
    buf_add_text(out, "'\n"
                      "complete -c threadferry -f\n"
                      "complete -c threadferry -n $none -a help -d 'what a command does, "
                      "and its options'\n"
                      "complete -c threadferry -n $none -a version -d 'the version'\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fish_command(out, &COMMANDS[i]);
    options_visit(NULL, fish_option, &rule);
    buf_init(&keyed, BUF_NO_LIMIT);
    buf_add_text(&keyed, " -n '__threadferry_command");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (command_takes_keys(&COMMANDS[i]))
            buf_printf(&keyed, " %s", COMMANDS[i].name);
    }
    buf_add_char(&keyed, '\'');
    rule.condition = keyed.data;
    options_visit_keys(fish_option, &rule);
    buf_release(&keyed);
}
