#include "export/archive_out.h"

#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "json/json_tape.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20, LINE_MAX_BYTES = 1 << 30 };

enum line_kind {
    LINE_THREAD,
    LINE_MESSAGE,
    LINE_RUN,
    LINE_STEP,
    LINE_END,
    LINE_TRUNCATED,
    LINE_ASSISTANT,
    LINE_KINDS /* not ours */
};

static const char *const KIND_NAMES[LINE_KINDS] = {
    [LINE_THREAD] = "thread",       [LINE_MESSAGE] = "message", [LINE_RUN] = "run",
    [LINE_STEP] = "run_step",       [LINE_END] = "end",         [LINE_TRUNCATED] = "truncated",
    [LINE_ASSISTANT] = "assistant",
};

/* The file as it is read while opening. */
struct resumption {
    struct archive_out *archive;
    const char *path;
    struct buf line;
    struct tape tape;     /* of the line */
    int64_t number;       /* of the line, from 1 */
    struct strmap begun;  /* threads that have a line */
    struct buf thread;    /* whose block is being read; empty between blocks */
    struct digest digest; /* of its lines so far */
    int64_t counts[3];    /* its messages, runs, run steps so far */
};

static bool not_ours(const struct resumption *scan, struct error *err)
{
    error_set(err, ERROR_USAGE,
              "'%s' is not an archive that export wrote (line %lld); nothing was changed\n"
              "hint: -o FILE with another name",
              scan->path, (long long)scan->number);
    return false;
}

/* Kind and thread id of a line; an id that needs escapes is none that export writes. */
static enum line_kind read_head(struct resumption *scan, struct span line, struct span *thread_id)
{
    const struct tape *tape = &scan->tape;
    enum line_kind kind = LINE_KINDS;
    size_t used = 0;

    *thread_id = (struct span){NULL, 0};
    if (tape_read(&scan->tape, line, &used) != TAPE_WHOLE || used != line.len ||
        tape_type(tape, 0) != TAPE_OBJECT)
        return LINE_KINDS;
    for (uint32_t i = tape_first(tape, 0); i != TAPE_NONE; i = tape_next(tape, 0, i)) {
        const struct span value = tape_raw_text(tape, i);

        if (span_is(tape_raw_key(tape, i), "kind")) {
            for (kind = LINE_THREAD; kind < LINE_KINDS; kind++) {
                if (span_is(value, KIND_NAMES[kind]))
                    break;
            }
        } else if (span_is(tape_raw_key(tape, i), "thread_id")) {
            *thread_id = value;
        }
    }
    if (kind != LINE_ASSISTANT && !text_is_thread_id(*thread_id))
        return LINE_KINDS;
    return kind;
}

/* Does an `end` line say what its lines are? */
static bool counts_agree(struct span line, const int64_t counts[3])
{
    static const char *const NAMES[3] = {"messages", "runs", "run_steps"};
    struct error ignored;
    json_t *object = json_read_object(line, &ignored);
    bool agree = object != NULL;

    for (int i = 0; agree && i < 3; i++) {
        const json_t *count = json_object_get(object, NAMES[i]);

        agree = json_is_integer(count) && json_integer_value(count) == counts[i];
    }
    json_decref(object);
    return agree;
}

static void begin_block(struct resumption *scan, struct span thread_id)
{
    bool added;

    buf_clear(&scan->thread);
    buf_add_span(&scan->thread, thread_id);
    memset(scan->counts, 0, sizeof scan->counts);
    digest_release(&scan->digest);
    digest_init(&scan->digest);
    (void)strmap_add(&scan->begun, thread_id, &added);
}

static void end_block(struct resumption *scan, enum line_kind kind, struct span line)
{
    struct span thread_id = buf_span(&scan->thread);
    const struct archive_held *older = archive_out_find(scan->archive, thread_id);
    struct archive_held held = {
        .messages = scan->counts[0],
        .is_closed = kind == LINE_END,
    };

    if (kind == LINE_END ? !counts_agree(line, scan->counts) : older && older->is_closed)
        return;
    held.lines = digest_fingerprint(&scan->digest);
    archive_out_done(scan->archive, thread_id, &held);
    buf_clear(&scan->thread);
}

/* One whole line; .data NULL: it is too long for any of ours. */
static bool take_line(void *ctx, struct span line, struct error *err)
{
    struct resumption *scan = ctx;
    struct span thread_id;
    enum line_kind kind = line.data ? read_head(scan, line, &thread_id) : LINE_KINDS;

    if (kind == LINE_KINDS)
        return not_ours(scan, err);
    if (kind == LINE_ASSISTANT) {
        (void)idset_add(&scan->archive->assistants, line);
    } else {
        if (kind == LINE_THREAD || !span_equal(thread_id, buf_span(&scan->thread)))
            begin_block(scan, thread_id);
        digest_add(&scan->digest, line);
        if (kind >= LINE_MESSAGE && kind <= LINE_STEP)
            scan->counts[kind - LINE_MESSAGE]++;
        else if (kind == LINE_END || kind == LINE_TRUNCATED)
            end_block(scan, kind, line);
    }
    scan->number++;
    return true;
}

/* Reads size bytes of the file line by line; what follows the last LF stays in `line`. */
static bool each_line(struct fsio_file *file, int64_t size, struct buf *line,
                      bool (*each)(void *ctx, struct span line, struct error *err), void *ctx,
                      struct error *err)
{
    char *chunk = mem_alloc(CHUNK_BYTES);
    int64_t offset = 0;
    size_t got = 1;
    bool ok = true;

    while (ok && got > 0 && offset < size) {
        size_t at = 0;

        ok = fsio_read(file, offset, chunk, CHUNK_BYTES, &got, err);
        while (ok && at < got) {
            const char *feed = memchr(chunk + at, '\n', got - at);
            const size_t len = (feed ? (size_t)(feed - chunk) : got) - at;

            buf_add(line, chunk + at, len);
            at += len + (feed ? 1 : 0);
            if (!feed)
                break;
            ok = each(ctx, line->overflow ? (struct span){NULL, 0} : buf_span(line), err);
            buf_clear(line);
        }
        offset += (int64_t)got;
    }
    free(chunk);
    return ok;
}

bool archive_out_each(struct archive_out *archive,
                      bool (*each)(void *ctx, struct span line, struct error *err), void *ctx,
                      struct error *err)
{
    struct buf line;
    int64_t size;
    bool ok;

    buf_init(&line, LINE_MAX_BYTES);
    ok = fsio_size(archive->file, &size, err) &&
         each_line(archive->file, size, &line, each, ctx, err);
    buf_release(&line);
    return ok;
}

/* A file of which not one line is whole has to begin like one of ours. */
static bool is_beginning(struct span text)
{
    static const char OPENING[] = "{\"kind\":\"";
    size_t len = text.len < sizeof OPENING - 1 ? text.len : sizeof OPENING - 1;

    return memcmp(text.data, OPENING, len) == 0;
}

/* Reads all lines; what is left in scan->line is the torn one. */
static bool scan_file(struct resumption *scan, int64_t size, struct error *err)
{
    if (!each_line(scan->archive->file, size, &scan->line, take_line, scan, err))
        return false;
    if (scan->number == 1 && scan->line.len > 0 && !is_beginning(buf_span(&scan->line)))
        return not_ours(scan, err);
    return true;
}

static bool resume(struct archive_out *archive, const char *path, struct error *err)
{
    struct resumption scan = {.archive = archive, .path = path, .number = 1};
    int64_t size;
    bool ok;

    tape_init(&scan.tape);
    buf_init(&scan.line, LINE_MAX_BYTES);
    buf_init(&scan.thread, LINE_MAX_BYTES);
    strmap_init(&scan.begun);
    ok = fsio_size(archive->file, &size, err) && scan_file(&scan, size, err);
    if (ok) {
        /* What is there may be in the page cache only: its writer may have been killed. */
        archive->dirty = true;
        archive->cut = (int64_t)scan.line.len;
        archive->unended = (int64_t)(scan.begun.count - archive->threads.count);
        ok = archive->cut == 0 ||
             (fsio_keep_tail(archive->file, size - archive->cut, &archive->kept_as, err) &&
              fsio_truncate(archive->file, size - archive->cut, err));
    }
    strmap_release(&scan.begun);
    buf_release(&scan.thread);
    digest_release(&scan.digest);
    buf_release(&scan.line);
    tape_release(&scan.tape);
    return ok;
}

bool archive_out_open(struct archive_out *archive, const char *path, struct error *err)
{
    *archive = (struct archive_out){.file = NULL};
    strmap_init(&archive->threads);
    idset_init(&archive->assistants);
    switch (fsio_open(&archive->file, path, FSIO_WRITE, err)) {
    case FSIO_OK:
        return resume(archive, path, err);
    case FSIO_ABSENT:
        return fsio_create(&archive->file, path, (struct span){"", 0}, err);
    case FSIO_LOCKED:
    case FSIO_FAILED:
        break;
    }
    return false;
}

void archive_out_close(struct archive_out *archive)
{
    fsio_close(archive->file);
    archive->file = NULL;
    strmap_release(&archive->threads);
    idset_release(&archive->assistants);
    free(archive->kept_as);
    archive->kept_as = NULL;
    free(archive->held);
    archive->held = NULL;
}

const struct archive_held *archive_out_find(const struct archive_out *archive,
                                            struct span thread_id)
{
    size_t position = strmap_find(&archive->threads, thread_id);

    return position == SIZE_MAX ? NULL : &archive->held[position];
}

bool archive_out_add(struct archive_out *archive, struct span bytes, struct error *err)
{
    archive->dirty = true;
    return fsio_append(archive->file, bytes, err);
}

void archive_out_done(struct archive_out *archive, struct span thread_id,
                      const struct archive_held *held)
{
    bool added;
    size_t position = strmap_add(&archive->threads, thread_id, &added);

    if (position >= archive->held_size) {
        archive->held_size = archive->held_size == 0 ? 64 : 2 * archive->held_size;
        archive->held = mem_resize(archive->held, archive->held_size, sizeof *archive->held);
    }
    archive->held[position] = *held;
}

bool archive_out_add_assistant(struct archive_out *archive, struct span line, struct error *err)
{
    const struct span without_feed = {line.data, line.len - 1};

    return !idset_add(&archive->assistants, without_feed) || archive_out_add(archive, line, err);
}

bool archive_out_sync(struct archive_out *archive, struct error *err)
{
    if (!archive->dirty)
        return fsio_check(archive->file, err);
    archive->dirty = false;
    return fsio_sync(archive->file, err);
}
