#include "fields/pairs.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Below 0, 0 or above as the name comes before, is or comes after the item's. */
static int compare(struct span name, const struct pair *item)
{
    const size_t len = strlen(item->name);
    const int order = memcmp(name.data, item->name, name.len < len ? name.len : len);

    if (order != 0 || name.len == len)
        return order;
    return name.len < len ? -1 : 1;
}

/* The place of the name, or the one where it belongs. */
static size_t place_of(const struct pairs *pairs, struct span name)
{
    size_t place = 0;

    while (place < pairs->count && compare(name, &pairs->items[place]) > 0)
        place++;
    return place;
}

static bool is_at(const struct pairs *pairs, size_t place, struct span name)
{
    return place < pairs->count && compare(name, &pairs->items[place]) == 0;
}

void pairs_set(struct pairs *pairs, struct span name, struct span value)
{
    const size_t place = place_of(pairs, name);
    struct pair *item;

    if (is_at(pairs, place, name)) {
        item = &pairs->items[place];
        free(item->value);
        item->value = mem_dup(value.data, value.len);
        return;
    }
    pairs->items = mem_resize(pairs->items, pairs->count + 1, sizeof *pairs->items);
    item = &pairs->items[place];
    memmove(item + 1, item, (pairs->count - place) * sizeof *item);
    *item = (struct pair){mem_dup(name.data, name.len), mem_dup(value.data, value.len)};
    pairs->count++;
}

void pairs_remove(struct pairs *pairs, struct span name)
{
    const size_t place = place_of(pairs, name);
    struct pair *item;

    if (!is_at(pairs, place, name))
        return;
    item = &pairs->items[place];
    free(item->name);
    free(item->value);
    pairs->count--;
    memmove(item, item + 1, (pairs->count - place) * sizeof *item);
}

const char *pairs_get(const struct pairs *pairs, struct span name)
{
    const size_t place = place_of(pairs, name);

    return is_at(pairs, place, name) ? pairs->items[place].value : NULL;
}

void pairs_release(struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->items[i].name);
        free(pairs->items[i].value);
    }
    free(pairs->items);
    *pairs = (struct pairs){0};
}
