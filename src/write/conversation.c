#include "write/conversation.h"

#include "base/text.h"
#include "json/json.h"

const char CONVERSATION_NOT_OURS[] = "the conversation holds something that was not written here";
const char CONVERSATION_DISORDERED[] =
    "the conversation does not list its items in the order of writing";
const char CONVERSATION_MOVED_ON[] = "the conversation has moved on since it was written";

void conversation_path(struct buf *path, struct span id, const char *rest)
{
    buf_clear(path);
    buf_add_text(path, "/conversations");
    if (id.len > 0) {
        buf_add_char(path, '/');
        text_add_url(path, id);
    }
    buf_add_text(path, rest);
}

void conversation_item_path(struct buf *path, struct span id, struct span item)
{
    conversation_path(path, id, "/items/");
    text_add_url(path, item);
}

void conversation_tip_call(struct call *call, struct buf *path, struct span id)
{
    conversation_path(path, id, "/items?limit=1&order=desc");
    *call = (struct call){.side = SIDE_DESTINATION, .method = CALL_GET, .path = path->data};
}

bool conversation_tip(struct span *tip, const struct answer *answer, struct error *err)
{
    const json_t *data = json_object_get(answer->json, "data");

    *tip = (struct span){NULL, 0};
    if (answer->kind != ANSWER_YES || !json_is_array(data)) {
        conversation_explain(err, answer);
        return false;
    }
    if (json_array_size(data) == 0)
        return true;
    *tip = json_get_text(json_array_get(data, 0), "id");
    if (text_is_id(*tip))
        return true;
    error_set(err, ERROR_SERVER_ERROR, "cannot read a listed item: it has no usable id");
    return false;
}

void conversation_explain(struct error *err, const struct answer *answer)
{
    if (answer->kind == ANSWER_YES)
        error_set(err, ERROR_SERVER_ERROR, "the server's list of items is faulty");
    else if (answer_is_missing(answer))
        error_set(err, ERROR_GONE, "the conversation is no longer there (HTTP %ld)",
                  answer->status);
    else if (answer->status == 403)
        error_set(err, ERROR_FORBIDDEN, "cannot list the conversation: HTTP 403");
    else
        error_set(err, answer->status == 409 ? ERROR_REFUSED : ERROR_SERVER_ERROR,
                  "cannot list the conversation: HTTP %ld%s", answer->status,
                  answer->status < 300   ? " with an error in its place"
                  : answer->status < 400 ? ", and redirects are not followed; is base_url right?"
                                         : "");
}
