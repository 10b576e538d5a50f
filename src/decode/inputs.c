#include "decode/inputs.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "files/saved_files.h"

#include <fnmatch.h>
#include <stdlib.h>

enum {
    AHEAD_BYTES = 1 << 16,
    KEPT_BYTES = 1 << 22, /* a larger buffer is given back with the next small piece */
    NEAR_BYTES = 1 << 12, /* a piece so near after the last one is read in a stream */
};

#define KEPT_FILE UINT32_MAX

void inputs_init(struct inputs *inputs)
{
    memset(inputs, 0, sizeof *inputs);
    buf_init(&inputs->keeping, BUF_NO_LIMIT);
}

void inputs_release(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        free(inputs->files[i].path);
        free(inputs->files[i].shape);
        free(inputs->files[i].keys);
        free(inputs->files[i].guess);
        if (inputs->files[i].table)
            table_release(inputs->files[i].table);
        free(inputs->files[i].table);
    }
    for (size_t i = 0; i < INPUTS_OPEN; i++)
        files_close(inputs->open[i].file);
    files_close(inputs->stream);
    files_close(inputs->kept);
    buf_release(&inputs->keeping);
    free(inputs->files);
    free(inputs->root);
    free(inputs->ahead);
}

static void add_file(struct inputs *inputs, char *path, size_t name)
{
    if (inputs->count == inputs->cap) {
        inputs->cap = inputs->cap ? 2 * inputs->cap : 16;
        inputs->files = mem_resize(inputs->files, inputs->cap, sizeof *inputs->files);
    }
    inputs->files[inputs->count++] = (struct input){.path = path, .name = name};
}

struct finding {
    struct inputs *inputs;
    const char *const *exclude;
    inputs_passed passed;
    void *ctx;
};

/* A name of the path, the file's or a folder's, begins with a dot. */
static bool is_hidden(const char *path)
{
    return path[0] == '.' || strstr(path, "/.") != NULL;
}

/* A glob without a slash names files and folders anywhere; one with a slash, paths. */
static bool matches(const char *glob, const char *path)
{
    const char *name = path;

    if (strchr(glob, '/')) {
        char *below = mem_printf("%s/*", glob);
        bool does = fnmatch(glob, path, 0) == 0 || fnmatch(below, path, 0) == 0;

        free(below);
        return does;
    }
    for (;;) {
        const char *slash = strchr(name, '/');
        char *one = mem_dup(name, slash ? (size_t)(slash - name) : strlen(name));
        bool does = fnmatch(glob, one, 0) == 0;

        free(one);
        if (does || !slash)
            return does;
        name = slash + 1;
    }
}

static bool is_excluded(const struct finding *finding, const char *path)
{
    for (size_t i = 0; finding->exclude && finding->exclude[i]; i++) {
        if (matches(finding->exclude[i], path))
            return true;
    }
    return false;
}

static void on_found(void *ctx, const char *path)
{
    struct finding *finding = ctx;
    struct inputs *inputs = finding->inputs;
    size_t len = strlen(inputs->root);
    bool slash = len > 0 && inputs->root[len - 1] != '/';

    if (is_excluded(finding, path))
        finding->passed(finding->ctx, path, "excluded");
    else if (is_hidden(path))
        finding->passed(finding->ctx, path, "hidden");
    else
        add_file(inputs, mem_printf("%s%s%s", inputs->root, slash ? "/" : "", path), len + slash);
}

static void on_skipped(void *ctx, const char *path, const char *why)
{
    struct finding *finding = ctx;

    if (is_excluded(finding, path))
        finding->passed(finding->ctx, path, "excluded");
    else
        finding->passed(finding->ctx, path, why);
}

/* Where the name begins, without the folders. */
static size_t base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Is it the list of a folder with saved contents? The folder's name says so, or its first line. */
static bool is_saved_list(const struct inputs *inputs, const struct input *file)
{
    static const char OPENING[] = "{\"kind\":\"file";
    const char *path = file->path + file->name;
    const size_t folder = base_name(path);
    char first[sizeof OPENING] = "";
    struct files_file *list;
    struct error ignored;
    size_t got;

    if (strcmp(path + folder, MANIFEST_NAME) != 0)
        return false;
    if (folder > strlen(SAVED_FOLDER_SUFFIX) &&
        strncmp(path + folder - sizeof SAVED_FOLDER_SUFFIX, SAVED_FOLDER_SUFFIX "/",
                sizeof SAVED_FOLDER_SUFFIX) == 0)
        return true;
    list = files_open(inputs->root, path, &ignored);
    if (list)
        (void)files_read(list, 0, first, sizeof first - 1, &got, &ignored);
    files_close(list);
    return strcmp(first, OPENING) == 0;
}

/* What is in a folder with saved contents is nobody's thread, whatever it looks like. */
static void pass_saved(struct finding *finding)
{
    struct inputs *inputs = finding->inputs;
    char **folders = NULL;
    size_t folder_count = 0;
    size_t cap = 0;
    size_t kept = 0;

    for (size_t i = 0; i < inputs->count; i++) {
        const char *path = inputs->files[i].path + inputs->files[i].name;

        if (!is_saved_list(inputs, &inputs->files[i]))
            continue;
        folders = mem_grow(folders, folder_count, &cap, sizeof *folders);
        folders[folder_count++] = mem_dup(path, base_name(path));
    }
    for (size_t i = 0; folder_count > 0 && i < inputs->count; i++) {
        char *path = inputs->files[i].path;
        const char *below = path + inputs->files[i].name;
        size_t at = 0;

        while (at < folder_count && strncmp(below, folders[at], strlen(folders[at])) != 0)
            at++;
        if (at == folder_count) {
            inputs->files[kept++] = inputs->files[i];
            continue;
        }
        finding->passed(finding->ctx, below, "saved contents");
        free(path);
    }
    if (folder_count > 0)
        inputs->count = kept;
    for (size_t i = 0; i < folder_count; i++)
        free(folders[i]);
    free(folders);
}

static int compare_paths(const void *left, const void *right)
{
    const struct input *a = left;
    const struct input *b = right;
    int order = strverscmp(a->path, b->path);

    return order ? order : strcmp(a->path, b->path);
}

bool inputs_find(struct inputs *inputs, const char *path, const char *const *exclude,
                 inputs_passed passed, void *ctx, struct error *err)
{
    struct finding finding = {inputs, exclude, passed, ctx};
    struct files_visitor visitor = {on_found, on_skipped, &finding};
    bool is_stdin = strcmp(path, "-") == 0;
    enum files_kind kind = FILES_STREAM;

    if (!is_stdin && !files_kind(path, &kind, err))
        return false;
    switch (kind) {
    case FILES_STREAM:
        inputs->stream = files_spool(is_stdin ? NULL : path, err);
        add_file(inputs, mem_strdup(is_stdin ? "stdin" : path), is_stdin ? 0 : base_name(path));
        return inputs->stream != NULL;
    case FILES_FILE:
        add_file(inputs, mem_strdup(path), base_name(path));
        return true;
    case FILES_DIRECTORY:
        inputs->root = mem_strdup(path);
        if (!files_walk(path, NULL, &visitor, err))
            return false;
        pass_saved(&finding);
        if (inputs->count > 1)
            qsort(inputs->files, inputs->count, sizeof *inputs->files, compare_paths);
        return true;
    }
    return false;
}

static bool is_id_byte(char c)
{
    return ascii_is_alnum(c) || c == '_' || c == '.' || c == ':' || c == '-';
}

/* Where the name ends without its extension: ".json.gz" is one. */
static const char *stem_end(const char *name)
{
    const char *end = name + strlen(name);
    const char *base = name + base_name(name);

    if (end - base > 3 && strcmp(end - 3, ".gz") == 0)
        end -= 3;
    for (const char *at = end; at > base + 1;) {
        if (*--at == '.')
            return at;
    }
    return end;
}

void inputs_name(const struct inputs *inputs, uint32_t file, struct buf *out)
{
    const char *name = inputs->files[file].path + inputs->files[file].name;
    const char *end = stem_end(name);

    for (; name < end; name++)
        buf_add_char(out, is_id_byte(*name) ? *name : '_');
}

/* The open file; kept open for the next time. Borrowed. */
static const struct files_file *open_file(struct inputs *inputs, uint32_t file, struct error *err)
{
    const struct input *entry;
    size_t slot = file % INPUTS_OPEN;

    if (file == KEPT_FILE)
        return inputs->kept;
    entry = &inputs->files[file];
    if (inputs->stream)
        return inputs->stream;
    if (inputs->open[slot].file && inputs->open[slot].index == file)
        return inputs->open[slot].file;
    files_close(inputs->open[slot].file);
    inputs->open[slot].file =
        files_open(inputs->root, entry->path + (inputs->root ? entry->name : 0), err);
    inputs->open[slot].index = file;
    return inputs->open[slot].file;
}

const struct files_file *inputs_open(struct inputs *inputs, uint32_t file, struct error *err)
{
    const struct files_file *open = open_file(inputs, file, err);

    if (open && !files_stamp(open, &inputs->files[file].stamp, err))
        return NULL;
    return open;
}

static bool settle(struct inputs *inputs, struct error *err)
{
    uint64_t at = inputs->kept_size - inputs->keeping.len;

    if (inputs->keeping.len == 0)
        return true;
    if (!inputs->kept)
        inputs->kept = files_temporary(err);
    if (!inputs->kept || !files_write(inputs->kept, (int64_t)at, buf_span(&inputs->keeping), err))
        return false;
    buf_clear(&inputs->keeping);
    if (inputs->ahead_file == KEPT_FILE)
        inputs->ahead_len = 0;
    return true;
}

bool inputs_keep(struct inputs *inputs, struct span bytes, uint64_t *offset, struct error *err)
{
    *offset = inputs->kept_size;
    buf_add_span(&inputs->keeping, bytes);
    inputs->kept_size += bytes.len;
    return inputs->keeping.len < KEPT_BYTES || settle(inputs, err);
}

/* Fills the buffer with at least len bytes from offset on. */
static bool read_ahead(struct inputs *inputs, uint32_t file, uint64_t offset, size_t len,
                       struct error *err)
{
    const struct files_file *open = open_file(inputs, file, err);
    uint64_t after = inputs->ahead_offset + inputs->ahead_len;
    bool streams =
        inputs->ahead_file == file && offset >= inputs->ahead_offset && offset < after + NEAR_BYTES;
    size_t want = streams && len < AHEAD_BYTES ? AHEAD_BYTES : len;
    struct files_stamp now;

    inputs->ahead_len = 0;
    if (want > inputs->ahead_cap || (inputs->ahead_cap > KEPT_BYTES && want <= AHEAD_BYTES)) {
        free(inputs->ahead);
        inputs->ahead = mem_alloc(want);
        inputs->ahead_cap = want;
    }
    inputs->ahead_file = file;
    inputs->ahead_offset = offset;
    if (!open || !files_read(open, (int64_t)offset, inputs->ahead, want, &inputs->ahead_len, err))
        return false;
    if (file == KEPT_FILE && inputs->ahead_len >= len)
        return true;
    if (file != KEPT_FILE && !files_stamp(open, &now, err))
        return false;
    if (file != KEPT_FILE && files_stamp_equal(&now, &inputs->files[file].stamp) &&
        inputs->ahead_len >= len)
        return true;
    inputs->ahead_len = 0;
    error_set(err, ERROR_BAD_SOURCE, "cannot read '%s': it has changed since the run began",
              file == KEPT_FILE ? "a temporary file" : inputs->files[file].path);
    return false;
}

bool inputs_read(struct inputs *inputs, uint32_t file, uint64_t offset, size_t len,
                 struct span *bytes, struct error *err)
{
    bool has_it = inputs->ahead_len > 0 && inputs->ahead_file == file &&
                  offset >= inputs->ahead_offset &&
                  offset + len <= inputs->ahead_offset + inputs->ahead_len;

    if (!has_it && !read_ahead(inputs, file, offset, len, err)) {
        err->code = ERROR_BAD_SOURCE;
        return false;
    }
    *bytes = (struct span){inputs->ahead + (offset - inputs->ahead_offset), len};
    return true;
}

bool inputs_read_kept(struct inputs *inputs, uint64_t offset, size_t len, struct span *bytes,
                      struct error *err)
{
    return settle(inputs, err) && inputs_read(inputs, KEPT_FILE, offset, len, bytes, err);
}
