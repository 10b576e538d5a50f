#include "mock/judge/mock.h"

#include "mock/api/item.h"
#include "mock/core/core.h"
#include "mock/source/source.h"

#include <string.h>

static void member(struct mock_text *out, const char *name, uint64_t number)
{
    mock_text_puts(out, ",\"");
    mock_text_puts(out, name);
    mock_text_puts(out, "\":");
    mock_text_int(out, (int64_t)number);
}

static void put_item(struct mock_text *out, const struct mock_object *object, bool bare)
{
    const char *json = object->json_included ? object->json_included : object->json;

    if (!bare) {
        mock_text_puts(out, json);
        return;
    }
    json_t *item = json_loads(json, JSON_ALLOW_NUL, NULL);
    mock_item_write_bare(out, item);
    json_decref(item);
}

static bool is_type(const struct mock_object *object, const char *type)
{
    const char *at = strstr(object->json, "\",\"type\":\"");

    return at && strncmp(at + 10, type, strlen(type)) == 0;
}

/* Outputs of calls that are nowhere before them, and calls without an output. */
static void put_lone_calls(struct mock_text *out, const struct mock_conversation *conversation)
{
    json_t *open = json_object();
    uint64_t orphans = 0;

    for (size_t i = 0; i < conversation->items.count; i++) {
        const struct mock_object *object = conversation->items.at[i];

        if (!is_type(object, "function_call"))
            continue;
        json_t *item = json_loads(object->json, JSON_ALLOW_NUL, NULL);
        const char *call_id = json_string_value(json_object_get(item, "call_id"));
        if (!is_type(object, "function_call_output"))
            (void)json_object_set_new(open, call_id, json_true());
        else if (json_object_del(open, call_id) != 0)
            orphans++;
        json_decref(item);
    }
    member(out, "calls_without_output", json_object_size(open));
    member(out, "outputs_without_call", orphans);
    json_decref(open);
}

static void put_conversation(struct mock_text *out, const struct mock_conversation *conversation,
                             bool bare)
{
    mock_text_printf(out, "{\"id\":\"%s\"", conversation->id);
    member(out, "created_at", (uint64_t)conversation->created_at);
    mock_text_puts(out, ",\"metadata\":");
    mock_text_puts(out, conversation->metadata);
    mock_text_puts(out, conversation->deleted ? ",\"deleted\":true" : ",\"deleted\":false");
    member(out, "appends", conversation->appends);
    member(out, "lists", conversation->lists);
    member(out, "peak_in_flight", conversation->peak_in_flight);
    put_lone_calls(out, conversation);
    mock_text_puts(out, ",\"items\":[");
    for (size_t i = 0; i < conversation->items.count; i++) {
        if (i > 0)
            mock_text_putc(out, ',');
        put_item(out, conversation->items.at[i], bare);
    }
    mock_text_puts(out, "]}");
}

void mock_dump(struct mock *mock, bool bare, struct mock_text *out)
{
    const struct mock_destination *destination = &mock->destination;

    mock_text_puts(out, "{\"conversations\":[");
    for (size_t i = 0; i < destination->count; i++) {
        mock_text_puts(out, i > 0 ? ",\n" : "\n");
        put_conversation(out, destination->conversations[i], bare);
    }
    mock_text_puts(out, "\n],\"stats\":");
    mock_dump_stats(mock, out);
    mock_text_putc(out, '}');
}

static void put_route(struct mock_text *out, const struct mock_stats *stats, unsigned route)
{
    const uint64_t *by_class = stats->by_class[route];

    mock_text_printf(out, "\"%s\":{\"requests\":%llu", mock_route_name((enum mock_route)route),
                     (unsigned long long)stats->by_route[route]);
    member(out, "2xx", by_class[2]);
    member(out, "3xx", by_class[3]);
    member(out, "4xx", by_class[4]);
    member(out, "5xx", by_class[5]);
    member(out, "torn", by_class[0]);
    mock_text_putc(out, '}');
}

void mock_dump_stats(const struct mock *mock, struct mock_text *out)
{
    const struct mock_stats *stats = &mock->stats;
    bool first = true;

    mock_text_printf(out, "{\"requests\":%llu", (unsigned long long)stats->requests);
    member(out, "faults", stats->faults);
    member(out, "unauthorized", stats->unauthorized);
    member(out, "bearer", stats->bearer);
    member(out, "api_key", stats->api_key);
    member(out, "bytes_in", stats->bytes_in);
    mock_text_printf(out, ",\"commits\":{\"conversations_created\":%llu",
                     (unsigned long long)stats->conversations_created);
    member(out, "conversations_updated", stats->conversations_updated);
    member(out, "conversations_deleted", stats->conversations_deleted);
    member(out, "appends", stats->appends);
    member(out, "items_stored", stats->items_stored);
    member(out, "items_deleted", stats->items_deleted);
    member(out, "threads_deleted", stats->threads_deleted);
    member(out, "assistants_deleted", stats->assistants_deleted);
    mock_text_printf(out, "},\"violations\":{\"client_ids\":%llu",
                     (unsigned long long)stats->client_ids);
    member(out, "reattached", stats->reattached);
    member(out, "concurrent_appends", stats->concurrent_appends);
    mock_text_puts(out, "}");
    member(out, "peak_in_flight", mock->peak_in_flight);
    mock_text_puts(out, ",\"routes\":{");
    for (unsigned i = 0; i < MOCK_ROUTES; i++) {
        if (stats->by_route[i] > 0) {
            mock_text_puts(out, first ? "" : ",");
            put_route(out, stats, i);
            first = false;
        }
    }
    mock_text_puts(out, "}}");
}

static void put_objects(struct mock_text *out, const char *name, const struct mock_objects *objects)
{
    mock_text_printf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < objects->count; i++) {
        const struct mock_object *object = objects->at[i];

        mock_text_puts(out, i > 0 ? "," : "");
        mock_text_puts(out, object->json_included ? object->json_included : object->json);
    }
    mock_text_putc(out, ']');
}

/* The thread's own object, reopened so that its lists can follow. */
static void put_thread(struct mock_text *out, const struct mock_thread *thread)
{
    mock_text_add(out, thread->object.json, strlen(thread->object.json) - 1);
    if (thread->deleted)
        mock_text_puts(out, ",\"deleted\":true");
    put_objects(out, "messages", &thread->messages);
    put_objects(out, "runs", &thread->runs);
    put_objects(out, "run_steps", &thread->steps);
    mock_text_putc(out, '}');
}

void mock_dump_source(struct mock *mock, struct mock_text *out)
{
    mock_text_puts(out, "{\"threads\":[");
    for (size_t i = 0; i < mock->source.count; i++) {
        struct mock_thread *thread = mock->source.threads[i];

        mock_text_puts(out, i > 0 ? ",\n" : "\n");
        mock_source_load(mock, thread);
        put_thread(out, thread);
    }
    mock_text_puts(out, "\n]");
    put_objects(out, "assistants", &mock->source.assistants);
    mock_text_putc(out, '}');
}
