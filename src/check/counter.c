#include "check/counter.h"

#include "base/mem.h"

#include <stdlib.h>

/* ---- the source ---- */

struct counting_source {
    struct source base;
    struct source *inner;
    struct inventory *inventory;
};

struct counting_reading {
    struct reading base;
    struct reading *inner;
    struct inventory *inventory;
    enum fetch_kind kind; /* of the list that is being read */
};

static void ask(struct reading *reading, enum fetch_kind kind, struct span run_id)
{
    struct counting_reading *r = (struct counting_reading *)reading;

    r->kind = kind;
    r->inner->ops->ask(r->inner, kind, run_id);
}

static void read_next(struct reading *reading, struct wish *wish)
{
    struct reading *inner = ((struct counting_reading *)reading)->inner;

    inner->ops->next(inner, wish);
}

static void read_feed(struct reading *reading, const struct answer *answer)
{
    struct reading *inner = ((struct counting_reading *)reading)->inner;

    inner->ops->feed(inner, answer);
}

static void take(struct reading *reading, struct page *page)
{
    struct counting_reading *r = (struct counting_reading *)reading;

    r->inner->ops->take(r->inner, page);
    for (size_t i = 0; i < page->count; i++)
        inventory_see(r->inventory, r->kind, page->objects[i]);
}

static void close_reading(struct reading *reading)
{
    struct counting_reading *r = (struct counting_reading *)reading;

    r->inner->ops->close(r->inner);
    free(r);
}

static const struct reading_ops COUNTING_READING = {
    .ask = ask,
    .next = read_next,
    .feed = read_feed,
    .take = take,
    .close = close_reading,
};

static struct reading *read_thread(struct source *source, struct span thread_id)
{
    struct counting_source *s = (struct counting_source *)source;
    struct counting_reading *r = mem_zalloc(1, sizeof *r);

    r->base.ops = &COUNTING_READING;
    r->inner = source_read(s->inner, thread_id);
    r->inventory = s->inventory;
    return &r->base;
}

static void close_source(struct source *source)
{
    source_close(((struct counting_source *)source)->inner);
    free(source);
}

static const struct source_ops COUNTING_SOURCE = {.read = read_thread, .close = close_source};

struct source *counter_source(struct source *inner, struct inventory *inventory)
{
    struct counting_source *s = mem_zalloc(1, sizeof *s);

    s->base = (struct source){.ops = &COUNTING_SOURCE,
                              .is_archive = inner->is_archive,
                              .may_lack_runs = inner->may_lack_runs};
    s->inner = inner;
    s->inventory = inventory;
    return &s->base;
}

/* ---- the sink ---- */

struct counter {
    struct sink base;
    bool ended;
};

static void next(struct sink *sink, struct wish *wish)
{
    *wish = (struct wish){.kind = ((struct counter *)sink)->ended ? WISH_DONE : WISH_MORE};
}

static void take_item(struct sink *sink, const struct item *item)
{
    if (item)
        sink->outcome.items++;
    else
        ((struct counter *)sink)->ended = true;
}

static void free_sink(struct sink *sink)
{
    free(sink);
}

static const struct sink_ops COUNTER = {
    .next = next,
    .item = take_item,
    .free = free_sink,
};

struct sink *counter_sink(void)
{
    struct counter *counter = mem_zalloc(1, sizeof *counter);

    counter->base.ops = &COUNTER;
    return &counter->base;
}
