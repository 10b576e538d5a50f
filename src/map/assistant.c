#include "map/assistant.h"

#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

/* Where the parts of one assistant go. */
struct carrying {
    const json_t *assistant;
    json_t *request; /* what responses.create takes */
    json_t *rest;    /* what it does not */
};

/* Takes over a member, perhaps under another name; null and absent are the same. */
static void carry(json_t *to, const char *as, const json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);

    if (value && !json_is_null(value))
        (void)json_object_set(to, as, value);
}

static json_t *map_function(const json_t *tool)
{
    const json_t *function = json_object_get(tool, "function");
    json_t *mapped = json_pack("{s:s}", "type", "function");

    carry(mapped, "name", function, "name");
    carry(mapped, "description", function, "description");
    carry(mapped, "parameters", function, "parameters");
    /* Here a function is strict only where it says so; there it must be said. */
    (void)json_object_set_new(mapped, "strict",
                              json_boolean(json_get_bool(function, "strict", false)));
    if (!json_object_get(mapped, "parameters"))
        (void)json_object_set_new(mapped, "parameters",
                                  json_pack("{s:s,s:{}}", "type", "object", "properties"));
    return mapped;
}

static const json_t *resources(const struct carrying *c, const char *tool)
{
    return json_object_get(json_object_get(c->assistant, "tool_resources"), tool);
}

static json_t *map_code_interpreter(const struct carrying *c)
{
    json_t *container = json_pack("{s:s}", "type", "auto");

    carry(container, "file_ids", resources(c, "code_interpreter"), "file_ids");
    return json_pack("{s:s,s:o}", "type", "code_interpreter", "container", container);
}

static json_t *map_file_search(const struct carrying *c, const json_t *tool)
{
    const json_t *options = json_object_get(tool, "file_search");
    json_t *mapped = json_pack("{s:s}", "type", "file_search");

    carry(mapped, "vector_store_ids", resources(c, "file_search"), "vector_store_ids");
    if (!json_object_get(mapped, "vector_store_ids"))
        (void)json_object_set_new(mapped, "vector_store_ids", json_array());
    carry(mapped, "max_num_results", options, "max_num_results");
    carry(mapped, "ranking_options", options, "ranking_options");
    return mapped;
}

static void map_tools(const struct carrying *c)
{
    const json_t *tools = json_object_get(c->assistant, "tools");
    json_t *mapped = json_array();
    json_t *left = json_array();

    for (size_t i = 0; i < json_array_size(tools); i++) {
        json_t *tool = json_array_get(tools, i);
        struct span type = json_get_text(tool, "type");

        if (span_is(type, "function"))
            (void)json_array_append_new(mapped, map_function(tool));
        else if (span_is(type, "code_interpreter"))
            (void)json_array_append_new(mapped, map_code_interpreter(c));
        else if (span_is(type, "file_search"))
            (void)json_array_append_new(mapped, map_file_search(c, tool));
        else
            (void)json_array_append(left, tool);
    }
    (void)json_object_set_new(c->request, "tools", mapped);
    if (json_array_size(left) > 0)
        (void)json_object_set(c->rest, "tools", left);
    json_decref(left);
}

/* "auto" is what responses.create does by itself; a schema loses one level of nesting. */
static void map_format(const struct carrying *c)
{
    json_t *format = json_object_get(c->assistant, "response_format");
    const json_t *schema = json_object_get(format, "json_schema");
    json_t *mapped;

    if (!json_is_object(format))
        return;
    mapped = json_object();
    carry(mapped, "type", format, "type");
    carry(mapped, "name", schema, "name");
    carry(mapped, "description", schema, "description");
    carry(mapped, "schema", schema, "schema");
    carry(mapped, "strict", schema, "strict");
    (void)json_object_set_new(c->request, "text", json_pack("{s:o}", "format", mapped));
}

/* Everything that no parameter took over is kept beside them. */
static void keep_rest(const struct carrying *c)
{
    static const char *const TAKEN[] = {
        "model",    "instructions", "temperature",     "top_p",
        "metadata", "tools",        "response_format", "reasoning_effort",
    };
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)c->assistant, key, value)
    {
        bool taken = json_is_null(value) || json_is_repair_mark(key, value);

        for (size_t i = 0; !taken && i < COUNT_OF(TAKEN); i++)
            taken = strcmp(key, TAKEN[i]) == 0;
        if (!taken)
            (void)json_object_set(c->rest, key, value);
    }
}

json_t *assistant_map(const json_t *assistant, struct error *err)
{
    struct carrying c = {.assistant = assistant};

    if (!text_is_id(json_get_text(assistant, "id"))) {
        error_set(err, ERROR_BAD_SOURCE, "an assistant has no usable id");
        return NULL;
    }
    c.request = json_object();
    c.rest = json_object();
    carry(c.request, "model", assistant, "model");
    carry(c.request, "instructions", assistant, "instructions");
    map_tools(&c);
    map_format(&c);
    carry(c.request, "temperature", assistant, "temperature");
    carry(c.request, "top_p", assistant, "top_p");
    if (!json_is_absent(assistant, "reasoning_effort")) {
        json_t *reasoning = json_object();

        carry(reasoning, "effort", assistant, "reasoning_effort");
        (void)json_object_set_new(c.request, "reasoning", reasoning);
    }
    /* Some dumps write an empty map as a list. */
    if (json_is_object(json_object_get(assistant, "metadata")))
        carry(c.request, "metadata", assistant, "metadata");
    keep_rest(&c);
    (void)json_object_set_new(c.request, "not_carried", c.rest);
    return c.request;
}

char *assistant_write(const json_t *mapped)
{
    struct buf file;

    buf_init(&file, BUF_NO_LIMIT);
    /* 15 digits print 0.7 as 0.7. */
    json_dump_to(&file, mapped, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    buf_add_char(&file, '\n');
    return buf_steal(&file);
}

struct span assistant_id(const json_t *mapped)
{
    return json_get_text(json_object_get(mapped, "not_carried"), "id");
}
