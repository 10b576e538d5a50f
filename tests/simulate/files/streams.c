/*
 * The fake side of os/stream.h for a whole world: lists are read from the disk
 * of fake_fsio; reports go nowhere.
 */
#include "os/stream.h"

#include "fakes/fake_fsio.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

FILE *stream_open_input(const char *path, struct error *err)
{
    const struct span content = fake_fsio_content_of(path ? path : "");

    (void)err;
    errno = ENOENT;
    return content.data ? fmemopen((char *)(uintptr_t)content.data, content.len, "r") : NULL;
}

ssize_t stream_read_now(int fd, char *data, size_t size)
{
    return read(fd, data, size);
}

void stream_print(struct span text)
{
    (void)fwrite(text.data, 1, text.len, stdout);
}

FILE *stream_open_output(const char *path, const char *mode, struct error *err)
{
    (void)path;
    (void)err;
    return fopen("/dev/null", mode[0] == 'a' ? "a" : "w");
}
