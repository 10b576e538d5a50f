#include "settings/config_value.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/url.h"
#include "json/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

enum {
    STRING_MAX = 65536,
    LIST_MAX = 64,
    MAP_MAX = 64,
    NAME_MAX_BYTES = 256,
    VARIABLE_MAX = 255,
    SHOWN_MAX = 64,
    NO_CHOICE = -1,
};

void *config_member(const struct config *config, const struct key *key)
{
    return (char *)(uintptr_t)config + key->offset;
}

void config_list_free(string_list list)
{
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

static bool is_variable(struct span text)
{
    if (text.len > VARIABLE_MAX || (!ascii_is_letter(text.data[0]) && text.data[0] != '_'))
        return false;
    for (size_t i = 1; i < text.len; i++) {
        if (!ascii_is_alnum(text.data[i]) && text.data[i] != '_')
            return false;
    }
    return true;
}

static bool is_token(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    }
    return true;
}

/* No string of ours may hold control characters or bytes that are not UTF-8. */
static bool check_text(struct span text, struct error *err)
{
    if (text.len > STRING_MAX) {
        error_set(err, ERROR_USAGE, "the value is longer than %d bytes", STRING_MAX);
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.data[i];

        if (c < ' ' || c == 0x7f) {
            error_set(err, ERROR_USAGE, "the value holds a control character");
            return false;
        }
    }
    return true;
}

static bool check_url(struct span text, struct error *err)
{
    struct url url;

    if (!url_read(text, &url)) {
        error_set(err, ERROR_USAGE, "not a URL of the form https://HOST/PATH");
        return false;
    }
    if (url.has_user) {
        error_set(err, ERROR_USAGE,
                  "the URL names a user or a password\n"
                  "hint: give the key by api_key_env, api_key_file or api_key_command");
        return false;
    }
    if (url.has_more) {
        error_set(err, ERROR_USAGE,
                  "the URL has a query or a fragment\nhint: api_version is a key of its own");
        return false;
    }
    return true;
}

/* The place of a text among a few words, or NO_CHOICE with an error that names them all. */
static int find_choice(struct span text, const char *const *choices, struct error *err)
{
    char shown[SHOWN_MAX];
    struct buf list;
    const char *nearest;
    int count = 0;

    for (; choices[count]; count++) {
        if (span_is(text, choices[count]))
            return count;
    }
    buf_init(&list, BUF_NO_LIMIT);
    for (int i = 0; i < count; i++)
        buf_printf(&list, "%s%s", i > 0 ? ", " : "", choices[i]);
    text_visible(shown, sizeof shown, text);
    nearest = text_nearest(shown, choices, (size_t)count);
    error_set(err, ERROR_USAGE, "'%s' is not one of %s%s%s%s", shown, list.data,
              nearest ? "\nhint: did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    buf_release(&list);
    return NO_CHOICE;
}

/* Without choices any text will do. */
static bool check_choice(struct span text, const char *const *choices, struct error *err)
{
    return !choices || find_choice(text, choices, err) != NO_CHOICE;
}

static bool check_form(const struct key *key, struct span text, struct error *err)
{
    if (!check_text(text, err))
        return false;
    if (text.len == 0) {
        if (key->flags & KEY_IS_REQUIRED)
            error_set(err, ERROR_USAGE, "the value is empty");
        return !(key->flags & KEY_IS_REQUIRED);
    }
    if (text_is_key(text)) {
        error_set(err, ERROR_USAGE,
                  "the value looks like an API key, which must not be here\n"
                  "hint: a key comes from api_key_env (the name of a variable), api_key_file or "
                  "api_key_command");
        return false;
    }
    if (key->flags & KEY_IS_URL)
        return check_url(text, err);
    if ((key->flags & KEY_IS_VARIABLE) && (!is_variable(text) || text_may_be_key(text))) {
        error_set(err, ERROR_USAGE,
                  "not the name of an environment variable\n"
                  "hint: give the name of the variable that holds the key, not the key itself");
        return false;
    }
    if ((key->flags & KEY_IS_TOKEN) && !is_token(text)) {
        error_set(err, ERROR_USAGE, "the value holds a space or a character that is not ASCII");
        return false;
    }
    return check_choice(text, key->choices, err);
}

static bool set_string(struct config *config, const struct key *key, struct span text,
                       struct error *err)
{
    char **string = config_member(config, key);

    if (!check_form(key, text, err))
        return false;
    /* One spelling for one place: the checkpoint compares base URLs. */
    while ((key->flags & KEY_IS_URL) && text.len > 0 && text.data[text.len - 1] == '/')
        text.len--;
    free(*string);
    *string = text.len > 0 ? mem_dup(text.data, text.len) : NULL;
    return true;
}

static bool set_integer(struct config *config, const struct key *key, struct span text,
                        struct error *err)
{
    char shown[SHOWN_MAX];
    int64_t number;

    if (!text_to_int(text, &number)) {
        text_visible(shown, sizeof shown, text);
        error_set(err, ERROR_USAGE, "'%s' is not an integer of the range %" PRId64 " to %" PRId64,
                  shown, key->min, key->max);
        return false;
    }
    if (number < key->min || number > key->max) {
        error_set(err, ERROR_USAGE, "%" PRId64 " is out of range, which is %" PRId64 " to %" PRId64,
                  number, key->min, key->max);
        return false;
    }
    *(int64_t *)config_member(config, key) = number;
    return true;
}

/* KEY_ENUM and KEY_BOOLEAN. */
static bool set_choice(struct config *config, const struct key *key, struct span text,
                       struct error *err)
{
    static const char *const BOOLEANS[] = {"true", "false", NULL};
    const bool is_boolean = key->kind == KEY_BOOLEAN;
    const int choice = find_choice(text, is_boolean ? BOOLEANS : key->choices, err);

    if (choice == NO_CHOICE)
        return false;
    if (key->policy)
        return policy_set(&config->policy, key->policy, text);
    if (is_boolean)
        *(bool *)config_member(config, key) = choice == 0;
    else
        *(int *)config_member(config, key) = key->first_choice + choice;
    return true;
}

bool config_value_set_list(struct config *config, const struct key *key, const struct span *words,
                           size_t count, struct error *err)
{
    string_list *list = config_member(config, key);
    string_list copy;

    if (count > LIST_MAX) {
        error_set(err, ERROR_USAGE, "the list has more than %d words", LIST_MAX);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!check_text(words[i], err))
            return false;
    }
    if (count > 0 && (key->flags & KEY_IS_MASKED) && text_may_be_key(words[0])) {
        error_set(err, ERROR_USAGE,
                  "the first word looks like an API key: it must be a program that prints the key");
        return false;
    }
    if (count > 0 && words[0].len == 0 && (key->flags & KEY_IS_MASKED)) {
        error_set(err, ERROR_USAGE, "the first word, the program, is empty");
        return false;
    }
    copy = count > 0 ? mem_zalloc(count + 1, sizeof *copy) : NULL;
    for (size_t i = 0; i < count; i++)
        copy[i] = mem_dup(words[i].data, words[i].len);
    config_list_free(*list);
    *list = copy;
    return true;
}

static bool set_list_json(struct config *config, const struct key *key, struct span text,
                          struct error *err)
{
    json_t *array = json_loadb(text.data, text.len, 0, NULL);
    const size_t count = json_array_size(array);
    struct span words[LIST_MAX];
    bool ok = json_is_array(array) && count <= LIST_MAX;

    for (size_t i = 0; ok && i < count; i++) {
        const json_t *word = json_array_get(array, i);

        ok = json_is_string(word);
        if (ok)
            words[i] = (struct span){json_string_value(word), json_string_length(word)};
    }
    if (ok)
        ok = config_value_set_list(config, key, words, count, err);
    else
        error_set(err, ERROR_USAGE, "not a JSON array of at most %d strings", LIST_MAX);
    json_decref(array);
    return ok;
}

bool config_check_member(const struct key *key, struct span name, struct error *err)
{
    if (name.len == 0 || name.len > NAME_MAX_BYTES) {
        error_set(err, ERROR_USAGE, "a name of 1 to %d bytes is wanted", NAME_MAX_BYTES);
        return false;
    }
    return check_text(name, err) && check_choice(name, key->members, err);
}

bool config_value_set_member(struct config *config, const struct key *key, struct span name,
                             struct span text, struct error *err)
{
    struct pairs *map = config_member(config, key);

    if (!config_check_member(key, name, err))
        return false;
    if (text.len == 0) {
        pairs_remove(map, name);
        return true;
    }
    if (map->count >= MAP_MAX && !pairs_get(map, name)) {
        error_set(err, ERROR_USAGE, "the mapping has more than %d members", MAP_MAX);
        return false;
    }
    if (!check_text(text, err) || !check_choice(text, key->choices, err))
        return false;
    pairs_set(map, name, text);
    return true;
}

/* The object replaces the map. */
static bool set_map_json(struct config *config, const struct key *key, struct span text,
                         struct error *err)
{
    json_t *object = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    const char *name;
    json_t *value;
    bool ok = json_is_object(object);

    pairs_release(config_member(config, key));
    json_object_foreach(object, name, value)
    {
        const struct span word = {json_string_value(value), json_string_length(value)};

        ok = json_is_string(value);
        if (!ok)
            break;
        if (!config_value_set_member(config, key, span_of(name), word, err)) {
            error_wrap(err, "%s", name);
            json_decref(object);
            return false;
        }
    }
    if (!ok)
        error_set(err, ERROR_USAGE, "not a JSON object whose members are strings");
    json_decref(object);
    return ok;
}

bool config_value_set(struct config *config, const struct key *key, struct span text,
                      struct error *err)
{
    switch (key->kind) {
    case KEY_STRING:
        return set_string(config, key, text, err);
    case KEY_INTEGER:
        return set_integer(config, key, text, err);
    case KEY_BOOLEAN:
    case KEY_ENUM:
        return set_choice(config, key, text, err);
    case KEY_LIST:
        return set_list_json(config, key, text, err);
    case KEY_MAP:
        return set_map_json(config, key, text, err);
    }
    return false;
}

void config_value_write(struct buf *out, const struct config *config, const struct key *key)
{
    const void *value = config_member(config, key);
    const char *string;

    if (key->policy) {
        buf_add_text(out, policy_get(&config->policy, key->policy));
        return;
    }
    switch (key->kind) {
    case KEY_STRING:
        string = *(char *const *)value;
        buf_add_text(out, string ? string : "");
        break;
    case KEY_INTEGER:
        buf_add_int(out, *(const int64_t *)value);
        break;
    case KEY_BOOLEAN:
        buf_add_text(out, *(const bool *)value ? "true" : "false");
        break;
    case KEY_ENUM:
        buf_add_text(out, key->choices[*(const int *)value - key->first_choice]);
        break;
    case KEY_LIST:
    case KEY_MAP:
        break;
    }
}

void config_write_quoted(struct buf *out, const char *text)
{
    const struct span bytes = span_of(text);
    struct buf utf8;

    buf_init(&utf8, BUF_NO_LIMIT);
    if (text_utf8_valid_prefix(bytes) == bytes.len)
        buf_add_span(&utf8, bytes);
    else
        text_add_visible(&utf8, bytes, false);
    json_write_string(out, buf_span(&utf8), JSON_ESCAPE_HOSTILE);
    buf_release(&utf8);
}

void config_value_write_words(struct buf *out, const struct config *config, const struct key *key,
                              const char *gap, const char *mask)
{
    const bool is_map = key->kind == KEY_MAP;
    const struct pairs *map = config_member(config, key);
    char *const *list = is_map ? NULL : *(const string_list *)config_member(config, key);

    buf_add_char(out, is_map ? '{' : '[');
    for (size_t i = 0; is_map ? i < map->count : list && list[i]; i++) {
        buf_printf(out, "%s%s", i > 0 ? "," : "", i > 0 ? gap : "");
        if (is_map) {
            config_write_quoted(out, map->items[i].name);
            buf_printf(out, ":%s", gap);
            config_write_quoted(out, map->items[i].value);
        } else {
            config_write_quoted(out, i > 0 && mask ? mask : list[i]);
        }
    }
    buf_add_char(out, is_map ? '}' : ']');
}

bool config_value_is_set(const struct config *config, const struct key *key)
{
    const void *value = config_member(config, key);

    if (key->kind == KEY_STRING)
        return *(char *const *)value != NULL;
    if (key->kind == KEY_LIST)
        return *(const string_list *)value != NULL;
    return key->kind != KEY_MAP || ((const struct pairs *)value)->count > 0;
}

void config_origin_write(struct buf *out, const struct config *config, size_t place)
{
    const struct origin *origin = &config->origins->keys[place];
    const struct key key = key_at(place);

    switch (origin->kind) {
    case FROM_DEFAULT:
        buf_add_text(out, config_value_is_set(config, &key) ? "default" : "not set");
        break;
    case FROM_FILE:
        buf_printf(out, "%s:%zu:%zu", config->origins->file, origin->value.line,
                   origin->value.column);
        break;
    case FROM_VARIABLE:
        buf_add_text(out, key_variable(&key).text);
        break;
    case FROM_FLAG:
        buf_printf(out, "--%s", key_flag(&key).text);
        break;
    }
}
