#include "command/commands_list.h"

#include "json/json.h"
#include "settings/example.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* "x": never over a file that is there. */
static bool write_file(const char *path, const struct buf *text, struct error *err)
{
    FILE *stream = fopen(path, "wxe");
    bool ok;

    if (!stream && errno == EEXIST) {
        error_set(err, ERROR_USAGE,
                  "'%s' exists and is not overwritten\nhint: -o FILE writes another", path);
        return false;
    }
    ok = stream && fwrite(text->data, 1, text->len, stream) == text->len;
    if (stream && fclose(stream) != 0)
        ok = false;
    if (!ok)
        error_set(err, ERROR_IO, "cannot write '%s': %s", path, strerror(errno));
    return ok;
}

static void print_json(const char *path, bool is_dry_run, const struct buf *text)
{
    struct buf out;

    buf_init(&out, BUF_NO_LIMIT);
    buf_add_text(&out, "{\"schema\":1,\"command\":\"init\",\"path\":");
    json_write_string(&out, span_of(path), JSON_ESCAPE_HOSTILE);
    buf_printf(&out, ",\"dry_run\":%s,\"text\":", is_dry_run ? "true" : "false");
    json_write_string(&out, buf_span(text), JSON_ESCAPE_HOSTILE);
    buf_add_text(&out, ",\"exit\":{\"code\":0,\"reason\":\"done\"}}\n");
    (void)fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
}

static void say_next(const char *path, const struct config *config)
{
    const bool is_default = strcmp(path, "migrate.yaml") == 0;
    const char *option = is_default ? "" : " -c ";
    const char *file = is_default ? "" : path;
    const struct profile *profile = config_profile(config, SIDE_SOURCE);

    printf("wrote %s\n\nEdit it, then:\n"
           "  threadferry%s%s config check  what is in effect\n"
           "  threadferry%s%s doctor        check configuration, keys and connectivity\n"
           "  threadferry%s%s diff          what would be written, and what would be lost\n"
           "  threadferry%s%s migrate       write it; the same command resumes\n",
           path, option, file, option, file, option, file, option, file);
    if (profile->is_switched_off)
        printf("\n%s has switched its Assistants API off. Threads that were exported to files:\n"
               "  threadferry init --source-type archive --source-path FILES\n",
               profile->name);
    if (profile->listing == LISTING_NO)
        printf("\nThis source cannot list its threads: name them with --threads FILE.\n");
}

int cmd_init(struct context *context, struct error *err)
{
    const struct options *options = context->options;
    const char *path = options->output ? options->output : "migrate.yaml";
    const struct config_input input = {
        .flags = options->flags,
        .flag_count = options->flag_count,
        .flags_only = true,
        .insecure_http = true, /* judged when it is used */
    };
    const bool is_shown = options->dry_run || strcmp(path, "-") == 0;
    struct config config;
    struct buf text;
    bool ok;

    buf_init(&text, BUF_NO_LIMIT);
    ok = config_load(&config, &input, err);
    if (ok)
        example_write(&text, &config);
    if (ok && !is_shown)
        ok = write_file(path, &text, err);
    if (ok && options->json)
        print_json(path, options->dry_run, &text);
    else if (ok && is_shown)
        (void)fwrite(text.data, 1, text.len, stdout);
    else if (ok && !options->quiet)
        say_next(path, &config);
    buf_release(&text);
    config_release(&config);
    return ok ? 0 : COMMAND_UNBEGUN;
}
