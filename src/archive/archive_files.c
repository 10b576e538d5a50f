#include "archive/archive_files.h"

#include "base/mem.h"

#include <stdlib.h>

enum {
    AHEAD_BYTES = 1 << 16,
    KEPT_BYTES = 1 << 22, /* a larger buffer is given back with the next small piece */
    NEAR_BYTES = 1 << 12, /* a piece so near behind the last one is read in a stream */
};

static const char *const SUFFIXES[] = {".json", ".jsonl", ".ndjson", ".csv", NULL};

void archive_files_init(struct archive_files *files)
{
    memset(files, 0, sizeof *files);
}

void archive_files_release(struct archive_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->files[i].path);
        free(files->files[i].shape);
        free(files->files[i].csv);
    }
    for (size_t i = 0; i < ARCHIVE_OPEN_FILES; i++)
        files_close(files->open[i].file);
    files_close(files->spool);
    free(files->files);
    free(files->root);
    free(files->ahead);
}

static void add_file(struct archive_files *files, char *path, size_t name)
{
    if (files->count == files->cap) {
        files->cap = files->cap ? 2 * files->cap : 16;
        files->files = mem_resize(files->files, files->cap, sizeof *files->files);
    }
    files->files[files->count++] = (struct archive_file){.path = path, .name = name};
}

struct finding {
    struct archive_files *files;
    archive_files_note note;
    void *ctx;
};

static void on_found(void *ctx, const char *path, const struct files_stamp *stamp)
{
    struct archive_files *files = ((struct finding *)ctx)->files;
    size_t len = strlen(files->root);
    bool slash = len > 0 && files->root[len - 1] != '/';

    (void)stamp;
    add_file(files, mem_printf("%s%s%s", files->root, slash ? "/" : "", path), len + slash);
}

static void on_skipped(void *ctx, const char *path, const char *why)
{
    struct finding *finding = ctx;
    char *text = mem_printf("skipped '%s/%s': %s", finding->files->root, path, why);

    finding->note(finding->ctx, text);
    free(text);
}

static int compare_paths(const void *left, const void *right)
{
    const struct archive_file *a = left;
    const struct archive_file *b = right;
    int order = strverscmp(a->path, b->path);

    return order ? order : strcmp(a->path, b->path);
}

static size_t base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) + 1 : 0;
}

bool archive_files_find(struct archive_files *files, const char *path, archive_files_note note,
                        void *ctx, struct error *err)
{
    struct finding finding = {.files = files, .note = note, .ctx = ctx};
    struct files_visitor visitor = {on_found, on_skipped, &finding};
    bool is_stdin = strcmp(path, "-") == 0;
    enum files_kind kind = FILES_STREAM;

    if (!is_stdin && !files_kind(path, &kind, err))
        return false;
    switch (kind) {
    case FILES_STREAM:
        files->spool = files_spool(is_stdin ? NULL : path, err);
        add_file(files, mem_strdup(is_stdin ? "stdin" : path), is_stdin ? 0 : base_name(path));
        return files->spool != NULL;
    case FILES_FILE:
        add_file(files, mem_strdup(path), base_name(path));
        return true;
    case FILES_DIRECTORY:
        files->root = mem_strdup(path);
        if (!files_walk(path, SUFFIXES, &visitor, err))
            return false;
        if (files->count > 1)
            qsort(files->files, files->count, sizeof *files->files, compare_paths);
        return true;
    }
    return false;
}

static bool is_id_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ':' || c == '-';
}

void archive_files_name(const struct archive_files *files, uint32_t file, struct buf *out)
{
    const char *name = files->files[file].path + files->files[file].name;
    const char *dot = strrchr(name, '.');
    const char *end = dot && dot > name + base_name(name) ? dot : name + strlen(name);

    for (; name < end; name++)
        (void)buf_add_char(out, is_id_byte(*name) ? *name : '_');
}

/* The open file; kept open for the next time. Borrowed. */
static const struct files_file *open_file(struct archive_files *files, uint32_t file,
                                          struct error *err)
{
    const struct archive_file *entry = &files->files[file];
    size_t slot = file % ARCHIVE_OPEN_FILES;

    if (files->spool)
        return files->spool;
    if (files->open[slot].file && files->open[slot].index == file)
        return files->open[slot].file;
    files_close(files->open[slot].file);
    files->open[slot].file =
        files_open(files->root, entry->path + (files->root ? entry->name : 0), err);
    files->open[slot].index = file;
    return files->open[slot].file;
}

bool archive_files_stamp(struct archive_files *files, uint32_t file, struct error *err)
{
    const struct files_file *open = open_file(files, file, err);

    return open && files_stamp(open, &files->files[file].stamp, err);
}

bool archive_files_scan(struct archive_files *files, uint32_t file, uint64_t offset,
                        struct archive_room *room, struct error *err)
{
    const struct files_file *open = open_file(files, file, err);

    return open && files_read(open, (int64_t)offset, room->data, room->len, &room->got, err);
}

/* Fills the buffer with at least len bytes from offset on. */
static bool read_ahead(struct archive_files *files, uint32_t file, uint64_t offset, size_t len,
                       struct error *err)
{
    const struct files_file *open = open_file(files, file, err);
    uint64_t behind = files->ahead_offset + files->ahead_len;
    bool streams =
        files->ahead_file == file && offset >= files->ahead_offset && offset < behind + NEAR_BYTES;
    size_t want = streams && len < AHEAD_BYTES ? AHEAD_BYTES : len;
    struct files_stamp now;

    files->ahead_len = 0;
    if (want > files->ahead_cap || (files->ahead_cap > KEPT_BYTES && want <= AHEAD_BYTES)) {
        free(files->ahead);
        files->ahead = mem_alloc(want);
        files->ahead_cap = want;
    }
    files->ahead_file = file;
    files->ahead_offset = offset;
    if (!open || !files_read(open, (int64_t)offset, files->ahead, want, &files->ahead_len, err) ||
        !files_stamp(open, &now, err))
        return false;
    if (files_stamp_equal(&now, &files->files[file].stamp) && files->ahead_len >= len)
        return true;
    files->ahead_len = 0;
    error_set(err, ERROR_BAD_SOURCE, "cannot read '%s': it has changed since the run began",
              files->files[file].path);
    return false;
}

bool archive_files_read(struct archive_files *files, uint32_t file, uint64_t offset, size_t len,
                        struct span *bytes, struct error *err)
{
    bool has_it = files->ahead_len > 0 && files->ahead_file == file &&
                  offset >= files->ahead_offset &&
                  offset + len <= files->ahead_offset + files->ahead_len;

    if (!has_it && !read_ahead(files, file, offset, len, err)) {
        err->code = ERROR_BAD_SOURCE;
        return false;
    }
    *bytes = (struct span){files->ahead + (offset - files->ahead_offset), len};
    return true;
}
