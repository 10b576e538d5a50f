#include "report/diff_form.h"

#include "base/text.h"

void diff_add_contents(struct buf *out, const struct part *part)
{
    buf_add_text(out, "image file ");
    buf_add_span(out, part->text);
    buf_printf(out, " → in the item, %s", text_bytes(part->contents->bytes).text);
}

const char *diff_action_words(enum diff_action action)
{
    static const char *const WORDS[] = {
        [DIFF_CREATE] = "to create",
        [DIFF_APPEND] = "to append to",
        [DIFF_NONE] = "nothing to do",
        [DIFF_FAIL] = "would fail",
    };

    return WORDS[action];
}
