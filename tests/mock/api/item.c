#include "mock/api/item.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* How texts are written while an item is rendered. */
struct render {
    struct mock_text *out;
    bool alter;  /* trim the text, make CRLF to LF */
    bool images; /* show image_url */
};

static void put_trimmed(struct mock_text *out, const char *data, size_t len)
{
    struct mock_text kept = {0};

    while (len > 0 && isspace((unsigned char)data[len - 1]))
        len--;
    while (len > 0 && isspace((unsigned char)*data)) {
        data++;
        len--;
    }
    for (size_t i = 0; i < len; i++)
        if (data[i] != '\r' || i + 1 == len || data[i + 1] != '\n')
            mock_text_putc(&kept, data[i]);
    mock_text_json_string(out, kept.data ? kept.data : "", kept.len);
    mock_text_release(&kept);
}

static void put_text(const struct render *render, json_t *string)
{
    if (render->alter)
        put_trimmed(render->out, json_string_value(string), json_string_length(string));
    else
        mock_text_json_string(render->out, json_string_value(string), json_string_length(string));
}

/* ,"name":value */
static void put_member(struct mock_text *out, json_t *object, const char *name)
{
    mock_text_puts(out, ",\"");
    mock_text_puts(out, name);
    mock_text_puts(out, "\":");
    mock_text_json(out, json_object_get(object, name));
}

static void put_image(const struct render *render, json_t *part)
{
    json_t *detail = json_object_get(part, "detail");

    mock_text_puts(render->out, "{\"type\":\"input_image\",\"detail\":");
    if (!detail)
        mock_text_puts(render->out, "\"auto\"");
    else
        mock_text_json(render->out, detail);
    put_member(render->out, part, "file_id");
    if (render->images)
        put_member(render->out, part, "image_url");
    mock_text_putc(render->out, '}');
}

static void put_output_text(const struct render *render, json_t *part)
{
    json_t *annotations = json_object_get(part, "annotations");

    mock_text_puts(render->out, "{\"type\":\"output_text\",\"annotations\":");
    if (!annotations)
        mock_text_puts(render->out, "[]");
    else
        mock_text_json(render->out, annotations);
    mock_text_puts(render->out, ",\"logprobs\":[],\"text\":");
    put_text(render, json_object_get(part, "text"));
    mock_text_putc(render->out, '}');
}

static void put_part(const struct render *render, json_t *part)
{
    const char *type = json_string_value(json_object_get(part, "type"));

    if (strcmp(type, "input_image") == 0) {
        put_image(render, part);
    } else if (strcmp(type, "output_text") == 0) {
        put_output_text(render, part);
    } else if (strcmp(type, "input_text") == 0) {
        mock_text_puts(render->out, "{\"type\":\"input_text\",\"text\":");
        put_text(render, json_object_get(part, "text"));
        mock_text_putc(render->out, '}');
    } else {
        mock_text_json(render->out, part);
    }
}

/* A plain string becomes a list of one part of the role's own kind. */
static void put_content(const struct render *render, json_t *content, bool assistant)
{
    if (json_is_string(content)) {
        mock_text_puts(render->out,
                       assistant ? "[{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],"
                                   "\"text\":"
                                 : "[{\"type\":\"input_text\",\"text\":");
        put_text(render, content);
        mock_text_puts(render->out, "}]");
        return;
    }
    mock_text_putc(render->out, '[');
    for (size_t i = 0; i < json_array_size(content); i++) {
        if (i > 0)
            mock_text_putc(render->out, ',');
        put_part(render, json_array_get(content, i));
    }
    mock_text_putc(render->out, ']');
}

static void put_message(const struct render *render, json_t *item)
{
    const char *role = json_string_value(json_object_get(item, "role"));

    mock_text_puts(render->out, ",\"content\":");
    put_content(render, json_object_get(item, "content"), strcmp(role, "assistant") == 0);
    if (json_object_get(item, "phase") != NULL)
        put_member(render->out, item, "phase");
    put_member(render->out, item, "role");
}

static void put_others(const struct render *render, json_t *item)
{
    void *iter = json_object_iter(item);

    for (; iter; iter = json_object_iter_next(item, iter)) {
        const char *name = json_object_iter_key(iter);

        if (strcmp(name, "id") != 0 && strcmp(name, "type") != 0 && strcmp(name, "status") != 0)
            put_member(render->out, item, name);
    }
}

static char *render_item(json_t *item, const char *id, bool alter, bool images)
{
    struct mock_text out = {0};
    struct render render = {.out = &out, .alter = alter, .images = images};
    const char *type = json_string_value(json_object_get(item, "type"));

    type = !type ? "message" : type;
    mock_text_puts(&out, "{\"id\":");
    mock_text_json_string(&out, id, strlen(id));
    mock_text_puts(&out, ",\"type\":\"");
    mock_text_puts(&out, type);
    mock_text_puts(&out, "\",\"status\":");
    if (json_object_get(item, "status") != NULL)
        mock_text_json(&out, json_object_get(item, "status"));
    else
        mock_text_puts(&out, "\"completed\"");
    if (strcmp(type, "message") == 0)
        put_message(&render, item);
    else
        put_others(&render, item);
    mock_text_putc(&out, '}');
    return mock_text_steal(&out);
}

static bool has_image(json_t *item)
{
    json_t *content = json_object_get(item, "content");

    for (size_t i = 0; i < json_array_size(content); i++) {
        const char *type = json_string_value(json_object_get(json_array_get(content, i), "type"));

        if (strcmp(type, "input_image") == 0)
            return true;
    }
    return false;
}

struct mock_object *mock_item_render(json_t *item, const char *id, bool alter)
{
    struct mock_object *object = mock_alloc(1, sizeof *object);

    object->id = mock_strdup(id);
    object->json = render_item(item, id, alter, false);
    if (has_image(item))
        object->json_included = render_item(item, id, alter, true);
    return object;
}

static void strip_part(json_t *part)
{
    static const char *const added[] = {"annotations", "logprobs", "detail"};

    for (size_t i = 0; i < sizeof added / sizeof added[0]; i++)
        (void)json_object_del(part, added[i]);
    if (json_is_null(json_object_get(part, "file_id")))
        (void)json_object_del(part, "file_id");
    if (json_is_null(json_object_get(part, "image_url")))
        (void)json_object_del(part, "image_url");
}

void mock_item_write_bare(struct mock_text *out, json_t *stored)
{
    json_t *item = json_deep_copy(stored);
    json_t *content = json_object_get(item, "content");

    (void)json_object_del(item, "id");
    (void)json_object_del(item, "status");
    for (size_t i = 0; i < json_array_size(content); i++)
        strip_part(json_array_get(content, i));
    mock_text_canonical(out, item);
    json_decref(item);
}
