/* Whatever json_read() takes, it writes in a form that it reads as the same value. What jansson
 * takes, it takes too, and makes the same of it. */
#include "json/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ELEMENTS_MAX = 64 };

/* The text splits into as many elements as its value has. */
static void check_split(struct span text, const json_t *array)
{
    struct span elements[ELEMENTS_MAX];
    size_t count = json_array_size(array);
    bool ok = json_split_array(text, "data", elements, count < ELEMENTS_MAX ? count : 0);

    assert(!array || count >= ELEMENTS_MAX || ok == json_is_array(array));
    for (size_t i = 0; ok && i < count && count < ELEMENTS_MAX; i++)
        assert(elements[i].len > 0 && elements[i].data >= text.data &&
               elements[i].data + elements[i].len <= text.data + text.len);
}

/* jansson passes over a NUL byte after a number, and its nesting is bounded elsewhere. */
static void check_against_jansson(struct span text, const json_t *value, const struct error *err)
{
    json_error_t problem;
    json_t *other = json_loadb(text.data, text.len,
                               JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);

    assert(!other || !value || json_equal(value, other));
    assert(!other || value || memchr(text.data, '\0', text.len) || strstr(err->text, "too deeply"));
    json_decref(other);
}

/* An outline has what is at its levels, whatever is further in. */
static void check_outline(struct span text, const json_t *value)
{
    struct error err;
    json_t *outline = json_read_outline(text, &err);
    const char *key;
    json_t *member;

    assert(!json_is_object(value) || outline);
    json_object_foreach((json_t *)value, key, member)
    {
        json_t *same = json_object_get(outline, key);

        assert(same && json_typeof(same) == json_typeof(member));
    }
    json_decref(outline);
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
    check_against_jansson(text, value, &err);
    check_outline(text, value);
    if (!value) {
        assert(err.code == ERROR_BAD_SOURCE && err.text[0]);
        return 0;
    }
    check_written(value, JSON_ESCAPE_CANONICAL);
    check_written(value, JSON_ESCAPE_HOSTILE);
    json_decref(value);
    return 0;
}
