#include "write/look.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "map/item.h"
#include "write/conversation.h"

#include <stdio.h>
#include <stdlib.h>

void look_init(struct look *look)
{
    *look = (struct look){0};
}

void look_release(struct look *look)
{
    free(look->path);
    free(look->items);
    look_init(look);
}

void look_call(struct look *look, const struct look_from *from, struct call *call)
{
    struct buf path;

    buf_init(&path, BUF_NO_LIMIT);
    conversation_path(&path, span_of(from->conversation),
                      "/items?limit=100&order=asc&include[]=message.input_image.image_url");
    if (from->last[0] != '\0') {
        (void)buf_add_text(&path, "&after=");
        text_add_url(&path, span_of(from->last));
    }
    free(look->path);
    look->path = buf_steal(&path);
    *call = (struct call){.side = SIDE_DESTINATION, .method = CALL_GET, .path = look->path};
}

static void explain(const struct answer *answer, struct error *err)
{
    if (answer->status == 404 && span_is(answer->param, "after"))
        error_set(err, ERROR_CONFLICT, "the last item that was written is no longer there");
    else
        conversation_explain(err, answer);
}

static bool keep_items(struct look *look, const json_t *data, struct error *err)
{
    size_t count = json_array_size(data);
    struct arena arena;
    struct buf canonical;
    bool ok = true;

    look->items = mem_resize(look->items, count, sizeof *look->items);
    look->count = 0;
    arena_init(&arena);
    buf_init(&canonical, BUF_NO_LIMIT);
    for (size_t i = 0; ok && i < count; i++) {
        struct listed *listed = &look->items[i];
        struct item item;

        ok = item_parse(&item, json_array_get(data, i), &arena, err);
        if (!ok)
            break;
        buf_clear(&canonical);
        item_write_canonical(&canonical, &item);
        listed->print = fingerprint_of(buf_span(&canonical));
        (void)snprintf(listed->id, sizeof listed->id, "%.*s", (int)item.id.len, item.id.data);
        look->count++;
    }
    buf_release(&canonical);
    arena_release(&arena);
    return ok;
}

void look_drop(struct look *look, size_t count)
{
    look->count -= count;
    memmove(look->items, look->items + count, look->count * sizeof *look->items);
}

/* Drops what is known, where the server lists it again. One item too many among them is one whose
 * reply was lost, in a list that is not in the order of writing: to send it again would double it.
 */
static bool pass_known(struct look *look, const struct look_from *from, struct error *err)
{
    size_t at = 0;

    while (at < look->count && strcmp(look->items[at].id, from->last) != 0)
        at++;
    if (from->last[0] == '\0' || at == look->count)
        return true;
    /* `after` that includes its item is no list from the beginning. */
    if (at > 0 && (int64_t)at + 1 != from->items) {
        error_set(err, ERROR_CONFLICT, "%s", CONVERSATION_NOT_OURS);
        return false;
    }
    look_drop(look, at + 1);
    return true;
}

bool look_take(struct look *look, const struct look_from *from, const struct answer *answer,
               struct error *err)
{
    const json_t *data = json_object_get(answer->json, "data");
    const json_t *more = json_object_get(answer->json, "has_more");

    if (answer->kind != ANSWER_YES || !json_is_array(data) || !json_is_boolean(more)) {
        explain(answer, err);
        return false;
    }
    look->more = json_is_true(more);
    if (!keep_items(look, data, err))
        return false;
    if (!pass_known(look, from, err))
        return false;
    if (look->more && look->count == 0) {
        error_set(err, ERROR_SERVER_ERROR,
                  "the server's list of items claims more, but its cursor does not move");
        return false;
    }
    return true;
}
