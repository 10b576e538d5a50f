/*
 * The fake side of os/files.h and os/parts.h for a whole world: what is only
 * read, and what is written whole, is on the disk of fake_fsio too. So a saved
 * picture and the line that tells of it die in the same power cut.
 *
 * A part is memory until it is kept: what a dead process left of it nobody reads.
 */
#include "os/files.h"
#include "os/parts.h"

#include "base/buf.h"
#include "base/mem.h"
#include "fakes/fake_fsio.h"

#include <stdlib.h>
#include <string.h>

struct files_file {
    char *path; /* on the disk; NULL: a temporary file */
    struct buf bytes;
};

struct parts {
    char *path;
};

struct part_file {
    const struct parts *parts;
    struct buf bytes;
};

static bool is_alive(struct error *err)
{
    if (fake_fsio_is_stopped())
        error_set(err, ERROR_STOPPED, "the process was stopped");
    return !fake_fsio_is_stopped();
}

/* What is below a folder: the rest of a path, or NULL. */
static const char *below(const char *folder, const char *path)
{
    const size_t len = strlen(folder);

    return strncmp(path, folder, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

/* ---- files that are read ---- */

bool files_stamp_equal(const struct files_stamp *a, const struct files_stamp *b)
{
    return a->size == b->size;
}

bool files_kind(const char *path, enum files_kind *kind, struct error *err)
{
    *kind = FILES_FILE;
    if (fake_fsio_content_of(path).data)
        return true;
    *kind = FILES_DIRECTORY;
    for (size_t i = 0; i < fake_fsio_files(); i++) {
        if (below(path, fake_fsio_path(i)))
            return true;
    }
    error_set(err, ERROR_USAGE, "cannot read '%s': there is no such file", path);
    return false;
}

bool files_walk(const char *root, const char *const *suffixes, const struct files_visitor *visitor,
                struct error *err)
{
    (void)suffixes; /* nobody who is played here gives any */
    for (size_t i = 0; i < fake_fsio_files(); i++) {
        const char *path = below(root, fake_fsio_path(i));

        if (path)
            visitor->found(visitor->ctx, path);
    }
    return is_alive(err);
}

static struct files_file *new_file(char *path)
{
    struct files_file *file = mem_zalloc(1, sizeof *file);

    file->path = path;
    buf_init(&file->bytes, BUF_NO_LIMIT);
    return file;
}

struct files_file *files_open(const char *root, const char *path, struct error *err)
{
    char *whole = root ? mem_printf("%s/%s", root, path) : mem_strdup(path);

    if (is_alive(err) && fake_fsio_content_of(whole).data)
        return new_file(whole);
    if (!fake_fsio_is_stopped())
        error_set(err, ERROR_IO, "cannot read '%s': there is no such file", whole);
    free(whole);
    return NULL;
}

struct files_file *files_temporary(struct error *err)
{
    return is_alive(err) ? new_file(NULL) : NULL;
}

struct files_file *files_spool(const char *path, struct error *err)
{
    return files_open(NULL, path, err);
}

static struct span content_of(const struct files_file *file)
{
    return file->path ? fake_fsio_content_of(file->path) : buf_span(&file->bytes);
}

bool files_stamp(const struct files_file *file, struct files_stamp *stamp, struct error *err)
{
    *stamp = (struct files_stamp){.size = (int64_t)content_of(file).len};
    return is_alive(err);
}

bool files_read(const struct files_file *file, int64_t offset, void *data, size_t len, size_t *got,
                struct error *err)
{
    const struct span content = content_of(file);
    const size_t at = (size_t)offset;

    *got = 0;
    if (at < content.len)
        *got = content.len - at < len ? content.len - at : len;
    if (*got > 0)
        memcpy(data, content.data + at, *got);
    return is_alive(err);
}

bool files_write(struct files_file *file, int64_t offset, struct span bytes, struct error *err)
{
    static const char ZERO = 0;
    const size_t at = (size_t)offset;

    while (file->bytes.len < at + bytes.len)
        buf_add(&file->bytes, &ZERO, 1);
    if (bytes.len > 0)
        memcpy(file->bytes.data + at, bytes.data, bytes.len);
    return is_alive(err);
}

void files_close(struct files_file *file)
{
    if (!file)
        return;
    buf_release(&file->bytes);
    free(file->path);
    free(file);
}

bool files_replace(const char *path, struct span bytes, struct error *err)
{
    return fake_fsio_put_whole(path, bytes, err);
}

/* ---- files that are written whole ---- */

bool parts_make(const char *path, struct error *err)
{
    (void)path; /* a folder is where a file is in it */
    return is_alive(err);
}

struct parts *parts_open(const char *path, struct error *err)
{
    struct parts *parts;

    if (!is_alive(err))
        return NULL;
    parts = mem_zalloc(1, sizeof *parts);
    parts->path = mem_strdup(path);
    return parts;
}

void parts_close(struct parts *parts)
{
    if (!parts)
        return;
    free(parts->path);
    free(parts);
}

struct part_file *part_begin(struct parts *parts, unsigned number, struct error *err)
{
    struct part_file *part;

    (void)number;
    if (!is_alive(err))
        return NULL;
    part = mem_zalloc(1, sizeof *part);
    part->parts = parts;
    buf_init(&part->bytes, BUF_NO_LIMIT);
    return part;
}

bool part_restart(struct part_file *part, struct error *err)
{
    buf_clear(&part->bytes);
    return is_alive(err);
}

bool part_write(struct part_file *part, struct span bytes, struct error *err)
{
    buf_add_span(&part->bytes, bytes);
    return is_alive(err);
}

bool part_keep(struct part_file *part, const char *name, struct error *err)
{
    char *path = mem_printf("%s/%s", part->parts->path, name);
    const struct span bytes = part->bytes.len > 0 ? buf_span(&part->bytes) : (struct span){"", 0};
    const bool ok = fake_fsio_put_whole(path, bytes, err);

    free(path);
    part_drop(part);
    return ok;
}

void part_drop(struct part_file *part)
{
    if (!part)
        return;
    buf_release(&part->bytes);
    free(part);
}
