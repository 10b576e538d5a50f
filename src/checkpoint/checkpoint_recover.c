#include "checkpoint/checkpoint_internal.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>

enum { PIECE_SIZE = 1 << 20 };

/* Whoever wrote to the file since it was replayed must not lose what they wrote. */
static bool is_unchanged(struct checkpoint *checkpoint, const struct tail *tail, struct error *err)
{
    int64_t size;

    if (!fsio_size(checkpoint->file, &size, err))
        return false;
    if (size == tail->size)
        return true;
    error_set(err, ERROR_IO, "cannot open checkpoint '%s': another process writes to it",
              checkpoint->path);
    return false;
}

/*
 * The last batch may live in the page cache only, namely when its sync failed and the kernel took
 * the pages for clean. Written again they are dirty, and the next sync means something.
 */
static bool rewrite_last_batch(struct checkpoint *checkpoint, struct error *err)
{
    const int64_t batch_len = checkpoint->end - checkpoint->batch_at;
    char *piece = mem_alloc(batch_len < PIECE_SIZE ? (size_t)batch_len : PIECE_SIZE);
    int64_t at = checkpoint->batch_at;
    bool ok = true;

    while (ok && at < checkpoint->end) {
        size_t len = PIECE_SIZE;
        size_t got = 0;

        if ((int64_t)len > checkpoint->end - at)
            len = (size_t)(checkpoint->end - at);
        ok = fsio_read(checkpoint->file, at, piece, len, &got, err);
        if (ok && got != len) {
            error_set(err, ERROR_IO, "cannot read checkpoint '%s': it became shorter",
                      checkpoint->path);
            ok = false;
        }
        ok = ok && fsio_overwrite(checkpoint->file, at, (struct span){piece, len}, err);
        at += (int64_t)len;
    }
    free(piece);
    return ok;
}

void checkpoint_keep_facts(struct checkpoint *checkpoint, const struct tail *tail)
{
    struct span rest = buf_span(&tail->facts);
    struct span line;

    while (text_next_line(&rest, &line)) {
        const struct record numbers = checkpoint_numbers(checkpoint);
        const size_t start = checkpoint->pending.len;

        record_renumber(&checkpoint->pending, line, &numbers, checkpoint->header.job);
        /* Progress of a thread whose `created` was lost with the rest is no fact any more. */
        (void)checkpoint_accept(checkpoint, start);
    }
}

bool checkpoint_recover(struct checkpoint *checkpoint, struct tail *tail, struct error *err)
{
    if (!is_unchanged(checkpoint, tail, err))
        return false;
    if (tail->is_torn && !fsio_keep_tail(checkpoint->file, checkpoint->end, &tail->kept_as, err))
        return false;
    if (tail->is_torn && !fsio_truncate(checkpoint->file, checkpoint->end, err))
        return false;
    /* Synced before anything is appended: a line of the new batch must never prove that this
     * place had been safe while it was not. */
    if (!rewrite_last_batch(checkpoint, err) || !fsio_sync(checkpoint->file, err))
        return false;
    checkpoint_keep_facts(checkpoint, tail);
    return true;
}
