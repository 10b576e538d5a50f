#include "engine/archive_claim.h"

#include "api/json.h"
#include "api/map.h"
#include "base/strmap.h"

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
    void *at = json_object_iter((json_t *)(uintptr_t)a);

    for (; at; at = json_object_iter_next((json_t *)(uintptr_t)a, at)) {
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

bool archive_claim_same_list(const struct order_list *a, const struct order_list *b)
{
    const struct order_list *more = a->count >= b->count ? a : b;
    const struct order_list *less = a->count >= b->count ? b : a;
    struct strmap ids;
    bool same = true;

    collect_ids(&ids, more);
    for (size_t i = 0; i < less->count && same; i++) {
        struct span id = json_get_text(less->messages[i].object, "id");

        if (id.len > 0)
            same = strmap_find(&ids, id) != SIZE_MAX;
        else
            same = json_equal(less->messages[i].object, more->messages[i].object);
    }
    strmap_release(&ids);
    return same;
}
