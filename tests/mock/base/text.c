#include "mock/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *memory)
{
    if (!memory) {
        (void)fputs("mock-api: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *mock_alloc(size_t count, size_t size)
{
    return must(calloc(count > 0 ? count : 1, size));
}

void *mock_resize(void *old, size_t count, size_t size)
{
    return must(reallocarray(old, count > 0 ? count : 1, size));
}

char *mock_dup(const char *data, size_t len)
{
    char *copy = must(malloc(len + 1));

    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}

char *mock_strdup(const char *text)
{
    return mock_dup(text, strlen(text));
}

void mock_text_release(struct mock_text *text)
{
    free(text->data);
    *text = (struct mock_text){0};
}

void mock_text_clear(struct mock_text *text)
{
    text->len = 0;
}

char *mock_text_room(struct mock_text *text, size_t len)
{
    if (text->cap - text->len <= len || !text->data) {
        size_t cap = text->cap * 2;

        if (cap < text->len + len + 1)
            cap = text->len + len + 1;
        cap = cap < 256 ? 256 : cap;
        text->data = mock_resize(text->data, cap, 1);
        text->cap = cap;
    }
    return text->data + text->len;
}

void mock_text_add(struct mock_text *text, const char *data, size_t len)
{
    char *room = mock_text_room(text, len);

    if (len > 0)
        memcpy(room, data, len);
    room[len] = '\0';
    text->len += len;
}

void mock_text_puts(struct mock_text *text, const char *string)
{
    mock_text_add(text, string, strlen(string));
}

void mock_text_putc(struct mock_text *text, char c)
{
    mock_text_add(text, &c, 1);
}

void mock_text_int(struct mock_text *text, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0)
        digits[--at] = '-';
    mock_text_add(text, digits + at, sizeof digits - at);
}

void mock_text_printf(struct mock_text *text, const char *format, ...)
{
    va_list args;
    va_list again;

    va_start(args, format);
    va_copy(again, args);
    char *room = mock_text_room(text, 128);
    size_t size = text->cap - text->len;
    int len = vsnprintf(room, size, format, args);
    if (len >= 0 && (size_t)len >= size) {
        room = mock_text_room(text, (size_t)len + 1);
        len = vsnprintf(room, (size_t)len + 1, format, again);
    }
    va_end(again);
    va_end(args);
    text->len += len > 0 ? (size_t)len : 0;
}

static void add_escaped(struct mock_text *text, unsigned char c)
{
    static const char short_forms[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',  ['\f'] = 'f',
        ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\',
    };

    if (short_forms[c] != '\0') {
        char pair[2] = {'\\', short_forms[c]};
        mock_text_add(text, pair, 2);
        return;
    }
    mock_text_printf(text, "\\u%04x", c);
}

void mock_text_json_string(struct mock_text *text, const char *data, size_t len)
{
    size_t start = 0;

    mock_text_putc(text, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        mock_text_add(text, data + start, i - start);
        add_escaped(text, c);
        start = i + 1;
    }
    mock_text_add(text, data + start, len - start);
    mock_text_putc(text, '"');
}

static int dump_piece(const char *data, size_t len, void *ctx)
{
    mock_text_add(ctx, data, len);
    return 0;
}

void mock_text_json(struct mock_text *text, json_t *value)
{
    if (!value) {
        mock_text_puts(text, "null");
        return;
    }
    if (json_is_string(value)) {
        mock_text_json_string(text, json_string_value(value), json_string_length(value));
        return;
    }
    (void)json_dump_callback(value, dump_piece, text, JSON_COMPACT | JSON_ENCODE_ANY);
}

static int compare_keys(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

static void put_sorted_object(struct mock_text *text, json_t *object)
{
    size_t count = 0;
    const char **keys = mock_alloc(json_object_size(object), sizeof *keys);

    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i))
        keys[count++] = json_object_iter_key(i);
    qsort(keys, count, sizeof *keys, compare_keys);
    mock_text_putc(text, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            mock_text_putc(text, ',');
        mock_text_json_string(text, keys[i], strlen(keys[i]));
        mock_text_putc(text, ':');
        mock_text_canonical(text, json_object_get(object, keys[i]));
    }
    mock_text_putc(text, '}');
    free(keys);
}

/* Recursive: items passed the check, so they are not deep. */
void mock_text_canonical(struct mock_text *text, json_t *value)
{
    if (json_is_object(value)) {
        put_sorted_object(text, value);
        return;
    }
    if (!json_is_array(value)) {
        mock_text_json(text, value);
        return;
    }
    mock_text_putc(text, '[');
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (i > 0)
            mock_text_putc(text, ',');
        mock_text_canonical(text, json_array_get(value, i));
    }
    mock_text_putc(text, ']');
}

char *mock_text_steal(struct mock_text *text)
{
    char *data = text->data ? mock_resize(text->data, text->len + 1, 1) : mock_dup("", 0);

    *text = (struct mock_text){0};
    return data;
}

bool mock_text_read_file(struct mock_text *text, const char *path)
{
    FILE *file = fopen(path, "re");

    if (!file)
        return false;
    for (;;) {
        char *room = mock_text_room(text, 65536);
        size_t got = fread(room, 1, 65536, file);

        text->len += got;
        room[got] = '\0';
        if (got == 0)
            break;
    }
    bool ok = ferror(file) == 0;
    return fclose(file) == 0 && ok;
}

size_t mock_utf8_length(const char *data, size_t len)
{
    size_t characters = 0;

    for (size_t i = 0; i < len; i++)
        characters += ((unsigned char)data[i] & 0xC0u) != 0x80u;
    return characters;
}

bool mock_unsigned(const char *text, uint64_t max, uint64_t *out)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);

    *out = value;
    return *text >= '0' && *text <= '9' && *end == '\0' && value <= max;
}
