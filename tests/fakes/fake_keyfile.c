#include "fakes/fake_keyfile.h"

#include "os/keyfile.h"

#include <string.h>

static const char *fake_content;

void fake_keyfile_set(const char *content)
{
    fake_content = content;
}

bool keyfile_read(const char *path, char *data, size_t size, size_t *len, struct error *err)
{
    if (!fake_content || strlen(fake_content) > size) {
        error_set(err, ERROR_USAGE, "cannot read key file '%s': refused", path);
        return false;
    }
    *len = strlen(fake_content);
    memcpy(data, fake_content, *len);
    return true;
}
