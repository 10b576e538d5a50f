#include "archive/shape_events.h"

#include "base/text.h"

static const char *const FIELDS_OF_EVENTS[] = {"event:", "data:", "id:", "retry:", ":"};

bool events_is_line(struct span line)
{
    for (size_t i = 0; i < sizeof FIELDS_OF_EVENTS / sizeof FIELDS_OF_EVENTS[0]; i++) {
        if (span_starts_with(line, FIELDS_OF_EVENTS[i]))
            return true;
    }
    return false;
}

struct span events_data(struct span line)
{
    size_t skip = strlen("data:");

    if (!span_starts_with(line, "data:"))
        return (struct span){NULL, 0};
    if (line.len > skip && line.data[skip] == ' ')
        skip++;
    return (struct span){line.data + skip, line.len - skip};
}

void events_join(struct buf *out, struct span raw)
{
    struct span line;

    buf_clear(out);
    while (text_next_line(&raw, &line)) {
        struct span data = events_data(line);

        /* The first line of raw is an event's data already. */
        if (!data.data && out->len == 0)
            data = line;
        if (!data.data)
            continue;
        (void)buf_add_span(out, data);
        (void)buf_add_char(out, '\n');
    }
}
