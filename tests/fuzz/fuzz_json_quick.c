/* What the quick way takes, jansson takes too, and makes the same value of it; but for numbers that
 * are too large for it. */
#include "json/json_quick.h"

#include "json/json.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_error_t problem;
    struct span text = {(const char *)data, size};
    json_t *quick = json_quick(text, JSON_MAX_DEPTH);
    json_t *outline = json_quick(text, 1);
    json_t *slow = json_loadb(text.data, text.len,
                              JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);

    bool too_large = !slow && json_error_code(&problem) == json_error_numeric_overflow;
    assert(!quick || too_large || (slow && json_equal(quick, slow)));
    /* Duplicate keys further in are not seen by an outline; it takes whatever else is taken. */
    assert(!quick || (outline && json_typeof(outline) == json_typeof(quick)));
    json_decref(outline);
    json_decref(quick);
    json_decref(slow);
    return 0;
}
