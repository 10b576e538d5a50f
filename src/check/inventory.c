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

static void see_file(void *ctx, enum file_use use, struct span file_id)
{
    struct inventory *inventory = ctx;
    bool added;
    size_t place;

    if (!text_is_id(file_id))
        return;
    place = strmap_add(&inventory->files, file_id, &added);
    strmap_set_value(&inventory->files, place,
                     strmap_value(&inventory->files, place) | UINT64_C(1) << use);
}

static void see_types(struct inventory *inventory, enum inventory_group group, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        count(inventory, group, json_get_text(json_array_get(list, i), "type"));
}

static void see_content(struct inventory *inventory, const json_t *content)
{
    if (json_is_string(content))
        count(inventory, GROUP_CONTENT, span_of("text"));
    for (size_t i = 0; i < json_array_size(content); i++) {
        const json_t *part = json_array_get(content, i);
        struct span type = json_get_text(part, "type");

        count(inventory, GROUP_CONTENT, json_is_string(part) ? span_of("text") : type);
        see_types(inventory, GROUP_ANNOTATIONS,
                  json_object_get(json_object_get(part, "text"), "annotations"));
    }
}

/* Attachments, or the plain file ids of the first version of the API. */
static void see_attachments(struct inventory *inventory, const json_t *message)
{
    const json_t *attachments = json_object_get(message, "attachments");

    for (size_t i = 0; i < json_array_size(attachments); i++)
        see_types(inventory, GROUP_TOOLS, json_object_get(json_array_get(attachments, i), "tools"));
    inventory->attachments += (int64_t)(json_array_size(attachments) +
                                        json_array_size(json_object_get(message, "file_ids")));
}

static void see_message(struct inventory *inventory, const json_t *message)
{
    inventory->messages++;
    count(inventory, GROUP_ROLES, json_get_text(message, "role"));
    note_id(&inventory->assistants, json_get_text(message, "assistant_id"));
    see_content(inventory, json_object_get(message, "content"));
    see_attachments(inventory, message);
    named_files_of_message(message, &(struct named_files){see_file, inventory});
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
        see_types(inventory, GROUP_TOOLS,
                  json_object_get(json_object_get(object, "step_details"), "tool_calls"));
        named_files_of_step(object, &(struct named_files){see_file, inventory});
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
