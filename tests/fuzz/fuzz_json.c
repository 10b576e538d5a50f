/* Whatever json_read() takes, it writes in a form that it reads as the same value. */
#include "json/json.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct split {
    struct span text;
    size_t count;
};

static bool count_element(void *ctx, struct span element)
{
    struct split *split = ctx;

    assert(element.len > 0 && element.data >= split->text.data &&
           element.data + element.len <= split->text.data + split->text.len);
    split->count++;
    return true;
}

/* The text splits into as many elements as its value has. */
static void check_split(struct span text, const json_t *array)
{
    struct split split = {text, 0};
    bool ok = json_split_array(text, "data", count_element, &split);

    assert(!array || ok == json_is_array(array));
    assert(!json_is_array(array) || split.count == json_array_size(array));
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

    check_split(text, json_object_get(value, "data"));
    if (!value) {
        assert(err.code == ERROR_BAD_SOURCE && err.text[0]);
        return 0;
    }
    check_written(value, JSON_ESCAPE_CANONICAL);
    check_written(value, JSON_ESCAPE_HOSTILE);
    json_decref(value);
    return 0;
}
