#include "mock/core/body.h"

#include <string.h>

/* UTF-8 text whose characters are all below 256 becomes as many bytes. */
static void put_latin1(struct mock_text *out, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];

        if (c >= 0xC2 && c <= 0xC3 && i + 1 < len) {
            i++;
            c = (unsigned char)((c & 3u) << 6 | ((unsigned char)data[i] & 0x3Fu));
        }
        mock_text_putc(out, (char)c);
    }
}

static void put_string(struct mock_text *out, json_t *string, bool latin1)
{
    if (latin1)
        put_latin1(out, json_string_value(string), json_string_length(string));
    else
        mock_text_add(out, json_string_value(string), json_string_length(string));
}

/* [text, count]: the text so many times; a "#" in it becomes the number of the turn. */
static void put_repeated(struct mock_text *out, json_t *pair, bool latin1)
{
    struct mock_text piece = {0};
    json_int_t count = json_integer_value(json_array_get(pair, 1));

    put_string(&piece, json_array_get(pair, 0), latin1);
    const char *mark = piece.data ? memchr(piece.data, '#', piece.len) : NULL;
    for (json_int_t i = 0; i < count; i++) {
        if (!mark) {
            mock_text_add(out, piece.data, piece.len);
            continue;
        }
        size_t head = (size_t)(mark - piece.data);
        mock_text_add(out, piece.data, head);
        mock_text_int(out, i);
        mock_text_add(out, mark + 1, piece.len - head - 1);
    }
    mock_text_release(&piece);
}

bool mock_body_compose(json_t *value, bool latin1, struct mock_text *out)
{
    if (json_is_string(value)) {
        put_string(out, value, latin1);
        return true;
    }
    if (!json_is_array(value)) {
        mock_text_json(out, value);
        return true;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *piece = json_array_get(value, i);

        if (json_is_string(piece))
            put_string(out, piece, latin1);
        else if (json_is_array(piece) && json_is_string(json_array_get(piece, 0)))
            put_repeated(out, piece, latin1);
        else
            return false;
    }
    return true;
}
