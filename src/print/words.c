#include "print/words.h"

#include "base/log.h"
#include "base/text.h"
#include "os/terminal.h"
#include "print/wrap.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEXTS_MOST = 20, MESSAGE_SIZE = 201 };

void words_init(struct words *words)
{
    *words = (struct words){.threads = 0};
    strmap_init(&words->texts);
}

void words_release(struct words *words)
{
    strmap_release(&words->texts);
}

void words_write(char *text, long status, struct span message)
{
    char shown[MESSAGE_SIZE];

    text_visible(shown, sizeof shown, message);
    (void)snprintf(text, WORDS_SIZE, "HTTP %ld: %s", status, shown);
    text_mask_keys(text, false);
}

void words_add(struct words *words, const char *text)
{
    const struct span key = span_of(text);
    size_t place = strmap_find(&words->texts, key);
    bool added;

    words->threads++;
    if (place == SIZE_MAX && words->texts.count < TEXTS_MOST)
        place = strmap_add(&words->texts, key, &added);
    if (place != SIZE_MAX)
        strmap_set_value(&words->texts, place, strmap_value(&words->texts, place) + 1);
}

/* "3 threads: HTTP 400: …" */
static void add_line(struct buf *out, const struct words *words, size_t place)
{
    buf_printf(out, "%s: ", text_count((int64_t)strmap_value(&words->texts, place), "thread").text);
    buf_add_span(out, strmap_key(&words->texts, place));
}

void words_list(struct buf *out, const struct words *words, size_t width)
{
    int64_t rest = words->threads;
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    for (size_t i = 0; i < words->texts.count; i++) {
        buf_clear(&line);
        add_line(&line, words, i);
        wrap_add_entry(out, width, buf_span(&line));
        rest -= (int64_t)strmap_value(&words->texts, i);
    }
    if (rest > 0)
        buf_printf(out, "  %s: other words\n", text_count(rest, "thread").text);
    buf_release(&line);
}

static void log_all(const struct words *words)
{
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    for (size_t i = 0; i < words->texts.count; i++) {
        buf_clear(&line);
        add_line(&line, words, i);
        log_event(LOG_INFO, "the server said, %s", line.data);
    }
    buf_release(&line);
}

static void show(const struct words *words)
{
    struct buf out;

    buf_init(&out, BUF_NO_LIMIT);
    buf_add_text(&out, "what the servers said:\n");
    words_list(&out, words, terminal_width(STDERR_FILENO));
    log_make_way();
    (void)fwrite(out.data, 1, out.len, stderr);
    buf_release(&out);
}

void words_print(struct words *words, const struct options *options)
{
    const bool is_terminal = isatty(STDERR_FILENO) == 1;
    const bool is_verbose = options && options->verbose > 0;

    if (words->threads == words->printed)
        return;
    words->printed = words->threads;
    if (is_verbose)
        log_all(words);
    if (is_terminal && (!is_verbose || options->log_file))
        show(words);
    else if (!is_verbose)
        log_event(LOG_INFO, "the servers gave reasons for %s; -v shows them",
                  text_count(words->threads, "thread").text);
}
