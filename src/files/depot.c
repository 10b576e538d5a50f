#include "files/depot.h"

#include "base/mem.h"

#include <stdlib.h>

enum { CHUNK_BYTES = 1 << 16 };

static bool read_list(struct depot *depot, const char *path, int64_t size, struct error *err)
{
    char *chunk = mem_alloc(CHUNK_BYTES);
    int64_t offset = 0;
    size_t got = 1;
    bool ok = true;

    while (ok && got > 0 && offset < size) {
        ok = fsio_read(depot->list, offset, chunk, CHUNK_BYTES, &got, err) &&
             manifest_take(&depot->manifest, (struct span){chunk, got}, path, err);
        offset += (int64_t)got;
    }
    free(chunk);
    manifest_taken(&depot->manifest);
    return ok;
}

/* A line whose writer was stopped is kept aside and cut; its file is saved again. */
static bool resume(struct depot *depot, const char *path, struct error *err)
{
    int64_t size;

    if (!fsio_size(depot->list, &size, err) || !read_list(depot, path, size, err))
        return false;
    /* What is there may be in the page cache only: its writer may have been killed. */
    depot->dirty = true;
    depot->cut = (int64_t)depot->manifest.line.len;
    buf_clear(&depot->manifest.line);
    return depot->cut == 0 ||
           (fsio_keep_tail(depot->list, size - depot->cut, &depot->kept_as, err) &&
            fsio_truncate(depot->list, size - depot->cut, err));
}

static bool open_list(struct depot *depot, const char *path, struct error *err)
{
    switch (fsio_open(&depot->list, path, FSIO_WRITE, err)) {
    case FSIO_OK:
        return resume(depot, path, err);
    case FSIO_ABSENT:
        return fsio_create(&depot->list, path, (struct span){"", 0}, err);
    case FSIO_LOCKED:
    case FSIO_FAILED:
        break;
    }
    return false;
}

bool depot_open(struct depot *depot, const char *path, struct error *err)
{
    char *list = mem_printf("%s/" MANIFEST_NAME, path);
    bool ok;

    *depot = (struct depot){.list = NULL};
    manifest_init(&depot->manifest);
    buf_init(&depot->line, BUF_NO_LIMIT);
    ok = parts_make(path, err) && open_list(depot, list, err);
    /* Parts are another process's as long as that holds the list. */
    if (ok)
        depot->parts = parts_open(path, err);
    free(list);
    return ok && depot->parts;
}

void depot_close(struct depot *depot)
{
    parts_close(depot->parts);
    fsio_close(depot->list);
    manifest_release(&depot->manifest);
    buf_release(&depot->line);
    free(depot->kept_as);
    *depot = (struct depot){.list = NULL};
}

static bool add_line(struct depot *depot, struct error *err)
{
    depot->dirty = true;
    return fsio_append(depot->list, buf_span(&depot->line), err);
}

bool depot_record(struct depot *depot, struct span file_id, const struct saved_file *file,
                  struct span object, struct error *err)
{
    buf_clear(&depot->line);
    manifest_write_file(&depot->line, file_id, file, object);
    manifest_note(&depot->manifest, file_id, file);
    return add_line(depot, err);
}

bool depot_end(struct depot *depot, struct error *err)
{
    const struct manifest *manifest = &depot->manifest;

    if (manifest->covered == manifest->ids.count && manifest->has_end)
        return true;
    buf_clear(&depot->line);
    manifest_write_end(&depot->line, &depot->manifest);
    return add_line(depot, err);
}

bool depot_sync(struct depot *depot, struct error *err)
{
    if (!depot->dirty)
        return fsio_check(depot->list, err);
    depot->dirty = false;
    return fsio_sync(depot->list, err);
}
