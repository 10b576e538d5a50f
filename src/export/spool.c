#include "export/spool.h"

enum { IN_MEMORY_BYTES = 1 << 20, PIECE_BYTES = 1 << 16 };

void spool_init(struct spool *spool)
{
    *spool = (struct spool){.file = NULL};
    buf_init(&spool->bytes, BUF_NO_LIMIT);
}

void spool_release(struct spool *spool)
{
    files_close(spool->file);
    spool->file = NULL;
    buf_release(&spool->bytes);
}

bool spool_settle(struct spool *spool, struct error *err)
{
    if (spool->bytes.len < IN_MEMORY_BYTES)
        return true;
    if (!spool->file)
        spool->file = files_temporary(err);
    if (!spool->file || !files_write(spool->file, spool->file_size, buf_span(&spool->bytes), err))
        return false;
    spool->file_size += (int64_t)spool->bytes.len;
    buf_clear(&spool->bytes);
    return true;
}

bool spool_each(struct spool *spool, bool (*each)(void *ctx, struct span piece, struct error *err),
                void *ctx, struct error *err)
{
    char piece[PIECE_BYTES];
    int64_t offset = 0;

    while (offset < spool->file_size) {
        size_t got;

        if (!files_read(spool->file, offset, piece, sizeof piece, &got, err))
            return false;
        if (got == 0) {
            error_set(err, ERROR_IO, "cannot read a temporary file: it has become shorter");
            return false;
        }
        if (!each(ctx, (struct span){piece, got}, err))
            return false;
        offset += (int64_t)got;
    }
    return spool->bytes.len == 0 || each(ctx, buf_span(&spool->bytes), err);
}
