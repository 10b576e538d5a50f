/*
 * What only Linux has, all in one place. Another system needs for
 *
 *   linux_open_below     linux_open_stepwise alone, which is portable
 *   linux_open_nameless  nothing: -1, and its caller makes a file with a name and takes it away
 *   linux_rename_new     its own call (renamex_np and RENAME_EXCL on macOS), or false: only file
 *                        systems without hard links come to it
 *   linux_bell           a pipe or a kqueue; what rings it is 8 bytes, which a read takes together
 *   linux_no_attach      its own call (procctl on FreeBSD, ptrace and PT_DENY_ATTACH on macOS)
 *
 * The rest of src is POSIX of 2024, with flock(), explicit_bzero(), memrchr() and <endian.h>, which
 * the C libraries of Linux and the BSDs have, and /etc/ssl and its like (http/authorities.c).
 */
#ifndef OS_LINUX_H
#define OS_LINUX_H

#include <stdbool.h>

/*
 * Opens a path below a directory without following a symbolic link on the way; a descriptor, or -1
 * with errno. The directory itself is named by dir_fd.
 */
int linux_open_below(int dir_fd, const char *path, int flags);

/* The same for kernels without openat2(), one name after the other; it takes no ".." and no "//".
 */
int linux_open_stepwise(int dir_fd, const char *path, int flags);

/* The directory for linux_open_below(): to be passed through, readable or not. */
int linux_open_root(const char *path);

/* An open file in this directory that has no name. -1 on file systems without such files. */
int linux_open_nameless(const char *dir);

/* Renames, never in the place of another file. False with errno. */
bool linux_rename_new(const char *from, const char *to);

/* A descriptor that can be read when 8 bytes, a number, were written to it. -1 with errno. */
int linux_bell(void);

/* No other process of this user may look into this one's memory. */
void linux_no_attach(void);

#endif
