/*
 * Seam: the files that must survive a crash, that is the checkpoint and the
 * archives that export writes. Everything else uses stdio.
 *
 * fsio_posix.c is the real side; the fake is a small disk that counts
 * operations, fails, tears or stops at the N-th, and can lose un-synced
 * sectors. Every function that fails sets ERROR_IO and names the path, except
 * where it says otherwise. A failed sync is final: the file is broken from then
 * on and every later call on it fails.
 */
#ifndef OS_FSIO_H
#define OS_FSIO_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct fsio_file;

enum fsio_mode {
    FSIO_READ,  /* no lock, read only; symlinks and special files are refused too */
    FSIO_WRITE, /* read and append, exclusively locked (flock, not waiting) */
};

enum fsio_result {
    FSIO_OK,
    FSIO_ABSENT, /* there is no such file; not an error */
    FSIO_LOCKED, /* another process holds the lock */
    FSIO_FAILED, /* err is set */
};

/*
 * Opens an existing regular file that we own, mode 0600 at most (group and other bits are
 * refused), never through a symlink. New on FSIO_OK. On FSIO_LOCKED *file is NULL and err says so.
 */
enum fsio_result fsio_open(struct fsio_file **file, const char *path, enum fsio_mode mode,
                           struct error *err);

/*
 * Creates path with this content, atomically: writes a temporary file beside it (mode 0600),
 * syncs it, links it into place (fails with ERROR_LOCKED if path has come to exist), syncs the
 * directory, and leaves it open and locked for append. New.
 */
bool fsio_create(struct fsio_file **file, const char *path, struct span content, struct error *err);

/* Size now, as the file system says. */
bool fsio_size(struct fsio_file *file, int64_t *size, struct error *err);

/* Reads up to len bytes at offset; *got may be short only at the end of the file. */
bool fsio_read(struct fsio_file *file, int64_t offset, void *data, size_t len, size_t *got,
               struct error *err);

/*
 * Appends all bytes. Fails with ERROR_IO when the file's end is not where we left it (somebody
 * else wrote to it).
 */
bool fsio_append(struct fsio_file *file, struct span bytes, struct error *err);

/* Overwrites bytes in place; only recovery does this. */
bool fsio_overwrite(struct fsio_file *file, int64_t offset, struct span bytes, struct error *err);

/*
 * Copies what the file holds from offset to its end into a new file beside it: FILE.torn-1, or the
 * first such name that is free (mode 0600, durable when this returns true). Recovery calls it
 * before it cuts or overwrites anything. *kept_as is the new file's path; new, or NULL.
 */
bool fsio_keep_tail(struct fsio_file *file, int64_t offset, char **kept_as, struct error *err);

/* Cuts the file to size bytes. */
bool fsio_truncate(struct fsio_file *file, int64_t size, struct error *err);

/*
 * fdatasync; when this returns true everything appended before is durable, and path still led to
 * this file: see fsio_check(). Waits for a sync under way, which is then the one that counts.
 */
bool fsio_sync(struct fsio_file *file, struct error *err);

/*
 * The same beside the caller: begins a sync and returns. Until fsio_sync_end() has told its end
 * nothing may be written. *is_over is false while it is under way; once it is true, the result is
 * that of fsio_sync().
 */
bool fsio_sync_start(struct fsio_file *file, struct error *err);
bool fsio_sync_end(struct fsio_file *file, bool *is_over, struct error *err);

/* Readable when the sync under way is over, for poll; or -1. */
int fsio_wake_fd(const struct fsio_file *file);

/*
 * Does path still lead to this file? Fails with ERROR_IO where somebody has renamed, replaced or
 * removed it: what is written would be lost to the next run. Final, as a failed sync.
 */
bool fsio_check(struct fsio_file *file, struct error *err);

/* Closes and unlocks; NULL is allowed. */
void fsio_close(struct fsio_file *file);

#endif
