#include "engine/spool.h"

#include <errno.h>
#include <string.h>

enum { IN_MEMORY_BYTES = 1 << 20, PIECE_BYTES = 1 << 16 };

void spool_init(struct spool *spool)
{
    spool->file = NULL;
    buf_init(&spool->bytes, BUF_NO_LIMIT);
}

void spool_release(struct spool *spool)
{
    if (spool->file)
        (void)fclose(spool->file);
    spool->file = NULL;
    buf_release(&spool->bytes);
}

static bool broken(struct error *err)
{
    error_set(err, ERROR_IO, "cannot use a temporary file: %s", strerror(errno));
    return false;
}

bool spool_settle(struct spool *spool, struct error *err)
{
    if (spool->bytes.len < IN_MEMORY_BYTES)
        return true;
    if (!spool->file)
        spool->file = tmpfile();
    if (!spool->file ||
        fwrite(spool->bytes.data, 1, spool->bytes.len, spool->file) != spool->bytes.len)
        return broken(err);
    buf_clear(&spool->bytes);
    return true;
}

bool spool_each(struct spool *spool, bool (*each)(void *ctx, struct span piece, struct error *err),
                void *ctx, struct error *err)
{
    char piece[PIECE_BYTES];
    size_t got = 1;

    if (spool->file) {
        if (fflush(spool->file) != 0 || fseek(spool->file, 0, SEEK_SET) != 0)
            return broken(err);
        while (got > 0) {
            got = fread(piece, 1, sizeof piece, spool->file);
            if (got > 0 && !each(ctx, (struct span){piece, got}, err))
                return false;
        }
        if (ferror(spool->file))
            return broken(err);
    }
    return spool->bytes.len == 0 || each(ctx, buf_span(&spool->bytes), err);
}
