#include "os/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int linux_open_stepwise(int dir_fd, const char *path, int flags)
{
    char name[NAME_MAX + 1];
    int fd = dir_fd;

    for (;;) {
        size_t len = strcspn(path, "/");
        bool is_last = path[len] == '\0';
        int next;

        if (len == 0 || len > NAME_MAX || (len == 2 && memcmp(path, "..", 2) == 0)) {
            errno = EXDEV;
            next = -1;
        } else {
            memcpy(name, path, len);
            name[len] = '\0';
            next = openat(fd, name,
                          (is_last ? flags : O_RDONLY | O_DIRECTORY) | O_CLOEXEC | O_NOFOLLOW);
        }
        if (fd != dir_fd)
            (void)close(fd);
        if (next < 0 || is_last)
            return next;
        fd = next;
        path += len + 1;
    }
}

/* The kernel does it in one call, which C libraries before 2020 give no name of their own. */
int linux_open_below(int dir_fd, const char *path, int flags)
{
    struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
        .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH,
    };
    long fd = syscall(__NR_openat2, dir_fd, path, &how, sizeof how);

    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        return linux_open_stepwise(dir_fd, path, flags);
    return (int)fd;
}

int linux_open_root(const char *path)
{
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int linux_open_nameless(const char *dir)
{
    return open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

/* Not every C library has a function for it. */
bool linux_rename_new(const char *from, const char *to)
{
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0;
}

int linux_bell(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void linux_no_attach(void)
{
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
