#include "source/source_none.h"

#include "base/mem.h"

#include <stdlib.h>

static void ask(struct reading *reading, enum fetch_kind kind, struct span run_id)
{
    (void)reading;
    (void)kind;
    (void)run_id;
}

static void next(struct reading *reading, struct wish *wish)
{
    (void)reading;
    *wish = (struct wish){.kind = WISH_FAIL};
    error_set(&wish->error, ERROR_SOURCE_MISSING, "there is no source");
}

static void feed(struct reading *reading, const struct answer *answer)
{
    (void)reading;
    (void)answer;
}

static void take(struct reading *reading, struct page *page)
{
    (void)reading;
    *page = (struct page){.last = true};
}

static void close_reading(struct reading *reading)
{
    free(reading);
}

static const struct reading_ops NO_READING = {
    .ask = ask,
    .next = next,
    .feed = feed,
    .take = take,
    .close = close_reading,
};

static struct reading *read_none(struct source *source, struct span thread_id)
{
    struct reading *reading = mem_zalloc(1, sizeof *reading);

    (void)source;
    (void)thread_id;
    reading->ops = &NO_READING;
    return reading;
}

static void close_source(struct source *source)
{
    free(source);
}

static const struct source_ops NO_SOURCE = {.read = read_none, .close = close_source};

struct source *source_none_open(void)
{
    struct source *source = mem_zalloc(1, sizeof *source);

    source->ops = &NO_SOURCE;
    return source;
}
