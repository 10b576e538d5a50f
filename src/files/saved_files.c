#include "files/saved_files.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 16 };

void saved_files_release(struct saved_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->folders[i].path);
        manifest_release(&files->folders[i].manifest);
    }
    free(files->folders);
    *files = (struct saved_files){.folders = NULL};
}

static bool read_list(struct manifest *manifest, const struct files_file *list, const char *path,
                      struct error *err)
{
    char *chunk = mem_alloc(CHUNK_BYTES);
    int64_t offset = 0;
    size_t got = 1;
    bool ok = true;

    while (ok && got > 0) {
        ok = files_read(list, offset, chunk, CHUNK_BYTES, &got, err) &&
             manifest_take(manifest, (struct span){chunk, got}, path, err);
        offset += (int64_t)got;
    }
    free(chunk);
    manifest_taken(manifest);
    return ok;
}

bool saved_files_add(struct saved_files *files, const char *path, bool *is_there, struct error *err)
{
    char *name = mem_printf("%s/" MANIFEST_NAME, path);
    struct saved_folder *folder;
    struct files_file *list;
    enum files_kind kind;
    struct error ignored;
    bool ok;

    *is_there = files_kind(name, &kind, &ignored);
    list = *is_there ? files_open(path, MANIFEST_NAME, err) : NULL;
    ok = !*is_there || list;
    if (list) {
        files->folders = mem_resize(files->folders, files->count + 1, sizeof *files->folders);
        folder = &files->folders[files->count++];
        folder->path = mem_strdup(path);
        manifest_init(&folder->manifest);
        ok = read_list(&folder->manifest, list, name, err);
    } else if (!ok) {
        error_wrap(err, "'%s'", path);
    }
    files_close(list);
    free(name);
    return ok;
}

/* ---- below a directory ---- */

struct search {
    char **paths; /* of lists, relative to the directory; owned */
    size_t count;
    size_t cap;
};

static void found(void *ctx, const char *path)
{
    static const char ENDING[] = SAVED_FOLDER_SUFFIX "/" MANIFEST_NAME;
    struct search *search = ctx;
    const size_t len = strlen(path);

    if (len < sizeof ENDING || strcmp(path + len - (sizeof ENDING - 1), ENDING) != 0)
        return;
    search->paths = mem_grow(search->paths, search->count, &search->cap, sizeof *search->paths);
    search->paths[search->count++] = mem_dup(path, len - (sizeof MANIFEST_NAME));
}

/* Who reads threads there tells what it passed over. */
static void skipped(void *ctx, const char *path, const char *why)
{
    (void)ctx;
    (void)path;
    (void)why;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_below(struct saved_files *files, const char *directory, struct error *err)
{
    struct search search = {.paths = NULL};
    const struct files_visitor visitor = {.found = found, .skipped = skipped, .ctx = &search};
    bool ok = files_walk(directory, NULL, &visitor, err);
    bool is_there;

    /* The order of a directory is nobody's: the first of two that hold a file counts. */
    if (search.count > 0)
        qsort(search.paths, search.count, sizeof *search.paths, compare_paths);
    for (size_t i = 0; i < search.count; i++) {
        char *path = mem_printf("%s/%s", directory, search.paths[i]);

        ok = ok && saved_files_add(files, path, &is_there, err);
        free(path);
        free(search.paths[i]);
    }
    free(search.paths);
    return ok;
}

static bool open_configured(struct saved_files *files, const char *path, struct error *err)
{
    bool is_there;

    if (!saved_files_add(files, path, &is_there, err))
        return false;
    if (!is_there && !add_below(files, path, err))
        return false;
    if (files->count > 0)
        return true;
    error_set(err, ERROR_USAGE,
              "files.path: '%s' is not a folder with saved files: neither it nor a folder *.files "
              "below it has a " MANIFEST_NAME "\n"
              "hint: 'threadferry export --files images -o FILE' makes FILE.files",
              path);
    return false;
}

bool saved_files_open(struct saved_files *files, const char *configured, const char *source,
                      struct error *err)
{
    enum files_kind kind;
    char *beside;
    bool is_there;
    bool ok;

    *files = (struct saved_files){.folders = NULL};
    if (configured)
        return open_configured(files, configured, err);
    if (!source || strcmp(source, "-") == 0)
        return true;
    if (!files_kind(source, &kind, err))
        return false;
    if (kind == FILES_DIRECTORY)
        return add_below(files, source, err);
    beside = mem_printf("%s" SAVED_FOLDER_SUFFIX, source);
    ok = saved_files_add(files, beside, &is_there, err);
    free(beside);
    return ok;
}

/* ---- files ---- */

/* The smaller, the better. */
static int rank(const struct saved_found *found)
{
    if (!found->file)
        return 3;
    if (found->file->state == SAVED_CONTENTS)
        return 0;
    return found->is_covered ? 1 : 2;
}

struct saved_found saved_files_find(const struct saved_files *files, struct span file_id)
{
    struct saved_found best = {.file = NULL};

    for (size_t i = 0; i < files->count; i++) {
        const struct saved_folder *folder = &files->folders[i];
        struct saved_found one = {.folder = folder};

        one.file = manifest_find(&folder->manifest, file_id, &one.is_covered);
        if (rank(&one) < rank(&best))
            best = one;
    }
    return best;
}

struct files_file *saved_files_contents(const struct saved_found *found, struct error *err)
{
    char name[SAVED_NAME_SIZE];

    saved_name(found->file, name);
    return files_open(found->folder->path, name, err);
}
