/* Whatever json_read() takes, it writes in a form that it reads as the same value. */
#include "api/json.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool lies_within(void *ctx, struct span element)
{
    const struct span *text = ctx;

    assert(element.len > 0 && element.data >= text->data &&
           element.data + element.len <= text->data + text->len);
    return true;
}

static void check_written(json_t *value, enum json_escape escape)
{
    struct error err = {0};
    struct buf out;
    json_t *again;

    buf_init(&out, BUF_NO_LIMIT);
    json_write_value(&out, value, escape);
    again = json_read(buf_span(&out), &err);
    assert(again && json_equal(value, again));
    json_decref(again);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct error err = {0};
    json_t *value = json_read(text, &err);

    assert(json_value_length(text) <= size);
    (void)json_split_array(text, NULL, lies_within, &text);
    (void)json_split_array(text, "data", lies_within, &text);
    if (!value) {
        assert(err.code == ERROR_BAD_SOURCE && err.text[0]);
        return 0;
    }
    assert(json_value_length(text) > 0);
    check_written(value, JSON_ESCAPE_CANONICAL);
    check_written(value, JSON_ESCAPE_HOSTILE);
    json_decref(value);
    return 0;
}
