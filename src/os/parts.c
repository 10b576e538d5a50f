#include "os/parts.h"

#include "base/mem.h"
#include "os/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_PREFIX ".part-"

enum { FOLDER_MODE = 0700, FILE_MODE = 0600, PART_NAME_SIZE = 24 };

struct parts {
    int fd;
    char *path; /* for messages; owned */
};

struct part_file {
    const struct parts *parts;
    int fd;
    char name[PART_NAME_SIZE];
};

static bool fail(const struct parts *parts, const char *what, const char *name, struct error *err)
{
    error_set(err, ERROR_IO, "cannot %s '%s/%s': %s", what, parts->path, name, strerror(errno));
    return false;
}

static int open_folder(int below, const char *path, int follow)
{
    return openat(below, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow);
}

static void remove_parts(const struct parts *parts)
{
    const int fd = dup(parts->fd);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);

    if (!stream) {
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    for (const struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
        if (strncmp(entry->d_name, PART_PREFIX, strlen(PART_PREFIX)) == 0)
            (void)unlinkat(parts->fd, entry->d_name, 0);
    }
    (void)closedir(stream);
}

bool parts_make(const char *path, struct error *err)
{
    if (mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST)
        return true;
    error_set(err, ERROR_IO, "cannot make the folder '%s': %s", path, strerror(errno));
    return false;
}

struct parts *parts_open(const char *path, struct error *err)
{
    const int fd = open_folder(AT_FDCWD, path, 0);
    struct parts *parts;

    if (fd < 0) {
        error_set(err, ERROR_IO, "cannot open the folder '%s': %s", path, strerror(errno));
        return NULL;
    }
    parts = mem_zalloc(1, sizeof *parts);
    parts->fd = fd;
    parts->path = mem_strdup(path);
    remove_parts(parts);
    return parts;
}

void parts_close(struct parts *parts)
{
    if (!parts)
        return;
    (void)close(parts->fd);
    free(parts->path);
    free(parts);
}

struct part_file *part_begin(struct parts *parts, unsigned number, struct error *err)
{
    struct part_file *part = mem_zalloc(1, sizeof *part);

    part->parts = parts;
    (void)snprintf(part->name, sizeof part->name, PART_PREFIX "%u", number);
    (void)unlinkat(parts->fd, part->name, 0);
    part->fd = openat(parts->fd, part->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                      FILE_MODE);
    if (part->fd >= 0)
        return part;
    (void)fail(parts, "create", part->name, err);
    free(part);
    return NULL;
}

bool part_restart(struct part_file *part, struct error *err)
{
    if (ftruncate(part->fd, 0) == 0 && lseek(part->fd, 0, SEEK_SET) == 0)
        return true;
    return fail(part->parts, "truncate", part->name, err);
}

bool part_write(struct part_file *part, struct span bytes, struct error *err)
{
    return files_write_all(part->fd, bytes, -1) || fail(part->parts, "write", part->name, err);
}

static void free_part(struct part_file *part)
{
    (void)close(part->fd);
    free(part);
}

/* A file system that has no notion of it has nothing better to offer. */
static bool sync_folder(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL;
}

/* Its bytes first, then its name: whoever sees the name sees all of it. */
static bool keep(const struct part_file *part, const char *folder, const char *name)
{
    const struct parts *parts = part->parts;
    int fd;
    bool ok;

    if (fsync(part->fd) != 0)
        return false;
    if (mkdirat(parts->fd, folder, FOLDER_MODE) == 0) {
        if (!sync_folder(parts->fd))
            return false;
    } else if (errno != EEXIST) {
        return false;
    }
    fd = open_folder(parts->fd, folder, O_NOFOLLOW);
    if (fd < 0)
        return false;
    ok = renameat(parts->fd, part->name, fd, name) == 0 && sync_folder(fd);
    (void)close(fd);
    return ok;
}

bool part_keep(struct part_file *part, const char *name, struct error *err)
{
    const char *slash = strchr(name, '/');
    char *folder = mem_dup(name, (size_t)(slash - name));
    const bool ok = keep(part, folder, slash + 1) || fail(part->parts, "save", name, err);

    if (!ok)
        (void)unlinkat(part->parts->fd, part->name, 0);
    free(folder);
    free_part(part);
    return ok;
}

void part_drop(struct part_file *part)
{
    if (!part)
        return;
    (void)unlinkat(part->parts->fd, part->name, 0);
    free_part(part);
}
