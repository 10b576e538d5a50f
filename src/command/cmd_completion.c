#include "command/commands_list.h"

#include "base/text.h"
#include "print/completion.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 64 };

static const struct shell {
    const char *name;
    void (*write)(struct buf *out);
} SHELLS[] = {
    {"bash", completion_bash},
    {"zsh", completion_zsh},
    {"fish", completion_fish},
};

static const struct shell *find_shell(const char *name)
{
    for (size_t i = 0; i < sizeof SHELLS / sizeof SHELLS[0]; i++) {
        if (strcmp(SHELLS[i].name, name) == 0)
            return &SHELLS[i];
    }
    return NULL;
}

int cmd_completion(struct context *context, struct error *err)
{
    const struct options *options = context->options;
    const char *name = options->word_count > 0 ? options->words[0] : "";
    const struct shell *shell = options->word_count == 1 ? find_shell(name) : NULL;
    char shown[SHOWN_MAX];
    struct buf out;

    if (options->json) {
        error_set(err, ERROR_USAGE, "a completion script has no form in JSON");
        return COMMAND_UNBEGUN;
    }
    if (!shell) {
        text_visible(shown, sizeof shown, span_of(name));
        error_set(err, ERROR_USAGE, "completion takes one of bash, zsh, fish%s%s%s",
                  *shown ? ", not '" : "", shown, *shown ? "'" : "");
        return COMMAND_UNBEGUN;
    }
    buf_init(&out, BUF_NO_LIMIT);
    shell->write(&out);
    (void)fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
    return 0;
}
