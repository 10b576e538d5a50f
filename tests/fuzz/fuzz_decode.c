/*
 * Any bytes as a file: there is a verdict with all that belongs to it, twice the same, and the
 * text of one that was decoded is not decoded again.
 */
#include "decode/decode.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_unread(void *ctx, const struct python_place *place)
{
    assert(place->line > 0 && place->why[0]);
    ++*(size_t *)ctx;
}

static void check(const struct decode *decode, size_t size)
{
    struct files_stamp stamp;
    struct error err;

    assert((decode->spool != NULL) == (decode->verdict == DECODE_SPOOLED));
    switch (decode->verdict) {
    case DECODE_PLAIN:
        assert(decode->layers == 0 && decode->start <= size);
        break;
    case DECODE_SPOOLED:
        assert(decode->layers != 0 && files_stamp(decode->spool, &stamp, &err));
        assert(decode->start <= (uint64_t)stamp.size);
        break;
    case DECODE_UNREAD:
        assert(decode->why[0] && decode->hint[0] && !strchr(decode->why, '\n'));
        break;
    case DECODE_FOREIGN:
        assert(decode->kind[0]);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct files_file *file = files_temporary(&err);
    size_t places = 0;
    const struct python_places told = {on_unread, &places};
    struct decode decode;
    struct decode again;

    assert(file && files_write(file, 0, (struct span){(const char *)data, size}, &err));
    assert(decode_open(&decode, file, span_of("a file"), &told, &err));
    check(&decode, size);
    assert(decode_open(&again, file, span_of("a file"), NULL, &err));
    assert(decode.verdict == again.verdict && decode.layers == again.layers);
    assert(places == 0 || (decode.layers & DECODE_PYTHON) != 0);
    decode_release(&decode);
    decode_release(&again);
    files_close(file);
    return 0;
}
