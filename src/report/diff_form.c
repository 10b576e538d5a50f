#include "report/diff_form.h"

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
