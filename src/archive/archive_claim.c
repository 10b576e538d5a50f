#include "archive/archive_claim.h"

#include "json/json.h"
#include "map/map.h"

static bool is_empty(const json_t *value)
{
    return json_is_null(value) || (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

static bool same_member(const char *key, const json_t *a, const json_t *b)
{
    int64_t a_ms = 0;
    int64_t b_ms = 0;

    if (strcmp(key, "created_at") == 0 && source_time_ms(a, &a_ms) && source_time_ms(b, &b_ms))
        return a_ms == b_ms;
    return json_equal(a, b);
}

bool archive_claim_same_thread(const json_t *a, const json_t *b)
{
    /* Of many copies the first collects what the others say, and may become large. */
    if (json_object_size(a) > json_object_size(b)) {
        const json_t *larger = a;

        a = b;
        b = larger;
    }
    for (void *at = json_object_iter((json_t *)(uintptr_t)a); at;
         at = json_object_iter_next((json_t *)(uintptr_t)a, at)) {
        const char *key = json_object_iter_key(at);
        const json_t *mine = json_object_iter_value(at);
        const json_t *other = json_object_get(b, key);

        if (other && !is_empty(mine) && !is_empty(other) && !same_member(key, mine, other))
            return false;
    }
    return true;
}

static void collect_ids(struct strmap *ids, const struct order_list *list)
{
    strmap_init(ids);
    for (size_t i = 0; i < list->count; i++) {
        struct span id = json_get_text(list->messages[i].object, "id");
        bool added;

        if (id.len > 0)
            (void)strmap_add(ids, id, &added);
    }
}

void archive_claim_init(struct archive_claim *claim, struct order_list *list)
{
    claim->list = list;
    collect_ids(&claim->ids, list);
}

void archive_claim_release(struct archive_claim *claim)
{
    strmap_release(&claim->ids);
}

static bool holds(const struct order_list *more, const struct strmap *ids,
                  const struct order_list *less)
{
    for (size_t i = 0; i < less->count; i++) {
        struct span id = json_get_text(less->messages[i].object, "id");

        if (id.len > 0 ? strmap_find(ids, id) == SIZE_MAX
                       : !json_equal(less->messages[i].object, more->messages[i].object))
            return false;
    }
    return true;
}

bool archive_claim_same_list(const struct archive_claim *claim, const struct order_list *other)
{
    struct strmap ids;

    if (claim->list->count >= other->count)
        return holds(claim->list, &claim->ids, other);
    collect_ids(&ids, other);
    bool same = holds(other, &ids, claim->list);
    strmap_release(&ids);
    return same;
}
