#include "fakes/fake_fsio.h"

#include "base/mem.h"
#include "os/fsio.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A file twice: as the page cache shows it, and as the platters have it. */
struct disk {
    char *path;       /* NULL: there is no file */
    struct buf seen;  /* what readers see */
    struct buf kept;  /* what survives; its length is the durable size */
    struct buf dirty; /* a byte for each sector of seen: 1 where a sync has to write it */
};

struct fake_fsio_snapshot {
    struct disk disk;
};

struct fsio_file {
    uint64_t life; /* of the process that opened it */
    bool is_writer;
    bool is_broken;
    size_t end;
};

static struct {
    struct disk disk;
    struct fake_fsio_plan plan;
    uint64_t operations;
    uint64_t looks;
    uint64_t life;
    bool is_stopped;
    bool is_locked;
    bool is_locked_by_other;
    bool is_taken_away;
} fake;

static size_t sectors_of(size_t len)
{
    return (len + FAKE_FSIO_SECTOR - 1) / FAKE_FSIO_SECTOR;
}

static void disk_release(struct disk *disk)
{
    free(disk->path);
    buf_release(&disk->seen);
    buf_release(&disk->kept);
    buf_release(&disk->dirty);
    *disk = (struct disk){0};
}

static void copy_buf(struct buf *to, const struct buf *from)
{
    buf_init(to, BUF_NO_LIMIT);
    buf_add(to, from->data, from->len);
}

static void disk_copy(struct disk *to, const struct disk *from)
{
    to->path = mem_strdup(from->path);
    copy_buf(&to->seen, &from->seen);
    copy_buf(&to->kept, &from->kept);
    copy_buf(&to->dirty, &from->dirty);
}

/* Cuts, or lengthens with zeros. */
static void set_len(struct buf *buf, size_t len)
{
    static const char ZEROS[4 * FAKE_FSIO_SECTOR];

    if (len < buf->len)
        buf_truncate(buf, len);
    while (buf->len < len)
        buf_add(buf, ZEROS, len - buf->len < sizeof ZEROS ? len - buf->len : sizeof ZEROS);
}

void fake_fsio_restart(void)
{
    fake.life++;
    fake.is_stopped = false;
    fake.is_locked = false;
    fake.is_taken_away = false;
    fake.plan = (struct fake_fsio_plan){0};
    fake.operations = 0;
    fake.looks = 0;
}

void fake_fsio_reset(void)
{
    disk_release(&fake.disk);
    fake.is_locked_by_other = false;
    fake_fsio_restart();
}

void fake_fsio_put(const char *path, struct span content)
{
    fake_fsio_reset();
    fake.disk.path = mem_strdup(path);
    buf_init(&fake.disk.seen, BUF_NO_LIMIT);
    buf_add_span(&fake.disk.seen, content);
    copy_buf(&fake.disk.kept, &fake.disk.seen);
    buf_init(&fake.disk.dirty, BUF_NO_LIMIT);
    set_len(&fake.disk.dirty, sectors_of(content.len));
}

struct span fake_fsio_content(void)
{
    return fake.disk.path ? buf_span(&fake.disk.seen) : (struct span){NULL, 0};
}

void fake_fsio_plan(const struct fake_fsio_plan *plan)
{
    fake.plan = *plan;
    fake.operations = 0;
    fake.looks = 0;
}

uint64_t fake_fsio_operations(void)
{
    return fake.operations;
}

uint64_t fake_fsio_looks(void)
{
    return fake.looks;
}

bool fake_fsio_is_stopped(void)
{
    return fake.is_stopped;
}

void fake_fsio_hold_lock(bool is_held)
{
    fake.is_locked_by_other = is_held;
}

static void write_bytes(size_t at, struct span bytes)
{
    struct disk *disk = &fake.disk;

    if (bytes.len == 0)
        return;
    if (at + bytes.len > disk->seen.len)
        set_len(&disk->seen, at + bytes.len);
    memcpy(disk->seen.data + at, bytes.data, bytes.len);
    set_len(&disk->dirty, sectors_of(disk->seen.len));
    memset(disk->dirty.data + at / FAKE_FSIO_SECTOR, 1,
           sectors_of(at + bytes.len) - at / FAKE_FSIO_SECTOR);
}

void fake_fsio_take_away(void)
{
    fake.is_taken_away = true;
}

void fake_fsio_append_foreign(struct span bytes)
{
    write_bytes(fake.disk.seen.len, bytes);
}

/* Brings the first `share` of `of` parts of the dirty sectors to the platters; the others count
 * as clean all the same, as after a failed fsync. */
static void flush(size_t share, size_t of)
{
    struct disk *disk = &fake.disk;
    const size_t wanted = fake_fsio_unsynced() * share / of;
    size_t written = 0;

    if (share == of)
        set_len(&disk->kept, disk->seen.len);
    for (size_t sector = 0; sector < disk->dirty.len; sector++) {
        const size_t at = sector * FAKE_FSIO_SECTOR;
        size_t end = at + FAKE_FSIO_SECTOR;

        if (end > disk->seen.len)
            end = disk->seen.len;
        if (disk->dirty.data[sector] && written < wanted) {
            if (end > disk->kept.len)
                set_len(&disk->kept, end);
            memcpy(disk->kept.data + at, disk->seen.data + at, end - at);
            written++;
        }
        disk->dirty.data[sector] = 0;
    }
}

size_t fake_fsio_unsynced(void)
{
    size_t count = 0;

    for (size_t i = 0; i < fake.disk.dirty.len; i++)
        count += fake.disk.dirty.data[i] != 0;
    return count;
}

void fake_fsio_lose_power(const struct fake_fsio_loss *loss)
{
    struct disk *disk = &fake.disk;
    const size_t size = loss->has_new_size ? disk->seen.len : disk->kept.len;
    const size_t known = disk->kept.len;
    size_t unsynced = 0;

    set_len(&disk->kept, size);
    for (size_t at = known; at < size; at++)
        disk->kept.data[at] = loss->fill.data[at % loss->fill.len];
    for (size_t sector = 0; sector < disk->dirty.len; sector++) {
        const size_t at = sector * FAKE_FSIO_SECTOR;
        size_t end = at + FAKE_FSIO_SECTOR;

        if (!disk->dirty.data[sector] || !loss->survived[unsynced++] || at >= size)
            continue;
        if (end > disk->seen.len)
            end = disk->seen.len;
        if (end > size)
            end = size;
        memcpy(disk->kept.data + at, disk->seen.data + at, end - at);
    }
    buf_release(&disk->seen);
    copy_buf(&disk->seen, &disk->kept);
    set_len(&disk->dirty, 0);
    set_len(&disk->dirty, sectors_of(size));
    fake_fsio_restart();
}

struct fake_fsio_snapshot *fake_fsio_snapshot(void)
{
    struct fake_fsio_snapshot *snapshot = mem_zalloc(1, sizeof *snapshot);

    disk_copy(&snapshot->disk, &fake.disk);
    return snapshot;
}

void fake_fsio_restore(const struct fake_fsio_snapshot *snapshot)
{
    disk_release(&fake.disk);
    disk_copy(&fake.disk, &snapshot->disk);
    fake_fsio_restart();
}

void fake_fsio_snapshot_free(struct fake_fsio_snapshot *snapshot)
{
    if (!snapshot)
        return;
    disk_release(&snapshot->disk);
    free(snapshot);
}

static bool is_alive(const char *path, struct error *err)
{
    if (fake.is_stopped)
        error_set(err, ERROR_STOPPED, "cannot use '%s': the process was stopped", path);
    return !fake.is_stopped;
}

static bool fail(const char *what, int error_number, struct error *err)
{
    error_set(err, ERROR_IO, "cannot %s '%s': %s", what, fake.disk.path ? fake.disk.path : "file",
              strerror(error_number));
    return false;
}

static bool may_look(const char *what, const char *path, struct error *err)
{
    if (!is_alive(path, err))
        return false;
    return ++fake.looks == fake.plan.look_at ? fail(what, EIO, err) : true;
}

/* Of an operation: which part of its effect takes place, in halves, and how it ends. */
struct fate {
    size_t halves;
    enum fake_fsio_fault fault;
};

static struct fate next_fate(void)
{
    static const size_t HALVES[] = {
        [FAKE_FSIO_NONE] = 2,        [FAKE_FSIO_FAIL] = 0,      [FAKE_FSIO_FAIL_HALF] = 1,
        [FAKE_FSIO_STOP_BEFORE] = 0, [FAKE_FSIO_STOP_HALF] = 1, [FAKE_FSIO_STOP_AFTER] = 2,
    };
    const uint64_t number = ++fake.operations;
    const bool is_due = fake.plan.at != 0 &&
                        (number == fake.plan.at || (fake.plan.for_ever && number > fake.plan.at));
    const enum fake_fsio_fault fault = is_due ? fake.plan.fault : FAKE_FSIO_NONE;

    return (struct fate){HALVES[fault], fault};
}

static bool end_operation(struct fsio_file *file, const struct fate *fate, const char *what,
                          struct error *err)
{
    if (fate->fault == FAKE_FSIO_NONE)
        return true;
    if (fate->fault == FAKE_FSIO_FAIL || fate->fault == FAKE_FSIO_FAIL_HALF) {
        if (file)
            file->is_broken = true;
        return fail(what, fake.plan.error_number ? fake.plan.error_number : EIO, err);
    }
    fake.is_stopped = true;
    return is_alive(fake.disk.path ? fake.disk.path : "file", err);
}

static bool begin_operation(const struct fsio_file *file, const char *what, struct error *err)
{
    if (!is_alive(fake.disk.path, err))
        return false;
    assert(file->is_writer && file->life == fake.life);
    return file->is_broken ? fail(what, EIO, err) : true;
}

enum fsio_result fsio_open(struct fsio_file **file, const char *path, enum fsio_mode mode,
                           struct error *err)
{
    *file = NULL;
    if (!may_look("open", path, err))
        return FSIO_FAILED;
    if (!fake.disk.path || strcmp(fake.disk.path, path) != 0)
        return FSIO_ABSENT;
    if (mode == FSIO_WRITE && (fake.is_locked || fake.is_locked_by_other)) {
        error_set(err, ERROR_LOCKED, "cannot lock '%s': another process holds the lock", path);
        return FSIO_LOCKED;
    }
    fake.is_locked |= mode == FSIO_WRITE;
    *file = mem_zalloc(1, sizeof **file);
    (*file)->life = fake.life;
    (*file)->is_writer = mode == FSIO_WRITE;
    (*file)->end = fake.disk.seen.len;
    return FSIO_OK;
}

bool fsio_create(struct fsio_file **file, const char *path, struct span content, struct error *err)
{
    struct fate fate;
    const struct fake_fsio_plan plan = fake.plan;
    const uint64_t looks = fake.looks;
    uint64_t operations;

    *file = NULL;
    if (!is_alive(path, err))
        return false;
    if (fake.disk.path)
        return fail("create", EEXIST, err);
    fate = next_fate();
    operations = fake.operations;
    /* A name or none: half of a creation leaves at most a temporary file. */
    if (fate.halves == 2) {
        const uint64_t life = fake.life;

        fake_fsio_put(path, content);
        fake.life = life;
        fake.plan = plan;
        fake.operations = operations;
        fake.looks = looks;
    }
    if (!end_operation(NULL, &fate, "create", err))
        return false;
    return fsio_open(file, path, FSIO_WRITE, err) == FSIO_OK;
}

bool fsio_size(struct fsio_file *file, int64_t *size, struct error *err)
{
    (void)file;
    if (!may_look("examine", "file", err))
        return false;
    *size = (int64_t)fake.disk.seen.len;
    return true;
}

bool fsio_read(struct fsio_file *file, int64_t offset, void *data, size_t len, size_t *got,
               struct error *err)
{
    const size_t at = (size_t)offset;

    (void)file;
    *got = 0;
    if (!may_look("read", "file", err))
        return false;
    if (at < fake.disk.seen.len)
        *got = fake.disk.seen.len - at < len ? fake.disk.seen.len - at : len;
    memcpy(data, fake.disk.seen.data + (*got > 0 ? at : 0), *got);
    return true;
}

bool fsio_append(struct fsio_file *file, struct span bytes, struct error *err)
{
    struct fate fate;

    if (!begin_operation(file, "append to", err))
        return false;
    if (file->end != fake.disk.seen.len) {
        file->is_broken = true;
        error_set(err, ERROR_IO, "cannot append to '%s': somebody else has changed its size",
                  fake.disk.path);
        return false;
    }
    fate = next_fate();
    write_bytes(file->end, (struct span){bytes.data, bytes.len * fate.halves / 2});
    file->end = fake.disk.seen.len;
    return end_operation(file, &fate, "append to", err);
}

bool fsio_overwrite(struct fsio_file *file, int64_t offset, struct span bytes, struct error *err)
{
    struct fate fate;

    if (!begin_operation(file, "overwrite", err))
        return false;
    fate = next_fate();
    write_bytes((size_t)offset, (struct span){bytes.data, bytes.len * fate.halves / 2});
    return end_operation(file, &fate, "overwrite", err);
}

bool fsio_truncate(struct fsio_file *file, int64_t size, struct error *err)
{
    struct fate fate;

    if (!begin_operation(file, "truncate", err))
        return false;
    fate = next_fate();
    if (fate.halves == 2) {
        set_len(&fake.disk.seen, (size_t)size);
        set_len(&fake.disk.dirty, sectors_of((size_t)size));
        file->end = (size_t)size;
    }
    return end_operation(file, &fate, "truncate", err);
}

bool fsio_sync(struct fsio_file *file, struct error *err)
{
    struct fate fate;

    if (!begin_operation(file, "sync", err))
        return false;
    fate = next_fate();
    /* A process that dies before the sync leaves the pages dirty: the kernel still has them. */
    if (fate.fault != FAKE_FSIO_STOP_BEFORE)
        flush(fate.halves, 2);
    return end_operation(file, &fate, "sync", err) && fsio_check(file, err);
}

bool fsio_check(struct fsio_file *file, struct error *err)
{
    if (!begin_operation(file, "go on with", err))
        return false;
    if (!fake.is_taken_away)
        return true;
    file->is_broken = true;
    error_set(err, ERROR_IO, "'%s' was renamed, replaced or removed while the run wrote to it",
              fake.disk.path);
    return false;
}

void fsio_close(struct fsio_file *file)
{
    if (!file)
        return;
    if (file->is_writer && file->life == fake.life)
        fake.is_locked = false;
    free(file);
}
