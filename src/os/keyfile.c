#include "os/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool check(int fd, const char *path, struct error *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        error_set(err, ERROR_USAGE, "cannot read key file '%s': %s", path, strerror(errno));
        return false;
    }
    if (!S_ISREG(st.st_mode)) {
        error_set(err, ERROR_USAGE, "cannot read key file '%s': not a regular file", path);
        return false;
    }
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        error_set(err, ERROR_USAGE,
                  "key file '%s' is open to group or others (mode %04o)\n"
                  "hint: chmod 600, and think about a new key",
                  path, (unsigned)(st.st_mode & 07777));
        return false;
    }
    return true;
}

static bool read_all(int fd, char *data, size_t size, size_t *len)
{
    *len = 0;
    while (*len < size) {
        const ssize_t got = read(fd, data + *len, size - *len);

        if (got == 0)
            return true;
        if (got > 0)
            *len += (size_t)got;
        else if (errno != EINTR)
            return false;
    }
    errno = EFBIG;
    return false;
}

bool keyfile_read(const char *path, char *data, size_t size, size_t *len, struct error *err)
{
    /* O_NONBLOCK: a FIFO must be refused, not waited for. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool ok;

    if (fd < 0) {
        /* Without its name: where there is no such file, that may be the key itself. */
        error_set(err, errno == ENOMEM ? ERROR_STOPPED : ERROR_USAGE,
                  "cannot open the key file: %s\n"
                  "hint: it is the name of a file that holds the key, never the key itself",
                  strerror(errno));
        return false;
    }
    ok = check(fd, path, err);
    if (ok && !read_all(fd, data, size, len)) {
        error_set(err, ERROR_USAGE, "cannot read key file '%s': %s", path, strerror(errno));
        ok = false;
    }
    (void)close(fd);
    return ok;
}
