#include "archive/archive_scan.h"

#include "archive/archive_damage.h"
#include "archive/archive_shape.h"
#include "archive/archive_visit.h"
#include "archive/archive_window.h"
#include "archive/shape_csv.h"
#include "archive/shape_events.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json_scan.h"

#include <stdlib.h>

enum {
    DOCUMENT_MAX_BYTES = 1 << 30, /* what is held whole */
    RECORD_MAX_BYTES = 1 << 26,   /* of CSV: the longest text of a message, quoted, fits */
    FOREIGN_NAMED = 8,            /* files without threads that are named one by one */
    LINES_TRIED = 64,             /* to find a whole object in a file that begins with damage */
};

/* One file on its way through. */
struct pass {
    const struct archive_scan *scan;
    struct archive_window *window;
    struct archive_visit *visit;
    uint32_t file;
    uint32_t line; /* of the window's rest */
};

/* How a file is built. */
enum outer { OUTER_LINES, OUTER_DOCUMENT, OUTER_EVENTS, OUTER_CSV, OUTER_NONE };

static bool is_blank(struct span text)
{
    return text_trim(text).len == 0;
}

/* True where the text is nothing but whole JSON values, at least one. */
static bool is_whole_json(struct span text)
{
    struct json_scan scan = json_scan_of(text);
    bool any = false;

    while (json_scan_space(&scan)) {
        if (!json_scan_value(&scan).data)
            return false;
        any = true;
    }
    return any;
}

static char first_byte(struct span text)
{
    struct json_scan scan = json_scan_of(text);

    return json_scan_space(&scan) ? *scan.at : '\0';
}

/* Shows the whole rest of the file; false where it is larger than what is held. */
static bool show_all(struct archive_window *window)
{
    while (archive_window_rest(window).len <= DOCUMENT_MAX_BYTES) {
        if (!archive_window_more(window))
            return true;
    }
    return false;
}

/* True where one of the next lines is a whole JSON object. */
static bool has_object_line(struct archive_window *window)
{
    struct span rest = archive_window_rest(window);
    struct span line;

    for (int i = 0; i < LINES_TRIED && text_next_line(&rest, &line); i++) {
        if (line.len > 0 && line.data[0] == '{' && is_whole_json(line))
            return true;
    }
    return false;
}

static enum outer recognise_json(struct archive_window *window, struct span line)
{
    if (is_whole_json(line))
        return OUTER_LINES;
    if (!show_all(window))
        return has_object_line(window) ? OUTER_LINES : OUTER_DOCUMENT;
    if (is_whole_json(archive_window_rest(window)))
        return OUTER_DOCUMENT;
    return has_object_line(window) ? OUTER_LINES : OUTER_DOCUMENT;
}

/* Passes blank lines and tells from the first other one what the file is. */
static enum outer recognise(struct pass *pass, struct csv_header *header)
{
    struct archive_window *window = pass->window;
    size_t len;

    for (;;) {
        enum archive_line found = archive_window_line(window, DOCUMENT_MAX_BYTES, &len);
        struct span line = {archive_window_rest(window).data, len};

        if (found == ARCHIVE_LINE_NONE)
            return OUTER_NONE;
        char first = first_byte(line);
        if (found == ARCHIVE_LINE_LONG)
            return first == '{' || first == '[' ? OUTER_LINES : OUTER_NONE;
        if (first == '{' || first == '[')
            return recognise_json(window, line);
        if (first != '\0' && events_is_line(line))
            return OUTER_EVENTS;
        if (first != '\0' && csv_header_read(header, text_trim(line)))
            return OUTER_CSV;
        if (first != '\0')
            return has_object_line(window) ? OUTER_LINES : OUTER_NONE;
        if (found == ARCHIVE_LINE_TORN)
            return OUTER_NONE;
        archive_window_pass(window, len + 1);
        pass->line++;
    }
}

static void refuse_size(struct pass *pass)
{
    struct archive_visit *v = pass->visit;

    archive_index_fault(v->index, archive_visit_nameless(v), ERROR_TOO_LARGE,
                        "%s:%u: a JSON document of more than 1 GiB is not held in memory: "
                        "write its elements as JSON lines, for example with jq -c '.[]'",
                        v->origin.path, pass->line);
}

/* Passes what is left of a line that is too long. */
static void skip_line(struct pass *pass)
{
    for (;;) {
        struct span rest = archive_window_rest(pass->window);
        const char *lf = rest.len > 0 ? memchr(rest.data, '\n', rest.len) : NULL;

        archive_window_pass(pass->window, lf ? (size_t)(lf - rest.data) + 1 : rest.len);
        if (lf || !archive_window_more(pass->window))
            return;
    }
}

static void scan_lines(struct pass *pass)
{
    struct archive_window *window = pass->window;

    pass->visit->is_lines = true;
    for (;; pass->line++) {
        size_t len;
        enum archive_line found = archive_window_line(window, DOCUMENT_MAX_BYTES, &len);
        struct span line = {archive_window_rest(window).data, len};

        if (found == ARCHIVE_LINE_NONE)
            return;
        if (found == ARCHIVE_LINE_LONG) {
            refuse_size(pass);
            skip_line(pass);
            continue;
        }
        pass->visit->is_torn = found == ARCHIVE_LINE_TORN;
        if (!is_blank(line))
            archive_visit_json(pass->visit, line, archive_window_offset(window), pass->line);
        archive_window_pass(window, len + (found == ARCHIVE_LINE));
    }
}

static void scan_document(struct pass *pass)
{
    struct archive_window *window = pass->window;

    if (!show_all(window)) {
        refuse_size(pass);
        return;
    }
    archive_visit_json(pass->visit, archive_window_rest(window), archive_window_offset(window),
                       pass->line);
}

/* The data of the event that is being read. */
struct event {
    struct buf data;
    uint64_t offset; /* of its first byte in the file */
    uint64_t end;    /* behind its last byte */
    uint32_t line;
    uint32_t lines; /* how many it has */
};

static void finish_event(struct pass *pass, struct event *event)
{
    if (event->lines > 0 && first_byte(buf_span(&event->data)) == '{') {
        pass->visit->joined = event->lines > 1 ? (uint32_t)(event->end - event->offset) : 0;
        archive_visit_json(pass->visit, buf_span(&event->data), event->offset, event->line);
    }
    buf_clear(&event->data);
    event->lines = 0;
}

static void take_event_line(struct pass *pass, struct event *event, struct span line)
{
    struct span data = events_data(line);

    if (is_blank(line)) {
        finish_event(pass, event);
        return;
    }
    if (!data.data)
        return;
    if (event->lines == 0) {
        event->line = pass->line;
        event->offset = archive_window_offset(pass->window) + (uint64_t)(data.data - line.data);
    }
    event->end = archive_window_offset(pass->window) + line.len;
    event->lines++;
    (void)buf_add_span(&event->data, data);
    (void)buf_add_char(&event->data, '\n');
}

static void scan_events(struct pass *pass)
{
    struct event event = {.lines = 0};

    buf_init(&event.data, DOCUMENT_MAX_BYTES);
    pass->visit->is_lines = true;
    pass->visit->is_event = true;
    for (;; pass->line++) {
        size_t len;
        enum archive_line found = archive_window_line(pass->window, DOCUMENT_MAX_BYTES, &len);

        if (found == ARCHIVE_LINE_NONE || found == ARCHIVE_LINE_LONG)
            break;
        take_event_line(pass, &event, (struct span){archive_window_rest(pass->window).data, len});
        archive_window_pass(pass->window, len + (found == ARCHIVE_LINE));
    }
    finish_event(pass, &event);
    buf_release(&event.data);
}

static uint32_t count_lines(struct span text)
{
    uint32_t lines = 0;

    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    return lines;
}

static void take_record(struct pass *pass, const struct csv_header *header, struct csv_row *row,
                        struct span record)
{
    bool ok = csv_row_read(row, header, record);
    struct span id = text_trim(row->cell[CSV_THREAD]);

    if (ok)
        archive_visit_row(pass->visit, id, record, archive_window_offset(pass->window), pass->line);
    else
        archive_damage_at(pass->visit, pass->line, id,
                          "damaged: not as many cells as the header has, or a stray quote");
}

static void scan_csv(struct pass *pass, const struct csv_header *header)
{
    struct archive_window *window = pass->window;
    struct csv_row row;
    size_t len = 0;
    size_t whole = 0;
    bool is_header = true;

    csv_row_init(&row);
    pass->scan->files->files[pass->file].csv = mem_alloc(sizeof *header);
    *pass->scan->files->files[pass->file].csv = *header;
    for (;;) {
        struct span rest = archive_window_rest(window);
        enum csv_step step = csv_record(header->delimiter, rest, window->at_end, &len, &whole);

        if (step == CSV_MORE && rest.len <= RECORD_MAX_BYTES && archive_window_more(window))
            continue;
        if (step == CSV_MORE && rest.len > 0)
            archive_damage_at(pass->visit, pass->line, (struct span){NULL, 0},
                              "damaged: a quote is never closed");
        if (step != CSV_RECORD)
            break;
        struct span record = {rest.data, len};
        if (!is_header && !is_blank(record))
            take_record(pass, header, &row, record);
        is_header = false;
        pass->line += count_lines((struct span){rest.data, whole});
        archive_window_pass(window, whole);
    }
    csv_row_release(&row);
}

/* An empty list that is all there is stands for a thread without messages. */
static void take_lone_page(struct pass *pass)
{
    const struct archive_visit *v = pass->visit;

    if (pass->scan->files->count > 1 || v->index->thread_count > 0 || v->seen_pages_empty != 1)
        return;
    uint32_t thread = archive_visit_nameless(pass->visit);
    pass->scan->index->threads[thread].is_listed = true;
    if (v->page_more == ORDER_MORE_YES)
        archive_index_fault(pass->scan->index, thread, ERROR_TRUNCATED,
                            "%s:%u: an empty page says that more follows", v->origin.path,
                            v->page_line);
}

static char *scan_as(struct pass *pass, enum outer outer, const struct csv_header *header)
{
    switch (outer) {
    case OUTER_LINES:
        scan_lines(pass);
        return archive_shape_text(pass->visit, NULL);
    case OUTER_DOCUMENT:
        scan_document(pass);
        return archive_shape_text(pass->visit, NULL);
    case OUTER_EVENTS:
        scan_events(pass);
        return archive_shape_text(pass->visit, "event stream");
    case OUTER_CSV:
        scan_csv(pass, header);
        return mem_strdup("CSV, one message a record");
    case OUTER_NONE:
        break;
    }
    return mem_strdup(pass->window->at_end && pass->window->len == 0
                          ? "not recognised: empty"
                          : "not recognised: no JSON, event stream or CSV with a header");
}

static void scan_file(const struct archive_scan *scan, struct archive_window *window, uint32_t file,
                      struct buf *name)
{
    struct archive_file *entry = &scan->files->files[file];
    struct archive_visit visit;
    struct csv_header header;
    struct pass pass = {.scan = scan, .window = window, .visit = &visit, .file = file, .line = 1};

    archive_visit_init(&visit, scan->index, (struct archive_origin){file, entry->path});
    visit.assistants = scan->assistants;
    visit.note = scan->note;
    visit.ctx = scan->ctx;
    if (archive_window_open(window, file))
        entry->shape = scan_as(&pass, recognise(&pass, &header), &header);
    if (window->error.code != ERROR_NONE)
        archive_damage_at(&visit, pass.line, (struct span){NULL, 0}, window->error.text);
    if (!entry->shape)
        entry->shape = mem_printf("not recognised: %s", window->error.text);
    take_lone_page(&pass);
    buf_clear(name);
    archive_files_name(scan->files, file, name);
    archive_visit_end(&visit, buf_span(name));
    archive_visit_release(&visit);
}

void archive_scan_all(const struct archive_scan *scan)
{
    struct archive_window window;
    struct buf name;

    archive_window_init(&window, scan->files);
    buf_init(&name, BUF_NO_LIMIT);
    for (size_t i = 0; i < scan->files->count; i++)
        scan_file(scan, &window, (uint32_t)i, &name);
    buf_release(&name);
    archive_window_release(&window);
}

/* The first by name: a folder full of others would drown the rest. */
void archive_scan_note_foreign(const struct archive_scan *scan)
{
    size_t foreign = 0;
    char *text;

    for (size_t i = 0; i < scan->files->count; i++) {
        const struct archive_file *file = &scan->files->files[i];

        if (!span_starts_with(span_of(file->shape), "not recognised") || ++foreign > FOREIGN_NAMED)
            continue;
        text = mem_printf("%s: %s", file->path, file->shape);
        scan->note(scan->ctx, text);
        free(text);
    }
    if (foreign <= FOREIGN_NAMED)
        return;
    text = mem_printf("%zu more files are not recognised; 'threadferry inventory' names them",
                      foreign - FOREIGN_NAMED);
    scan->note(scan->ctx, text);
    free(text);
}
