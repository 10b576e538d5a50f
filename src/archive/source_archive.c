#include "archive/source_archive.h"

#include "archive/archive_arrange.h"
#include "archive/archive_data.h"
#include "archive/archive_files.h"
#include "archive/archive_index.h"
#include "archive/archive_read.h"
#include "archive/archive_scan.h"
#include "base/mem.h"

#include <stdlib.h>

struct archive_source {
    struct source base;
    struct archive_options options;
    struct archive_files files;
    struct archive_index index;
    json_t *assistants;
};

struct archive_reading {
    struct reading base;
    struct archive_source *source;
    char *thread_id;
    size_t thread_id_len;
    enum fetch_kind kind;
    size_t step_first; /* of the run that was asked for */
    size_t step_count;
    bool is_loaded;
    struct archive_data data;
    struct error error;
};

static void reading_load(struct archive_reading *r)
{
    struct archive_source *source = r->source;
    struct archive_reader reader = {
        .index = &source->index,
        .files = &source->files,
        .allow_truncated = source->options.allow_truncated,
        .keep_raw = source->options.keep_raw,
    };
    struct span id = {r->thread_id, r->thread_id_len};
    uint32_t thread = archive_index_find(&source->index, id);

    r->is_loaded = true;
    if (thread == ARCHIVE_NONE || !source->index.threads[thread].is_listed) {
        error_set(&r->error, ERROR_SOURCE_MISSING, "the thread is not in the archive");
        return;
    }
    if (!archive_read_thread(&r->data, &reader, thread, &r->error))
        archive_data_release(&r->data);
}

static void reading_ask(struct reading *reading, enum fetch_kind kind, struct span run_id)
{
    struct archive_reading *r = (struct archive_reading *)reading;

    if (!r->is_loaded)
        reading_load(r);
    r->kind = kind;
    if (kind == FETCH_STEPS && r->error.code == ERROR_NONE)
        r->step_first = archive_arrange_steps(&r->data, run_id, &r->step_count);
}

static void reading_next(struct reading *reading, struct wish *wish)
{
    const struct archive_reading *r = (const struct archive_reading *)reading;

    *wish = (struct wish){.kind = WISH_READY};
    if (r->error.code != ERROR_NONE)
        *wish = (struct wish){.kind = WISH_FAIL, .error = r->error};
}

/* An archive never sends anything, so there are no answers. */
static void reading_feed(struct reading *reading, const struct answer *answer)
{
    (void)reading;
    (void)answer;
}

static void reading_take(struct reading *reading, struct page *page)
{
    const struct archive_reading *r = (const struct archive_reading *)reading;
    const struct archive_objects *lists[FETCH_KINDS] = {
        [FETCH_THREAD] = &r->data.thread, [FETCH_ACTIVE_RUN] = &r->data.runs,
        [FETCH_RUNS] = &r->data.runs,     [FETCH_MESSAGES] = &r->data.messages,
        [FETCH_STEPS] = &r->data.steps,
    };
    const struct archive_objects *list = lists[r->kind];
    size_t first = r->kind == FETCH_STEPS ? r->step_first : 0;
    size_t count = r->kind == FETCH_STEPS ? r->step_count : list->count;

    *page = (struct page){.count = count, .last = true};
    if (count > 0)
        page->objects = list->items + first;
    if (count > 0 && r->source->options.keep_raw)
        page->raw = list->raw + first;
    if (r->kind == FETCH_MESSAGES)
        page->losses = r->data.losses;
}

static void reading_close(struct reading *reading)
{
    struct archive_reading *r = (struct archive_reading *)reading;

    archive_data_release(&r->data);
    free(r->thread_id);
    free(r);
}

static const struct reading_ops READING_OPS = {
    .ask = reading_ask,
    .next = reading_next,
    .feed = reading_feed,
    .take = reading_take,
    .close = reading_close,
};

static struct reading *source_read_thread(struct source *source, struct span thread_id)
{
    struct archive_reading *r = mem_zalloc(1, sizeof *r);

    r->base.ops = &READING_OPS;
    r->source = (struct archive_source *)source;
    r->thread_id = mem_dup(thread_id.data, thread_id.len);
    r->thread_id_len = thread_id.len;
    return &r->base;
}

static void source_close_archive(struct source *source)
{
    struct archive_source *archive = (struct archive_source *)source;

    archive_index_release(&archive->index);
    archive_files_release(&archive->files);
    json_decref(archive->assistants);
    free(archive);
}

static const struct source_ops SOURCE_OPS = {
    .read = source_read_thread,
    .close = source_close_archive,
};

/* Why there is no thread: what the only file is, or how many there are. */
static void explain_nothing(const struct archive_source *archive, const char *path,
                            struct error *err)
{
    if (archive->files.count == 1)
        error_set(err, ERROR_USAGE, "cannot find a thread in '%s': %s",
                  archive->files.files[0].path, archive->files.files[0].shape);
    else
        error_set(err, ERROR_USAGE, "cannot find a thread in '%s': %zu files were looked at%s",
                  path, archive->files.count,
                  archive->files.count ? "" : "\nhint: .json, .jsonl, .ndjson and .csv are read");
}

struct source *source_archive_open(const struct archive_options *options, archive_note note,
                                   void *ctx, struct error *err)
{
    struct archive_source *archive = mem_zalloc(1, sizeof *archive);
    const struct archive_scan scan = {
        .files = &archive->files,
        .index = &archive->index,
        .assistants = json_array(),
        .note = note,
        .ctx = ctx,
    };

    archive->base = (struct source){.ops = &SOURCE_OPS, .is_archive = true};
    archive->options = *options;
    archive->assistants = scan.assistants;
    archive_files_init(&archive->files);
    archive_index_init(&archive->index);
    if (archive_files_find(&archive->files, options->path, note, ctx, err)) {
        archive_scan_all(&scan);
        bool found =
            source_archive_count(&archive->base) > 0 || json_array_size(archive->assistants) > 0;
        if (!found || !options->lists_files)
            archive_scan_note_foreign(&scan);
        if (found)
            return &archive->base;
        explain_nothing(archive, options->path, err);
    }
    source_close_archive(&archive->base);
    return NULL;
}

void source_archive_each(struct source *source, source_each each, void *ctx)
{
    const struct archive_index *index = &((struct archive_source *)source)->index;

    for (uint32_t i = 0; i < index->thread_count; i++) {
        if (index->threads[i].is_listed && !each(ctx, archive_index_id(index, i)))
            return;
    }
}

size_t source_archive_count(const struct source *source)
{
    const struct archive_index *index = &((const struct archive_source *)source)->index;
    size_t count = 0;

    for (size_t i = 0; i < index->thread_count; i++)
        count += index->threads[i].is_listed;
    return count;
}

bool source_archive_names_threads(const struct source *source)
{
    const struct archive_index *index = &((const struct archive_source *)source)->index;

    for (size_t i = 0; i < index->thread_count; i++) {
        if (index->threads[i].is_listed && index->threads[i].named_by != ARCHIVE_NONE)
            return true;
    }
    return false;
}

void source_archive_each_file(struct source *source,
                              bool (*each)(void *ctx, const char *path, const char *shape),
                              void *ctx)
{
    const struct archive_files *files = &((struct archive_source *)source)->files;

    for (size_t i = 0; i < files->count; i++) {
        if (!each(ctx, files->files[i].path, files->files[i].shape))
            return;
    }
}

void source_archive_each_assistant(struct source *source,
                                   bool (*each)(void *ctx, const json_t *assistant), void *ctx)
{
    const json_t *assistants = ((struct archive_source *)source)->assistants;

    for (size_t i = 0; i < json_array_size(assistants); i++) {
        if (!each(ctx, json_array_get(assistants, i)))
            return;
    }
}
