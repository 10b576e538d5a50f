#include "map/item.h"

#include "base/text.h"
#include "files/data_url.h"

#include <string.h>

static const char *const ROLE_NAMES[] = {
    [ROLE_USER] = "user",           [ROLE_ASSISTANT] = "assistant", [ROLE_SYSTEM] = "system",
    [ROLE_DEVELOPER] = "developer", [ROLE_OTHER] = "other",
};

static const char *const TYPE_NAMES[] = {
    [ITEM_MESSAGE] = "message",
    [ITEM_FUNCTION_CALL] = "function_call",
    [ITEM_FUNCTION_CALL_OUTPUT] = "function_call_output",
    [ITEM_OTHER] = "other",
    [ITEM_SKIPPED] = "skipped",
};

/* The type of a part on the wire and the member that holds its text. */
static const struct part_form {
    const char *type;
    const char *member;
} PART_FORMS[] = {
    [PART_INPUT_TEXT] = {"input_text", "text"},
    [PART_OUTPUT_TEXT] = {"output_text", "text"},
    [PART_REFUSAL] = {"refusal", "refusal"},
    [PART_IMAGE_FILE] = {"input_image", "file_id"},
    [PART_IMAGE_URL] = {"input_image", "image_url"},
    [PART_IMAGE_CONTENTS] = {"input_image", "image_url"},
    [PART_FILE] = {"input_file", "file_id"},
    [PART_OTHER] = {"other", "type"},
};

const char *item_role_name(enum item_role role)
{
    return ROLE_NAMES[role];
}

const char *item_type_name(const struct item *item)
{
    return item->type == ITEM_OTHER && item->type_name.data ? item->type_name.data
                                                            : TYPE_NAMES[item->type];
}

const char *part_type_name(enum part_type type)
{
    return PART_FORMS[type].type;
}

enum item_role item_role_find(struct span name)
{
    for (enum item_role role = ROLE_USER; role < ROLE_OTHER; role++) {
        if (span_is(name, ROLE_NAMES[role]))
            return role;
    }
    return ROLE_OTHER;
}

enum part_type item_text_type(enum item_role role)
{
    return role == ROLE_ASSISTANT ? PART_OUTPUT_TEXT : PART_INPUT_TEXT;
}

/* The text that makes a part one of this form, or .data == NULL. Servers list the reference that an
 * image does not have as null or "". */
static struct span form_text(const json_t *object, enum part_type type)
{
    bool is_reference = type == PART_IMAGE_FILE || type == PART_IMAGE_URL || type == PART_FILE;
    struct span text = json_get_text(object, PART_FORMS[type].member);

    return is_reference && text.len == 0 ? (struct span){NULL, 0} : text;
}

static struct part parse_part(const json_t *object)
{
    /* An image listed with both a file id and a URL is the file: the URL is the server's doing. */
    static const enum part_type ORDER[] = {
        PART_INPUT_TEXT, PART_OUTPUT_TEXT, PART_REFUSAL, PART_IMAGE_FILE, PART_IMAGE_URL, PART_FILE,
    };
    struct span type = json_get_text(object, "type");

    for (size_t i = 0; i < COUNT_OF(ORDER); i++) {
        struct span text = form_text(object, ORDER[i]);

        if (text.data && span_is(type, PART_FORMS[ORDER[i]].type))
            return (struct part){
                .type = ORDER[i], .text = text, .detail = json_get_text(object, "detail")};
    }
    return (struct part){.type = PART_OTHER, .text = type};
}

static void parse_message(struct item *item, const json_t *object, struct arena *arena)
{
    const json_t *content = json_object_get(object, "content");
    size_t count = json_array_size(content);

    item->type = ITEM_MESSAGE;
    item->role = item_role_find(json_get_text(object, "role"));
    if (json_is_string(content)) {
        item->parts = arena_alloc(arena, sizeof *item->parts);
        item->part_count = 1;
        item->parts[0] = (struct part){.type = item_text_type(item->role),
                                       .text = json_get_text(object, "content")};
        return;
    }
    item->parts = arena_alloc(arena, count * sizeof *item->parts);
    item->part_count = count;
    for (size_t i = 0; i < count; i++)
        item->parts[i] = parse_part(json_array_get(content, i));
}

/* A call whose fields are not all texts is nothing that we made. */
static enum item_type parse_call(struct item *item, const json_t *object)
{
    struct span type = json_get_text(object, "type");

    item->call_id = json_get_text(object, "call_id");
    item->name = json_get_text(object, "name");
    item->arguments = json_get_text(object, "arguments");
    item->output = json_get_text(object, "output");
    if (!item->call_id.data)
        return ITEM_OTHER;
    if (span_is(type, "function_call") && item->name.data && item->arguments.data)
        return ITEM_FUNCTION_CALL;
    if (span_is(type, "function_call_output") && item->output.data)
        return ITEM_FUNCTION_CALL_OUTPUT;
    return ITEM_OTHER;
}

bool item_parse(struct item *item, const json_t *object, struct arena *arena, struct error *err)
{
    struct span type = json_get_text(object, "type");
    struct span id = json_get_text(object, "id");

    *item = (struct item){.type = ITEM_OTHER, .role = ROLE_OTHER, .type_name = type, .id = id};
    if (!json_is_object(object)) {
        error_set(err, ERROR_SERVER_ERROR, "cannot read a listed item: not an object");
        return false;
    }
    if (!id.data || !text_is_id(id)) {
        error_set(err, ERROR_SERVER_ERROR, "cannot read a listed item: it has no usable id");
        return false;
    }
    /* Some servers leave out the type of messages. */
    if (span_is(type, "message") || (!type.data && !json_is_absent(object, "role")))
        parse_message(item, object, arena);
    else
        item->type = parse_call(item, object);
    return true;
}

/* A name of our own behind what stands before it; not printf: this is written for every item. */
static void write_word(struct buf *out, const char *before, const char *word)
{
    buf_add_text(out, before);
    buf_add_text(out, word);
}

static void write_member(struct buf *out, const char *key, struct span text,
                         enum json_escape escape)
{
    write_word(out, "\"", key);
    buf_add_text(out, "\":");
    json_write_string(out, text, escape);
}

/* For people. */
static void tell_contents(struct buf *out, const struct part *part, enum json_escape escape)
{
    const struct saved_file *file = part->contents;
    char hex[DIGEST_HEX + 1] = "";

    text_write_hex(hex, file->sha256.bytes, DIGEST_BYTES);
    buf_add_text(out, "\"contents\":{");
    write_member(out, "file_id", part->text, escape);
    buf_printf(out, ",\"sha256\":\"%s\",\"bytes\":%lld,\"type\":\"%s\"}", hex,
               (long long)file->bytes, file->magic ? file->magic->media_type : "");
}

static void send_contents(struct buf *out, struct holes *holes, const struct part *part)
{
    buf_add_text(out, "\"image_url\":\"");
    contents_add_url_head(out, part->contents);
    holes_add(holes, out->len, part->contents);
    buf_add_char(out, '"');
}

/* holes: NULL, or it is what is sent. */
static void write_part(struct buf *out, struct holes *holes, const struct part *part,
                       enum json_escape escape)
{
    const struct part_form *form = &PART_FORMS[part->type];

    buf_add_char(out, '{');
    if (part->type != PART_OTHER) {
        write_word(out, "\"type\":\"", form->type);
        buf_add_text(out, "\",");
    }
    if (part->type != PART_IMAGE_CONTENTS)
        write_member(out, form->member, part->text, escape);
    else if (holes)
        send_contents(out, holes, part);
    else
        tell_contents(out, part, escape);
    if (part->type == PART_OUTPUT_TEXT)
        buf_add_text(out, ",\"annotations\":[]");
    if (part->detail.data && part_is_image(part)) {
        buf_add_char(out, ',');
        write_member(out, "detail", part->detail, escape);
    }
    buf_add_char(out, '}');
}

static void write_call(struct buf *out, const struct item *item, enum json_escape escape)
{
    buf_printf(out, "{\"type\":\"%s\",", TYPE_NAMES[item->type]);
    write_member(out, "call_id", item->call_id, escape);
    buf_add_char(out, ',');
    if (item->type == ITEM_FUNCTION_CALL) {
        write_member(out, "name", item->name, escape);
        buf_add_char(out, ',');
        write_member(out, "arguments", item->arguments, escape);
    } else {
        write_member(out, "output", item->output, escape);
    }
    buf_add_char(out, '}');
}

static void write_other(struct buf *out, const struct item *item, enum json_escape escape)
{
    buf_add_char(out, '{');
    write_member(out, "type",
                 item->type_name.data ? item->type_name : span_of(TYPE_NAMES[item->type]), escape);
    buf_add_char(out, '}');
}

static void write_request(struct buf *out, struct holes *holes, const struct item *item,
                          enum json_escape escape)
{
    switch (item->type) {
    case ITEM_MESSAGE:
        write_word(out, "{\"type\":\"message\",\"role\":\"", ROLE_NAMES[item->role]);
        buf_add_text(out, "\",\"content\":[");
        for (size_t i = 0; i < item->part_count; i++) {
            if (i > 0)
                buf_add_char(out, ',');
            write_part(out, holes, &item->parts[i], escape);
        }
        buf_add_text(out, "]}");
        break;
    case ITEM_FUNCTION_CALL:
    case ITEM_FUNCTION_CALL_OUTPUT:
        write_call(out, item, escape);
        break;
    case ITEM_OTHER:
    case ITEM_SKIPPED:
        write_other(out, item, escape);
        break;
    }
}

void item_write_request(struct buf *out, const struct item *item, enum json_escape escape)
{
    write_request(out, NULL, item, escape);
}

void item_write_body(struct buf *out, struct holes *holes, const struct item *item,
                     enum json_escape escape)
{
    write_request(out, holes, item, escape);
}

struct span part_canonical_text(const struct part *part, char name[DATA_URL_NAME + 1])
{
    if (part->type == PART_IMAGE_CONTENTS)
        data_url_name_digest(&part->contents->sha256, name);
    else if (part->type != PART_IMAGE_URL || !data_url_name_of(part->text, name))
        return part->text;
    return (struct span){name, DATA_URL_NAME};
}

/* RFC 8785 sorts members by key; for our few keys the order is written down here. */
static void write_canonical_part(struct buf *out, const struct part *part)
{
    const struct part_form *form = &PART_FORMS[part->type];
    char name[DATA_URL_NAME + 1];

    buf_add_char(out, '{');
    write_member(out, form->member, part_canonical_text(part, name), JSON_ESCAPE_CANONICAL);
    /* "file_id", "image_url", "refusal" and "text" all sort before "type". */
    if (part->type != PART_OTHER) {
        write_word(out, ",\"type\":\"", form->type);
        buf_add_char(out, '"');
    }
    buf_add_char(out, '}');
}

static void write_canonical_message(struct buf *out, const struct item *item)
{
    buf_add_text(out, "{\"content\":[");
    for (size_t i = 0; i < item->part_count; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        write_canonical_part(out, &item->parts[i]);
    }
    write_word(out, "],\"role\":\"", ROLE_NAMES[item->role]);
    buf_add_text(out, "\",\"type\":\"message\"}");
}

static void write_canonical_call(struct buf *out, const struct item *item)
{
    const char *separator = "";

    buf_add_char(out, '{');
    if (item->type == ITEM_FUNCTION_CALL) {
        write_member(out, "arguments", item->arguments, JSON_ESCAPE_CANONICAL);
        separator = ",";
    }
    buf_add_text(out, separator);
    write_member(out, "call_id", item->call_id, JSON_ESCAPE_CANONICAL);
    buf_add_char(out, ',');
    if (item->type == ITEM_FUNCTION_CALL)
        write_member(out, "name", item->name, JSON_ESCAPE_CANONICAL);
    else
        write_member(out, "output", item->output, JSON_ESCAPE_CANONICAL);
    buf_printf(out, ",\"type\":\"%s\"}", TYPE_NAMES[item->type]);
}

void item_write_canonical(struct buf *out, const struct item *item)
{
    switch (item->type) {
    case ITEM_MESSAGE:
        write_canonical_message(out, item);
        break;
    case ITEM_FUNCTION_CALL:
    case ITEM_FUNCTION_CALL_OUTPUT:
        write_canonical_call(out, item);
        break;
    case ITEM_OTHER:
    case ITEM_SKIPPED:
        write_other(out, item, JSON_ESCAPE_CANONICAL);
        break;
    }
}
