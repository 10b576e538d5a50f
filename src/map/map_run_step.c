#include "map/map.h"

#include "base/text.h"
#include "files/digest.h"
#include "map/map_build.h"

enum { CALL_ID_CHARS_MAX = 64 };

/* One tool call of a run step on its way. */
struct tool_call {
    struct mapped *out;
    const struct map_context *context;
    struct error *err;
    struct span step_id;
    size_t index;
    struct span type;
    const json_t *object;
    const json_t *payload; /* the member named like the type; NULL where it is null or absent */
};

/* A builder for one item of this call. */
static struct builder start(const struct tool_call *call)
{
    struct builder b;

    builder_start(&b, call->out, call->context, call->err);
    b.noun = "run step";
    b.id = call->step_id;
    b.item->source_id = call->step_id;
    builder_enter(&b, "tool_calls", call->index);
    return b;
}

/* The call is counted; a diff shows it as an item that gives nothing. */
static bool lose_call(const struct tool_call *call, const char *why)
{
    struct builder b = start(call);
    char type[NAME_SIZE];
    char id[NAME_SIZE];

    text_visible(type, sizeof type, call->type);
    text_visible(id, sizeof id, json_get_text(call->object, "id"));
    builder_lose(&b, LOSS_TOOL_CALL, "%s call %s %s", type, id, why);
    builder_skip(&b);
    return true;
}

/* The id as it may be sent: one that is too long gives way to its SHA-256, which is just as
 * unique and has exactly as many characters as are allowed. */
static struct span sendable_call_id(const struct tool_call *call, struct span id)
{
    char hex[DIGEST_HEX + 1];

    if (builder_fits(id, CALL_ID_CHARS_MAX))
        return id;
    fingerprint_hex(id, hex);
    return (struct span){arena_dup(call->context->arena, hex, DIGEST_HEX), DIGEST_HEX};
}

static bool check_size(struct builder *b, const char *what, struct span text)
{
    return builder_fits(text, TEXT_CHARS_MAX) ||
           builder_fail(b, ERROR_TOO_LARGE, "%s of %zu characters, %d are allowed", what,
                        text_utf8_count(text), TEXT_CHARS_MAX);
}

static bool add_function(const struct tool_call *call)
{
    struct builder b = start(call);
    struct span call_id = sendable_call_id(call, json_get_text(call->object, "id"));
    struct item *item = b.item;

    item->type = ITEM_FUNCTION_CALL;
    item->call_id = call_id;
    item->name = builder_text(&b, call->payload, "name");
    item->arguments = builder_text(&b, call->payload, "arguments");
    if (!item->arguments.data)
        item->arguments = span_of("{}");
    if (!check_size(&b, "arguments", item->arguments))
        return false;
    builder_lose_invalid(&b);
    builder_finish(&b);

    b = start(call);
    item = b.item;
    item->type = ITEM_FUNCTION_CALL_OUTPUT;
    item->call_id = call_id;
    item->output = builder_text(&b, call->payload, "output");
    if (!check_size(&b, "output", item->output))
        return false;
    builder_lose_invalid(&b);
    builder_finish(&b);
    return true;
}

/* A call without its output breaks later responses, so it is a pair or nothing. */
static bool map_function(const struct tool_call *call)
{
    if (call->context->policy->tool_calls != TOOLS_FUNCTIONS)
        return lose_call(call, "not carried");
    if (json_get_text(call->payload, "output").len == 0)
        return lose_call(call, "has no output, skipped");
    if (json_get_text(call->object, "id").len == 0 || json_get_text(call->payload, "name").len == 0)
        return lose_call(call, "has no id or name, skipped");
    return add_function(call);
}

/* Turns a builder's item into an assistant message of one text and hands it over. */
static bool finish_text(struct builder *b, struct buf *text)
{
    b->item->type = ITEM_MESSAGE;
    b->item->role = ROLE_ASSISTANT;
    if (!builder_add(b, PART_OUTPUT_TEXT, builder_print(b, text)))
        return false;
    builder_finish(b);
    return true;
}

static void add_logs(struct builder *b, struct buf *out, const json_t *outputs)
{
    size_t i;
    json_t *output;

    json_array_foreach(outputs, i, output)
    {
        struct span logs = builder_text(b, output, "logs");

        if (!span_is(json_get_text(output, "type"), "logs") || !logs.data)
            continue;
        buf_add_text(out, "\n```\n");
        buf_add_span(out, logs);
        buf_add_text(out, "\n```");
    }
}

static bool add_output(struct builder *b, struct buf *out, const json_t *output)
{
    struct span type = json_get_text(output, "type");
    struct span id = builder_text(b, json_object_get(output, "image"), "file_id");

    if (span_is(type, "logs"))
        return true;
    if (span_is(type, "image")) {
        if (id.len == 0) {
            builder_lose(b, LOSS_EMPTY_IMAGE, "an image without an id dropped");
            return true;
        }
        buf_add_text(out, "\n[image file: ");
        buf_add_span(out, id);
        buf_add_char(out, ']');
        return true;
    }
    if (!builder_lose_unknown(b, "output", type))
        return false;
    if (b->context->policy->unknown == UNKNOWN_PLACEHOLDER) {
        buf_add_text(out, "\n[unsupported ");
        buf_add_span(out, type.len > 0 ? type : span_of("output"));
        buf_add_char(out, ']');
    }
    return true;
}

static bool map_code_interpreter(const struct tool_call *call)
{
    const json_t *outputs = json_object_get(call->payload, "outputs");
    struct span input = json_get_text(call->payload, "input");
    struct builder b;
    struct buf text;
    size_t i;
    json_t *output;

    if (call->context->policy->tool_calls != TOOLS_TEXT)
        return lose_call(call, "not carried");
    if (input.len == 0 && json_array_size(outputs) == 0)
        return lose_call(call, "holds nothing, skipped");
    b = start(call);
    buf_init(&text, BUF_NO_LIMIT);
    buf_add_text(&text, "```python\n");
    buf_add_span(&text, builder_text(&b, call->payload, "input"));
    buf_add_text(&text, "\n```");
    add_logs(&b, &text, outputs);
    json_array_foreach(outputs, i, output)
    {
        if (!add_output(&b, &text, output)) {
            buf_release(&text);
            return false;
        }
    }
    return finish_text(&b, &text);
}

/* The results that have a name to show; files without one are shown by id. */
static size_t add_results(struct builder *b, struct buf *out, const json_t *results)
{
    size_t count = 0;
    size_t i;
    json_t *result;

    json_array_foreach(results, i, result)
    {
        const json_t *score = json_object_get(result, "score");
        struct span name = builder_text(b, result, "file_name");

        if (name.len == 0)
            name = builder_text(b, result, "file_id");
        if (name.len == 0)
            continue;
        buf_add_text(out, count > 0 ? ", " : "");
        buf_add_span(out, name);
        if (json_is_number(score))
            buf_printf(out, " (%.2f)", json_number_value(score));
        count++;
    }
    return count;
}

static bool map_file_search(const struct tool_call *call)
{
    struct builder b;
    struct buf text;

    if (call->context->policy->tool_calls != TOOLS_TEXT)
        return lose_call(call, "not carried");
    b = start(call);
    buf_init(&text, BUF_NO_LIMIT);
    buf_add_text(&text, "[file search: ");
    if (add_results(&b, &text, json_object_get(call->payload, "results")) == 0) {
        buf_release(&text);
        return lose_call(call, "names no results, skipped");
    }
    buf_add_char(&text, ']');
    return finish_text(&b, &text);
}

static bool map_unknown(const struct tool_call *call)
{
    struct builder b = start(call);

    b.item->type = ITEM_MESSAGE;
    if (!builder_unknown(&b, "tool", call->type))
        return false;
    builder_end(&b);
    return true;
}

static const struct tool_kind {
    const char *type;
    bool (*map)(const struct tool_call *call);
} KINDS[] = {
    {"function", map_function},
    {"code_interpreter", map_code_interpreter},
    {"file_search", map_file_search},
    {"retrieval", map_file_search}, /* its name before 2024 */
};

static bool map_call(const struct tool_call *call)
{
    if (call->context->policy->tool_calls == TOOLS_NONE)
        return lose_call(call, "not carried");
    for (size_t i = 0; i < COUNT_OF(KINDS); i++) {
        if (span_is(call->type, KINDS[i].type))
            return KINDS[i].map(call);
    }
    return map_unknown(call);
}

/* The calls of a step, or NULL. The step's own type is wrong in some old data. */
static const json_t *tool_calls_of(const json_t *run_step)
{
    const json_t *details = json_object_get(run_step, "step_details");

    if (!span_is(json_get_text(details, "type"), "tool_calls"))
        return NULL;
    return json_object_get(details, "tool_calls");
}

bool map_run_step(struct mapped *out, const struct map_context *context, const json_t *run_step,
                  struct error *err)
{
    struct tool_call call = {
        .out = out,
        .context = context,
        .err = err,
        .step_id = json_get_text(run_step, "id"),
    };
    const json_t *calls = tool_calls_of(run_step);
    json_t *object;

    json_array_foreach(calls, call.index, object)
    {
        call.object = object;
        call.type = json_get_text(object, "type");
        call.payload = call.type.len > 0 ? json_object_get(object, call.type.data) : NULL;
        if (!map_call(&call))
            return false;
    }
    return true;
}
