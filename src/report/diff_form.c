#include "report/diff_form.h"

#include "base/text.h"

#include <string.h>

void diff_add_contents(struct buf *out, const struct part *part)
{
    buf_add_text(out, "image file ");
    buf_add_span(out, part->text);
    buf_printf(out, " → in the item, %s", text_bytes(part->contents->bytes).text);
}

const char *diff_action_shown(enum diff_action action)
{
    return action == DIFF_NONE ? "up to date" : diff_action_name(action);
}

const char *diff_reason_shown(const struct diff_result *result)
{
    const bool is_told =
        result->action == DIFF_NONE && strcmp(result->reason, thread_state_name(THREAD_DONE)) == 0;

    return is_told ? "" : result->reason;
}

const char *diff_action_words(enum diff_action action)
{
    static const char *const WORDS[] = {
        [DIFF_CREATE] = "to create",
        [DIFF_APPEND] = "to append to",
        [DIFF_NONE] = "up to date",
        [DIFF_FAIL] = "would fail",
    };

    return WORDS[action];
}
