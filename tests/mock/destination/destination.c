#include "mock/destination/destination.h"

#include "mock/api/item.h"
#include "mock/source/quirk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void conversation_free(struct mock_conversation *conversation)
{
    free(conversation->metadata);
    mock_objects_forget(&conversation->items);
    free(conversation);
}

void mock_destination_release(struct mock_destination *destination)
{
    for (size_t i = 0; i < destination->count; i++)
        conversation_free(destination->conversations[i]);
    free(destination->conversations);
    mock_map_release(&destination->by_id);
    mock_map_release(&destination->items_by_id);
    mock_objects_release(&destination->items);
    *destination = (struct mock_destination){0};
}

struct mock_conversation *mock_destination_find(const struct mock *mock, const char *id)
{
    return mock_map_get(&mock->destination.by_id, id);
}

struct mock_conversation *mock_destination_create(struct mock *mock, char *metadata)
{
    struct mock_destination *destination = &mock->destination;
    struct mock_conversation *conversation = mock_alloc(1, sizeof *conversation);
    char middle[25];

    mock_rng_hex(&mock->rng, conversation->key, 16);
    mock_rng_hex(&mock->rng, middle, 24);
    (void)snprintf(conversation->id, sizeof conversation->id, "conv_%08x%s%s",
                   (unsigned)mock->wall_s, middle, conversation->key);
    conversation->created_at = mock->wall_s;
    conversation->metadata = metadata;
    if (destination->count == destination->cap) {
        destination->cap = destination->cap == 0 ? 64 : destination->cap * 2;
        destination->conversations = mock_resize(destination->conversations, destination->cap,
                                                 sizeof(destination->conversations[0]));
    }
    destination->conversations[destination->count++] = conversation;
    mock_map_set(&destination->by_id, conversation->id, conversation);
    mock->stats.conversations_created++;
    return conversation;
}

static void new_item_id(struct mock *mock, const struct mock_conversation *conversation,
                        const char *prefix, char out[MOCK_ID_SIZE])
{
    char middle[25];

    mock_rng_hex(&mock->rng, middle, 24);
    (void)snprintf(out, MOCK_ID_SIZE, "%s_%08x%s%s", prefix, (unsigned)mock->wall_s, middle,
                   conversation->key);
}

/* Some servers sort by a time that they make up: now and so many seconds. */
static void place_item(struct mock_conversation *conversation, struct mock_object *object,
                       bool sort_by_time)
{
    mock_objects_add(&conversation->items, object);
    if (!sort_by_time)
        return;
    struct mock_object **at = conversation->items.at;
    for (size_t i = conversation->items.count - 1; i > 0 && at[i - 1]->time > at[i]->time; i--) {
        struct mock_object *later = at[i - 1];
        at[i - 1] = at[i];
        at[i] = later;
    }
}

static struct mock_object *store_item(struct mock *mock, struct mock_conversation *conversation,
                                      json_t *item)
{
    const char *id = json_string_value(json_object_get(item, "id"));
    char new_id[MOCK_ID_SIZE];

    if (id) {
        struct mock_object *known = mock_map_get(&mock->destination.items_by_id, id);

        mock->stats.client_ids++;
        if (known) {
            mock->stats.reattached++;
            return known;
        }
    } else {
        new_item_id(mock, conversation, mock_item_prefix(item), new_id);
        id = new_id;
    }
    struct mock_object *object =
        mock_item_render(item, id, (mock->config.quirks & MOCK_QUIRK_ALTER_TEXT) != 0);
    mock_objects_add(&mock->destination.items, object);
    mock_map_set(&mock->destination.items_by_id, object->id, object);
    return object;
}

static void swap_last_two(struct mock_objects *items)
{
    struct mock_object *last = items->at[items->count - 1];

    items->at[items->count - 1] = items->at[items->count - 2];
    items->at[items->count - 2] = last;
}

void mock_destination_append(struct mock *mock, struct mock_conversation *conversation,
                             json_t *items, size_t count, struct mock_objects *added)
{
    bool sort_by_time = (mock->config.quirks & MOCK_QUIRK_OGX) != 0;

    if (mock->config.stale_lists > 0) {
        conversation->stale_left = mock->config.stale_lists;
        conversation->stale_ms = mock->now_ms;
        conversation->stale_visible = conversation->items.count;
    }
    for (size_t i = 0; i < count; i++) {
        struct mock_object *object = store_item(mock, conversation, json_array_get(items, i));

        object->time = mock->wall_s + (int64_t)i;
        mock_objects_add(added, object);
        place_item(conversation, object, sort_by_time);
    }
    if ((mock->config.quirks & MOCK_QUIRK_REORDER) != 0 && count > 1)
        swap_last_two(&conversation->items);
    conversation->appends++;
    mock->stats.appends++;
    mock->stats.items_stored += count;
}

void mock_destination_insert(struct mock *mock, struct mock_conversation *conversation,
                             json_t *items)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        struct mock_object *object = store_item(mock, conversation, json_array_get(items, i));

        object->time = mock->wall_s;
        mock_objects_add(&conversation->items, object);
    }
}

bool mock_destination_holds(struct mock_conversation *conversation, json_t *items)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(items, i), "id"));

        if (id && mock_objects_find(&conversation->items, id) != NULL)
            return true;
    }
    return false;
}
