#include "run/deciding.h"

#include "os/clock.h"
#include "os/files.h"

enum { MAP_MAX = 256 << 20, PIECE = 1 << 16 };

static bool read_all(const struct files_file *file, struct buf *text, struct error *err)
{
    char piece[PIECE];
    size_t got = sizeof piece;

    while (got == sizeof piece && !text->overflow) {
        if (!files_read(file, (int64_t)text->len, piece, sizeof piece, &got, err))
            return false;
        buf_add(text, piece, got);
    }
    if (text->overflow)
        error_set(err, ERROR_USAGE, "files.map: larger than 256 MB");
    return !text->overflow;
}

static bool read_map(struct context *context, struct error *err)
{
    const char *path = context->config->files.map;
    struct files_file *file;
    struct buf text;
    bool ok;

    file_map_init(&context->file_map);
    if (!path)
        return true;
    file = files_open(NULL, path, err);
    buf_init(&text, MAP_MAX);
    ok = file && read_all(file, &text, err) &&
         file_map_read(&context->file_map, buf_span(&text), err);
    if (!ok && err->code == ERROR_USAGE)
        error_wrap(err, "%s", path);
    buf_release(&text);
    files_close(file);
    return ok;
}

bool deciding_read(struct context *context, enum decider_mode mode, struct error *err)
{
    const struct config *config = context->config;
    const bool is_beside = context->source_is_archive && mode != DECIDER_CONVERTS;

    return read_map(context, err) && saved_files_open(&context->saved, config->files.path,
                                                      is_beside ? config->source.path : NULL, err);
}

static enum decider_ask ask_of(const struct context *context)
{
    if (!context->config->files.ask)
        return ASK_NEVER;
    return context->has_remote[SIDE_DESTINATION] ? ASK_ALWAYS : ASK_LATER;
}

static bool is_one_project(const struct context *context)
{
    return !context->source_is_archive && context->endpoints[SIDE_SOURCE].profile &&
           context->endpoints[SIDE_DESTINATION].profile &&
           endpoint_same_project(&context->endpoints[SIDE_SOURCE],
                                 &context->endpoints[SIDE_DESTINATION]) &&
           secrets_are_one(context->config);
}

void deciding_open(struct context *context, enum decider_mode mode)
{
    context->decider = decider_new(&(struct decider_options){
        .mode = mode,
        .ask = ask_of(context),
        .checkpoint = context->checkpoint,
        .map = &context->file_map,
        .saved = &context->saved,
        .max_bytes = context->config->files.max_bytes,
        .same_project = is_one_project(context),
        .retries = context->options->retry_files,
        .wall_ms = clock_wall_ms(),
    });
}

struct decider *deciding_of(struct context *context)
{
    if (!context->decider && context->checkpoint)
        deciding_open(context, DECIDER_LOOKS_UP);
    return context->decider;
}
