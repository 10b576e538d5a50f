#include "archive/archive_data.h"

#include <stdlib.h>
#include <string.h>

void archive_data_init(struct archive_data *data)
{
    memset(data, 0, sizeof *data);
    data->owned = json_array();
    arena_init(&data->arena);
}

void archive_objects_add(struct archive_data *data, struct archive_objects *objects, json_t *object,
                         struct span raw)
{
    if (objects->count == objects->cap) {
        objects->cap = objects->cap ? 2 * objects->cap : 16;
        objects->items = mem_resize(objects->items, objects->cap, sizeof(void *));
        objects->raw = mem_resize(objects->raw, objects->cap, sizeof *objects->raw);
    }
    (void)json_array_append_new(data->owned, object);
    objects->items[objects->count] = object;
    objects->raw[objects->count] = raw;
    objects->count++;
}

static void release_objects(struct archive_objects *objects)
{
    free(objects->items);
    free(objects->raw);
}

void archive_data_release(struct archive_data *data)
{
    release_objects(&data->thread);
    release_objects(&data->messages);
    release_objects(&data->runs);
    release_objects(&data->steps);
    json_decref(data->owned);
    arena_release(&data->arena);
    memset(data, 0, sizeof *data);
}
