#include "net/wish.h"

#include "json/json.h"

bool answer_is_deleted(const struct answer *answer, struct span id)
{
    const json_t *deleted = json_object_get(answer->json, "deleted");
    const struct span named = json_get_text(answer->json, "id");

    if (answer->kind != ANSWER_YES)
        return answer_is_missing(answer);
    if (id.data && named.data && !span_equal(named, id))
        return false;
    return (!deleted || json_is_true(deleted)) &&
           !json_is_object(json_object_get(answer->json, "error"));
}

void answer_explain_kept(const struct answer *answer, const char *side, struct error *err)
{
    if (answer->kind == ANSWER_YES)
        error_set(err, ERROR_REFUSED, "the %s does not say that it has deleted it (HTTP %ld)", side,
                  answer->status);
    else
        error_set(err, answer->status == 403 ? ERROR_FORBIDDEN : ERROR_REFUSED,
                  "the %s refuses to delete it: HTTP %ld", side, answer->status);
}
