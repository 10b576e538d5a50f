#include "check/printer.h"

#include "base/mem.h"
#include "json/json.h"

#include <stdlib.h>

struct printer {
    struct sink base;
    const struct saved_files *files;
    struct buf line;
    struct holes holes; /* in the line */
    bool has_head;
    bool ended;
    struct error error;
};

static struct printer *printer(struct sink *sink)
{
    return (struct printer *)sink;
}

static void next(struct sink *sink, struct wish *wish)
{
    const struct printer *p = printer(sink);

    *wish = (struct wish){.kind = p->ended ? WISH_DONE : WISH_MORE};
    if (p->error.code != ERROR_NONE)
        *wish = (struct wish){.kind = WISH_FAIL, .error = p->error};
}

/* The metadata is known when the first item, or the end, comes. */
static void add_head(struct printer *p)
{
    if (p->has_head)
        return;
    buf_add_text(&p->line, ",\"metadata\":");
    metadata_write_json(&p->line, reader_metadata(p->base.reader), JSON_ESCAPE_HOSTILE);
    buf_add_text(&p->line, ",\"items\":[");
    p->has_head = true;
}

/* Contents are read twice: what has changed must not end a line in its middle. */
static void add_item(struct printer *p, const struct item *item)
{
    const size_t before = p->holes.count;

    item_write_body(&p->line, &p->holes, item, JSON_ESCAPE_HOSTILE);
    for (size_t i = before; i < p->holes.count && p->error.code == ERROR_NONE; i++)
        (void)contents_check(p->files, &p->holes.all[i].file, &p->error);
}

static void take_item(struct sink *sink, const struct item *item)
{
    struct printer *p = printer(sink);

    add_head(p);
    if (item) {
        if (p->base.outcome.items > 0)
            buf_add_char(&p->line, ',');
        add_item(p, item);
        p->base.outcome.items++;
        return;
    }
    buf_add_text(&p->line, "],\"losses\":");
    losses_write_json(&p->line, reader_losses(p->base.reader));
    buf_add_text(&p->line, "}\n");
    p->ended = true;
}

static void printer_free(struct sink *sink)
{
    buf_release(&printer(sink)->line);
    holes_release(&printer(sink)->holes);
    free(sink);
}

static const struct sink_ops PRINTER = {
    .next = next,
    .item = take_item,
    .free = printer_free,
};

struct sink *printer_new(struct span thread_id, const struct saved_files *files)
{
    struct printer *p = mem_zalloc(1, sizeof *p);

    p->files = files;
    p->base.ops = &PRINTER;
    buf_init(&p->line, BUF_NO_LIMIT);
    buf_add_text(&p->line, "{\"thread_id\":");
    json_write_string(&p->line, thread_id, JSON_ESCAPE_HOSTILE);
    return &p->base;
}

struct body printer_line(const struct sink *sink)
{
    const struct printer *p = (const struct printer *)sink;

    return (struct body){buf_span(&p->line), p->holes.all, p->holes.count, p->files};
}
