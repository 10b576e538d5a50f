#include "archive/archive_damage.h"

#include "base/mem.h"
#include "base/text.h"
#include "json/json_scan.h"

#include <stdlib.h>

enum { NOTES_MAX = 20 };

static void fault(struct archive_visit *v, uint32_t thread, uint32_t line, const char *what)
{
    archive_index_fault(v->index, thread, ERROR_BAD_SOURCE, "%s:%u: %s", v->origin.path, line,
                        what);
}

static void tell(struct archive_visit *v, uint32_t line, const char *what)
{
    char *text = mem_printf("%s:%u: %s", v->origin.path, line, what);

    v->note(v->ctx, text);
    free(text);
}

static void note(struct archive_visit *v, uint32_t line, const char *what)
{
    v->damaged++;
    if (v->damaged <= NOTES_MAX)
        tell(v, line, what);
}

static const char WHAT_BROKEN[] = "damaged: no whole JSON document";
static const char WHAT_REST[] = "damaged: so much of the file is broken that it is read up to here";

/* Damage that belongs to no thread that is known fails a thread of the file's name. Where each
 * line is a thread, each lost line is one, which keeps the numbers of the others. */
static void lose(struct archive_visit *v, bool each_line)
{
    uint32_t count = each_line ? v->lost_count : 1;

    for (uint32_t i = 0; i < count; i++) {
        if (each_line || v->damage_nameless == ARCHIVE_NONE)
            v->damage_nameless = archive_visit_nameless(v);
        fault(v, v->damage_nameless, v->lost_line, WHAT_BROKEN);
    }
}

static void note_lost(struct archive_visit *v, uint32_t line)
{
    if (v->lost_count == 0)
        v->lost_line = line;
    v->lost_count++;
}

void archive_damage_settle(struct archive_visit *v, uint32_t thread)
{
    if (v->lost_count > 0) {
        bool is_between = thread != ARCHIVE_NONE && thread == v->last_thread;

        if (is_between || (thread != ARCHIVE_NONE && thread == v->lines.nameless))
            fault(v, thread, v->lost_line, WHAT_BROKEN);
        else
            lose(v, v->seen[CLASS_CONTAINER] > 0);
        v->lost_count = 0;
    }
    v->last_thread = thread;
}

/* Fails every thread that a damaged piece mentions by a key of this name. Quotes in a message's
 * text are escaped there, so the name with its own quotes is a key. What is neither text nor number
 * is no id, and looking for its end could cost all of the piece each time. */
static bool fault_key(struct archive_visit *v, struct span text, const char *name, uint32_t line,
                      const char *what)
{
    struct json_scan scan = json_scan_of(text);
    bool found = false;

    for (;;) {
        const char *at = memmem(scan.at, (size_t)(scan.end - scan.at), name, strlen(name));

        if (!at)
            return found;
        scan.at = at + strlen(name);
        if (!json_scan_space(&scan) || *scan.at != ':')
            continue;
        scan.at++;
        if (!json_scan_space(&scan) || *scan.at == '{' || *scan.at == '[')
            continue;
        uint32_t thread = archive_visit_thread(v, json_scan_value(&scan));
        if (thread == ARCHIVE_NONE)
            continue;
        fault(v, thread, line, what);
        found = true;
    }
}

static bool fault_mentioned(struct archive_visit *v, struct span text, uint32_t line,
                            const char *what)
{
    bool found = fault_key(v, text, "\"thread_id\"", line, what);

    return fault_key(v, text, "\"threadId\"", line, what) || found;
}

/* What of a damaged piece is lost with it: a line, or a document up to where the next begins. */
static struct span lost_part(const struct archive_visit *v, struct span partial)
{
    const char *next = v->is_lines ? NULL : memmem(partial.data, partial.len, "\n{", 2);

    return next ? (struct span){partial.data, (size_t)(next - partial.data)} : partial;
}

/* Fails the threads of the whole messages in a list that breaks off. */
static bool fault_elements(struct archive_visit *v, struct span list, uint32_t line)
{
    struct json_scan scan = json_scan_of(list);
    struct span element;
    bool found = false;

    if (!list.data || !json_scan_enter(&scan, '['))
        return false;
    while (json_scan_element(&scan, &element) == JSON_SCAN_ITEM) {
        struct shape_look look;

        shape_look(&look, element);
        uint32_t thread = archive_visit_thread(v, look.field[FIELD_THREAD_ID]);
        if (thread == ARCHIVE_NONE)
            continue;
        fault(v, thread, line, WHAT_BROKEN);
        found = true;
    }
    return found;
}

/* Fails the threads whose messages stand in an array that breaks off. */
static bool fault_group(struct archive_visit *v, const struct archive_group *group, uint32_t line)
{
    bool found = false;

    if (group->form != ORDER_ARRAY)
        return false;
    for (uint32_t i = group->first_list; i < v->index->list_count; i++) {
        const struct archive_list *list = &v->index->lists[i];

        if (list->form != ORDER_ARRAY || v->index->threads[list->thread].list != i)
            continue;
        fault(v, list->thread, line, WHAT_BROKEN);
        found = true;
    }
    return found;
}

/* The last line of our own archive, cut short: the export was stopped there. The thread is
 * truncated, as its end is missing, and not damaged. */
static void cut_archive(struct archive_visit *v, uint32_t thread, uint32_t line)
{
    if (v->index->threads[thread].head != ARCHIVE_NONE)
        return;
    archive_index_fault(v->index, thread, ERROR_TRUNCATED, "%s:%u: the archive ends here",
                        v->origin.path, line);
}

static struct span id_field(const struct shape_look *look, enum shape_class class)
{
    bool own = class == CLASS_CONTAINER || class == CLASS_THREAD;

    return look->field[own && look->field[FIELD_ID].data ? FIELD_ID : FIELD_THREAD_ID];
}

void archive_damage_broken(struct archive_visit *v, const struct shape_look *look,
                           struct span partial, uint32_t line, const struct archive_group *group)
{
    enum shape_class class = shape_class(look);
    bool is_wrapped = shape_kind(look->field[FIELD_KIND]) != CLASS_OTHER;
    struct span id = id_field(look, class);
    bool found = false;
    uint32_t thread = archive_visit_thread(v, id);
    v->seen[is_wrapped ? CLASS_WRAPPED : class]++;
    note(v, line, WHAT_BROKEN);
    if (thread != ARCHIVE_NONE && is_wrapped && v->is_torn) {
        cut_archive(v, thread, line);
        return;
    }
    if (thread != ARCHIVE_NONE) {
        fault(v, thread, line, WHAT_BROKEN);
        found = true;
    }
    found = fault_elements(v, look->field[FIELD_DATA], line) || found;
    found = fault_group(v, group, line) || found;
    if (!found && partial.data)
        found = fault_mentioned(v, lost_part(v, partial), line, WHAT_BROKEN);
    if (!found)
        note_lost(v, line);
}

void archive_damage_rest(struct archive_visit *v, struct span rest, uint32_t line)
{
    /* How far a file was read is told however much else there is to tell. */
    tell(v, line, WHAT_REST);
    (void)fault_mentioned(v, rest, line, WHAT_REST);
    note_lost(v, line);
}

void archive_damage_object(struct archive_visit *v, uint32_t thread, uint32_t line,
                           const char *what)
{
    note(v, line, what);
    if (thread != ARCHIVE_NONE) {
        fault(v, thread, line, what);
        return;
    }
    if (v->damage_nameless == ARCHIVE_NONE)
        v->damage_nameless = archive_visit_nameless(v);
    fault(v, v->damage_nameless, line, what);
}

void archive_damage_at(struct archive_visit *v, uint32_t line, struct span id, const char *what)
{
    uint32_t thread = ARCHIVE_NONE;

    if (id.len > 0)
        thread = archive_index_thread(v->index, id, v->origin);
    archive_damage_object(v, thread, line, what);
}

void archive_damage_end(struct archive_visit *v)
{
    bool is_ours = false;

    for (int i = CLASS_WRAPPED; i < CLASS_ERROR; i++)
        is_ours = is_ours || v->seen[i] > 0;
    if (v->lost_count > 0 && is_ours)
        archive_damage_settle(v, v->lines.nameless);
    if (v->damaged <= NOTES_MAX)
        return;
    char *text = mem_printf("%s: %u more damaged places", v->origin.path, v->damaged - NOTES_MAX);
    v->note(v->ctx, text);
    free(text);
}
