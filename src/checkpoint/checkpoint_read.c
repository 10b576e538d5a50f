#include "checkpoint/checkpoint_internal.h"

#include "base/mem.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

static bool take_line(struct span rest, struct span *line)
{
    const char *lf = rest.len > 0 ? memchr(rest.data, '\n', rest.len) : NULL;

    *line = (struct span){rest.data, lf ? (size_t)(lf - rest.data) : 0};
    return lf != NULL;
}

static bool find_in_window(const struct window *window, int64_t offset, struct span *line)
{
    size_t skip;

    *line = (struct span){NULL, 0};
    if (!window->data || offset < window->at || offset - window->at >= (int64_t)window->len)
        return false;
    skip = (size_t)(offset - window->at);
    return take_line((struct span){window->data + skip, window->len - skip}, line);
}

/* The line at offset, LF excluded, from what waits for a sync or through a window. */
static bool read_line(struct checkpoint *checkpoint, enum window_role role, int64_t offset,
                      struct span *line, struct error *err)
{
    struct window *window = &checkpoint->windows[role];

    if (offset >= checkpoint->end) {
        const struct buf *pending = &checkpoint->pending;
        const size_t at = (size_t)(offset - checkpoint->end);

        (void)take_line((struct span){pending->data + at, pending->len - at}, line);
        return true;
    }
    if (find_in_window(window, offset, line))
        return true;
    if (!window->data)
        window->data = mem_alloc(RECORD_LINE_MAX);
    window->at = offset;
    window->len = 0;
    if (!fsio_read(checkpoint->file, offset, window->data, RECORD_LINE_MAX, &window->len, err))
        return false;
    (void)find_in_window(window, offset, line);
    return true;
}

/* Reads a record about a thread; an absent *thread becomes the one it names. */
static bool read_fact(struct checkpoint *checkpoint, enum window_role role, int64_t offset,
                      struct span *thread, struct record *record, struct error *err)
{
    struct span line;

    if (!read_line(checkpoint, role, offset, &line, err))
        return false;
    if (record_read(record, line, checkpoint->header.job) != RECORD_VALID) {
        error_set(err, ERROR_DAMAGED,
                  "checkpoint '%s' is damaged at byte %" PRId64
                  ": a record changed after it was read",
                  checkpoint->path, offset);
        return false;
    }
    if (!thread->data)
        *thread = record->thread;
    if (span_equal(*thread, record->thread))
        return true;
    /* Once in some hundred thousand jobs of ten million threads. The key is another one in the
     * next process, so running again helps. */
    error_set(err, ERROR_STOPPED,
              "cannot use checkpoint '%s': two thread ids have the same hash in this process"
              "\nhint: nothing is lost; run it again",
              checkpoint->path);
    return false;
}

/* False where it does not fit. Most texts have no escapes. */
static bool copy_text(char *out, size_t size, struct span raw)
{
    struct buf text;
    bool ok = true;

    buf_init(&text, size - 1);
    if (raw.len > 0 && memchr(raw.data, '\\', raw.len))
        ok = record_text(&text, raw);
    else
        buf_add_span(&text, raw);
    ok = ok && !text.overflow;
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    buf_release(&text);
    return ok;
}

static bool copy_record(struct thread_facts *facts, const struct record *record)
{
    if (record->kind == RECORD_CREATED)
        return copy_text(facts->conversation, sizeof facts->conversation, record->conversation);
    if (record->kind == RECORD_FAILED) {
        facts->settled = record->settled;
        facts->code = error_code_from_name(record->code.data, record->code.len);
        return copy_text(facts->detail, sizeof facts->detail, record->detail);
    }
    if (record->kind != RECORD_APPENDED && record->kind != RECORD_DONE)
        return true;
    facts->items = record->items;
    return copy_text(facts->last, sizeof facts->last, record->last) &&
           copy_text(facts->digest, sizeof facts->digest, record->digest);
}

/* Fills facts from the lines of a slot; *thread as in read_fact(). */
static bool read_slot(struct checkpoint *checkpoint, const struct thread_slot *slot,
                      struct span *thread, struct thread_facts *facts, struct error *err)
{
    const int64_t offsets[WINDOWS] = {
        [WINDOW_CREATED] = slot->created_at,
        [WINDOW_MOVED] = slot->moved_at,
        [WINDOW_FAILED] = slot->failed_at,
    };
    struct record record;

    *facts = (struct thread_facts){.state = slot->state};
    for (int role = 0; role < WINDOWS; role++) {
        if (offsets[role] < 0)
            continue;
        if (!read_fact(checkpoint, (enum window_role)role, offsets[role], thread, &record, err))
            return false;
        if (!copy_record(facts, &record)) {
            error_set(err, ERROR_DAMAGED,
                      "checkpoint '%s' is damaged at byte %" PRId64 ": a text is too long",
                      checkpoint->path, offsets[role]);
            return false;
        }
    }
    return true;
}

bool checkpoint_facts(struct checkpoint *checkpoint, struct span thread_id,
                      struct thread_facts *facts, struct error *err)
{
    const struct thread_slot slot = progress_get(checkpoint->progress, thread_id);
    struct span thread;
    struct buf escaped;
    bool ok;

    if (text_is_thread_id(thread_id))
        return read_slot(checkpoint, &slot, &thread_id, facts, err);
    /* Compared as it stands in the file. */
    buf_init(&escaped, BUF_NO_LIMIT);
    text_add_json(&escaped, thread_id);
    thread = buf_span(&escaped);
    ok = read_slot(checkpoint, &slot, &thread, facts, err);
    buf_release(&escaped);
    return ok;
}

struct thread_walk {
    struct checkpoint *checkpoint;
    bool (*each)(void *ctx, struct span thread_id, const struct thread_facts *facts);
    void *ctx;
    struct buf thread_id; /* a copy: the windows may move while the caller looks at it */
    struct error *err;
    bool failed;
};

static bool walk_slot(void *ctx, const struct thread_slot *slot)
{
    struct thread_walk *walk = ctx;
    struct thread_facts facts;
    struct span thread = {NULL, 0};

    if (!read_slot(walk->checkpoint, slot, &thread, &facts, walk->err)) {
        walk->failed = true;
        return false;
    }
    buf_clear(&walk->thread_id);
    (void)record_text(&walk->thread_id, thread);
    return walk->each(walk->ctx, buf_span(&walk->thread_id), &facts);
}

bool checkpoint_each(struct checkpoint *checkpoint,
                     bool (*each)(void *ctx, struct span thread_id,
                                  const struct thread_facts *facts),
                     void *ctx, struct error *err)
{
    struct thread_walk walk = {.checkpoint = checkpoint, .each = each, .ctx = ctx, .err = err};

    buf_init(&walk.thread_id, RECORD_LINE_MAX);
    progress_each(checkpoint->progress, walk_slot, &walk);
    buf_release(&walk.thread_id);
    return !walk.failed;
}
