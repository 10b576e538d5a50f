#include "archive/archive_visit.h"

#include "archive/archive_damage.h"
#include "base/text.h"
#include "json/json.h"
#include "json/json_scan.h"

#include <inttypes.h>

/*
 * A broken document may go on to the end of the text, as far as can be seen, and one may begin on
 * each line. More than this many looks at the whole text are not taken: what stands behind is lost.
 * Text that was torn by accident hardly gets there. Of two looks at a byte that read the same bytes
 * before it as text, or as no text, the earlier one is nested deeper; only escaped quotes, laid out
 * for it, bring looks together that did not begin so.
 */
enum { BROKEN_LOOKS = 2 * JSON_MAX_DEPTH };

/* The line that a byte of the piece stands in; asked in rising order. */
static uint32_t line_of(struct archive_visit *v, const char *at)
{
    while (v->counted < at) {
        const char *lf = memchr(v->counted, '\n', (size_t)(at - v->counted));

        v->line += lf != NULL;
        v->counted = lf ? lf + 1 : at;
    }
    return v->line;
}

/* The list that a thread has in a group; begun where it has none yet. */
static uint32_t list_of(struct archive_visit *v, uint32_t thread, const struct archive_group *group)
{
    uint32_t list = v->index->threads[thread].list;

    if (list != ARCHIVE_NONE && list >= group->first_list &&
        v->index->lists[list].form == group->form && !v->index->lists[list].is_closed)
        return list;
    list = archive_index_list(v->index, &(struct archive_list){.thread = thread,
                                                               .file = v->origin.file,
                                                               .line = group->line,
                                                               .form = (uint8_t)group->form,
                                                               .more = (uint8_t)group->more});
    v->index->threads[thread].list = list;
    return list;
}

/* Adds an object that holds so many messages. */
static void add_place(struct archive_visit *v, uint32_t thread, struct archive_place place,
                      struct span raw, uint32_t messages)
{
    place.offset = v->offset + (v->joined ? 0 : (uint64_t)(raw.data - v->text.data));
    place.len = v->joined ? v->joined : (uint32_t)raw.len;
    place.line = line_of(v, raw.data);
    place.file = v->origin.file;
    if (v->is_event)
        place.flags |= PLACE_IS_EVENT;
    if (v->joined)
        place.flags |= PLACE_IS_LINES;
    archive_index_add(v->index, thread, &place, messages);
}

static struct span first_of(struct span a, struct span b)
{
    return a.data ? a : b;
}

static enum order_more more_of(struct span raw)
{
    if (span_is(raw, "true"))
        return ORDER_MORE_YES;
    return span_is(raw, "false") ? ORDER_MORE_NO : ORDER_MORE_ABSENT;
}

static void visit_message(struct archive_visit *v, const struct shape_look *look, struct span raw,
                          struct archive_group *group)
{
    uint32_t thread = archive_visit_thread(v, look->field[FIELD_THREAD_ID]);

    if (thread == ARCHIVE_NONE) {
        if (group->nameless == ARCHIVE_NONE)
            group->nameless = archive_visit_nameless(v);
        thread = group->nameless;
    }
    archive_damage_settle(v, thread);
    if (!look->field[FIELD_CONTENT].data && look->field[FIELD_TEXT].data)
        v->seen_flat++;
    add_place(v, thread,
              (struct archive_place){.kind = PLACE_MESSAGE, .list = list_of(v, thread, group)}, raw,
              1);
}

/* Threads, runs and run steps that stand alone or in lists. */
static void visit_plain(struct archive_visit *v, enum archive_place_kind kind, struct span id,
                        struct span raw)
{
    uint32_t thread = archive_visit_thread(v, id);

    if (thread == ARCHIVE_NONE) {
        archive_damage_object(v, ARCHIVE_NONE, line_of(v, raw.data), "names no thread");
        return;
    }
    archive_damage_settle(v, thread);
    add_place(v, thread, (struct archive_place){.kind = (uint8_t)kind, .list = ARCHIVE_NONE}, raw,
              0);
}

static void visit_container(struct archive_visit *v, const struct shape_look *look, struct span raw)
{
    struct span messages = look->field[FIELD_MESSAGES];
    struct archive_list list = {.file = v->origin.file,
                                .line = line_of(v, raw.data),
                                .form = ORDER_ARRAY,
                                .more = ORDER_MORE_ABSENT};

    archive_damage_settle(v, ARCHIVE_NONE);
    uint32_t thread =
        archive_visit_thread(v, first_of(look->field[FIELD_ID], look->field[FIELD_THREAD_ID]));
    if (thread == ARCHIVE_NONE)
        thread = archive_visit_nameless(v);
    if (messages.data[0] == '{') {
        struct shape_look page;

        shape_look(&page, messages);
        list.form = ORDER_PAGE;
        list.more = (uint8_t)more_of(page.field[FIELD_HAS_MORE]);
        messages = page.field[FIELD_DATA];
    }
    uint32_t count = (uint32_t)shape_count(messages);
    list.thread = thread;
    uint32_t at = archive_index_list(v->index, &list);
    add_place(v, thread, (struct archive_place){.kind = PLACE_CONTAINER, .list = at}, raw, count);
    v->last_thread = thread;
}

static void visit_assistant(struct archive_visit *v, struct span raw)
{
    struct error err;
    json_t *assistant = json_read_object(raw, &err);

    if (assistant)
        (void)json_array_append_new(v->assistants, assistant);
    else
        archive_damage_object(v, ARCHIVE_NONE, line_of(v, raw.data), err.text);
}

static struct archive_group archive_group(const struct archive_visit *v)
{
    struct archive_group group = v->lines;

    group.form = ORDER_ARCHIVE;
    return group;
}

static void visit_wrapped(struct archive_visit *v, const struct shape_look *look)
{
    static const uint8_t KINDS[CLASSES] = {
        [CLASS_MESSAGE] = PLACE_MESSAGE, [CLASS_RUN] = PLACE_RUN, [CLASS_STEP] = PLACE_STEP};
    enum shape_class kind = shape_kind(look->field[FIELD_KIND]);
    struct span raw = look->field[FIELD_OBJECT];
    struct archive_group group = archive_group(v);
    struct shape_look inner;

    if (kind == CLASS_ASSISTANT) {
        visit_assistant(v, raw);
        return;
    }
    uint32_t thread = archive_visit_thread(v, look->field[FIELD_THREAD_ID]);
    if (thread == ARCHIVE_NONE) {
        shape_look(&inner, raw);
        thread =
            archive_visit_thread(v, inner.field[kind == CLASS_THREAD ? FIELD_ID : FIELD_THREAD_ID]);
    }
    if (thread == ARCHIVE_NONE) {
        archive_damage_object(v, ARCHIVE_NONE, line_of(v, raw.data), "names no thread");
        return;
    }
    archive_damage_settle(v, thread);
    group.line = line_of(v, raw.data);
    uint32_t list = list_of(v, thread, &group);
    add_place(v, thread, (struct archive_place){.kind = KINDS[kind], .list = list}, raw,
              kind == CLASS_MESSAGE);
}

/* The line "end" proves that all is there: its counts must be those that were seen. */
static void visit_end(struct archive_visit *v, const struct shape_look *look, struct span raw)
{
    static const enum shape_field FIELDS_COUNTED[] = {[COUNT_MESSAGES] = FIELD_MESSAGES,
                                                      [COUNT_RUNS] = FIELD_RUNS,
                                                      [COUNT_STEPS] = FIELD_RUN_STEPS};
    struct archive_group group = archive_group(v);
    uint32_t thread = archive_visit_thread(v, look->field[FIELD_THREAD_ID]);
    uint32_t line = line_of(v, raw.data);

    if (thread == ARCHIVE_NONE) {
        archive_damage_object(v, ARCHIVE_NONE, line, "names no thread");
        return;
    }
    archive_damage_settle(v, thread);
    group.line = line;
    uint32_t at = list_of(v, thread, &group); /* it may move the lists */
    struct archive_list *list = &v->index->lists[at];
    list->is_closed = true;
    v->index->threads[thread].is_listed = true;
    for (size_t i = 0; i < sizeof FIELDS_COUNTED / sizeof FIELDS_COUNTED[0]; i++) {
        struct span raw_count = look->field[FIELDS_COUNTED[i]];
        int64_t count = 0;

        if (raw_count.data && (!text_to_int(raw_count, &count) || count != list->count[i])) {
            archive_damage_object(v, thread, line, "the thread was closed with another count");
            return;
        }
    }
}

/* Every object but list pages, which hold such objects. */
static void visit_object(struct archive_visit *v, const struct shape_look *look, struct span raw,
                         struct archive_group *group)
{
    enum shape_class class = shape_class(look);

    v->seen[class]++;
    v->seen_camel = v->seen_camel || look->is_camel;
    if (look->is_twice && class != CLASS_OTHER) {
        uint32_t thread = archive_visit_thread(v, look->field[FIELD_THREAD_ID]);

        archive_damage_object(v, thread, line_of(v, raw.data), "a key is there twice");
        return;
    }
    switch (class) {
    case CLASS_MESSAGE:
        visit_message(v, look, raw, group);
        break;
    case CLASS_CONTAINER:
        visit_container(v, look, raw);
        break;
    case CLASS_THREAD:
        visit_plain(v, PLACE_THREAD, look->field[FIELD_ID], raw);
        break;
    case CLASS_RUN:
        visit_plain(v, PLACE_RUN, look->field[FIELD_THREAD_ID], raw);
        break;
    case CLASS_STEP:
        visit_plain(v, PLACE_STEP, look->field[FIELD_THREAD_ID], raw);
        break;
    case CLASS_WRAPPED:
        visit_wrapped(v, look);
        break;
    case CLASS_END:
        visit_end(v, look, raw);
        break;
    case CLASS_ASSISTANT:
        visit_assistant(v, raw);
        break;
    case CLASS_OTHER:
    case CLASS_PAGE:
    case CLASS_EVENT:
    case CLASS_DELTA:
    case CLASS_ERROR:
    case CLASSES:
        break;
    }
}

/* Visits the objects of an array that is whole. */
static void visit_elements(struct archive_visit *v, struct span array, struct archive_group *group)
{
    struct json_scan scan = json_scan_of(array);
    struct span element;

    if (!json_scan_enter(&scan, '['))
        return;
    while (json_scan_element(&scan, &element) == JSON_SCAN_ITEM) {
        struct shape_look look;

        shape_look(&look, element);
        if (look.is_object)
            visit_object(v, &look, element, group);
    }
}

static void visit_page(struct archive_visit *v, const struct shape_look *look, struct span raw)
{
    struct span data = look->field[FIELD_DATA];
    uint32_t before = (uint32_t)v->index->list_count;
    struct archive_group group = {.form = ORDER_PAGE,
                                  .more = more_of(look->field[FIELD_HAS_MORE]),
                                  .first_list = before,
                                  .nameless = v->page_nameless,
                                  .line = line_of(v, raw.data)};

    v->seen[CLASS_PAGE]++;
    visit_elements(v, data, &group);
    if (shape_count((struct span){data.data, data.len}) == 0) {
        v->seen_pages_empty++;
        /* An empty page names no thread: it ends the pages before it in the file. */
        if (v->page_list != ARCHIVE_NONE && group.more != ORDER_MORE_ABSENT)
            v->index->lists[v->page_list].more = (uint8_t)group.more;
    }
    if (v->index->list_count > before)
        v->page_list = (uint32_t)v->index->list_count - 1;
    v->page_more = group.more;
    v->page_line = group.line;
    v->page_nameless = group.more == ORDER_MORE_YES ? group.nameless : ARCHIVE_NONE;
}

/* {"event":…,"data":{…}}: what the event brings. */
static void visit_event(struct archive_visit *v, const struct shape_look *look)
{
    struct span data = look->field[FIELD_DATA];
    struct shape_look inner;

    v->seen[CLASS_EVENT]++;
    shape_look(&inner, data);
    if (!inner.is_object)
        return;
    v->is_event = true;
    visit_object(v, &inner, data, &v->lines);
    v->is_event = false;
}

static void visit_any(struct archive_visit *v, const struct shape_look *look, struct span raw,
                      struct archive_group *group)
{
    enum shape_class class = shape_class(look);

    if (class == CLASS_PAGE)
        visit_page(v, look, raw);
    else if (class == CLASS_EVENT)
        visit_event(v, look);
    else
        visit_object(v, look, raw, group);
}

/* Visits the array at the scan and passes it; false where it is broken. */
static bool visit_array(struct archive_visit *v, struct json_scan *scan)
{
    struct archive_group group = {.form = ORDER_ARRAY,
                                  .first_list = (uint32_t)v->index->list_count,
                                  .nameless = ARCHIVE_NONE,
                                  .line = line_of(v, scan->at)};
    struct span element;
    enum json_scan_step step = JSON_SCAN_ITEM;

    v->seen_arrays++;
    (void)json_scan_enter(scan, '[');
    for (;;) {
        struct shape_look look;

        step = json_scan_element(scan, &element);
        if (step != JSON_SCAN_ITEM)
            break;
        shape_look(&look, element);
        if (look.is_object) {
            visit_any(v, &look, element, &group);
        } else if (element.data[0] == '[') {
            struct archive_group inner = group;

            inner.first_list = (uint32_t)v->index->list_count;
            inner.nameless = ARCHIVE_NONE;
            visit_elements(v, element, &inner);
        }
    }
    if (step == JSON_SCAN_BROKEN) {
        struct shape_look look = {0};

        if (element.data)
            shape_look(&look, element);
        archive_damage_broken(v, &look, element, line_of(v, scan->at), &group);
    }
    return step == JSON_SCAN_END;
}

/* Visits the document at the scan and passes it; false where it is broken. */
static bool visit_document(struct archive_visit *v, struct json_scan *scan)
{
    const char *start = scan->at;
    const struct span rest = {start, (size_t)(scan->end - start)};
    struct shape_look look;

    if (*start == '[')
        return visit_array(v, scan);
    shape_look(&look, rest);
    if (!look.is_whole) {
        v->broken += (uint64_t)(look.end - start);
        archive_damage_broken(v, &look, rest, line_of(v, start), &v->lines);
        return false;
    }
    scan->at = look.end;
    visit_any(v, &look, (struct span){start, (size_t)(look.end - start)}, &v->lines);
    return true;
}

/* Behind a broken document the next one is looked for at the start of a line. */
static bool find_next(struct json_scan *scan)
{
    const char *next = memmem(scan->at, (size_t)(scan->end - scan->at), "\n{", 2);

    if (!next)
        return false;
    scan->at = next + 1;
    return true;
}

void archive_visit_json(struct archive_visit *v, struct span text, uint64_t offset, uint32_t line)
{
    struct json_scan scan = json_scan_of(text);

    v->text = text;
    v->offset = offset;
    v->counted = text.data;
    v->line = line;
    v->broken = 0;
    while (json_scan_space(&scan)) {
        bool can_go_on = *scan.at == '{' && !v->is_lines;

        if (visit_document(v, &scan))
            continue;
        if (!can_go_on || !find_next(&scan))
            return;
        if (v->broken > BROKEN_LOOKS * (uint64_t)text.len) {
            archive_damage_rest(v, (struct span){scan.at, (size_t)(scan.end - scan.at)},
                                line_of(v, scan.at));
            return;
        }
    }
}

void archive_visit_row(struct archive_visit *v, struct span thread_id, struct span record,
                       uint64_t offset, uint32_t line)
{
    uint32_t thread;

    v->text = record;
    v->offset = offset;
    v->counted = record.data;
    v->line = line;
    if (thread_id.len > 0) {
        thread = archive_index_thread(v->index, thread_id, v->origin);
    } else {
        if (v->lines.nameless == ARCHIVE_NONE)
            v->lines.nameless = archive_visit_nameless(v);
        thread = v->lines.nameless;
    }
    add_place(v, thread,
              (struct archive_place){.kind = PLACE_ROW, .list = list_of(v, thread, &v->lines)},
              record, 1);
}

void archive_visit_end(struct archive_visit *v, struct span name)
{
    struct buf numbered;

    archive_damage_end(v);
    buf_init(&numbered, BUF_NO_LIMIT);
    for (size_t i = 0; i < v->nameless_count; i++) {
        buf_clear(&numbered);
        (void)buf_add_span(&numbered, name);
        if (v->nameless_count > 1)
            (void)buf_printf(&numbered, ":%zu", i + 1);
        archive_index_name(v->index, v->nameless[i], buf_span(&numbered), v->origin);
    }
    buf_release(&numbered);
}
