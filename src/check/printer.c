#include "check/printer.h"

#include "base/mem.h"
#include "json/json.h"

#include <stdlib.h>

struct printer {
    struct sink base;
    struct buf line;
    bool has_head;
    bool ended;
};

static struct printer *printer(struct sink *sink)
{
    return (struct printer *)sink;
}

static void next(struct sink *sink, struct wish *wish)
{
    *wish = (struct wish){.kind = printer(sink)->ended ? WISH_DONE : WISH_MORE};
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

static void take_item(struct sink *sink, const struct item *item)
{
    struct printer *p = printer(sink);

    add_head(p);
    if (item) {
        if (p->base.outcome.items > 0)
            buf_add_char(&p->line, ',');
        item_write_request(&p->line, item, JSON_ESCAPE_HOSTILE);
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
    free(sink);
}

static const struct sink_ops PRINTER = {
    .next = next,
    .item = take_item,
    .free = printer_free,
};

struct sink *printer_new(struct span thread_id)
{
    struct printer *p = mem_zalloc(1, sizeof *p);

    p->base.ops = &PRINTER;
    buf_init(&p->line, BUF_NO_LIMIT);
    buf_add_text(&p->line, "{\"thread_id\":");
    json_write_string(&p->line, thread_id, JSON_ESCAPE_HOSTILE);
    return &p->base;
}

struct span printer_line(const struct sink *sink)
{
    return buf_span(&((const struct printer *)sink)->line);
}
