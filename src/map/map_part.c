#include "map/map_part.h"

#include "base/text.h"
#include "files/contents.h"
#include "map/map_annotation.h"

/* A file or image in an error or detail. */
struct name {
    char text[NAME_SIZE];
};

static struct name visible(struct span text)
{
    struct name name = {""};

    text_visible(name.text, sizeof name.text, text);
    return name;
}

/* Adds text of a part, or counts it as empty. */
static bool add_text(struct builder *b, enum part_type type, struct span text)
{
    if (text.len == 0) {
        b->empty_texts++;
        return true;
    }
    return builder_add(b, type, text);
}

static bool add_annotated(struct builder *b, struct span text, const json_t *annotations)
{
    struct span unknown;

    if (!annotations_apply(b, &text, annotations, &unknown) ||
        !add_text(b, item_text_type(b->item->role), text))
        return false;
    return !unknown.data || builder_unknown(b, "annotation", unknown);
}

/* The text is {"value":…,"annotations":…}, or a string, or (dumps) "value" of the part itself. */
static bool map_text(struct builder *b, const json_t *part)
{
    const json_t *object = json_object_get(part, "text");
    const char *key = "value";
    struct span text;

    if (!json_is_object(object)) {
        key = json_is_absent(part, "text") ? "value" : "text";
        object = part;
    }
    text = builder_text(b, object, key);
    if (!text.data && !json_is_absent(object, key))
        return builder_fail(b, ERROR_BAD_SOURCE, "the text is not a string");
    return add_annotated(b, text, json_object_get(object, "annotations"));
}

static bool map_refusal(struct builder *b, const json_t *part)
{
    bool as_text = b->context->policy->refusals == REFUSALS_TEXT;
    struct span text = builder_text(b, part, "refusal");

    if (b->item->role == ROLE_ASSISTANT)
        return add_text(b, as_text ? PART_OUTPUT_TEXT : PART_REFUSAL, text);
    return builder_unknown(b, "part for this role", span_of("refusal"));
}

/* The reference of an image: a member of the member, or (some servers) the member itself. */
static struct span image_reference(struct builder *b, const json_t *part, const char *member,
                                   const char *key)
{
    const json_t *object = json_object_get(part, member);

    return json_is_object(object) ? builder_text(b, object, key) : builder_text(b, part, member);
}

static struct span image_detail(const json_t *part, const char *member)
{
    static const char *const DETAILS[] = {"low", "high", "original"};
    struct span detail = json_get_text(json_object_get(part, member), "detail");

    for (size_t i = 0; i < COUNT_OF(DETAILS); i++) {
        if (span_is(detail, DETAILS[i]))
            return detail;
    }
    return span_of("auto");
}

static bool add_image(struct builder *b, enum part_type type, struct span reference,
                      struct span detail)
{
    if (!builder_add(b, type, reference))
        return false;
    b->item->parts[b->item->part_count - 1].detail = detail;
    return true;
}

/* Assistant messages cannot hold images. before opens the placeholder's text. */
static bool replace_assistant_image(struct builder *b, const char *before, struct span reference,
                                    const struct name *name)
{
    switch ((enum assistant_images)b->context->policy->assistant_images) {
    case ASSISTANT_IMAGES_PLACEHOLDER:
        builder_lose(b, LOSS_ASSISTANT_IMAGE, "%s became text", name->text);
        return builder_add_note(b, before, reference);
    case ASSISTANT_IMAGES_DROP:
        builder_lose(b, LOSS_ASSISTANT_IMAGE, "%s dropped", name->text);
        return true;
    case ASSISTANT_IMAGES_FAIL:
        break;
    }
    return builder_fail(b, ERROR_UNSUPPORTED, "an image in an assistant message");
}

static bool replace_user_image(struct builder *b, struct span id, const char *why)
{
    const struct name name = visible(id);

    builder_lose(b, LOSS_IMAGE_FILE, "image file %s became text%s%s", name.text,
                 why[0] != '\0' ? ": " : "", why);
    return builder_add_note(b, "image file: ", id);
}

/* All contents of an item together, as base64. */
static bool fits_in_item(const struct builder *b, const struct saved_file *saved)
{
    uint64_t encoded = contents_encoded(saved);

    for (size_t i = 0; i < b->item->part_count; i++) {
        if (b->item->parts[i].type == PART_IMAGE_CONTENTS)
            encoded += contents_encoded(b->item->parts[i].contents);
    }
    return encoded <= ITEM_CONTENTS_MAX;
}

/* The contents take the place of the id. */
static bool add_contents(struct builder *b, struct span id, const struct saved_file *saved,
                         struct span detail)
{
    if (!fits_in_item(b, saved))
        return replace_user_image(b, id, missing_name(MISSING_TOO_LARGE));
    if (!add_image(b, PART_IMAGE_CONTENTS, id, detail))
        return false;
    b->item->parts[b->item->part_count - 1].contents = saved;
    return true;
}

/* What was decided about the file. */
static bool carry_user_image(struct builder *b, const json_t *part, struct span id)
{
    const struct fate fate = builder_fate(b, id);
    const struct span detail = image_detail(part, "image_file");

    switch (fate.kind) {
    case FATE_KEPT:
    case FATE_UNKNOWN:
        return add_image(b, PART_IMAGE_FILE, id, detail);
    case FATE_MAPPED:
        return add_image(b, PART_IMAGE_FILE, fate.id, detail);
    case FATE_MISSING:
        return replace_user_image(b, id, missing_name(fate.code));
    case FATE_INSIDE:
        return add_contents(b, id, fate.saved, detail);
    case FATE_KINDS:
        break;
    }
    return false;
}

static bool map_user_image_file(struct builder *b, const json_t *part, struct span id)
{
    const struct name name = visible(id);

    switch ((enum user_image_files)b->context->policy->user_image_files) {
    case USER_IMAGES_AUTO:
        return carry_user_image(b, part, id);
    case USER_IMAGES_KEEP:
        return add_image(b, PART_IMAGE_FILE, id, image_detail(part, "image_file"));
    case USER_IMAGES_PLACEHOLDER:
        return replace_user_image(b, id, "");
    case USER_IMAGES_DROP:
        builder_lose(b, LOSS_IMAGE_FILE, "image file %s dropped", name.text);
        return true;
    case USER_IMAGES_FAIL:
        break;
    }
    return builder_fail(b, ERROR_UNSUPPORTED, "image file '%s'", name.text);
}

static bool map_image_file(struct builder *b, const json_t *part)
{
    struct span id = image_reference(b, part, "image_file", "file_id");
    struct name name;

    if (id.len == 0) {
        builder_lose(b, LOSS_EMPTY_IMAGE, "an image file without an id dropped");
        return true;
    }
    if (b->item->role != ROLE_ASSISTANT)
        return map_user_image_file(b, part, id);
    name = visible(id);
    return replace_assistant_image(b, "image file: ", id, &name);
}

static bool map_image_url(struct builder *b, const json_t *part)
{
    static const struct name NAME = {"an image URL"};
    struct span url = image_reference(b, part, "image_url", "url");

    if (url.len == 0) {
        builder_lose(b, LOSS_EMPTY_IMAGE, "an image without a URL dropped");
        return true;
    }
    if (b->item->role != ROLE_ASSISTANT)
        return add_image(b, PART_IMAGE_URL, url, image_detail(part, "image_url"));
    return replace_assistant_image(b, "image: ", url, &NAME);
}

/* Some applications keep calls beside the text; the API has them in run steps. */
static bool map_tool_call(struct builder *b, const json_t *part)
{
    (void)part;
    builder_lose(b, LOSS_TOOL_CALL, "a tool call in the content dropped");
    return true;
}

static const struct part_kind {
    const char *type;
    bool (*map)(struct builder *b, const json_t *part);
} KINDS[] = {
    {"text", map_text},           {"refusal", map_refusal},     {"image_file", map_image_file},
    {"image_url", map_image_url}, {"tool_call", map_tool_call},
};

bool map_part(struct builder *b, const json_t *owner, const json_t *part)
{
    struct span type = json_get_text(part, "type");

    if (json_is_string(part))
        return add_text(b, item_text_type(b->item->role),
                        builder_element(b, owner, "content", part));
    if (type.len == 0 &&
        (json_is_string(json_object_get(part, "value")) || json_object_get(part, "text")))
        return map_text(b, part);
    for (size_t i = 0; i < COUNT_OF(KINDS); i++) {
        if (span_is(type, KINDS[i].type))
            return KINDS[i].map(b, part);
    }
    return builder_unknown(b, "part", type);
}
