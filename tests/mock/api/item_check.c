#include "mock/api/item.h"

#include "mock/api/item_shapes.h"

#include <stdio.h>
#include <string.h>

static bool one_of(const char *value, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, value) == 0)
            return true;
    return false;
}

static bool check_image(const struct mock_check *check, json_t *part)
{
    static const char *const details[] = {"low", "high", "auto", "original", NULL};
    const char *url = json_string_value(json_object_get(part, "image_url"));
    const char *file = json_string_value(json_object_get(part, "file_id"));
    const char *detail = json_string_value(json_object_get(part, "detail"));
    char param[MOCK_PARAM_SIZE];

    if (!url && !file) {
        (void)mock_check_join(check, "image_url", param);
        return mock_check_fail(check, param, "missing_required_parameter",
                               "Missing required parameter: '%s'.", param);
    }
    if (url && strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0 &&
        strncmp(url, "data:", 5) != 0) {
        (void)mock_check_join(check, "image_url", param);
        return mock_check_fail(
            check, param, "invalid_value",
            "Invalid '%s'. Expected a valid URL, but got a value with an invalid format.", param);
    }
    if (detail && !one_of(detail, details)) {
        (void)mock_check_join(check, "detail", param);
        return mock_check_fail(
            check, param, "invalid_value",
            "Invalid value: '%s'. Supported values are: 'low', 'high', 'auto', and "
            "'original'.",
            detail);
    }
    return mock_check_not_empty(check, part, "file_id");
}

/* One kind of annotation per text; all of them well formed. */
static bool check_annotations(struct mock_check *check, json_t *list)
{
    const char *seen = NULL;
    size_t path_len = strlen(check->path);
    bool ok = true;

    for (size_t i = 0; ok && i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);
        const char *type = json_string_value(json_object_get(one, "type"));
        const struct mock_shape *shape = !type ? NULL : mock_annotation_shape(type);

        (void)snprintf(check->path + path_len, sizeof check->path - path_len, ".annotations[%zu]",
                       i);
        if (!shape) {
            ok = mock_check_fail(check, check->path, "invalid_value", "Invalid value: '%s'.",
                                 type ? type : "");
        } else if (seen && strcmp(seen, type) != 0) {
            ok = mock_check_fail(
                check, check->path, "invalid_value",
                "Invalid value: '%s'. Annotations of one text must be of one type.", type);
        } else {
            ok = mock_check_keys(check, shape, one);
        }
        seen = type;
    }
    check->path[path_len] = '\0';
    return ok;
}

static bool check_output_text(struct mock_check *check, json_t *part)
{
    json_t *list = json_object_get(part, "annotations");
    char param[MOCK_PARAM_SIZE];

    if (!list && check->foundry) {
        (void)mock_check_join(check, "annotations", param);
        return mock_check_fail(check, param, "missing_required_parameter",
                               "Missing required parameter: '%s'.", param);
    }
    return check_annotations(check, list) && mock_check_not_empty(check, part, "text");
}

static bool check_part(struct mock_check *check, json_t *part, bool assistant)
{
    static const char *const user_types[] = {"input_text", "input_image", "input_file", NULL};
    static const char *const assistant_types[] = {"output_text", "refusal", NULL};

    if (!json_is_object(part))
        return mock_check_wrong_type(check, check->path, "an object", part);
    const char *type = json_string_value(json_object_get(part, "type"));
    if (!type || !one_of(type, assistant ? assistant_types : user_types)) {
        return mock_check_fail(
            check, check->path, "invalid_value",
            assistant ? "Invalid value: '%s'. Supported values are: 'output_text' and 'refusal'."
                      : "Invalid value: '%s'. Supported values are: 'input_text', 'input_image', "
                        "'input_file', 'scoped_content', and 'input_audio'.",
            type ? type : "");
    }
    if (!mock_check_keys(check, mock_part_shape(type), part))
        return false;
    if (strcmp(type, "input_image") == 0)
        return check_image(check, part);
    if (strcmp(type, "output_text") == 0)
        return check_output_text(check, part);
    return mock_check_not_empty(check, part, strcmp(type, "refusal") == 0 ? "refusal" : "text");
}

static bool check_content(struct mock_check *check, json_t *content, bool assistant)
{
    char param[MOCK_PARAM_SIZE];
    size_t path_len = strlen(check->path);
    bool ok = true;

    (void)mock_check_join(check, "content", param);
    if (json_is_string(content))
        return mock_check_length(check, param, content, MOCK_TEXT_MAX);
    if (!json_is_array(content))
        return mock_check_wrong_type(check, param, "one of an array of objects or string", content);
    if (json_array_size(content) == 0) {
        return mock_check_fail(
            check, param, "empty_array",
            "Invalid '%s': empty array. Expected an array with minimum length 1, but got "
            "an empty array instead.",
            param);
    }
    for (size_t i = 0; ok && i < json_array_size(content); i++) {
        (void)snprintf(check->path + path_len, sizeof check->path - path_len, ".content[%zu]", i);
        ok = check_part(check, json_array_get(content, i), assistant);
    }
    check->path[path_len] = '\0';
    return ok;
}

static bool check_message(struct mock_check *check, json_t *item)
{
    static const char *const roles[] = {"user", "assistant", "system", "developer", NULL};
    const char *role = json_string_value(json_object_get(item, "role"));
    const char *phase = json_string_value(json_object_get(item, "phase"));
    char param[MOCK_PARAM_SIZE];

    if (!one_of(role, roles)) {
        return mock_check_fail(check, check->path, "invalid_value",
                               "Invalid value: '%s'. Supported values are: 'assistant', 'system', "
                               "'developer', and 'user'.",
                               role);
    }
    bool assistant = strcmp(role, "assistant") == 0;
    if (phase && !assistant) {
        (void)mock_check_join(check, "phase", param);
        return mock_check_fail(check, param, "unknown_parameter", "Unknown parameter: '%s'.",
                               param);
    }
    if (check->foundry && json_object_get(item, "type") == NULL)
        return mock_check_fail(check, check->path, "invalid_value", "Invalid value: ''.");
    return check_content(check, json_object_get(item, "content"), assistant);
}

/* The rules that a table of keys cannot say. */
static bool check_calls(const struct mock_check *check, const char *type, json_t *item)
{
    char param[MOCK_PARAM_SIZE];

    if (strcmp(type, "function_call") == 0 || strcmp(type, "function_call_output") == 0)
        return mock_check_not_empty(check, item, "call_id");
    if (strcmp(type, "code_interpreter_call") == 0) {
        (void)mock_check_join(check, "container_id", param);
        return mock_check_fail(check, param, "invalid_value",
                               "Invalid '%s': '%s'. Expected container_id: cntr_...", param,
                               json_string_value(json_object_get(item, "container_id")));
    }
    if (strcmp(type, "reasoning") == 0 && json_object_get(item, "id") == NULL &&
        json_object_get(item, "encrypted_content") == NULL)
        return mock_check_fail(check, "item", "invalid_item", "Invalid item");
    return true;
}

static bool check_id(const struct mock_check *check, const struct mock_shape *shape, json_t *item)
{
    const char *id = json_string_value(json_object_get(item, "id"));
    char param[MOCK_PARAM_SIZE];

    if (!id || strcmp(shape->type, "item_reference") == 0 ||
        strncmp(id, shape->prefix, strlen(shape->prefix)) == 0)
        return true;
    (void)mock_check_join(check, "id", param);
    return mock_check_fail(check, param, "invalid_value",
                           "Invalid '%s': '%s'. Expected an ID that begins with '%s'.", param, id,
                           shape->prefix);
}

static const struct mock_shape *shape_of(json_t *item)
{
    json_t *type = json_object_get(item, "type");

    return mock_item_shape(!type ? "message" : json_string_value(type));
}

static bool check_item(struct mock_check *check, json_t *item)
{
    json_t *type = json_object_get(item, "type");

    if (!json_is_object(item))
        return mock_check_wrong_type(check, check->path, "an object", item);
    if (type && !json_is_string(type))
        return mock_check_wrong_type(check, check->path, "a string", type);
    const struct mock_shape *shape = shape_of(item);
    if (!shape) {
        return mock_check_fail(check, check->path, "invalid_value", "Invalid value: '%s'.",
                               json_string_value(type));
    }
    if (!mock_check_keys(check, shape, item) || !check_id(check, shape, item))
        return false;
    return strcmp(shape->type, "message") == 0 ? check_message(check, item)
                                               : check_calls(check, shape->type, item);
}

static bool check_items(const char *name, size_t max, json_t *list, struct mock_check *check)
{
    size_t count = json_array_size(list);

    if (!json_is_array(list))
        return mock_check_wrong_type(check, name, "an array of objects", list);
    if (count == 0) {
        return mock_check_fail(check, name, "empty_array",
                               "Invalid '%s': empty array. Expected an array with minimum length "
                               "1, but got an empty array instead.",
                               name);
    }
    if (count > max) {
        return mock_check_fail(check, name, "array_above_max_length",
                               "Invalid '%s': array too long. Expected an array with maximum "
                               "length %zu, but got an array with length %zu instead.",
                               name, max, count);
    }
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(check->path, sizeof check->path, "%s[%zu]", name, i);
        if (!check_item(check, json_array_get(list, i)))
            return false;
    }
    return true;
}

bool mock_items_check(json_t *list, bool foundry, struct mock_reply *reply)
{
    struct mock_check check = {.reply = reply, .foundry = foundry};

    return check_items("items", MOCK_ITEMS_MAX, list, &check);
}

bool mock_input_check(json_t *input, bool foundry, struct mock_reply *reply)
{
    struct mock_check check = {.reply = reply, .foundry = foundry};

    return check_items("input", SIZE_MAX, input, &check);
}

const char *mock_item_prefix(json_t *item)
{
    return shape_of(item)->prefix;
}
