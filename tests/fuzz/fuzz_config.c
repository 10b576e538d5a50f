/* A configuration file: read or refused with a place; what was read is printed. */
#include "settings/config.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int fd = memfd_create("config", MFD_CLOEXEC);
    char path[64];
    const struct config_input input = {.file = path};
    struct config config;
    struct error err;
    struct buf out;

    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    buf_init(&out, BUF_NO_LIMIT);
    if (config_load(&config, &input, &err)) {
        config_print(&out, &config, false);
        config_print_json(&out, &config, false);
        assert(out.len > 0 && !memchr(out.data, '\x1b', out.len));
    } else {
        assert(err.code == ERROR_USAGE);
        assert(strncmp(err.text, path, strlen(path)) == 0);
    }
    buf_release(&out);
    config_release(&config);
    (void)close(fd);
    return 0;
}
