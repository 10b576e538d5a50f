#include "print/next_command.h"

#include "base/mem.h"
#include "base/text.h"
#include "os/terminal.h"
#include "print/wrap.h"
#include "settings/command.h"
#include "settings/keys.h"
#include "settings/option_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char HIDDEN[] = "…";

static bool is_plain(const char *word)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,@%+";

    return word[0] != '\0' && word[strspn(word, PLAIN)] == '\0';
}

static void add_word(struct buf *out, const char *word)
{
    if (out->len > 0)
        buf_add_char(out, ' ');
    if (is_plain(word)) {
        buf_add_text(out, word);
        return;
    }
    buf_add_char(out, '\'');
    while (*word != '\0') {
        const size_t len = strcspn(word, "'");

        text_add_visible(out, (struct span){word, len}, false);
        word += len;
        if (*word == '\'') {
            buf_add_text(out, "'\\''");
            word++;
        }
    }
    buf_add_char(out, '\'');
}

static void add_program(struct buf *out, const struct options *options)
{
    add_word(out, options->argc > 0 ? options->argv[0] : "threadferry");
}

/* A command that prints a key may hold a secret: of it nothing is repeated. */
static bool is_masked(struct span flag)
{
    const int place = key_find_flag(flag);

    return place != KEY_NONE && key_at((size_t)place).kind == KEY_LIST &&
           (key_at((size_t)place).flags & KEY_IS_MASKED);
}

/* Adds a word of the command line; returns how many more it has taken. */
static int add_argument(struct buf *out, char *const *words, int count)
{
    static const char DASHES[] = "--";
    const char *name = words[0] + strlen(DASHES);
    const size_t len = strcspn(words[0], "=");
    char *masked;

    if (len <= strlen(DASHES) || strncmp(words[0], DASHES, strlen(DASHES)) != 0 ||
        !is_masked((struct span){name, len - strlen(DASHES)})) {
        add_word(out, words[0]);
        return 0;
    }
    masked = mem_printf("%.*s", (int)len, words[0]);
    add_word(out, masked);
    add_word(out, HIDDEN);
    free(masked);
    return words[0][len] == '=' || count < 2 ? 0 : 1;
}

/* "-n" and "--dry-run"; -n may be one of several letters. */
static bool is_dry_run(char *word, struct buf *rest)
{
    static const char SWITCHES[] = "nqvy";
    const size_t len = strlen(word);

    if (strcmp(word, "--dry-run") == 0)
        return true;
    if (word[0] != '-' || !strchr(word, 'n') || strspn(word + 1, SWITCHES) + 1 != len)
        return false;
    buf_clear(rest);
    for (const char *letter = word; *letter != '\0'; letter++) {
        if (*letter != 'n')
            buf_add_char(rest, *letter);
    }
    return true;
}

void next_command_again(struct buf *out, const struct options *options, bool for_real)
{
    struct buf line;
    struct buf rest;

    buf_init(&line, BUF_NO_LIMIT);
    buf_init(&rest, BUF_NO_LIMIT);
    add_program(&line, options);
    for (int i = 1; i < options->argc; i++) {
        if (!for_real || !is_dry_run(options->argv[i], &rest))
            i += add_argument(&line, options->argv + i, options->argc - i);
        else if (rest.len > 1)
            add_word(&line, rest.data);
    }
    buf_add_span(out, buf_span(&line));
    buf_release(&rest);
    buf_release(&line);
}

static void add_flag(struct buf *out, const struct config_flag *flag)
{
    const struct key key = key_at(flag->key);
    const bool is_off = key.kind == KEY_BOOLEAN && strcmp(flag->value, "false") == 0;
    struct buf word;

    buf_init(&word, BUF_NO_LIMIT);
    buf_printf(&word, "--%s%s", is_off ? "no-" : "", key.alias ? key.alias : key_flag(&key).text);
    if (flag->member.data) {
        buf_add_char(&word, '-');
        buf_add_span(&word, flag->member);
    }
    add_word(out, word.data);
    if (key.kind != KEY_BOOLEAN)
        add_word(out, key.kind == KEY_LIST && (key.flags & KEY_IS_MASKED) ? HIDDEN : flag->value);
    buf_release(&word);
}

void next_command(struct buf *out, const struct options *options, const char *command,
                  const char *extra)
{
    const struct command *next = command_find(command);
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    add_program(&line, options);
    if (options->config_file) {
        add_word(&line, "-c");
        add_word(&line, options->config_file);
    }
    add_word(&line, command);
    if (extra)
        add_word(&line, extra);
    if (options->insecure_http)
        add_word(&line, "--insecure-http");
    for (size_t i = 0; i < options->flag_count; i++) {
        const struct key key = key_at(options->flags[i].key);

        if (command_takes_key(next, &key))
            add_flag(&line, &options->flags[i]);
    }
    for (size_t i = 0; i < options->word_count && (next->flags & COMMAND_TAKES_THREADS); i++)
        add_word(&line, options->words[i]);
    buf_add_span(out, buf_span(&line));
    buf_release(&line);
}

void next_add(struct buf *out, const char *purpose, struct span command)
{
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    buf_printf(&line, "To %s, run:", purpose);
    wrap_add_line(out, terminal_width(STDERR_FILENO), buf_span(&line));
    buf_release(&line);
    /* To be pasted, so it is never broken. */
    buf_add_text(out, "  ");
    buf_add_span(out, command);
    buf_add_char(out, '\n');
}

/* What was printed to standard output comes first on a terminal that shows both. */
void next_print(const struct buf *text)
{
    (void)fflush(stdout);
    (void)fwrite(text->data, 1, text->len, stderr);
}

void next_say(const struct options *options, const char *purpose, const char *command,
              const char *extra)
{
    struct buf out;
    struct buf line;

    if (options->quiet || options->json)
        return;
    buf_init(&out, BUF_NO_LIMIT);
    buf_init(&line, BUF_NO_LIMIT);
    next_command(&line, options, command, extra);
    next_add(&out, purpose, buf_span(&line));
    next_print(&out);
    buf_release(&line);
    buf_release(&out);
}
