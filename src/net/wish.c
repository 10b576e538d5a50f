#include "net/wish.h"

bool answer_is_deleted(const struct answer *answer)
{
    const json_t *deleted = json_object_get(answer->json, "deleted");

    if (answer->kind != ANSWER_YES)
        return answer_is_missing(answer);
    return (!deleted || json_is_true(deleted)) &&
           !json_is_object(json_object_get(answer->json, "error"));
}

void answer_explain_kept(const struct answer *answer, const char *side, struct error *err)
{
    if (answer->kind == ANSWER_YES)
        error_set(err, ERROR_REFUSED, "the %s answers that it has not deleted it (HTTP %ld)", side,
                  answer->status);
    else
        error_set(err, answer->status == 403 ? ERROR_FORBIDDEN : ERROR_REFUSED,
                  "the %s refuses to delete it: HTTP %ld", side, answer->status);
}
