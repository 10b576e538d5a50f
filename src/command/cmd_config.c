#include "command/commands_list.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 64 };

static bool check_words(const struct options *options, struct error *err)
{
    const size_t wrong = options->word_count > 0 && strcmp(options->words[0], "check") == 0 ? 1 : 0;
    char shown[SHOWN_MAX];

    if (options->word_count == 0) {
        error_set(err, ERROR_USAGE, "usage: threadferry config check");
        return false;
    }
    if (wrong == options->word_count)
        return true;
    text_visible(shown, sizeof shown, span_of(options->words[wrong]));
    error_set(err, ERROR_USAGE, "unknown word '%s'\nhint: did you mean 'config check'?", shown);
    return false;
}

int cmd_config(struct context *context, struct error *err)
{
    const struct config *config = context->config;
    struct buf out;

    if (!check_words(context->options, err) || !config_needs_source(config, err) ||
        !config_needs_destination(config, err))
        return COMMAND_UNBEGUN;
    buf_init(&out, BUF_NO_LIMIT);
    (context->options->json ? config_print_json : config_print)(&out, config, false);
    (void)fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
    return 0;
}
