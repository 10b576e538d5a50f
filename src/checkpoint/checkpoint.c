#include "checkpoint/checkpoint.h"

#include "base/text.h"
#include "checkpoint/checkpoint_internal.h"

#include <assert.h>
#include <stdlib.h>

void checkpoint_close(struct checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    fsio_close(checkpoint->file);
    progress_free(checkpoint->progress);
    filebook_release(&checkpoint->files);
    buf_release(&checkpoint->pending);
    for (int role = 0; role < WINDOWS; role++)
        free(checkpoint->windows[role].data);
    free(checkpoint->header_line);
    free(checkpoint->mapping_digest);
    free(checkpoint->path);
    free(checkpoint);
}

const struct record *checkpoint_header(const struct checkpoint *checkpoint)
{
    return &checkpoint->header;
}

const struct progress *checkpoint_progress(const struct checkpoint *checkpoint)
{
    return checkpoint->progress;
}

const struct filebook *checkpoint_files(const struct checkpoint *checkpoint)
{
    return &checkpoint->files;
}

const struct run_facts *checkpoint_runs(const struct checkpoint *checkpoint)
{
    return &checkpoint->run;
}

bool checkpoint_is_writer(const struct checkpoint *checkpoint)
{
    return checkpoint->is_writer;
}

uint64_t checkpoint_orphans(const struct checkpoint *checkpoint)
{
    return progress_orphans(checkpoint->progress);
}

static bool is_usable(const struct checkpoint *checkpoint, struct error *err)
{
    assert(checkpoint->is_writer);
    if (checkpoint->is_broken)
        error_set(err, ERROR_IO, "cannot write checkpoint '%s': an earlier write to it failed",
                  checkpoint->path);
    return !checkpoint->is_broken;
}

struct record checkpoint_numbers(const struct checkpoint *checkpoint)
{
    const uint64_t n = checkpoint->next_n;

    return (struct record){
        .n = n, .b = checkpoint->pending.len == checkpoint->written ? n : checkpoint->batch};
}

bool checkpoint_accept(struct checkpoint *checkpoint, size_t start)
{
    const struct buf *pending = &checkpoint->pending;
    struct record record;
    enum record_parse parse;

    /* Read as the next run will read it. */
    parse = record_read(&record, (struct span){pending->data + start, pending->len - start - 1},
                        checkpoint->header.job);
    assert(parse == RECORD_VALID && record.n == checkpoint->next_n);
    if (!progress_apply(checkpoint->progress, &record, checkpoint->end + (int64_t)start)) {
        buf_truncate(&checkpoint->pending, start);
        return false;
    }
    checkpoint_take_run(checkpoint, &record, checkpoint->end + (int64_t)start);
    checkpoint->batch = record.b;
    checkpoint->next_n++;
    return true;
}

bool checkpoint_add(struct checkpoint *checkpoint, const struct record *record, struct error *err)
{
    const struct record numbers = checkpoint_numbers(checkpoint);
    const size_t start = checkpoint->pending.len;
    struct record numbered = *record;
    char detail[sizeof((struct thread_facts *)NULL)->detail];
    int64_t end;

    if (!is_usable(checkpoint, err))
        return false;
    text_visible(detail, sizeof detail, record->detail);
    numbered.detail = span_of(detail);
    numbered.n = numbers.n;
    numbered.b = numbers.b;
    record_write(&checkpoint->pending, &numbered, checkpoint->header.job);
    end = checkpoint->end + (int64_t)checkpoint->pending.len;
    if (checkpoint->pending.len - start > RECORD_LINE_MAX || end >> PROGRESS_OFFSET_BITS != 0) {
        error_set(err, ERROR_IO, "cannot write checkpoint '%s': its %s", checkpoint->path,
                  end >> PROGRESS_OFFSET_BITS != 0 ? "size would pass 1 TiB"
                                                   : "next record is too long");
        buf_truncate(&checkpoint->pending, start);
        return false;
    }
    if (!checkpoint_accept(checkpoint, start)) {
        error_set(
            err, ERROR_STOPPED,
            "cannot write checkpoint '%s': '%s' cannot follow what is on record of its thread",
            checkpoint->path, record_kind_name(record->kind));
        return false;
    }
    return true;
}

uint64_t checkpoint_newest(const struct checkpoint *checkpoint)
{
    return checkpoint->next_n - 1;
}

uint64_t checkpoint_begun(const struct checkpoint *checkpoint)
{
    return checkpoint->syncing;
}

uint64_t checkpoint_durable(const struct checkpoint *checkpoint)
{
    return checkpoint->durable;
}

int checkpoint_wake_fd(const struct checkpoint *checkpoint)
{
    return checkpoint->written > 0 ? fsio_wake_fd(checkpoint->file) : -1;
}

/* Writes what waits, as one batch. */
static bool write_batch(struct checkpoint *checkpoint, struct error *err)
{
    checkpoint->written = checkpoint->pending.len;
    checkpoint->syncing = checkpoint_newest(checkpoint);
    return fsio_append(checkpoint->file, buf_span(&checkpoint->pending), err);
}

static void take_durable(struct checkpoint *checkpoint)
{
    checkpoint->end += (int64_t)checkpoint->written;
    buf_consume(&checkpoint->pending, checkpoint->written);
    checkpoint->written = 0;
    checkpoint->durable = checkpoint->syncing;
}

static bool sync_end(struct checkpoint *checkpoint, struct error *err)
{
    bool is_over;

    if (!fsio_sync_end(checkpoint->file, &is_over, err))
        return false;
    if (is_over)
        take_durable(checkpoint);
    return true;
}

/* Nothing is written before the sync of the batch before has returned: a line of a later batch
 * proves to recovery that all before it had been safe. */
static bool sync_on(struct checkpoint *checkpoint, bool begins, struct error *err)
{
    if (checkpoint->written > 0 && !sync_end(checkpoint, err))
        return false;
    if (!begins || checkpoint->written > 0 || checkpoint->pending.len == 0)
        return true;
    return write_batch(checkpoint, err) && fsio_sync_start(checkpoint->file, err) &&
           sync_end(checkpoint, err);
}

bool checkpoint_sync_on(struct checkpoint *checkpoint, bool begins, struct error *err)
{
    if (!is_usable(checkpoint, err))
        return false;
    checkpoint->is_broken = !sync_on(checkpoint, begins, err);
    return !checkpoint->is_broken;
}

static bool sync_all(struct checkpoint *checkpoint, struct error *err)
{
    if (checkpoint->pending.len == 0)
        return fsio_check(checkpoint->file, err);
    while (checkpoint->pending.len > 0) {
        if ((checkpoint->written == 0 && !write_batch(checkpoint, err)) ||
            !fsio_sync(checkpoint->file, err))
            return false;
        take_durable(checkpoint);
    }
    return true;
}

bool checkpoint_sync(struct checkpoint *checkpoint, struct error *err)
{
    if (!is_usable(checkpoint, err))
        return false;
    checkpoint->is_broken = !sync_all(checkpoint, err);
    return !checkpoint->is_broken;
}
