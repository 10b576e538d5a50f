#include "simulate/export_file.h"

#include "base/text.h"
#include "fakes/fake_fsio.h"
#include "settings/command.h"

#include <jansson.h>
#include <string.h>

/* Threads as the lines close them. */
struct closed {
    bool is_closed[SCRIPT_THREADS + 1];
    size_t count[SCRIPT_THREADS + 1];
    size_t open; /* messages since the last beginning of a thread */
};

bool export_file_has_top_up(void)
{
    const struct command *command = command_find("export");

    for (const char *const *name = command->options; name && *name; name++) {
        if (strcmp(*name, "top-up") == 0)
            return true;
    }
    return false;
}

static void take_line(struct closed *closed, const json_t *line)
{
    const char *kind = json_string_value(json_object_get(line, "kind"));
    const int thread = picture_thread_number(json_string_value(json_object_get(line, "thread_id")));

    if (!kind || thread < 0)
        return;
    if (strcmp(kind, "thread") == 0)
        closed->open = 0;
    else if (strcmp(kind, "message") == 0)
        closed->open++;
    else if (strcmp(kind, "end") == 0 &&
             json_integer_value(json_object_get(line, "messages")) == (json_int_t)closed->open) {
        closed->is_closed[thread] = true;
        closed->count[thread] = closed->open;
    }
}

static void read_lines(struct closed *closed, struct span content)
{
    struct span line;

    while (text_next_line(&content, &line)) {
        json_t *object = json_loadb(line.data, line.len, JSON_ALLOW_NUL, NULL);

        take_line(closed, object);
        json_decref(object);
    }
}

/* A file mostly begins with what it was the last time, so the whole lines of that are kept as they
 * were read. */
static void read_file(struct closed *closed)
{
    static struct {
        struct buf lines;
        struct closed closed;
    } known;
    const struct span content = fake_fsio_content_of(EXPORT_FILE);
    const char *last = content.data ? memrchr(content.data, '\n', content.len) : NULL;
    const size_t whole = last ? (size_t)(last - content.data) + 1 : 0;

    *closed = (struct closed){.open = 0};
    if (!content.data)
        return;
    if (!known.lines.data)
        buf_init(&known.lines, BUF_NO_LIMIT);
    if (known.lines.len > whole || memcmp(known.lines.data, content.data, known.lines.len) != 0) {
        buf_clear(&known.lines);
        known.closed = (struct closed){.open = 0};
    }
    read_lines(&known.closed,
               (struct span){content.data + known.lines.len, whole - known.lines.len});
    buf_add(&known.lines, content.data + known.lines.len, whole - known.lines.len);
    *closed = known.closed;
    read_lines(closed, (struct span){content.data + whole, content.len - whole});
}

bool export_file_closes(size_t thread, size_t count)
{
    struct closed closed;

    read_file(&closed);
    return closed.is_closed[thread] && closed.count[thread] == count;
}

static bool blame(struct buf *why, size_t thread, const char *what, size_t held, size_t wanted)
{
    buf_printf(why, "the export %s thread %zu: %zu messages instead of %zu", what, thread, held,
               wanted);
    return false;
}

/* What it was asked for is there as the source holds it now. */
static bool check_fresh(const struct closed *closed, const struct picture *picture,
                        const struct step *step, struct buf *why)
{
    for (size_t i = 0; i + 1 < picture->thread_count; i++) {
        const struct picture_thread *thread = &picture->threads[i];

        if (!step_takes(step, i) || thread->is_deleted)
            continue;
        if (!closed->is_closed[i] || closed->count[i] != thread->count)
            return blame(why, i, "ended well and is stale for", closed->count[i], thread->count);
    }
    return true;
}

bool export_file_may_refuse(const struct export_file *file, const struct oracle_event *event)
{
    bool is_empty = true;

    for (size_t i = 0; i <= SCRIPT_THREADS; i++)
        is_empty &= !file->is_held[i];
    /* prune takes it for its --archive. */
    if (event->step->deed == DEED_PRUNE)
        return event->step->choices.has_archive && event->status == 2 &&
               (file->is_damaged || is_empty);
    return file->is_damaged && event->step->deed == DEED_EXPORT &&
           (event->status == 2 || event->status == 16);
}

void export_file_tell(const struct export_file *file, bool is_listed[SCRIPT_THREADS + 1],
                      bool is_whole[SCRIPT_THREADS + 1], const struct picture *picture)
{
    for (size_t i = 0; i < picture->thread_count; i++) {
        is_listed[i] = file->is_held[i];
        is_whole[i] = is_listed[i] && file->held[i] == picture->threads[i].count &&
                      !file->is_torn && !file->is_damaged;
    }
}

bool export_file_check(struct export_file *file, const struct picture *picture,
                       const struct oracle_event *event, struct buf *why)
{
    const bool exports = event && event->step->deed == DEED_EXPORT;
    struct closed closed;

    /* Nothing else changes it. */
    if (!event || (!exports && !event->has_died) || !fake_fsio_content_of(EXPORT_FILE).data)
        return true;
    read_file(&closed);
    for (size_t i = 0; i <= SCRIPT_THREADS; i++) {
        if (file->is_held[i] && (!closed.is_closed[i] || closed.count[i] < file->held[i]))
            return blame(why, i, "has lost something of", closed.count[i], file->held[i]);
    }
    if (exports)
        file->is_torn = event->has_died;
    if (!exports || event->has_died)
        return true;
    if (event->status == 0 && !check_fresh(&closed, picture, event->step, why))
        return false;
    if (event->status <= 1) {
        memcpy(file->is_held, closed.is_closed, sizeof file->is_held);
        memcpy(file->held, closed.count, sizeof file->held);
    }
    return true;
}
