#include "map/map.h"

#include "base/text.h"
#include "map/map_build.h"
#include "map/map_part.h"

#include <string.h>

/* A message on its way: what the steps below need of each other. */
struct mapping {
    struct builder b;
    const json_t *message;
    bool incomplete;
};

static bool map_content(struct mapping *m)
{
    const json_t *content = json_object_get(m->message, "content");
    size_t i;
    json_t *part;

    if (!content || json_is_null(content))
        return true;
    if (json_is_array(content)) {
        json_array_foreach(content, i, part)
        {
            builder_enter(&m->b, "content", i);
            if (!map_part(&m->b, m->message, part))
                return false;
        }
        return true;
    }
    builder_enter(&m->b, "content", 0);
    if (!json_is_object(content) && !json_is_string(content))
        return builder_fail(&m->b, ERROR_BAD_SOURCE, "content is neither a list nor text");
    return map_part(&m->b, m->message, content);
}

/* One entry of attachments, or of file_ids as they were before. */
struct attachment {
    struct span id; /* of the file, or the URI of a data source; NULL where it names nothing */
    bool is_file;
    const json_t *tools;
};

static struct attachment read_attachment(struct mapping *m, const char *list, const json_t *entry)
{
    struct attachment attachment = {.is_file = true};

    if (json_is_string(entry)) {
        attachment.id = builder_element(&m->b, m->message, list, entry);
        return attachment;
    }
    attachment.tools = json_object_get(entry, "tools");
    attachment.id = builder_text(&m->b, entry, "file_id");
    if (attachment.id.len > 0)
        return attachment;
    attachment.is_file = false;
    attachment.id = builder_text(&m->b, json_object_get(entry, "data_source"), "uri");
    return attachment;
}

/* Adds " (tool, tool)" where there are tools. */
static void add_tools(struct buf *out, const json_t *tools)
{
    const char *separator = " (";
    size_t i;
    json_t *tool;

    json_array_foreach(tools, i, tool)
    {
        struct span type = json_get_text(tool, "type");

        if (type.len == 0)
            continue;
        buf_add_text(out, separator);
        buf_add_span(out, type);
        separator = ", ";
    }
    if (separator[0] == ',')
        buf_add_char(out, ')');
}

static bool add_attachment_note(struct builder *b, const struct attachment *attachment)
{
    struct buf note;

    buf_init(&note, BUF_NO_LIMIT);
    buf_add_span(&note, attachment->id);
    add_tools(&note, attachment->tools);
    return builder_add_note(b, "attached: ", builder_print(b, &note));
}

/* A file of the user's that the destination knows goes along, under its id there. */
static bool add_input_file(struct builder *b, const struct attachment *attachment, bool *added)
{
    struct fate fate;

    *added = false;
    if (attachment->id.len == 0 || !attachment->is_file || b->item->role != ROLE_USER)
        return true;
    fate = builder_fate(b, attachment->id);
    *added = fate.kind == FATE_KEPT || fate.kind == FATE_MAPPED || fate.kind == FATE_UNKNOWN;
    if (!*added)
        return true;
    return builder_add(b, PART_FILE, fate.kind == FATE_MAPPED ? fate.id : attachment->id);
}

static bool map_attachment(struct mapping *m, const struct attachment *attachment)
{
    struct builder *b = &m->b;
    char name[NAME_SIZE];
    bool added = false;

    text_visible(name, sizeof name, attachment->id.len > 0 ? attachment->id : span_of("a file"));
    switch ((enum attachments)b->context->policy->attachments) {
    case ATTACHMENTS_DROP:
        break;
    case ATTACHMENTS_INPUT_FILE:
        if (!add_input_file(b, attachment, &added))
            return false;
        if (added)
            return true;
        __attribute__((fallthrough));
    case ATTACHMENTS_NOTE:
        if (attachment->id.len == 0)
            break;
        builder_lose(b, LOSS_ATTACHMENT, "%s became a note", name);
        return add_attachment_note(b, attachment);
    case ATTACHMENTS_FAIL:
        return builder_fail(b, ERROR_UNSUPPORTED, "attachment '%s'", name);
    }
    builder_lose(b, LOSS_ATTACHMENT, "%s dropped", name);
    return true;
}

bool message_names_files(const json_t *message, const struct policy *policy)
{
    const json_t *content = json_object_get(message, "content");
    size_t i;
    json_t *part;

    if (policy->attachments == ATTACHMENTS_INPUT_FILE &&
        (json_array_size(json_object_get(message, "attachments")) > 0 ||
         json_array_size(json_object_get(message, "file_ids")) > 0))
        return true;
    if (policy->user_image_files != USER_IMAGES_AUTO)
        return false;
    if (!json_is_array(content))
        return json_is_object(content);
    json_array_foreach(content, i, part)
    {
        if (span_is(json_get_text(part, "type"), "image_file"))
            return true;
    }
    return false;
}

static bool is_empty_container(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

static bool map_attachments(struct mapping *m)
{
    const char *list = "attachments";
    const json_t *entries = json_object_get(m->message, list);
    size_t i;
    json_t *entry;

    if (is_empty_container(entries)) {
        list = "file_ids";
        entries = json_object_get(m->message, list);
    }
    if (is_empty_container(entries))
        return true;
    if (!json_is_array(entries))
        return builder_fail(&m->b, ERROR_BAD_SOURCE, "%s is not an array", list);
    json_array_foreach(entries, i, entry)
    {
        struct attachment attachment;

        builder_enter(&m->b, list, i);
        attachment = read_attachment(m, list, entry);
        if (!map_attachment(m, &attachment))
            return false;
    }
    return true;
}

static bool add_incomplete_note(struct mapping *m)
{
    const json_t *details = json_object_get(m->message, "incomplete_details");
    struct span reason = builder_text(&m->b, details, "reason");

    return builder_add_note(&m->b, "incomplete: ", reason.len > 0 ? reason : span_of("unknown"));
}

/* Nothing is left of the message; *skip tells whether it goes. */
static bool settle_empty(struct mapping *m, bool *skip)
{
    struct builder *b = &m->b;

    switch ((enum empty_messages)b->context->policy->empty_messages) {
    case EMPTY_SKIP:
        *skip = true;
        return true;
    case EMPTY_PLACEHOLDER:
        return builder_add(b, item_text_type(b->item->role), span_of("[empty message]"));
    case EMPTY_FAIL:
        break;
    }
    return builder_fail(b, ERROR_UNSUPPORTED, "it is empty");
}

/* Counts what the message as a whole loses. */
static void lose_whole(struct mapping *m, bool is_empty)
{
    if (is_empty)
        builder_lose(&m->b, LOSS_EMPTY_MESSAGE, "it has no content that can be sent");
    for (size_t i = 0; i < m->b.empty_texts && !is_empty; i++)
        builder_lose(&m->b, LOSS_EMPTY_TEXT, "an empty text dropped");
    if (m->incomplete)
        builder_lose(&m->b, LOSS_INCOMPLETE, "it is incomplete");
}

/* What becomes of the message once its parts are mapped: whether it is sent, and with what notes.
 */
static bool settle(struct mapping *m)
{
    struct builder *b = &m->b;
    int policy = b->context->policy->incomplete_messages;
    bool skip = m->incomplete && policy == INCOMPLETE_SKIP;
    bool is_empty = b->item->part_count == 0;

    builder_enter(b, NULL, 0);
    lose_whole(m, is_empty);
    if (is_empty && !skip && !settle_empty(m, &skip))
        return false;
    if (skip) {
        builder_skip(b);
        return true;
    }
    if (m->incomplete && policy == INCOMPLETE_NOTE && !add_incomplete_note(m))
        return false;
    builder_finish(b);
    return true;
}

/* A role that items do not have: the whole message is what is unknown. */
static bool map_unknown_role(struct mapping *m, struct span role)
{
    struct builder *b = &m->b;

    /* Tools speak on the assistant's side; nobody puts words into the user's mouth. */
    if (b->context->policy->unknown == UNKNOWN_PLACEHOLDER)
        b->item->role = ROLE_ASSISTANT;
    if (!builder_unknown(b, "role", role))
        return false;
    builder_end(b);
    return true;
}

/* Looks at the status: whether the message may be mapped, and how. */
static bool map_status(struct mapping *m)
{
    struct builder *b = &m->b;
    struct span status = json_get_text(m->message, "status");

    m->incomplete = span_is(status, "incomplete");
    if (m->incomplete && b->context->policy->incomplete_messages == INCOMPLETE_FAIL)
        return builder_fail(b, ERROR_UNSUPPORTED, "it is incomplete");
    if (!span_is(status, "in_progress"))
        return true;
    if (b->context->policy->active_runs == ACTIVE_REFUSE)
        return builder_fail(b, ERROR_ACTIVE_RUN, "it is in progress");
    builder_lose(b, LOSS_ACTIVE_RUN, "it was still being written");
    /* A loss of the thread: once, however many messages and runs show it. */
    b->out->losses.count[LOSS_ACTIVE_RUN] = 1;
    return true;
}

static void count_metadata(struct mapping *m)
{
    const json_t *metadata = json_object_get(m->message, "metadata");

    if (json_object_size(metadata) > 0)
        builder_lose(&m->b, LOSS_MESSAGE_METADATA, "its metadata dropped");
}

bool map_message(struct mapped *out, const struct map_context *context, const json_t *message,
                 struct span id, struct error *err)
{
    struct mapping m = {.message = message};
    struct span role = json_get_text(message, "role");

    builder_start(&m.b, out, context, err);
    m.b.noun = "message";
    m.b.id = id;
    m.b.item->source_id = id;
    m.b.item->message = message;
    m.b.item->type = ITEM_MESSAGE;
    m.b.item->role = item_role_find(role);
    if (!json_is_object(message))
        return builder_fail(&m.b, ERROR_BAD_SOURCE, "not an object");
    if (!map_status(&m))
        return false;
    count_metadata(&m);
    if (m.b.item->role == ROLE_OTHER)
        return map_unknown_role(&m, role);
    return map_content(&m) && map_attachments(&m) && settle(&m);
}
