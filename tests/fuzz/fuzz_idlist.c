/* A list of threads, plain and by a column; nothing but ids comes out of it. */
#include "settings/idlist.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(void *ctx, struct span id, struct error *err)
{
    size_t *bytes = ctx;

    (void)err;
    *bytes += id.len;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const COLUMNS[] = {NULL, "id"};

    for (size_t i = 0; size > 0 && i < 2; i++) {
        /* fmemopen() wants to write to what it opens for reading; it does not. */
        FILE *stream = fmemopen((void *)(uintptr_t)data, size, "r");
        size_t bytes = 0;
        struct error err;
        const struct idlist_options options = {
            .stream = stream, .name = "list", .column = COLUMNS[i], .each = take, .ctx = &bytes};

        assert(stream);
        if (!idlist_read(&options, &err))
            assert(err.code == ERROR_USAGE);
        /* A replaced byte of invalid UTF-8 becomes three. */
        assert(bytes <= 3 * size);
        (void)fclose(stream);
    }
    return 0;
}
