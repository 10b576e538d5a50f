/*
 * Text from outside through every function of base/text.h: nothing that a
 * terminal would act on comes out, escapes are what their readers expect, and
 * no byte behind the text is read (the sanitizers see to that).
 */
#include "base/text.h"

#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_neutral(struct span text, bool is_multiline)
{
    while (text.len > 0) {
        uint32_t code;
        const size_t len = text_utf8_next(text, &code);

        assert(len > 0 && !text_is_hostile(code, is_multiline));
        text.data += len;
        text.len -= len;
    }
}

static void check_visible(struct span text)
{
    struct buf out;
    char fixed[24];

    buf_init(&out, BUF_NO_LIMIT);
    text_add_visible(&out, text, false);
    check_neutral(buf_span(&out), false);
    buf_clear(&out);
    text_add_html(&out, text);
    check_neutral(buf_span(&out), true);
    assert(!memchr(out.data, '<', out.len) && !memchr(out.data, '"', out.len));
    buf_clear(&out);
    text_add_csv(&out, text);
    check_neutral(buf_span(&out), true);
    assert(out.len == 0 || !strchr("=+-@", out.data[out.data[0] == '"']));
    buf_clear(&out);
    text_add_url(&out, text);
    check_neutral(buf_span(&out), false);
    text_visible(fixed, sizeof fixed, text);
    check_neutral(span_of(fixed), false);
    buf_release(&out);
}

/* A JSON reader gets the same text back where it was UTF-8. */
static void check_json(struct span text)
{
    const bool is_utf8 = text_utf8_valid_prefix(text) == text.len;
    struct buf out;
    json_t *json;

    buf_init(&out, BUF_NO_LIMIT);
    buf_add_char(&out, '"');
    text_add_json(&out, text);
    buf_add_char(&out, '"');
    check_neutral(buf_span(&out), false);
    json = json_loadb(out.data, out.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert(json_is_string(json));
    if (is_utf8)
        assert(span_equal(text, (struct span){json_string_value(json), json_string_length(json)}));
    json_decref(json);
    buf_release(&out);
}

static void check_values(struct span text)
{
    struct span rest = text;
    struct span line;
    size_t taken = 0;
    int64_t number;
    struct buf out;

    (void)text_width(text);
    (void)text_is_id(text);
    (void)text_is_thread_id(text);
    (void)text_parse_http_date(text, &number);
    while (text_next_line(&rest, &line))
        taken += line.len;
    assert(taken <= text.len && rest.len == 0);
    buf_init(&out, BUF_NO_LIMIT);
    if (text_to_int(text, &number)) {
        int64_t again;

        buf_add_int(&out, number);
        assert(text_to_int(buf_span(&out), &again) && again == number);
    }
    buf_clear(&out);
    if (text_parse_iso8601(text, &number)) {
        int64_t again;

        text_add_iso8601(&out, number);
        assert(text_parse_iso8601(buf_span(&out), &again) && number - again < 1000);
    }
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of its own, so that the first byte behind it is seen. */
    char *copy = malloc(size > 0 ? size : 1);
    const struct span text = {copy, size};

    if (!copy)
        return 0;
    if (size > 0)
        memcpy(copy, data, size);
    check_visible(text);
    check_json(text);
    check_values(text);
    free(copy);
    return 0;
}
