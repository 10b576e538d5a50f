#include "check/archive_out.h"

#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20, LINE_MAX_BYTES = 1 << 30 };

static bool not_ours(const char *path, int64_t line, struct error *err)
{
    error_set(err, ERROR_IO,
              "'%s' is not an archive that export wrote (line %lld); it was not touched\n"
              "hint: -o FILE names another",
              path, (long long)line);
    return false;
}

static const char OPENING[] = "{\"kind\":\"";

/* Could this torn line have become one of ours? */
static bool is_beginning(struct span line)
{
    size_t len = line.len < sizeof OPENING - 1 ? line.len : sizeof OPENING - 1;

    return len == 0 || memcmp(line.data, OPENING, len) == 0;
}

/* A line that closes a thread: its id is noted. False where the line is none of ours. */
static bool take_line(struct archive_out *archive, struct span line, int64_t end_offset)
{
    static const char END[] = "{\"kind\":\"end\",";
    static const char ASSISTANT[] = "{\"kind\":\"assistant\",";
    struct error ignored;
    json_t *object;
    struct span id;
    bool added;
    bool ours;

    if (!span_starts_with(line, OPENING))
        return false;
    if (!span_starts_with(line, END)) {
        archive->is_torn = archive->is_torn || !span_starts_with(line, ASSISTANT);
        return true;
    }
    object = json_read_object(line, &ignored);
    id = json_get_text(object, "thread_id");
    ours = text_is_thread_id(id);
    if (ours) {
        (void)strmap_add(&archive->threads, id, &added);
        archive->size = end_offset;
        archive->is_torn = false;
    }
    json_decref(object);
    return ours;
}

struct scan {
    struct archive_out *archive;
    const char *path;
    struct buf line;
    int64_t number;   /* of the line, from 1 */
    int64_t bad_line; /* the first that is none of ours, or 0 */
};

/* One whole line, which ends at this offset. A line of ours behind one that is not means damage,
 * not a torn end. */
static bool scan_line(struct scan *scan, int64_t end_offset, struct error *err)
{
    bool ours = !scan->line.overflow &&
                (scan->bad_line == 0 ? take_line(scan->archive, buf_span(&scan->line), end_offset)
                                     : span_starts_with(buf_span(&scan->line), OPENING));

    if (ours && scan->bad_line > 0)
        return not_ours(scan->path, scan->bad_line, err);
    if (!ours && scan->bad_line == 0)
        scan->bad_line = scan->number;
    scan->number++;
    buf_clear(&scan->line);
    return true;
}

static bool scan_chunk(struct scan *scan, struct span chunk, int64_t offset, struct error *err)
{
    size_t at = 0;

    while (at < chunk.len) {
        const char *feed = memchr(chunk.data + at, '\n', chunk.len - at);
        size_t len = (feed ? (size_t)(feed - chunk.data) : chunk.len) - at;

        (void)buf_add(&scan->line, chunk.data + at, len);
        at += len + (feed ? 1 : 0);
        if (feed && !scan_line(scan, offset + (int64_t)at, err))
            return false;
    }
    return true;
}

/* Reads all lines; the last one may be torn. */
static bool scan_file(struct archive_out *archive, const char *path, int64_t file_size,
                      struct error *err)
{
    struct scan scan = {.archive = archive, .path = path, .number = 1};
    char *chunk = mem_alloc(CHUNK_BYTES);
    int64_t offset = 0;
    size_t got = 1;
    bool ok = true;

    buf_init(&scan.line, LINE_MAX_BYTES);
    while (ok && got > 0 && offset < file_size) {
        ok = fsio_read(archive->file, offset, chunk, CHUNK_BYTES, &got, err) &&
             scan_chunk(&scan, (struct span){chunk, got}, offset, err);
        offset += (int64_t)got;
    }
    /* Not one whole line of ours: then what there is must be the beginning of one. */
    if (ok && (scan.bad_line == 1 || (scan.number == 1 && !is_beginning(buf_span(&scan.line)))))
        ok = not_ours(path, 1, err);
    archive->is_torn = archive->is_torn || scan.bad_line > 0 || scan.line.len > 0;
    buf_release(&scan.line);
    free(chunk);
    return ok;
}

static bool resume(struct archive_out *archive, const char *path, struct error *err)
{
    int64_t size;

    if (!fsio_size(archive->file, &size, err) || !scan_file(archive, path, size, err))
        return false;
    archive->cut = size - archive->size;
    return archive->cut == 0 || fsio_truncate(archive->file, archive->size, err);
}

bool archive_out_open(struct archive_out *archive, const char *path, struct error *err)
{
    *archive = (struct archive_out){.file = NULL};
    strmap_init(&archive->threads);
    switch (fsio_open(&archive->file, path, FSIO_WRITE, err)) {
    case FSIO_OK:
        return resume(archive, path, err);
    case FSIO_ABSENT:
        return fsio_create(&archive->file, path, (struct span){"", 0}, err);
    case FSIO_LOCKED:
    case FSIO_FAILED:
        break;
    }
    return false;
}

void archive_out_close(struct archive_out *archive)
{
    fsio_close(archive->file);
    archive->file = NULL;
    strmap_release(&archive->threads);
}

bool archive_out_has(const struct archive_out *archive, struct span thread_id)
{
    return strmap_find(&archive->threads, thread_id) != SIZE_MAX;
}

bool archive_out_add(struct archive_out *archive, struct span bytes, struct error *err)
{
    archive->dirty = true;
    return fsio_append(archive->file, bytes, err);
}

void archive_out_done(struct archive_out *archive, struct span thread_id)
{
    bool added;

    (void)strmap_add(&archive->threads, thread_id, &added);
}

bool archive_out_sync(struct archive_out *archive, struct error *err)
{
    if (!archive->dirty)
        return fsio_check(archive->file, err);
    archive->dirty = false;
    return fsio_sync(archive->file, err);
}
