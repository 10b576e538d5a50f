/*
 * assistants: saves every assistant's configuration as a file that an
 * application can pass to responses.create.
 */
#include "archive/source_archive.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "command/commands_list.h"
#include "map/assistant.h"
#include "os/files.h"
#include "print/next_command.h"
#include "run/assistant_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORY_MODE = 0700 };

struct saving {
    struct context *context;
    bool dry_run;
    const char *path; /* of the directory */
    int64_t saved;
    int64_t failed;
    struct error error; /* a file that cannot be written */
};

static bool write_file(struct saving *s, const char *name, const char *text)
{
    char *path = mem_printf("%s/%s", s->path, name);
    const bool ok = files_replace(path, span_of(text), &s->error);

    free(path);
    return ok;
}

static bool save(struct saving *s, const json_t *assistant)
{
    struct error why;
    json_t *mapped = assistant_map(assistant, &why);
    char name[ASSISTANT_FILE_NAME_SIZE];
    char *text;
    bool ok;

    if (!mapped) {
        log_event(LOG_WARNING, "%s", why.text);
        s->failed++;
        return true;
    }
    assistant_file_name(name, assistant_id(mapped));
    text = assistant_write(mapped);
    ok = s->dry_run || write_file(s, name, text);
    if (ok) {
        s->saved++;
        if (!s->context->options->json && !s->context->options->quiet)
            printf("%s%s/%s\n", s->dry_run ? "would write " : "", s->path, name);
    }
    free(text);
    json_decref(mapped);
    return ok;
}

static bool save_live(void *ctx, const json_t *assistant, struct span raw)
{
    (void)raw;
    return save(ctx, assistant);
}

static bool save_archived(void *ctx, const struct archive_assistant_facts *assistant)
{
    return save(ctx, assistant->object);
}

static bool save_all(struct saving *s, struct error *err)
{
    const struct fetch_list list = {
        .path = "/assistants?",
        .what = "assistants",
        .standing = FETCH_ALWAYS,
        .page_size = s->context->config->source.page_size,
        .each = save_live,
        .ctx = s,
    };
    bool ok = true;

    if (s->context->source_is_archive)
        source_archive_each_assistant(s->context->source, save_archived, s);
    else
        ok = fetch_each(&s->context->traffic, &list, err);
    if (!ok)
        error_widen(err);
    if (s->error.code != ERROR_NONE)
        *err = s->error;
    return ok && s->error.code == ERROR_NONE;
}

static bool make_directory(struct saving *s, struct error *err)
{
    const struct options *options = s->context->options;
    int fd = -1;

    s->dry_run = options->dry_run;
    s->path = options->output ? options->output : ".";
    if (s->dry_run)
        return true;
    if (!options->output) {
        error_set(err, ERROR_USAGE, "assistants needs -o DIR");
        return false;
    }
    if (mkdir(s->path, DIRECTORY_MODE) == 0 || errno == EEXIST)
        fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        error_set(err, ERROR_IO, "cannot use folder '%s': %s", s->path, strerror(errno));
        return false;
    }
    (void)close(fd);
    return true;
}

static int run(struct saving *s, struct error *err)
{
    if (!save_all(s, err))
        return COMMAND_UNBEGUN;
    if (s->context->options->json)
        printf("{\"schema\":1,\"command\":\"assistants\",\"dry_run\":%s,\"saved\":%lld,"
               "\"failed\":%lld}\n",
               s->dry_run ? "true" : "false", (long long)s->saved, (long long)s->failed);
    else if (!s->context->options->quiet || s->failed > 0)
        (void)fprintf(stderr, "assistants: %s %ssaved, %s failed\n", text_number(s->saved).text,
                      s->dry_run ? "would be " : "", text_number(s->failed).text);
    if (!s->dry_run)
        next_say(s->context->options, "list which thread became which conversation", "mapping",
                 NULL);
    return s->failed > 0 ? 1 : 0;
}

int cmd_assistants(struct context *context, struct error *err)
{
    struct saving s = {.context = context};

    return context_open(context, CONTEXT_SOURCE, err) && make_directory(&s, err) ? run(&s, err)
                                                                                 : COMMAND_UNBEGUN;
}
