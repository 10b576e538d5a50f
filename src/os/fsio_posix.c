#include "os/fsio.h"

#include "base/mem.h"
#include "os/files.h"
#include "os/linux.h"
#include "os/syncer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct fsio_file {
    int fd;
    char *path;
    off_t end;      /* where we left it; files opened for reading do not use it */
    bool appending; /* the descriptor is in append mode: writes go to the end, wherever that is */
    bool broken;    /* an append or a sync failed: nothing about the file is sure any more */
    bool syncing;   /* a sync was started and its end not yet told */
    bool alone;     /* no thread can be had: what is started is over at once */
    int sync_errno; /* how it ended; 0: well */
    struct syncer *syncer; /* NULL until it is needed */
    dev_t device;          /* with inode: which file it is, whatever path says by now */
    ino_t inode;
};

enum { OWNER_ONLY = 0600, OTHERS = 077 };

static bool fail_errno(struct error *err, const char *what, const char *path)
{
    error_set(err, ERROR_IO, "cannot %s '%s': %s", what, path, strerror(errno));
    return false;
}

/* Every write begins here: what failed once is never trusted again. */
static bool file_is_sound(const struct fsio_file *file, const char *what, struct error *err)
{
    if (!file->broken)
        return true;
    error_set(err, ERROR_IO, "cannot %s '%s': an earlier write or sync failed", what, file->path);
    return false;
}

static struct fsio_file *file_new(int fd, const char *path, const struct stat *about)
{
    struct fsio_file *file = mem_zalloc(1, sizeof *file);

    file->fd = fd;
    file->path = mem_strdup(path);
    file->end = about->st_size;
    file->device = about->st_dev;
    file->inode = about->st_ino;
    return file;
}

static int open_retrying(const char *path, int flags)
{
    int fd;

    do
        fd = open(path, flags | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    return fd;
}

/* Ours alone, and an ordinary file. */
static bool check_file(int fd, const char *path, struct stat *about, struct error *err)
{
    if (fstat(fd, about) != 0)
        return fail_errno(err, "examine", path);
    if (!S_ISREG(about->st_mode)) {
        error_set(err, ERROR_IO, "cannot use '%s': it is not a regular file", path);
        return false;
    }
    if (about->st_uid != geteuid() && about->st_uid != 0) {
        error_set(err, ERROR_IO, "cannot use '%s': it belongs to another user", path);
        return false;
    }
    if ((about->st_mode & OTHERS) != 0) {
        error_set(err, ERROR_IO,
                  "cannot use '%s': group or others have access to it (mode %04o)\n"
                  "hint: if you are sure that nobody else has changed it: chmod 600",
                  path, (unsigned)(about->st_mode & 07777));
        return false;
    }
    return true;
}

static enum fsio_result lock_file(int fd, const char *path, struct error *err)
{
    int failed;

    do
        failed = flock(fd, LOCK_EX | LOCK_NB);
    while (failed != 0 && errno == EINTR);
    if (failed == 0)
        return FSIO_OK;
    if (errno == EWOULDBLOCK) {
        error_set(err, ERROR_LOCKED, "cannot lock '%s': another process holds the lock", path);
        return FSIO_LOCKED;
    }
    (void)fail_errno(err, "lock", path);
    return FSIO_FAILED;
}

static enum fsio_result open_failed(const char *path, struct error *err)
{
    if (errno == ENOENT)
        return FSIO_ABSENT;
    if (errno == ELOOP)
        error_set(err, ERROR_IO, "cannot open '%s': it is a symbolic link", path);
    else
        (void)fail_errno(err, "open", path);
    return FSIO_FAILED;
}

/* Makes the names in the directory of path durable. */
static bool sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = slash == NULL ? mem_strdup(".") : mem_dup(path, (size_t)(slash - path) + 1);
    int fd = open_retrying(name, O_RDONLY | O_DIRECTORY);
    bool ok = fd >= 0;

    free(name);
    if (!ok)
        return false;
    /* EINVAL: the file system has no such notion, and nothing better to offer. */
    if (fsync(fd) != 0 && errno != EINVAL)
        ok = false;
    (void)close(fd);
    return ok;
}

enum fsio_result fsio_open(struct fsio_file **file, const char *path, enum fsio_mode mode,
                           struct error *err)
{
    /* Non-blocking, so that a FIFO in the place of the file cannot hold us up. */
    int flags = (mode == FSIO_WRITE ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    enum fsio_result result = FSIO_OK;
    struct stat about;
    int fd = open_retrying(path, flags);

    *file = NULL;
    if (fd < 0)
        return open_failed(path, err);
    if (!check_file(fd, path, &about, err))
        result = FSIO_FAILED;
    else if (mode == FSIO_WRITE)
        result = lock_file(fd, path, err);
    /* Once more: whoever held the lock until now may have appended. */
    if (result == FSIO_OK && !check_file(fd, path, &about, err))
        result = FSIO_FAILED;
    /* Its creator may have died before the name was durable. */
    if (result == FSIO_OK && mode == FSIO_WRITE && !sync_directory(path)) {
        (void)fail_errno(err, "sync the folder of", path);
        result = FSIO_FAILED;
    }
    if (result != FSIO_OK) {
        (void)close(fd);
        return result;
    }
    *file = file_new(fd, path, &about);
    return FSIO_OK;
}

/* In append mode even pwrite() writes at the end, so overwriting needs it off. */
static bool set_appending(struct fsio_file *file, bool appending)
{
    int flags;

    if (file->appending == appending)
        return true;
    flags = fcntl(file->fd, F_GETFL);
    if (flags < 0)
        return false;
    flags = appending ? flags | O_APPEND : flags & ~O_APPEND;
    if (fcntl(file->fd, F_SETFL, flags) != 0)
        return false;
    file->appending = appending;
    return true;
}

/* Gives the temporary file its name; never in the place of another. */
static bool publish(const char *temporary, const char *path)
{
    if (link(temporary, path) == 0) {
        /* The second name does no harm if it stays. */
        (void)unlink(temporary);
        return true;
    }
    /* FAT, some FUSE and network file systems have no hard links. */
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK)
        return false;
    return linux_rename_new(temporary, path);
}

bool fsio_create(struct fsio_file **file, const char *path, struct span content, struct error *err)
{
    char *temporary = mem_printf("%s.XXXXXX", path);
    const char *what = "create";
    bool published = false;
    bool is_late = false;
    struct stat about;
    int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */

    *file = NULL;
    if (fd < 0)
        goto out;
    /* Locked before it has its name, so nobody can get between. */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fchmod(fd, OWNER_ONLY) != 0)
        goto out;
    what = "write";
    if (!files_write_all(fd, content, 0) || fsync(fd) != 0)
        goto out;
    what = "create";
    published = publish(temporary, path);
    is_late = !published && errno == EEXIST;
    if (!published)
        goto out;
    what = "sync the folder of";
    if (sync_directory(path) && fstat(fd, &about) == 0)
        *file = file_new(fd, path, &about);
out:
    if (*file == NULL) {
        (void)fail_errno(err, what, path);
        if (is_late)
            error_set(err, ERROR_LOCKED, "cannot create '%s': another process has just done so",
                      path);
        if (fd >= 0 && !published)
            (void)unlink(temporary);
        if (fd >= 0)
            (void)close(fd);
    }
    free(temporary);
    return *file != NULL;
}

bool fsio_size(struct fsio_file *file, int64_t *size, struct error *err)
{
    struct stat about;

    if (fstat(file->fd, &about) != 0)
        return fail_errno(err, "examine", file->path);
    *size = about.st_size;
    return true;
}

bool fsio_read(struct fsio_file *file, int64_t offset, void *data, size_t len, size_t *got,
               struct error *err)
{
    *got = 0;
    while (*got < len) {
        ssize_t n = pread(file->fd, (char *)data + *got, len - *got, offset + (off_t)*got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(err, "read", file->path);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return true;
}

bool fsio_append(struct fsio_file *file, struct span bytes, struct error *err)
{
    int64_t size;

    assert(!file->syncing);
    if (!file_is_sound(file, "append to", err) || !fsio_size(file, &size, err))
        return false;
    if (size != file->end) {
        file->broken = true;
        error_set(err, ERROR_IO, "cannot append to '%s': somebody else has changed its size",
                  file->path);
        return false;
    }
    /* Should somebody get in between all the same, both their bytes and ours stay. */
    if (!set_appending(file, true) || !files_write_all(file->fd, bytes, -1)) {
        file->broken = true;
        return fail_errno(err, "append to", file->path);
    }
    file->end += (off_t)bytes.len;
    return true;
}

bool fsio_overwrite(struct fsio_file *file, int64_t offset, struct span bytes, struct error *err)
{
    if (!file_is_sound(file, "overwrite", err))
        return false;
    if (!set_appending(file, false) || !files_write_all(file->fd, bytes, offset)) {
        file->broken = true;
        return fail_errno(err, "overwrite", file->path);
    }
    if (offset + (off_t)bytes.len > file->end)
        file->end = offset + (off_t)bytes.len;
    return true;
}

/* Copies from offset to the end. */
static bool copy_tail(struct fsio_file *file, int64_t offset, int to, struct error *err)
{
    enum { PIECE_BYTES = 1 << 16 };
    char piece[PIECE_BYTES];
    size_t got = 1;

    for (int64_t at = 0; got > 0; at += (int64_t)got) {
        if (!fsio_read(file, offset + at, piece, sizeof piece, &got, err))
            return false;
        if (!files_write_all(to, (struct span){piece, got}, at))
            return fail_errno(err, "keep what is cut from", file->path);
    }
    return fsync(to) == 0 || fail_errno(err, "keep what is cut from", file->path);
}

bool fsio_keep_tail(struct fsio_file *file, int64_t offset, char **kept_as, struct error *err)
{
    char *temporary = mem_printf("%s.XXXXXX", file->path);
    int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    bool published = false;
    bool ok = fd >= 0 || fail_errno(err, "keep what is cut from", file->path);

    *kept_as = NULL;
    ok = ok && copy_tail(file, offset, fd, err);
    for (unsigned n = 1; ok && !published; n++) {
        char *name = mem_printf("%s.torn-%u", file->path, n);

        published = publish(temporary, name);
        if (!published && errno != EEXIST)
            ok = fail_errno(err, "create", name);
        if (published)
            *kept_as = name;
        else
            free(name);
    }
    if (ok && !sync_directory(file->path))
        ok = fail_errno(err, "sync the folder of", file->path);
    if (fd >= 0 && !published)
        (void)unlink(temporary);
    if (fd >= 0)
        (void)close(fd);
    free(temporary);
    if (!ok) {
        free(*kept_as);
        *kept_as = NULL;
    }
    return ok;
}

bool fsio_truncate(struct fsio_file *file, int64_t size, struct error *err)
{
    int failed;

    if (!file_is_sound(file, "truncate", err))
        return false;
    do
        failed = ftruncate(file->fd, size);
    while (failed != 0 && errno == EINTR);
    if (failed != 0) {
        file->broken = true;
        return fail_errno(err, "truncate", file->path);
    }
    file->end = size;
    return true;
}

bool fsio_sync_start(struct fsio_file *file, struct error *err)
{
    if (!file_is_sound(file, "sync", err))
        return false;
    assert(!file->syncing);
    file->syncing = true;
    if (!file->syncer && !file->alone) {
        file->syncer = syncer_new(file->fd);
        file->alone = !file->syncer;
    }
    if (file->syncer)
        syncer_start(file->syncer);
    else
        file->sync_errno = sync_data(file->fd);
    return true;
}

static bool end_sync(struct fsio_file *file, struct error *err)
{
    file->syncing = false;
    if (file->sync_errno == 0)
        return fsio_check(file, err);
    /* The kernel may have dropped the pages and forgotten the error: asking again proves nothing.
     */
    file->broken = true;
    errno = file->sync_errno;
    return fail_errno(err, "sync", file->path);
}

bool fsio_sync_end(struct fsio_file *file, bool *is_over, struct error *err)
{
    assert(file->syncing);
    *is_over = !file->syncer || syncer_end(file->syncer, false, &file->sync_errno);
    return !*is_over || end_sync(file, err);
}

bool fsio_sync(struct fsio_file *file, struct error *err)
{
    if (!file_is_sound(file, "sync", err))
        return false;
    if (!file->syncing)
        file->sync_errno = sync_data(file->fd);
    else if (file->syncer)
        (void)syncer_end(file->syncer, true, &file->sync_errno);
    return end_sync(file, err);
}

int fsio_wake_fd(const struct fsio_file *file)
{
    return file->syncer ? syncer_fd(file->syncer) : -1;
}

bool fsio_check(struct fsio_file *file, struct error *err)
{
    struct stat about;

    if (!file_is_sound(file, "go on with", err))
        return false;
    if (lstat(file->path, &about) == 0) {
        if (about.st_dev == file->device && about.st_ino == file->inode)
            return true;
    } else if (errno != ENOENT && errno != ENOTDIR) {
        file->broken = true;
        return fail_errno(err, "examine", file->path);
    }
    file->broken = true;
    error_set(err, ERROR_IO,
              "'%s' was renamed, replaced or removed while the run wrote to it\n"
              "hint: put the file back before the next run, which would otherwise "
              "start again from the beginning",
              file->path);
    return false;
}

void fsio_close(struct fsio_file *file)
{
    if (file == NULL)
        return;
    syncer_free(file->syncer);
    (void)close(file->fd);
    free(file->path);
    free(file);
}
