#include "doctor/disk_check.h"

#include "base/mem.h"
#include "os/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    SYNCS = 8,
    SLOW_SYNC_MS = 50,
    LITTLE_ROOM_MB = 256,
    BYTES_PER_MB = 1 << 20,
};

/* Writes and syncs a few times; the mean in milliseconds, or -1. */
static int64_t time_syncs(int fd)
{
    static const char LINE[256] = "threadferry doctor";
    int64_t begin = clock_now_ms();

    for (int i = 0; i < SYNCS; i++) {
        if (write(fd, LINE, sizeof LINE) != (ssize_t)sizeof LINE || fdatasync(fd) != 0)
            return -1;
    }
    return (clock_now_ms() - begin) / SYNCS;
}

static const char *remedy(void)
{
    return errno == ENOSPC || errno == EDQUOT
               ? "free some space, or use another disk: checkpoint: FILE"
               : "use another disk: checkpoint: FILE";
}

static void check_syncs(struct findings *f, const char *directory)
{
    char *path = mem_printf("%s/.threadferry-doctor-XXXXXX", directory);
    int fd = mkstemp(path);
    int64_t mean_ms;
    int failure;

    if (fd < 0) {
        findings_add(f, FINDING_FAIL, "disk", remedy(), "cannot write in '%s': %s", directory,
                     strerror(errno));
        free(path);
        return;
    }
    mean_ms = time_syncs(fd);
    failure = errno;
    (void)close(fd);
    (void)unlink(path);
    free(path);
    errno = failure;
    if (mean_ms < 0)
        findings_add(f, FINDING_FAIL, "disk", remedy(), "cannot sync in '%s': %s", directory,
                     strerror(errno));
    else if (mean_ms > SLOW_SYNC_MS)
        findings_add(f, FINDING_WARN, "disk", "a local disk makes the run faster",
                     "fsync in '%s' takes %lld ms", directory, (long long)mean_ms);
    else
        findings_add(f, FINDING_OK, "disk", NULL, "fsync in '%s' takes %lld ms", directory,
                     (long long)mean_ms);
}

static void check_room(struct findings *f, const char *directory)
{
    struct statvfs info;
    unsigned long long megabytes;

    if (statvfs(directory, &info) != 0)
        return;
    megabytes = (unsigned long long)info.f_bavail * info.f_frsize / BYTES_PER_MB;
    findings_add(f, megabytes < LITTLE_ROOM_MB ? FINDING_WARN : FINDING_OK, "disk space",
                 megabytes < LITTLE_ROOM_MB ? "a million threads take about half a gigabyte" : NULL,
                 "%llu %s free", megabytes < 10000 ? megabytes : megabytes / 1024,
                 megabytes < 10000 ? "MB" : "GB");
}

void disk_check(struct findings *f, const char *checkpoint)
{
    const char *slash = strrchr(checkpoint, '/');
    char *directory = slash ? mem_dup(checkpoint, (size_t)(slash - checkpoint)) : mem_strdup(".");

    if (directory[0] == '\0') {
        free(directory);
        directory = mem_strdup("/");
    }
    check_syncs(f, directory);
    check_room(f, directory);
    free(directory);
}
