#include "mock/destination/responses.h"

#include "mock/api/check.h"
#include "mock/api/item.h"
#include "mock/destination/destination.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Everything that the mock takes; what is missing here is an unknown parameter. */
struct parameter {
    const char *name;
    enum mock_key_kind kind;
};

static const struct parameter parameters_table[] = {
    {"model", MOCK_KEY_STRING},
    {"conversation", MOCK_KEY_ANY},
    {"input", MOCK_KEY_ANY},
    {"instructions", MOCK_KEY_STRING},
    {"tools", MOCK_KEY_ARRAY},
    {"tool_choice", MOCK_KEY_ANY},
    {"temperature", MOCK_KEY_ANY},
    {"top_p", MOCK_KEY_ANY},
    {"text", MOCK_KEY_OBJECT},
    {"reasoning", MOCK_KEY_OBJECT},
    {"metadata", MOCK_KEY_ANY},
    {"truncation", MOCK_KEY_STRING},
    {"max_output_tokens", MOCK_KEY_ANY},
    {"parallel_tool_calls", MOCK_KEY_ANY},
    {"store", MOCK_KEY_ANY},
    {"include", MOCK_KEY_ARRAY},
    {"user", MOCK_KEY_STRING},
};

/* A function's name, parameters and the rest stand beside its type, not under "function". */
static const struct mock_shape tools_table[] = {
    {"function",
     NULL,
     {{"name", MOCK_KEY_STRING, true, 64},
      {"parameters", MOCK_KEY_OBJECT, true, 0},
      {"strict", MOCK_KEY_ANY, true, 0},
      {"description", MOCK_KEY_STRING, false, 0}}},
    {"file_search",
     NULL,
     {{"vector_store_ids", MOCK_KEY_ARRAY, true, 0},
      {"max_num_results", MOCK_KEY_ANY, false, 0},
      {"ranking_options", MOCK_KEY_OBJECT, false, 0},
      {"filters", MOCK_KEY_OBJECT, false, 0}}},
    {"code_interpreter", NULL, {{"container", MOCK_KEY_ANY, true, 0}}},
};

static const struct mock_shape formats_table[] = {
    {"text", NULL, {{NULL, MOCK_KEY_ANY, false, 0}}},
    {"json_object", NULL, {{NULL, MOCK_KEY_ANY, false, 0}}},
    {"json_schema",
     NULL,
     {{"name", MOCK_KEY_STRING, true, 64},
      {"schema", MOCK_KEY_OBJECT, true, 0},
      {"description", MOCK_KEY_STRING, false, 0},
      {"strict", MOCK_KEY_ANY, false, 0}}},
};

static const char *text_of(json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static bool missing(const struct mock_check *check, const char *param)
{
    return mock_check_fail(check, param, "missing_required_parameter",
                           "Missing required parameter: '%s'.", param);
}

static const struct parameter *find_parameter(const char *name)
{
    for (size_t i = 0; i < COUNT(parameters_table); i++)
        if (strcmp(parameters_table[i].name, name) == 0)
            return &parameters_table[i];
    return NULL;
}

static bool check_parameter(const struct mock_check *check, const char *name, json_t *value)
{
    const struct parameter *parameter = find_parameter(name);

    if (!parameter)
        return mock_check_fail(check, name, "unknown_parameter", "Unknown parameter: '%s'.", name);
    if (parameter->kind == MOCK_KEY_STRING && !json_is_string(value))
        return mock_check_wrong_type(check, name, "a string", value);
    if (parameter->kind == MOCK_KEY_ARRAY && !json_is_array(value))
        return mock_check_wrong_type(check, name, "an array of objects", value);
    if (parameter->kind == MOCK_KEY_OBJECT && !json_is_object(value))
        return mock_check_wrong_type(check, name, "an object", value);
    return true;
}

/* An object whose "type" chooses its shape. */
static bool check_typed(struct mock_check *check, const struct mock_shape *shapes, size_t count,
                        json_t *object)
{
    const char *type = text_of(object, "type");

    if (!json_is_object(object))
        return mock_check_wrong_type(check, check->path, "an object", object);
    for (size_t i = 0; i < count; i++)
        if (strcmp(shapes[i].type, type) == 0)
            return mock_check_keys(check, &shapes[i], object);
    return mock_check_fail(check, check->path, "invalid_value", "Invalid value: '%s'.", type);
}

static bool check_tool(struct mock_check *check, json_t *tool)
{
    const char *type = text_of(tool, "type");
    char param[MOCK_PARAM_SIZE];

    /* The old nested form lacks its name first of all. */
    if (strcmp(type, "function") == 0 && json_object_get(tool, "name") == NULL)
        return missing(check, mock_check_join(check, "name", param));
    if (!check_typed(check, tools_table, COUNT(tools_table), tool))
        return false;
    if (strcmp(type, "file_search") == 0 &&
        json_array_size(json_object_get(tool, "vector_store_ids")) == 0) {
        (void)mock_check_join(check, "vector_store_ids", param);
        return mock_check_fail(check, param, "empty_array",
                               "Invalid '%s': empty array. Expected an array with minimum length "
                               "1, but got an empty array instead.",
                               param);
    }
    return true;
}

static bool check_tools(struct mock_check *check, json_t *tools)
{
    for (size_t i = 0; i < json_array_size(tools); i++) {
        (void)snprintf(check->path, sizeof check->path, "tools[%zu]", i);
        if (!check_tool(check, json_array_get(tools, i)))
            return false;
    }
    return true;
}

static bool check_format(struct mock_check *check, json_t *text)
{
    json_t *format = json_object_get(text, "format");

    (void)snprintf(check->path, sizeof check->path, "text.format");
    return !format || check_typed(check, formats_table, COUNT(formats_table), format);
}

static bool check_body(struct mock_context *context, json_t *body)
{
    struct mock_check check = {
        .reply = context->reply,
        .foundry = context->url->profile == MOCK_FOUNDRY,
    };
    json_t *metadata = json_object_get(body, "metadata");
    json_t *input = json_object_get(body, "input");
    void *iter = json_object_iter(body);

    for (; iter; iter = json_object_iter_next(body, iter))
        if (!check_parameter(&check, json_object_iter_key(iter), json_object_iter_value(iter)))
            return false;
    if (json_object_get(body, "model") == NULL)
        return missing(&check, "model");
    if (json_object_get(body, "conversation") == NULL)
        return missing(&check, "conversation");
    if (!input)
        return missing(&check, "input");
    return (!metadata || mock_metadata_check(metadata, context->reply)) &&
           check_tools(&check, json_object_get(body, "tools")) &&
           check_format(&check, json_object_get(body, "text")) &&
           (json_is_string(input) || mock_input_check(input, check.foundry, context->reply));
}

/* A string, or an object with an id. NULL: the reply is the error. */
static struct mock_conversation *find_conversation(struct mock_context *context, json_t *body)
{
    json_t *named = json_object_get(body, "conversation");
    const char *id = json_is_string(named) ? json_string_value(named) : text_of(named, "id");
    struct mock_conversation *one = mock_destination_find(context->mock, id);

    if (!one || one->deleted) {
        mock_reply_fail(context->reply, &(struct mock_problem){.status = 404},
                        "Conversation with id '%s' not found.", id);
        return NULL;
    }
    return one;
}

/* Calls and outputs by call_id: {"calls":{…},"outputs":{…}}. */
static void collect_call(json_t *seen, json_t *item)
{
    const char *type = text_of(item, "type");
    const char *list = strcmp(type, "function_call") == 0          ? "calls"
                       : strcmp(type, "function_call_output") == 0 ? "outputs"
                                                                   : NULL;

    if (list) {
        (void)json_object_set_new(json_object_get(seen, list), text_of(item, "call_id"),
                                  json_true());
    }
}

/* The first key of `of` that `in` lacks, or NULL. */
static const char *first_without(json_t *of, json_t *in)
{
    void *iter = json_object_iter(of);

    for (; iter; iter = json_object_iter_next(of, iter))
        if (json_object_get(in, json_object_iter_key(iter)) == NULL)
            return json_object_iter_key(iter);
    return NULL;
}

/* Every call has its output and every output its call, in the conversation and the input. */
static bool check_calls(struct mock_context *context, const struct mock_conversation *conversation,
                        json_t *input)
{
    struct mock_check check = {.reply = context->reply};
    json_t *seen = json_pack("{s:{},s:{}}", "calls", "outputs");
    json_t *calls = json_object_get(seen, "calls");
    json_t *outputs = json_object_get(seen, "outputs");

    for (size_t i = 0; i < conversation->items.count; i++) {
        json_t *item = json_loads(conversation->items.at[i]->json, JSON_ALLOW_NUL, NULL);

        collect_call(seen, item);
        json_decref(item);
    }
    for (size_t i = 0; i < json_array_size(input); i++)
        collect_call(seen, json_array_get(input, i));
    const char *open = first_without(calls, outputs);
    const char *orphan = first_without(outputs, calls);
    if (open) {
        (void)mock_check_fail(&check, "input", NULL, "No tool output found for function call %s.",
                              open);
    } else if (orphan) {
        (void)mock_check_fail(&check, "input", NULL,
                              "No tool call found for function call output with call_id %s.",
                              orphan);
    }
    json_decref(seen);
    return !open && !orphan;
}

static json_t *message(const char *role, const char *kind, const char *text)
{
    return json_pack("{s:s,s:s,s:[{s:s,s:s}]}", "type", "message", "role", role, "content", "type",
                     kind, "text", text);
}

/* The text of a message item, or "". */
static const char *message_text(json_t *item)
{
    json_t *content = json_object_get(item, "content");

    return json_is_string(content) ? json_string_value(content)
                                   : text_of(json_array_get(content, 0), "text");
}

/* The function tool whose name the text holds, or NULL. */
static json_t *named_tool(json_t *tools, const char *text)
{
    for (size_t i = 0; i < json_array_size(tools); i++) {
        json_t *tool = json_array_get(tools, i);
        const char *name = text_of(tool, "name");

        if (*name != '\0' && strstr(text, name) != NULL)
            return tool;
    }
    return NULL;
}

static json_t *call_of(struct mock *mock, json_t *tool, const char *text)
{
    json_t *required = json_object_get(json_object_get(tool, "parameters"), "required");
    const char *space = strrchr(text, ' ');
    json_t *arguments = json_object();
    struct mock_text spelled = {0};
    char id[30] = "call_";

    mock_rng_hex(&mock->rng, id + 5, 24);
    for (size_t i = 0; i < json_array_size(required); i++) {
        (void)json_object_set_new(arguments, json_string_value(json_array_get(required, i)),
                                  json_string(space ? space + 1 : text));
    }
    mock_text_json(&spelled, arguments);
    json_t *call = json_pack("{s:s,s:s,s:s,s:s}", "type", "function_call", "call_id", id, "name",
                             text_of(tool, "name"), "arguments", spelled.data);
    mock_text_release(&spelled);
    json_decref(arguments);
    return call;
}

/* New: the one item that answers the last one of the input. */
static json_t *make_answer(struct mock *mock, const struct mock_conversation *conversation,
                           json_t *body, json_t *input)
{
    json_t *last = json_array_get(input, json_array_size(input) - 1);
    json_t *tool = named_tool(json_object_get(body, "tools"), message_text(last));
    struct mock_text text = {0};

    if (tool)
        return call_of(mock, tool, message_text(last));
    if (strcmp(text_of(last, "type"), "function_call_output") == 0) {
        mock_text_printf(&text, "The function says: %s", text_of(last, "output"));
    } else {
        mock_text_printf(&text, "I have read %zu items before \"%s\".", conversation->items.count,
                         message_text(last));
    }
    json_t *answer = message("assistant", "output_text", text.data);
    mock_text_release(&text);
    return answer;
}

static void write_response(struct mock_context *context, json_t *body,
                           const struct mock_conversation *conversation,
                           const struct mock_objects *output)
{
    struct mock_text *out = &context->reply->body;
    char id[53] = "resp_";

    mock_rng_hex(&context->mock->rng, id + 5, 47);
    mock_text_printf(out, "{\"id\":\"%s\",\"object\":\"response\",\"created_at\":%lld,", id,
                     (long long)context->mock->wall_s);
    mock_text_puts(out, "\"status\":\"completed\",\"error\":null,\"incomplete_details\":null,"
                        "\"model\":");
    mock_text_json(out, json_object_get(body, "model"));
    mock_text_puts(out, ",\"instructions\":");
    mock_text_json(out, json_object_get(body, "instructions"));
    mock_text_printf(out, ",\"conversation\":{\"id\":\"%s\"},\"tools\":", conversation->id);
    if (json_object_get(body, "tools") == NULL)
        mock_text_puts(out, "[]");
    else
        mock_text_json(out, json_object_get(body, "tools"));
    mock_text_puts(out, ",\"output\":[");
    for (size_t i = 0; i < output->count; i++) {
        mock_text_puts(out, i > 0 ? "," : "");
        mock_text_puts(out, output->at[i]->json);
    }
    mock_text_puts(out, "]}");
}

static void respond(struct mock_context *context, json_t *body,
                    struct mock_conversation *conversation, json_t *input)
{
    struct mock_objects added = {0};
    struct mock_objects output = {0};
    json_t *answer = make_answer(context->mock, conversation, body, input);
    json_t *answers = json_pack("[o]", answer);

    mock_destination_append(context->mock, conversation, input, json_array_size(input), &added);
    mock_destination_append(context->mock, conversation, answers, 1, &output);
    write_response(context, body, conversation, &output);
    mock_objects_forget(&added);
    mock_objects_forget(&output);
    json_decref(answers);
}

void mock_responses_handle(struct mock_context *context)
{
    struct mock_page_query query;
    struct mock_conversation *conversation = NULL;
    json_t *body;

    if (!mock_page_query_parse(context->url, 0, &query, context->reply))
        return;
    body = mock_destination_body(context);
    if (body && check_body(context, body))
        conversation = find_conversation(context, body);
    if (conversation) {
        json_t *said = json_object_get(body, "input");
        json_t *input =
            json_is_string(said)
                ? json_pack("[o]", message("user", "input_text", json_string_value(said)))
                : json_incref(said);

        if (check_calls(context, conversation, input))
            respond(context, body, conversation, input);
        json_decref(input);
    }
    json_decref(body);
}
