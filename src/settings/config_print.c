#include "settings/config.h"

#include "base/text.h"
#include "json/json.h"
#include "settings/config_value.h"
#include "settings/keys.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

enum { COMMENT_COLUMN = 44 };

static const char MASK[] = "***";

/* A path may hold any bytes; what is printed is UTF-8, with other bytes made visible. */
static void add_utf8(struct buf *out, const char *text)
{
    const struct span bytes = span_of(text);

    if (text_utf8_valid_prefix(bytes) == bytes.len)
        buf_add_span(out, bytes);
    else
        text_add_visible(out, bytes, false);
}

/* A JSON string is a double-quoted YAML scalar too. */
static void add_quoted(struct buf *out, const char *text)
{
    struct buf utf8;

    buf_init(&utf8, BUF_NO_LIMIT);
    add_utf8(&utf8, text);
    json_write_string(out, buf_span(&utf8), JSON_ESCAPE_HOSTILE);
    buf_release(&utf8);
}

static json_t *json_text(const char *text)
{
    struct buf utf8;
    json_t *string;

    buf_init(&utf8, BUF_NO_LIMIT);
    add_utf8(&utf8, text);
    string = json_stringn(utf8.data, utf8.len);
    buf_release(&utf8);
    return string;
}

/* Only the program of a command is shown: its arguments may hold a secret. */
static const char *shown_word(const struct key *key, char *const *list, size_t place)
{
    return place > 0 && (key->flags & KEY_IS_MASKED) ? MASK : list[place];
}

/* What was given for a file and is none may be the key itself. */
static const char *shown_string(const struct key *key, const char *text)
{
    return (key->flags & KEY_IS_MASKED) && access(text, F_OK) != 0 ? MASK : text;
}

static void add_list(struct buf *out, const struct key *key, char *const *list)
{
    buf_add_char(out, '[');
    for (size_t i = 0; list && list[i]; i++) {
        if (i > 0)
            buf_add_text(out, ", ");
        add_quoted(out, shown_word(key, list, i));
    }
    buf_add_char(out, ']');
}

static void add_map(struct buf *out, const struct pairs *map)
{
    buf_add_char(out, '{');
    for (size_t i = 0; i < map->count; i++) {
        if (i > 0)
            buf_add_text(out, ", ");
        add_quoted(out, map->items[i].name);
        buf_add_text(out, ": ");
        add_quoted(out, map->items[i].value);
    }
    buf_add_char(out, '}');
}

static void add_value(struct buf *out, const struct config *config, const struct key *key)
{
    struct buf text;

    if (!config_value_is_set(config, key))
        return;
    if (key->kind == KEY_LIST) {
        add_list(out, key, config_value_list(config, key));
        return;
    }
    if (key->kind == KEY_MAP) {
        add_map(out, config_value_map(config, key));
        return;
    }
    buf_init(&text, BUF_NO_LIMIT);
    config_value_write(&text, config, key);
    if (key->kind == KEY_STRING)
        add_quoted(out, shown_string(key, text.data));
    else
        buf_add_span(out, buf_span(&text));
    buf_release(&text);
}

static void add_line(struct buf *out, const struct config *config, size_t place)
{
    const struct key key = key_at(place);
    const size_t start = out->len;
    struct buf origin;

    buf_printf(out, "%s%s: ", key.section ? "  " : "", key.name);
    add_value(out, config, &key);
    while (out->len - start < COMMENT_COLUMN)
        buf_add_char(out, ' ');
    buf_init(&origin, BUF_NO_LIMIT);
    config_origin_write(&origin, config, place);
    buf_add_text(out, " # ");
    text_add_visible(out, buf_span(&origin), false);
    buf_add_char(out, '\n');
    buf_release(&origin);
}

void config_print(struct buf *out, const struct config *config)
{
    const char *section = NULL;

    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        if (key.section && (!section || strcmp(section, key.section) != 0))
            buf_printf(out, "%s:\n", key.section);
        section = key.section;
        add_line(out, config, i);
    }
}

static json_t *json_list(const struct key *key, char *const *list)
{
    json_t *array = json_array();

    for (size_t i = 0; list && list[i]; i++)
        (void)json_array_append_new(array, json_text(shown_word(key, list, i)));
    return array;
}

static json_t *json_map(const struct pairs *map)
{
    json_t *object = json_object();

    for (size_t i = 0; i < map->count; i++) {
        struct buf name;

        buf_init(&name, BUF_NO_LIMIT);
        add_utf8(&name, map->items[i].name);
        (void)json_object_set_new(object, name.data, json_text(map->items[i].value));
        buf_release(&name);
    }
    return object;
}

static json_t *json_value(const struct config *config, const struct key *key)
{
    struct buf text;
    json_t *value = NULL;
    int64_t number = 0;

    if (!config_value_is_set(config, key))
        return json_null();
    if (key->kind == KEY_LIST)
        return json_list(key, config_value_list(config, key));
    if (key->kind == KEY_MAP)
        return json_map(config_value_map(config, key));
    buf_init(&text, BUF_NO_LIMIT);
    config_value_write(&text, config, key);
    if (key->kind == KEY_INTEGER && text_to_int(buf_span(&text), &number))
        value = json_integer(number);
    else if (key->kind == KEY_BOOLEAN)
        value = json_boolean(span_is(buf_span(&text), "true"));
    else
        value = json_text(shown_string(key, text.data));
    buf_release(&text);
    return value;
}

static json_t *json_key(const struct config *config, size_t place)
{
    const struct key key = key_at(place);
    json_t *object = json_object();
    struct buf origin;

    buf_init(&origin, BUF_NO_LIMIT);
    config_origin_write(&origin, config, place);
    (void)json_object_set_new(object, "key", json_string(key_path(&key).text));
    (void)json_object_set_new(object, "value", json_value(config, &key));
    (void)json_object_set_new(object, "origin", json_text(origin.data));
    buf_release(&origin);
    return object;
}

void config_print_json(struct buf *out, const struct config *config)
{
    json_t *root = json_object();
    json_t *keys = json_array();
    const char *file = config_file(config);

    for (size_t i = 0; i < key_count(); i++)
        (void)json_array_append_new(keys, json_key(config, i));
    (void)json_object_set_new(root, "schema", json_integer(1));
    (void)json_object_set_new(root, "command", json_string("config check"));
    (void)json_object_set_new(root, "file", file ? json_text(file) : json_null());
    (void)json_object_set_new(root, "keys", keys);
    json_write_value(out, root, JSON_ESCAPE_HOSTILE);
    buf_add_char(out, '\n');
    json_decref(root);
}
