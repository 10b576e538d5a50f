#include "archive/objects.h"

#include "archive/arrange.h"
#include "base/mem.h"
#include "base/strmap.h"
#include "json/json.h"
#include "map/map.h"

#include <stdlib.h>

void objects_release(struct objects *objects)
{
    free(objects->items);
    free(objects->raw);
    free(objects->from);
}

void objects_add(struct objects *objects, json_t *owned, json_t *object, struct object_bytes bytes)
{
    if (objects->count == objects->cap) {
        objects->cap = objects->cap ? 2 * objects->cap : 16;
        objects->items = mem_resize(objects->items, objects->cap, sizeof(void *));
        objects->raw = mem_resize(objects->raw, objects->cap, sizeof *objects->raw);
        objects->from = mem_resize(objects->from, objects->cap, sizeof *objects->from);
    }
    (void)json_array_append_new(owned, object);
    objects->items[objects->count] = object;
    objects->raw[objects->count] = bytes.raw;
    objects->from[objects->count] = bytes.from;
    objects->count++;
}

void objects_drop_copies(struct objects *objects)
{
    struct strmap seen;
    size_t kept = 0;

    if (objects->count < 2)
        return;
    strmap_init(&seen);
    for (size_t i = 0; i < objects->count; i++) {
        struct span id = json_get_text(objects->items[i], "id");
        bool added = true;
        size_t to = kept;

        if (id.len > 0) {
            size_t position = strmap_add(&seen, id, &added);
            if (added)
                strmap_set_value(&seen, position, kept);
            to = (size_t)strmap_value(&seen, position);
        }
        if (!added && !run_is_active(objects->items[to]))
            continue;
        objects->items[to] = objects->items[i];
        objects->raw[to] = objects->raw[i];
        objects->from[to] = objects->from[i];
        kept += added;
    }
    objects->count = kept;
    strmap_release(&seen);
}

void objects_sort(struct objects *objects)
{
    arrange_by_time(objects->items, objects->raw, objects->from, objects->count);
}

/* ---- states of one thread object ---- */

static bool same_time(json_t *a, json_t *b)
{
    int64_t a_ms = 0;
    int64_t b_ms = 1;

    return source_time_ms(json_object_get(a, "created_at"), &a_ms) &&
           source_time_ms(json_object_get(b, "created_at"), &b_ms) && a_ms == b_ms;
}

static bool is_nothing(const json_t *value)
{
    return json_is_null(value) || (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

bool objects_contradict(json_t *a, json_t *b)
{
    const char *key;
    json_t *mine;

    if (same_time(a, b))
        return false;
    /* Of many copies the first collects what the others say, and may become large. */
    if (json_object_size(a) > json_object_size(b)) {
        json_t *larger = a;

        a = b;
        b = larger;
    }
    json_object_foreach(a, key, mine)
    {
        const json_t *other = json_object_get(b, key);
        int64_t a_ms = 0;
        int64_t b_ms = 0;

        if (!other || is_nothing(mine) || is_nothing(other))
            continue;
        if (strcmp(key, "created_at") == 0 && source_time_ms(mine, &a_ms) &&
            source_time_ms(other, &b_ms)) {
            if (a_ms != b_ms)
                return true;
            continue;
        }
        if (!json_equal(mine, other))
            return true;
    }
    return false;
}

static bool is_newer(json_t *a, json_t *b)
{
    int64_t a_ms = 0;
    int64_t b_ms = 0;
    bool timed = source_time_ms(json_object_get(a, "updated_at"), &a_ms) &&
                 source_time_ms(json_object_get(b, "updated_at"), &b_ms);

    return !timed || a_ms >= b_ms;
}

bool objects_merge(json_t *old, json_t *thread, bool replaces)
{
    if (!replaces && !is_newer(thread, old)) {
        (void)json_object_update_missing(old, thread);
        return false;
    }
    (void)json_object_update(old, thread);
    return true;
}

/* ---- steps by run ---- */

static int compare_spans(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

struct step {
    json_t *object;
    struct object_bytes bytes;
    struct span run_id;
    size_t at;
};

static int compare_steps(const void *left, const void *right)
{
    const struct step *a = left;
    const struct step *b = right;
    int order = compare_spans(a->run_id, b->run_id);

    return order ? order : (a->at > b->at) - (a->at < b->at);
}

void objects_group(struct objects *steps)
{
    struct step *all = mem_zalloc(steps->count, sizeof *all);

    for (size_t i = 0; i < steps->count; i++)
        all[i] = (struct step){steps->items[i],
                               {steps->raw[i], steps->from[i]},
                               json_get_text(steps->items[i], "run_id"),
                               i};
    if (steps->count > 1)
        qsort(all, steps->count, sizeof *all, compare_steps);
    for (size_t i = 0; i < steps->count; i++) {
        steps->items[i] = all[i].object;
        steps->raw[i] = all[i].bytes.raw;
        steps->from[i] = all[i].bytes.from;
    }
    free(all);
}

size_t objects_of_run(const struct objects *steps, struct span run_id, size_t *count)
{
    size_t low = 0;
    size_t high = steps->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_spans(json_get_text(steps->items[middle], "run_id"), run_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < steps->count &&
           span_equal(json_get_text(steps->items[low + *count], "run_id"), run_id))
        ++*count;
    return low;
}
