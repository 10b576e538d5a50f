#include "net/wish.h"

#include "json/json.h"

static bool has_error(const struct answer *answer)
{
    return json_is_object(json_object_get(answer->json, "error"));
}

enum presence answer_presence(const struct answer *answer, struct span id)
{
    if (answer_is_missing(answer))
        return PRESENCE_GONE;
    if (answer->kind != ANSWER_YES)
        return PRESENCE_UNKNOWN;
    return span_equal(json_get_text(answer->json, "id"), id) && !has_error(answer) ? PRESENCE_THERE
                                                                                   : PRESENCE_OTHER;
}

bool answer_is_deleted(const struct answer *answer, struct span id)
{
    return answer_presence(answer, id) == PRESENCE_THERE &&
           json_is_true(json_object_get(answer->json, "deleted"));
}

bool answer_may_be_deleted(const struct answer *answer, struct span id)
{
    const json_t *deleted = json_object_get(answer->json, "deleted");
    const struct span named = json_get_text(answer->json, "id");

    if (answer->kind != ANSWER_YES)
        return answer_is_missing(answer);
    if (id.data && named.data && !span_equal(named, id))
        return false;
    return (!deleted || json_is_true(deleted)) && !has_error(answer);
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
