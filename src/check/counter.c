#include "check/counter.h"

#include "base/mem.h"

#include <stdlib.h>

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
