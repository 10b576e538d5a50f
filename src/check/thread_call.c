#include "check/thread_call.h"

#include "base/text.h"

#include <string.h>

void thread_call(struct buf *path, struct wish *wish, enum call_method method,
                 const char *thread_id, const char *rest)
{
    buf_clear(path);
    buf_add_text(path, "/threads/");
    text_add_url(path, span_of(thread_id));
    buf_add_text(path, rest);
    *wish = (struct wish){
        .kind = WISH_SEND,
        .call = {.side = SIDE_SOURCE, .method = method, .path = path->data},
    };
}

enum presence thread_presence(const struct answer *answer, const char *thread_id, struct error *err)
{
    const enum presence presence = answer_presence(answer, span_of(thread_id));

    if (presence == PRESENCE_OTHER)
        error_set(err, ERROR_BAD_SOURCE, "cannot read the thread: the reply is another object");
    else if (presence == PRESENCE_UNKNOWN)
        error_set(err, answer->status == 403 ? ERROR_FORBIDDEN : ERROR_SERVER_ERROR,
                  "cannot read the thread: HTTP %ld", answer->status);
    return presence;
}

bool thread_is_named_missing(const struct answer *answer)
{
    static const char WORDS[] = "No thread found with id";
    const struct span said = answer->message;

    return answer_is_missing(answer) && said.data &&
           memmem(said.data, said.len, WORDS, sizeof WORDS - 1) != NULL;
}
