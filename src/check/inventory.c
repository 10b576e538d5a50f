#include "check/inventory.h"

#include "base/text.h"
#include "json/json.h"

enum {
    NAME_SIZE = 64,
    NAMES_MAX = 200, /* of one group; a source that invents more gets one name for the rest */
};

void inventory_init(struct inventory *inventory)
{
    *inventory = (struct inventory){.messages = 0};
    for (int group = 0; group < INVENTORY_GROUPS; group++)
        strmap_init(&inventory->groups[group]);
    strmap_init(&inventory->files);
    strmap_init(&inventory->assistants);
}

void inventory_release(struct inventory *inventory)
{
    for (int group = 0; group < INVENTORY_GROUPS; group++)
        strmap_release(&inventory->groups[group]);
    strmap_release(&inventory->files);
    strmap_release(&inventory->assistants);
}

static void count(struct inventory *inventory, enum inventory_group group, struct span name)
{
    struct strmap *map = &inventory->groups[group];
    char shown[NAME_SIZE];
    struct span key;
    bool added;
    size_t place;

    text_visible(shown, sizeof shown, name.data ? name : span_of("(none)"));
    key = span_of(shown);
    if (map->count >= NAMES_MAX && strmap_find(map, key) == SIZE_MAX)
        key = span_of("(other)");
    place = strmap_add(map, key, &added);
    strmap_set_value(map, place, strmap_value(map, place) + 1);
}

/* Ids that nobody could use are no files. */
static void note_id(struct strmap *ids, struct span id)
{
    bool added;

    if (id.data && text_is_id(id))
        (void)strmap_add(ids, id, &added);
}

static void see_tools(struct inventory *inventory, const json_t *tools)
{
    for (size_t i = 0; i < json_array_size(tools); i++)
        count(inventory, GROUP_TOOLS, json_get_text(json_array_get(tools, i), "type"));
}

/* An annotation names its file in the member that is called like its type. */
static void see_annotations(struct inventory *inventory, const json_t *annotations)
{
    for (size_t i = 0; i < json_array_size(annotations); i++) {
        const json_t *annotation = json_array_get(annotations, i);
        struct span type = json_get_text(annotation, "type");

        count(inventory, GROUP_ANNOTATIONS, type);
        if (type.data)
            note_id(&inventory->files,
                    json_get_text(json_object_get(annotation, type.data), "file_id"));
    }
}

static void see_content(struct inventory *inventory, const json_t *content)
{
    if (json_is_string(content))
        count(inventory, GROUP_CONTENT, span_of("text"));
    for (size_t i = 0; i < json_array_size(content); i++) {
        const json_t *part = json_array_get(content, i);
        struct span type = json_get_text(part, "type");

        count(inventory, GROUP_CONTENT, json_is_string(part) ? span_of("text") : type);
        see_annotations(inventory, json_object_get(json_object_get(part, "text"), "annotations"));
        note_id(&inventory->files, json_get_text(json_object_get(part, "image_file"), "file_id"));
    }
}

/* Attachments, or the plain file ids of the first version of the API. */
static void see_attachments(struct inventory *inventory, const json_t *message)
{
    const json_t *attachments = json_object_get(message, "attachments");
    const json_t *file_ids = json_object_get(message, "file_ids");

    for (size_t i = 0; i < json_array_size(attachments); i++) {
        const json_t *attachment = json_array_get(attachments, i);

        see_tools(inventory, json_object_get(attachment, "tools"));
        note_id(&inventory->files, json_get_text(attachment, "file_id"));
    }
    for (size_t i = 0; i < json_array_size(file_ids); i++) {
        const json_t *id = json_array_get(file_ids, i);

        note_id(&inventory->files, (struct span){json_string_value(id), json_string_length(id)});
    }
    inventory->attachments += (int64_t)(json_array_size(attachments) + json_array_size(file_ids));
}

static void see_message(struct inventory *inventory, const json_t *message)
{
    inventory->messages++;
    count(inventory, GROUP_ROLES, json_get_text(message, "role"));
    note_id(&inventory->assistants, json_get_text(message, "assistant_id"));
    see_content(inventory, json_object_get(message, "content"));
    see_attachments(inventory, message);
}

void inventory_see(struct inventory *inventory, enum fetch_kind kind, const json_t *object)
{
    switch (kind) {
    case FETCH_MESSAGES:
        see_message(inventory, object);
        break;
    case FETCH_RUNS:
        inventory->runs++;
        count(inventory, GROUP_RUNS, json_get_text(object, "status"));
        note_id(&inventory->assistants, json_get_text(object, "assistant_id"));
        break;
    case FETCH_STEPS:
        inventory->run_steps++;
        see_tools(inventory,
                  json_object_get(json_object_get(object, "step_details"), "tool_calls"));
        break;
    case FETCH_THREAD:
    case FETCH_ACTIVE_RUN: /* the newest run only says whether one is active */
    case FETCH_KINDS:
        break;
    }
}

void inventory_see_assistant(struct inventory *inventory, const json_t *assistant)
{
    note_id(&inventory->assistants, json_get_text(assistant, "id"));
}
