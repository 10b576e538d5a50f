#include "os/files.h"

#include "base/mem.h"
#include "os/linux.h"
#include "os/stop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct files_file {
    int fd;
};

enum { COPY_BYTES = 1 << 16 };

bool files_stamp_equal(const struct files_stamp *a, const struct files_stamp *b)
{
    return a->size == b->size && a->modified_ns == b->modified_ns && a->device == b->device &&
           a->inode == b->inode;
}

bool files_kind(const char *path, enum files_kind *kind, struct error *err)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        error_set(err, ERROR_USAGE, "cannot read '%s': %s", path, strerror(errno));
        return false;
    }
    if (S_ISREG(st.st_mode))
        *kind = FILES_FILE;
    else if (S_ISDIR(st.st_mode))
        *kind = FILES_DIRECTORY;
    else
        *kind = FILES_STREAM;
    return true;
}

/* Directories that are still to be looked into, relative to the root ("" is the root). */
struct path_stack {
    char **paths;
    size_t count;
    size_t cap;
};

static void pending_push(struct path_stack *pending, char *path)
{
    pending->paths =
        mem_grow(pending->paths, pending->count, &pending->cap, sizeof *pending->paths);
    pending->paths[pending->count++] = path;
}

static bool has_suffix(const char *name, const char *const *suffixes)
{
    size_t len = strlen(name);

    for (; *suffixes; suffixes++) {
        size_t suffix_len = strlen(*suffixes);

        if (len > suffix_len && strcasecmp(name + len - suffix_len, *suffixes) == 0)
            return true;
    }
    return false;
}

struct tree_walk {
    const char *const *suffixes;
    const struct files_visitor *visitor;
    struct path_stack pending;
};

/* Deals with one name of a directory. */
static void visit_name(struct tree_walk *walk, int dir_fd, const char *dir, const char *name)
{
    const struct files_visitor *visitor = walk->visitor;
    struct stat st;
    char *path = *dir ? mem_printf("%s/%s", dir, name) : mem_strdup(name);
    bool wanted = !walk->suffixes || has_suffix(name, walk->suffixes);

    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        visitor->skipped(visitor->ctx, path, strerror(errno));
    } else if (S_ISDIR(st.st_mode)) {
        pending_push(&walk->pending, path);
        return;
    } else if (S_ISLNK(st.st_mode)) {
        visitor->skipped(visitor->ctx, path, "a symbolic link");
    } else if (wanted && !S_ISREG(st.st_mode)) {
        visitor->skipped(visitor->ctx, path, "not a regular file");
    } else if (wanted) {
        visitor->found(visitor->ctx, path);
    }
    free(path);
}

/* Looks into one directory; false with errno where it cannot be opened. */
static bool visit_directory(struct tree_walk *walk, int root_fd, const char *dir)
{
    int fd = linux_open_below(root_fd, *dir ? dir : ".", O_RDONLY | O_DIRECTORY);

    if (fd < 0)
        return false;
    DIR *stream = fdopendir(fd);
    if (!stream) {
        (void)close(fd);
        return false;
    }
    for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            visit_name(walk, fd, dir, entry->d_name);
    }
    (void)closedir(stream);
    return true;
}

bool files_walk(const char *root, const char *const *suffixes, const struct files_visitor *visitor,
                struct error *err)
{
    struct tree_walk walk = {.suffixes = suffixes, .visitor = visitor};
    bool ok = true;
    int root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (root_fd < 0) {
        error_set(err, ERROR_IO, "cannot read '%s': %s", root, strerror(errno));
        return false;
    }
    pending_push(&walk.pending, mem_strdup(""));
    while (walk.pending.count > 0) {
        char *dir = walk.pending.paths[--walk.pending.count];

        if (!visit_directory(&walk, root_fd, dir)) {
            ok = ok && *dir;
            if (*dir)
                visitor->skipped(visitor->ctx, dir, strerror(errno));
            else
                error_set(err, ERROR_IO, "cannot read '%s': %s", root, strerror(errno));
        }
        free(dir);
    }
    free(walk.pending.paths);
    (void)close(root_fd);
    return ok;
}

static struct files_file *file_new(int fd)
{
    struct files_file *file = mem_alloc(sizeof *file);

    file->fd = fd;
    return file;
}

static int open_any(const char *root, const char *path)
{
    int root_fd;
    int fd;

    /* O_NONBLOCK: a pipe that has taken the file's place must not hold us up. */
    if (!root)
        return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    root_fd = linux_open_root(root);
    if (root_fd < 0)
        return -1;
    fd = linux_open_below(root_fd, path, O_RDONLY | O_NONBLOCK);
    (void)close(root_fd);
    return fd;
}

struct files_file *files_open(const char *root, const char *path, struct error *err)
{
    struct stat st;
    int fd = open_any(root, path);

    if (fd < 0) {
        error_set(err, ERROR_IO, "cannot open '%s': %s", path, strerror(errno));
        return NULL;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        error_set(err, ERROR_IO, "cannot open '%s': not a regular file", path);
        (void)close(fd);
        return NULL;
    }
    return file_new(fd);
}

bool files_write_all(int fd, struct span bytes, int64_t offset)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t n = offset < 0
                        ? write(fd, bytes.data + done, bytes.len - done)
                        : pwrite(fd, bytes.data + done, bytes.len - done, offset + (off_t)done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0) {
            errno = ENOSPC;
            return false;
        }
        done += (size_t)n;
    }
    return true;
}

/* False with errno, or with err where a signal asks for a stop. */
static bool copy_all(int from, int to, struct error *err)
{
    char *data = mem_alloc(COPY_BYTES);
    bool ok = true;

    while (ok && stop_wait_input(from, err)) {
        ssize_t n = read(from, data, COPY_BYTES);

        if (n == 0)
            break;
        if (n < 0)
            ok = errno == EINTR || errno == EAGAIN;
        else
            ok = files_write_all(to, (struct span){data, (size_t)n}, -1);
    }
    free(data);
    return ok && err->code == ERROR_NONE;
}

static const char *temporary_directory(void)
{
    const char *dir = getenv("TMPDIR");

    return dir && *dir ? dir : "/tmp";
}

static int open_temporary(void)
{
    const char *dir = temporary_directory();
    int fd = linux_open_nameless(dir);
    char *name;

    if (fd >= 0)
        return fd;
    /* File systems without nameless files. */
    name = mem_printf("%s/threadferry-XXXXXX", dir);
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(name);
    free(name);
    return fd;
}

struct files_file *files_temporary(struct error *err)
{
    const int fd = open_temporary();

    if (fd < 0) {
        error_set(err, ERROR_IO, "cannot make a temporary file in '%s': %s", temporary_directory(),
                  strerror(errno));
        return NULL;
    }
    return file_new(fd);
}

struct files_file *files_spool(const char *path, struct error *err)
{
    /* A pipe with a name is waited for when it is read, which a signal can end. */
    int from = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : STDIN_FILENO;
    int to = from >= 0 ? open_temporary() : -1;
    bool ok;

    error_clear(err);
    ok = to >= 0 && copy_all(from, to, err);
    if (!ok && err->code == ERROR_NONE)
        error_set(err, ERROR_IO, "cannot keep a copy of '%s': %s", path ? path : "standard input",
                  strerror(errno));
    if (!ok && to >= 0)
        (void)close(to);
    if (path && from >= 0)
        (void)close(from);
    return ok ? file_new(to) : NULL;
}

bool files_stamp(const struct files_file *file, struct files_stamp *stamp, struct error *err)
{
    struct stat st;

    if (fstat(file->fd, &st) != 0) {
        error_set(err, ERROR_IO, "cannot look at a file: %s", strerror(errno));
        return false;
    }
    *stamp = (struct files_stamp){
        .size = st.st_size,
        .modified_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
        .device = st.st_dev,
        .inode = st.st_ino,
    };
    return true;
}

bool files_read(const struct files_file *file, int64_t offset, void *data, size_t len, size_t *got,
                struct error *err)
{
    *got = 0;
    while (*got < len) {
        ssize_t n = pread(file->fd, (char *)data + *got, len - *got, offset + (int64_t)*got);

        if (n == 0)
            return true;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_set(err, ERROR_IO, "cannot read a file: %s", strerror(errno));
            return false;
        }
        *got += (size_t)n;
    }
    return true;
}

bool files_write(struct files_file *file, int64_t offset, struct span bytes, struct error *err)
{
    if (files_write_all(file->fd, bytes, offset))
        return true;
    error_set(err, ERROR_IO, "cannot write to a temporary file in '%s': %s", temporary_directory(),
              strerror(errno));
    return false;
}

void files_close(struct files_file *file)
{
    if (!file)
        return;
    (void)close(file->fd);
    free(file);
}

/* Writes and closes. The errno is that of the first thing that failed. */
static bool fill(int fd, struct span bytes)
{
    bool ok = files_write_all(fd, bytes, -1) && fsync(fd) == 0;
    const int failed = errno;

    if (close(fd) != 0 && ok)
        return false;
    errno = failed;
    return ok;
}

/* A name beside path that nobody could prepare, and short: path may be as long as names can be.
 * New, for mkostemp(). */
static char *temporary_beside(const char *path)
{
    const char *slash = strrchr(path, '/');
    const size_t folder = slash ? (size_t)(slash - path) + 1 : 0;

    return mem_printf("%.*s.threadferry-XXXXXX", (int)folder, path);
}

bool files_replace(const char *path, struct span bytes, struct error *err)
{
    char *temporary = temporary_beside(path);
    const int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    const bool ok = fd >= 0 && fill(fd, bytes) && rename(temporary, path) == 0;

    if (!ok) {
        error_set(err, ERROR_IO, "cannot write '%s': %s", path, strerror(errno));
        if (fd >= 0)
            (void)unlink(temporary);
    }
    free(temporary);
    return ok;
}
