#include "fakes/fake_fsio.h"

#include "base/mem.h"
#include "os/fsio.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 128 };

/* A file twice: as the page cache shows it, and as the platters have it. */
struct entry {
    char *path;
    struct buf seen;  /* what readers see */
    struct buf kept;  /* what survives; its length is the durable size */
    struct buf dirty; /* a byte for each sector of seen: 1 where a sync has to write it */
    bool is_locked;
};

struct disk {
    struct entry entries[FILES_MAX]; /* in the order of their creation */
    size_t count;
};

struct fake_fsio_snapshot {
    struct disk disk;
};

struct fsio_file {
    uint64_t life; /* of the process that opened it */
    size_t index;  /* of its entry */
    bool is_writer;
    bool is_broken;
    size_t end;
};

/* Of an operation: which part of its effect takes place, in halves, and how it ends. */
struct fate {
    size_t halves;
    enum fake_fsio_fault fault;
};

/* A sync beside the program. */
struct sync {
    bool is_under_way; /* its end was not told */
    bool is_over;      /* it has taken place */
    size_t index;      /* of the entry */
    struct fate fate;
    uint64_t left; /* events until it takes place */
};

static struct {
    struct disk disk;
    struct fake_fsio_plan plan;
    struct sync sync;
    struct sync sync_of_first; /* while another process runs */
    uint64_t sync_events;
    uint64_t operations;
    uint64_t looks;
    uint64_t life;
    bool is_stopped;
    bool is_locked_by_other;
    bool is_taken_away;
} fake;

static size_t sectors_of(size_t len)
{
    return (len + FAKE_FSIO_SECTOR - 1) / FAKE_FSIO_SECTOR;
}

static void disk_release(struct disk *disk)
{
    for (size_t i = 0; i < disk->count; i++) {
        free(disk->entries[i].path);
        buf_release(&disk->entries[i].seen);
        buf_release(&disk->entries[i].kept);
        buf_release(&disk->entries[i].dirty);
    }
    *disk = (struct disk){.count = 0};
}

static void copy_buf(struct buf *to, const struct buf *from)
{
    buf_init(to, BUF_NO_LIMIT);
    buf_add(to, from->data, from->len);
}

static void disk_copy(struct disk *to, const struct disk *from)
{
    to->count = from->count;
    for (size_t i = 0; i < from->count; i++) {
        to->entries[i] = (struct entry){.path = mem_strdup(from->entries[i].path)};
        copy_buf(&to->entries[i].seen, &from->entries[i].seen);
        copy_buf(&to->entries[i].kept, &from->entries[i].kept);
        copy_buf(&to->entries[i].dirty, &from->entries[i].dirty);
    }
}

/* NULL where there is no such file. */
static struct entry *find(const char *path)
{
    for (size_t i = 0; i < fake.disk.count; i++) {
        if (strcmp(fake.disk.entries[i].path, path) == 0)
            return &fake.disk.entries[i];
    }
    return NULL;
}

static struct entry *entry_of(const struct fsio_file *file)
{
    assert(file->index < fake.disk.count);
    return &fake.disk.entries[file->index];
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

/* The whole content is durable. */
static struct entry *add_entry(const char *path, struct span content)
{
    struct entry *entry;

    assert(fake.disk.count < FILES_MAX);
    entry = &fake.disk.entries[fake.disk.count++];
    *entry = (struct entry){.path = mem_strdup(path)};
    buf_init(&entry->seen, BUF_NO_LIMIT);
    buf_add_span(&entry->seen, content);
    copy_buf(&entry->kept, &entry->seen);
    buf_init(&entry->dirty, BUF_NO_LIMIT);
    set_len(&entry->dirty, sectors_of(content.len));
    return entry;
}

void fake_fsio_restart(void)
{
    fake.life++;
    fake.is_stopped = false;
    fake.is_taken_away = false;
    fake.sync = (struct sync){0};
    for (size_t i = 0; i < fake.disk.count; i++)
        fake.disk.entries[i].is_locked = false;
    fake.plan = (struct fake_fsio_plan){0};
    fake.operations = 0;
    fake.looks = 0;
}

void fake_fsio_reset(void)
{
    disk_release(&fake.disk);
    fake.is_locked_by_other = false;
    fake.sync_events = 0;
    fake_fsio_restart();
}

void fake_fsio_put(const char *path, struct span content)
{
    fake_fsio_reset();
    (void)add_entry(path, content);
}

void fake_fsio_replace(const char *path, struct span content)
{
    struct entry *entry = find(path);

    assert(!entry || !entry->is_locked);
    if (!entry) {
        (void)add_entry(path, content);
        return;
    }
    set_len(&entry->seen, 0);
    buf_add_span(&entry->seen, content);
    buf_release(&entry->kept);
    copy_buf(&entry->kept, &entry->seen);
    set_len(&entry->dirty, 0);
    set_len(&entry->dirty, sectors_of(content.len));
}

struct span fake_fsio_content(void)
{
    return fake.disk.count > 0 ? buf_span(&fake.disk.entries[0].seen) : (struct span){NULL, 0};
}

struct span fake_fsio_content_of(const char *path)
{
    const struct entry *entry = find(path);

    if (entry && entry->seen.len == 0)
        return (struct span){"", 0};
    return entry ? buf_span(&entry->seen) : (struct span){NULL, 0};
}

struct span fake_fsio_durable(void)
{
    for (size_t i = 0; i < fake.disk.count; i++) {
        if (fake.disk.entries[i].is_locked)
            return buf_span(&fake.disk.entries[i].kept);
    }
    return (struct span){NULL, 0};
}

size_t fake_fsio_files(void)
{
    return fake.disk.count;
}

const char *fake_fsio_path(size_t number)
{
    assert(number < fake.disk.count);
    return fake.disk.entries[number].path;
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

static void write_bytes(struct entry *entry, size_t at, struct span bytes)
{
    if (bytes.len == 0)
        return;
    if (at + bytes.len > entry->seen.len)
        set_len(&entry->seen, at + bytes.len);
    memcpy(entry->seen.data + at, bytes.data, bytes.len);
    set_len(&entry->dirty, sectors_of(entry->seen.len));
    memset(entry->dirty.data + at / FAKE_FSIO_SECTOR, 1,
           sectors_of(at + bytes.len) - at / FAKE_FSIO_SECTOR);
}

void fake_fsio_take_away(void)
{
    fake.is_taken_away = true;
}

void fake_fsio_append_foreign(struct span bytes)
{
    assert(fake.disk.count > 0);
    write_bytes(&fake.disk.entries[0], fake.disk.entries[0].seen.len, bytes);
}

static size_t unsynced_of(const struct entry *entry)
{
    size_t count = 0;

    for (size_t i = 0; i < entry->dirty.len; i++)
        count += entry->dirty.data[i] != 0;
    return count;
}

/* Brings the first `share` of `of` parts of the dirty sectors to the platters. The others count as
 * clean all the same where the sync has failed; the kernel still has them where only the process
 * has died. */
static void flush(struct entry *entry, size_t share, size_t of, bool forgets)
{
    const size_t wanted = unsynced_of(entry) * share / of;
    size_t written = 0;

    if (share == of)
        set_len(&entry->kept, entry->seen.len);
    for (size_t sector = 0; sector < entry->dirty.len; sector++) {
        const size_t at = sector * FAKE_FSIO_SECTOR;
        size_t end = at + FAKE_FSIO_SECTOR;

        if (end > entry->seen.len)
            end = entry->seen.len;
        if (entry->dirty.data[sector] && written < wanted) {
            if (end > entry->kept.len)
                set_len(&entry->kept, end);
            memcpy(entry->kept.data + at, entry->seen.data + at, end - at);
            written++;
            entry->dirty.data[sector] = 0;
        }
        if (forgets)
            entry->dirty.data[sector] = 0;
    }
}

size_t fake_fsio_unsynced(void)
{
    size_t count = 0;

    for (size_t i = 0; i < fake.disk.count; i++)
        count += unsynced_of(&fake.disk.entries[i]);
    return count;
}

/* Takes one of `survived` for each un-synced sector; returns what follows. */
static const bool *lose_entry(struct entry *entry, const struct fake_fsio_loss *loss,
                              const bool *survived)
{
    const size_t size = loss->has_new_size ? entry->seen.len : entry->kept.len;
    const size_t known = entry->kept.len;

    set_len(&entry->kept, size);
    for (size_t at = known; at < size; at++)
        entry->kept.data[at] = loss->fill.data[at % loss->fill.len];
    for (size_t sector = 0; sector < entry->dirty.len; sector++) {
        const size_t at = sector * FAKE_FSIO_SECTOR;
        size_t end = at + FAKE_FSIO_SECTOR;

        if (!entry->dirty.data[sector] || !*survived++ || at >= size)
            continue;
        if (end > entry->seen.len)
            end = entry->seen.len;
        if (end > size)
            end = size;
        memcpy(entry->kept.data + at, entry->seen.data + at, end - at);
    }
    buf_release(&entry->seen);
    copy_buf(&entry->seen, &entry->kept);
    set_len(&entry->dirty, 0);
    set_len(&entry->dirty, sectors_of(size));
    return survived;
}

void fake_fsio_lose_power(const struct fake_fsio_loss *loss)
{
    const bool *survived = loss->survived;

    for (size_t i = 0; i < fake.disk.count; i++)
        survived = lose_entry(&fake.disk.entries[i], loss, survived);
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

static bool fail(const char *what, const char *path, int error_number, struct error *err)
{
    error_set(err, ERROR_IO, "cannot %s '%s': %s", what, path, strerror(error_number));
    return false;
}

static bool may_look(const char *what, const char *path, struct error *err)
{
    if (!is_alive(path, err))
        return false;
    return ++fake.looks == fake.plan.look_at ? fail(what, path, EIO, err) : true;
}

/* A handle survives the disk that it was opened on: it sees what is there now. */
static bool may_look_into(const struct fsio_file *file, const char *what, struct error *err)
{
    const bool is_there = file->index < fake.disk.count;

    if (!may_look(what, is_there ? entry_of(file)->path : "file", err))
        return false;
    return is_there ? true : fail(what, "file", EBADF, err);
}

static struct fate next_fate(void)
{
    static const size_t HALVES[] = {
        [FAKE_FSIO_NONE] = 2,        [FAKE_FSIO_FAIL] = 0,      [FAKE_FSIO_FAIL_HALF] = 1,
        [FAKE_FSIO_STOP_BEFORE] = 0, [FAKE_FSIO_STOP_HALF] = 1, [FAKE_FSIO_STOP_AFTER] = 2,
        [FAKE_FSIO_HANG] = 0,
    };
    const uint64_t number = ++fake.operations;
    const bool is_due = fake.plan.at != 0 &&
                        (number == fake.plan.at || (fake.plan.for_ever && number > fake.plan.at));
    const enum fake_fsio_fault fault = is_due ? fake.plan.fault : FAKE_FSIO_NONE;

    return (struct fate){HALVES[fault], fault};
}

static bool end_operation(struct fsio_file *file, const char *path, const struct fate *fate,
                          const char *what, struct error *err)
{
    if (fate->fault == FAKE_FSIO_NONE)
        return true;
    if (fate->fault == FAKE_FSIO_FAIL || fate->fault == FAKE_FSIO_FAIL_HALF) {
        if (file)
            file->is_broken = true;
        return fail(what, path, fake.plan.error_number ? fake.plan.error_number : EIO, err);
    }
    fake.is_stopped = true;
    return is_alive(path, err);
}

/* The entry of the file, or NULL where nothing can be done with it. */
static struct entry *begin_operation(const struct fsio_file *file, const char *what,
                                     struct error *err)
{
    if (!is_alive("file", err))
        return NULL;
    assert(file->is_writer && file->life == fake.life);
    assert(!fake.sync.is_under_way || fake.sync.index != file->index || fake.sync.is_over);
    if (file->is_broken)
        (void)fail(what, entry_of(file)->path, EIO, err);
    return file->is_broken ? NULL : entry_of(file);
}

enum fsio_result fsio_open(struct fsio_file **file, const char *path, enum fsio_mode mode,
                           struct error *err)
{
    struct entry *entry = find(path);

    *file = NULL;
    if (!may_look("open", path, err))
        return FSIO_FAILED;
    if (!entry)
        return FSIO_ABSENT;
    if (mode == FSIO_WRITE && (entry->is_locked || fake.is_locked_by_other)) {
        error_set(err, ERROR_LOCKED, "cannot lock '%s': another process holds the lock", path);
        return FSIO_LOCKED;
    }
    entry->is_locked |= mode == FSIO_WRITE;
    *file = mem_zalloc(1, sizeof **file);
    (*file)->life = fake.life;
    (*file)->index = (size_t)(entry - fake.disk.entries);
    (*file)->is_writer = mode == FSIO_WRITE;
    (*file)->end = entry->seen.len;
    return FSIO_OK;
}

bool fsio_create(struct fsio_file **file, const char *path, struct span content, struct error *err)
{
    struct fate fate;

    *file = NULL;
    if (!is_alive(path, err))
        return false;
    if (find(path)) {
        error_set(err, ERROR_LOCKED, "cannot create '%s': another process has just done so", path);
        return false;
    }
    fate = next_fate();
    /* A name or none: half of a creation leaves at most a temporary file. */
    if (fate.halves == 2)
        (void)add_entry(path, content);
    if (!end_operation(NULL, path, &fate, "create", err))
        return false;
    return fsio_open(file, path, FSIO_WRITE, err) == FSIO_OK;
}

bool fake_fsio_put_whole(const char *path, struct span content, struct error *err)
{
    struct fate fate;

    if (!is_alive(path, err))
        return false;
    fate = next_fate();
    if (fate.halves == 2)
        fake_fsio_replace(path, content);
    return end_operation(NULL, path, &fate, "write", err);
}

bool fsio_size(struct fsio_file *file, int64_t *size, struct error *err)
{
    if (!may_look_into(file, "examine", err))
        return false;
    *size = (int64_t)entry_of(file)->seen.len;
    return true;
}

bool fsio_read(struct fsio_file *file, int64_t offset, void *data, size_t len, size_t *got,
               struct error *err)
{
    const size_t at = (size_t)offset;
    const struct buf *seen;

    *got = 0;
    if (!may_look_into(file, "read", err))
        return false;
    seen = &entry_of(file)->seen;
    if (at < seen->len)
        *got = seen->len - at < len ? seen->len - at : len;
    memcpy(data, seen->data + (*got > 0 ? at : 0), *got);
    return true;
}

bool fsio_append(struct fsio_file *file, struct span bytes, struct error *err)
{
    struct entry *entry = begin_operation(file, "append to", err);
    struct fate fate;

    if (!entry)
        return false;
    if (file->end != entry->seen.len) {
        file->is_broken = true;
        error_set(err, ERROR_IO, "cannot append to '%s': somebody else has changed its size",
                  entry->path);
        return false;
    }
    fate = next_fate();
    write_bytes(entry, file->end, (struct span){bytes.data, bytes.len * fate.halves / 2});
    file->end = entry->seen.len;
    return end_operation(file, entry->path, &fate, "append to", err);
}

bool fsio_overwrite(struct fsio_file *file, int64_t offset, struct span bytes, struct error *err)
{
    struct entry *entry = begin_operation(file, "overwrite", err);
    struct fate fate;

    if (!entry)
        return false;
    fate = next_fate();
    write_bytes(entry, (size_t)offset, (struct span){bytes.data, bytes.len * fate.halves / 2});
    return end_operation(file, entry->path, &fate, "overwrite", err);
}

bool fsio_keep_tail(struct fsio_file *file, int64_t offset, char **kept_as, struct error *err)
{
    struct entry *entry = begin_operation(file, "keep what is cut from", err);
    struct fate fate;

    *kept_as = NULL;
    if (!entry)
        return false;
    fate = next_fate();
    /* As for a creation: a name with all of its bytes, or no such file. */
    if (fate.halves == 2) {
        const size_t at = (size_t)offset;
        char *name = NULL;
        unsigned n = 1;

        do {
            free(name);
            name = mem_printf("%s.torn-%u", entry->path, n++);
        } while (find(name));
        (void)add_entry(name, (struct span){entry->seen.data + at, entry->seen.len - at});
        *kept_as = name;
    }
    if (end_operation(file, entry->path, &fate, "keep what is cut from", err))
        return true;
    free(*kept_as);
    *kept_as = NULL;
    return false;
}

bool fsio_truncate(struct fsio_file *file, int64_t size, struct error *err)
{
    struct entry *entry = begin_operation(file, "truncate", err);
    struct fate fate;

    if (!entry)
        return false;
    fate = next_fate();
    if (fate.halves == 2) {
        set_len(&entry->seen, (size_t)size);
        set_len(&entry->dirty, sectors_of((size_t)size));
        file->end = (size_t)size;
    }
    return end_operation(file, entry->path, &fate, "truncate", err);
}

/* The sync under way takes place. Whatever comes of it, it does so now: a process that dies of it
 * has done everything else up to here. */
static void happen(void)
{
    const enum fake_fsio_fault fault = fake.sync.fate.fault;

    fake.sync.is_over = true;
    /* A process that dies before the sync leaves the pages dirty: the kernel still has them. */
    if (fault != FAKE_FSIO_STOP_BEFORE && fault != FAKE_FSIO_HANG)
        flush(&fake.disk.entries[fake.sync.index], fake.sync.fate.halves, 2,
              fault != FAKE_FSIO_STOP_HALF);
    fake.is_stopped = fault >= FAKE_FSIO_STOP_BEFORE;
}

void fake_fsio_slow_syncs(uint64_t events)
{
    fake.sync_events = events;
}

void fake_fsio_other_begins(void)
{
    fake.sync_of_first = fake.sync;
    fake.sync = (struct sync){0};
}

void fake_fsio_other_ends(void)
{
    assert(!fake.sync.is_under_way);
    fake.sync = fake.sync_of_first;
}

static bool is_waited_for(void)
{
    return fake.sync.is_under_way && !fake.sync.is_over && !fake.is_stopped;
}

void fake_fsio_event(void)
{
    if (is_waited_for() && --fake.sync.left == 0)
        happen();
}

bool fake_fsio_wake(bool is_idle)
{
    if (is_idle && is_waited_for())
        happen();
    return fake.is_stopped || (fake.sync.is_under_way && fake.sync.is_over);
}

bool fsio_sync_start(struct fsio_file *file, struct error *err)
{
    if (!begin_operation(file, "sync", err))
        return false;
    assert(!fake.sync.is_under_way);
    fake.sync = (struct sync){
        .is_under_way = true, .index = file->index, .fate = next_fate(), .left = fake.sync_events};
    if (fake.sync.fate.fault == FAKE_FSIO_HANG)
        fake.sync.left = UINT64_MAX;
    if (fake.sync.left == 0)
        happen();
    return true;
}

bool fsio_sync_end(struct fsio_file *file, bool *is_over, struct error *err)
{
    assert(fake.sync.is_under_way && fake.sync.index == file->index);
    *is_over = fake.sync.is_over;
    if (!*is_over)
        return is_alive(entry_of(file)->path, err);
    fake.sync.is_under_way = false;
    return end_operation(file, entry_of(file)->path, &fake.sync.fate, "sync", err) &&
           fsio_check(file, err);
}

bool fsio_sync(struct fsio_file *file, struct error *err)
{
    bool is_over;

    if (!fake.sync.is_under_way && !fsio_sync_start(file, err))
        return false;
    (void)fake_fsio_wake(true);
    return fsio_sync_end(file, &is_over, err);
}

/* fake_http asks fake_fsio_wake() instead. */
int fsio_wake_fd(const struct fsio_file *file)
{
    (void)file;
    return -1;
}

bool fsio_check(struct fsio_file *file, struct error *err)
{
    const struct entry *entry = begin_operation(file, "go on with", err);

    if (!entry)
        return false;
    if (!fake.is_taken_away)
        return true;
    file->is_broken = true;
    error_set(err, ERROR_IO, "'%s' was renamed, replaced or removed while the run wrote to it",
              entry->path);
    return false;
}

void fsio_close(struct fsio_file *file)
{
    if (!file)
        return;
    if (file->is_writer && file->life == fake.life)
        entry_of(file)->is_locked = false;
    free(file);
}
