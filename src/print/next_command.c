#include "print/next_command.h"

#include "base/mem.h"
#include "base/text.h"
#include "settings/keys.h"

#include <stdlib.h>
#include <string.h>

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
        (void)buf_add_char(out, ' ');
    if (is_plain(word)) {
        (void)buf_add_text(out, word);
        return;
    }
    (void)buf_add_char(out, '\'');
    while (*word != '\0') {
        const size_t len = strcspn(word, "'");

        text_add_visible(out, (struct span){word, len}, false);
        word += len;
        if (*word == '\'') {
            (void)buf_add_text(out, "'\\''");
            word++;
        }
    }
    (void)buf_add_char(out, '\'');
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

void next_command_again(struct buf *out, const struct options *options)
{
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    add_program(&line, options);
    for (int i = 1; i < options->argc; i++)
        i += add_argument(&line, options->argv + i, options->argc - i);
    (void)buf_add_span(out, buf_span(&line));
    buf_release(&line);
}

static void add_flag(struct buf *out, const struct config_flag *flag)
{
    const struct key key = key_at(flag->key);
    const bool is_off = key.kind == KEY_BOOLEAN && strcmp(flag->value, "false") == 0;
    struct buf word;

    buf_init(&word, BUF_NO_LIMIT);
    (void)buf_printf(&word, "--%s%s", is_off ? "no-" : "",
                     key.alias ? key.alias : key_flag(&key).text);
    if (flag->member.data) {
        (void)buf_add_char(&word, '-');
        (void)buf_add_span(&word, flag->member);
    }
    add_word(out, word.data);
    if (key.kind != KEY_BOOLEAN)
        add_word(out, key.kind == KEY_LIST && (key.flags & KEY_IS_MASKED) ? HIDDEN : flag->value);
    buf_release(&word);
}

void next_command(struct buf *out, const struct options *options, const char *command,
                  const char *extra)
{
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
    for (size_t i = 0; i < options->flag_count; i++)
        add_flag(&line, &options->flags[i]);
    for (size_t i = 0; i < options->word_count; i++)
        add_word(&line, options->words[i]);
    (void)buf_add_span(out, buf_span(&line));
    buf_release(&line);
}
