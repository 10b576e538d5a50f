#include "mock/api/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool mock_check_fail(const struct mock_check *check, const char *param, const char *code,
                     const char *format, ...)
{
    char message[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    mock_reply_fail(check->reply, &(struct mock_problem){400, NULL, param, code}, "%s", message);
    return false;
}

const char *mock_check_join(const struct mock_check *check, const char *name,
                            char out[MOCK_PARAM_SIZE])
{
    (void)snprintf(out, MOCK_PARAM_SIZE, "%s.%s", check->path, name);
    return out;
}

const char *mock_json_kind(json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a decimal number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "nothing";
}

bool mock_check_wrong_type(const struct mock_check *check, const char *param, const char *expected,
                           json_t *value)
{
    return mock_check_fail(check, param, "invalid_type",
                           "Invalid type for '%s': expected %s, but got %s instead.", param,
                           expected, mock_json_kind(value));
}

bool mock_check_length(const struct mock_check *check, const char *param, json_t *string,
                       size_t max)
{
    size_t len = json_string_length(string);

    if (max == 0 || len <= max)
        return true;
    len = mock_utf8_length(json_string_value(string), len);
    if (len <= max)
        return true;
    return mock_check_fail(
        check, param, "string_above_max_length",
        "Invalid '%s': string too long. Expected a string with maximum length %zu, but got "
        "a string with length %zu instead.",
        param, max, len);
}

static bool kind_fits(enum mock_key_kind kind, json_t *value)
{
    switch (kind) {
    case MOCK_KEY_ANY:
        return true;
    case MOCK_KEY_STRING:
        return json_is_string(value);
    case MOCK_KEY_ARRAY:
        return json_is_array(value);
    case MOCK_KEY_OBJECT:
        return json_is_object(value);
    }
    return false;
}

static const struct mock_key_rule *find_key(const struct mock_shape *shape, const char *name)
{
    for (size_t i = 0; i < MOCK_SHAPE_KEYS && shape->keys[i].name; i++)
        if (strcmp(shape->keys[i].name, name) == 0)
            return &shape->keys[i];
    return NULL;
}

/* One member; its name is put together only for an error, because this runs for every key. */
static bool check_member(const struct mock_check *check, const struct mock_shape *shape,
                         const char *name, json_t *value)
{
    static const char *const kinds[] = {"anything", "a string", "an array", "an object"};
    const struct mock_key_rule *key = find_key(shape, name);
    bool fits = key && kind_fits(key->kind, value);
    char param[MOCK_PARAM_SIZE];

    if (strcmp(name, "type") == 0 ||
        (fits && (key->max_chars == 0 || json_string_length(value) <= key->max_chars)))
        return true;
    (void)mock_check_join(check, name, param);
    if (!key) {
        return mock_check_fail(check, param, "unknown_parameter", "Unknown parameter: '%s'.",
                               param);
    }
    if (!fits)
        return mock_check_wrong_type(check, param, kinds[key->kind], value);
    return mock_check_length(check, param, value, key->max_chars);
}

bool mock_check_keys(const struct mock_check *check, const struct mock_shape *shape, json_t *object)
{
    char param[MOCK_PARAM_SIZE];
    void *iter = json_object_iter(object);

    for (; iter; iter = json_object_iter_next(object, iter))
        if (!check_member(check, shape, json_object_iter_key(iter), json_object_iter_value(iter)))
            return false;
    for (size_t i = 0; i < MOCK_SHAPE_KEYS && shape->keys[i].name; i++) {
        if (shape->keys[i].required && json_object_get(object, shape->keys[i].name) == NULL) {
            (void)mock_check_join(check, shape->keys[i].name, param);
            return mock_check_fail(check, param, "missing_required_parameter",
                                   "Missing required parameter: '%s'.", param);
        }
    }
    return true;
}

bool mock_check_not_empty(const struct mock_check *check, json_t *object, const char *name)
{
    json_t *text = json_object_get(object, name);
    char param[MOCK_PARAM_SIZE];

    if (json_is_string(text) && json_string_length(text) == 0) {
        (void)mock_check_join(check, name, param);
        return mock_check_fail(
            check, param, "empty_string",
            "Invalid '%s': empty string. Expected a string with minimum length 1, but got "
            "an empty string instead.",
            param);
    }
    return true;
}

bool mock_metadata_check(json_t *metadata, struct mock_reply *reply)
{
    struct mock_check check = {.reply = reply, .path = "metadata"};
    char param[MOCK_PARAM_SIZE];

    if (json_is_null(metadata))
        return true;
    if (!json_is_object(metadata))
        return mock_check_wrong_type(&check, "metadata", "a metadata object", metadata);
    if (json_object_size(metadata) > 16) {
        return mock_check_fail(&check, "metadata", "object_above_max_properties",
                               "Invalid 'metadata': too many properties. Expected an object with "
                               "at most 16 properties, but got an object with %zu properties "
                               "instead.",
                               json_object_size(metadata));
    }
    void *iter = json_object_iter(metadata);
    for (; iter; iter = json_object_iter_next(metadata, iter)) {
        const char *name = json_object_iter_key(iter);
        json_t *value = json_object_iter_value(iter);
        size_t name_len = mock_utf8_length(name, strlen(name));

        (void)mock_check_join(&check, name, param);
        if (!json_is_string(value))
            return mock_check_wrong_type(&check, param, "a string", value);
        if (name_len > 64) {
            return mock_check_fail(&check, "metadata", "string_above_max_length",
                                   "Invalid 'metadata': key too long. Expected a string with "
                                   "maximum length 64, but got a string with length %zu instead.",
                                   name_len);
        }
        if (!mock_check_length(&check, param, value, 512))
            return false;
    }
    return true;
}
