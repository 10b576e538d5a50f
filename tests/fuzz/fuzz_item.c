/* Whatever item_parse() takes has one canonical form, which its request form has too. */
#include "map/item.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Adds the canonical form of a listed item; false where it is none. */
static bool add_canonical(struct buf *out, const json_t *object, struct arena *arena,
                          struct item *item)
{
    struct error err = {0};

    if (!item_parse(item, object, arena, &err)) {
        assert(err.code == ERROR_SERVER_ERROR && err.text[0]);
        return false;
    }
    item_write_canonical(out, item);
    return true;
}

static bool is_ours(const struct item *item)
{
    for (size_t i = 0; i < item->part_count; i++) {
        if (item->parts[i].type == PART_OTHER)
            return false;
    }
    return item->type != ITEM_OTHER && (item->type != ITEM_MESSAGE || item->role != ROLE_OTHER);
}

static void check_request_form(const struct item *item, const struct buf *canonical,
                               struct arena *arena)
{
    struct error err = {0};
    struct buf request;
    struct buf again;
    struct item parsed;
    json_t *object;

    buf_init(&request, BUF_NO_LIMIT);
    buf_init(&again, BUF_NO_LIMIT);
    item_write_request(&request, item, JSON_ESCAPE_HOSTILE);
    object = json_read(buf_span(&request), &err);
    assert(object);
    json_object_set_new(object, "id", json_string("x"));
    assert(add_canonical(&again, object, arena, &parsed));
    assert(again.len == canonical->len && memcmp(again.data, canonical->data, again.len) == 0);
    json_decref(object);
    buf_release(&request);
    buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    json_t *object = json_read((struct span){(const char *)data, size}, &err);
    struct arena arena;
    struct item item;
    struct buf out;

    if (!object)
        return 0;
    arena_init(&arena);
    buf_init(&out, BUF_NO_LIMIT);
    if (add_canonical(&out, object, &arena, &item) && is_ours(&item))
        check_request_form(&item, &out, &arena);
    buf_release(&out);
    arena_release(&arena);
    json_decref(object);
    return 0;
}
