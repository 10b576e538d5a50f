#include "mock/destination/destination.h"

#include "mock/api/check.h"
#include "mock/api/item.h"
#include "mock/destination/quirk_items.h"
#include "mock/files/files.h"
#include "mock/source/quirk.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { STALE_MS = 60000 };

static void write_conversation(struct mock_text *body, const struct mock_conversation *one)
{
    mock_text_puts(body, "{\"id\":\"");
    mock_text_puts(body, one->id);
    mock_text_puts(body, "\",\"object\":\"conversation\",\"created_at\":");
    mock_text_int(body, one->created_at);
    mock_text_puts(body, ",\"metadata\":");
    mock_text_puts(body, one->metadata);
    mock_text_putc(body, '}');
}

static void no_conversation(struct mock_context *context)
{
    bool foundry = context->url->profile == MOCK_FOUNDRY;
    struct mock_problem problem = {
        .status = 404,
        .param = foundry ? "conversation_id" : NULL,
        .code = foundry ? "invalid_request_error" : NULL,
    };

    mock_reply_fail(context->reply, &problem, "Conversation with id '%s' not found.",
                    context->url->ids[0]);
}

static bool fail_400(struct mock_context *context, const char *param, const char *code,
                     const char *message)
{
    mock_reply_fail(context->reply, &(struct mock_problem){400, NULL, param, code}, "%s", message);
    return false;
}

json_t *mock_destination_body(struct mock_context *context)
{
    const struct mock_request *request = context->request;
    const char *type = mock_request_header(request, "Content-Type");

    if (request->body_len == 0)
        return json_object();
    if (!type || strncasecmp(type, "application/json", 16) != 0) {
        (void)fail_400(context, NULL, "unsupported_content_type",
                       "Unsupported content type. This API method only accepts 'application/json' "
                       "requests.");
        return NULL;
    }
    json_t *body = json_loadb(request->body, request->body_len,
                              JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    if (!body) {
        (void)fail_400(context, NULL, "invalid_json",
                       "Invalid body: failed to parse JSON value. Please check the value to ensure "
                       "it is valid JSON. (Common errors include trailing commas, missing closing "
                       "brackets, missing quotation marks, etc.)");
    } else if (!json_is_object(body)) {
        (void)fail_400(context, NULL, "invalid_type",
                       "Invalid type for request body: expected an object.");
        json_decref(body);
        body = NULL;
    }
    return body;
}

/* Only "metadata" and, where `items` is true, "items". */
static bool check_names(struct mock_context *context, json_t *body, bool metadata, bool items)
{
    for (void *i = json_object_iter(body); i; i = json_object_iter_next(body, i)) {
        const char *name = json_object_iter_key(i);

        if ((metadata && strcmp(name, "metadata") == 0) || (items && strcmp(name, "items") == 0))
            continue;
        mock_reply_fail(context->reply,
                        &(struct mock_problem){400, NULL, name, "unknown_parameter"},
                        "Unknown parameter: '%s'.", name);
        return false;
    }
    return true;
}

static bool missing(struct mock_context *context, const char *name)
{
    mock_reply_fail(context->reply,
                    &(struct mock_problem){400, NULL, name, "missing_required_parameter"},
                    "Missing required parameter: '%s'.", name);
    return false;
}

static char *metadata_text(json_t *metadata)
{
    struct mock_text text = {0};

    if (!metadata || json_is_null(metadata))
        mock_text_puts(&text, "{}");
    else
        mock_text_json(&text, metadata);
    return mock_text_steal(&text);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool check_create(struct mock_context *context, json_t *body)
{
    json_t *metadata = json_object_get(body, "metadata");
    json_t *items = json_object_get(body, "items");

    return check_names(context, body, true, true) &&
           (!metadata || mock_metadata_check(metadata, context->reply)) &&
           (!items || json_is_null(items) ||
            (json_is_array(items) && json_array_size(items) == 0) ||
            (mock_items_check(items, context->url->profile == MOCK_FOUNDRY, context->reply) &&
             mock_files_check(context, items) && mock_quirk_takes(context, items, 0)));
}

static void create_conversation(struct mock_context *context)
{
    struct mock *mock = context->mock;
    json_t *body = mock_destination_body(context);

    if (body && check_create(context, body)) {
        json_t *items = json_object_get(body, "items");
        size_t count = smaller(json_array_size(items), context->partial);
        struct mock_conversation *conversation =
            mock_destination_create(mock, metadata_text(json_object_get(body, "metadata")));

        if (count > 0 && (mock->config.quirks & MOCK_QUIRK_SGLANG) == 0) {
            struct mock_objects added = {0};

            mock_destination_append(mock, conversation, items, count, &added);
            mock_objects_forget(&added);
        }
        write_conversation(&context->reply->body, conversation);
    }
    json_decref(body);
}

static void update_conversation(struct mock_context *context, struct mock_conversation *one)
{
    json_t *body = mock_destination_body(context);
    json_t *metadata = json_object_get(body, "metadata");

    if (!body || !check_names(context, body, true, false)) {
        json_decref(body);
        return;
    }
    if (!metadata) {
        (void)missing(context, "metadata");
    } else if (mock_metadata_check(metadata, context->reply)) {
        free(one->metadata);
        one->metadata = metadata_text(metadata);
        context->mock->stats.conversations_updated++;
        write_conversation(&context->reply->body, one);
    }
    json_decref(body);
}

static void delete_conversation(struct mock_context *context, struct mock_conversation *one)
{
    one->deleted = true;
    context->mock->stats.conversations_deleted++;
    mock_text_puts(&context->reply->body, "{\"id\":\"");
    mock_text_puts(&context->reply->body, one->id);
    mock_text_puts(&context->reply->body,
                   "\",\"object\":\"conversation.deleted\",\"deleted\":true}");
}

static bool check_append(struct mock_context *context, struct mock_conversation *one, json_t *body)
{
    json_t *items = json_object_get(body, "items");

    if (!check_names(context, body, false, true))
        return false;
    if (!items)
        return missing(context, "items");
    if (!mock_items_check(items, context->url->profile == MOCK_FOUNDRY, context->reply) ||
        !mock_files_check(context, items) || !mock_quirk_takes(context, items, one->items.count))
        return false;
    if (mock_destination_holds(one, items)) {
        return fail_400(context, "items", "item_already_in_conversation",
                        "Item already in conversation");
    }
    return true;
}

static void append_items(struct mock_context *context, struct mock_conversation *one,
                         struct mock_page_query *query)
{
    json_t *body = mock_destination_body(context);

    if (body && check_append(context, one, body)) {
        json_t *items = json_object_get(body, "items");
        size_t count = smaller(json_array_size(items), context->partial);
        struct mock_objects added = {0};

        mock_destination_append(context->mock, one, items, count, &added);
        query->limit = MOCK_ITEMS_MAX;
        query->asc = true;
        mock_page_write(context->reply, &added, query, 0, "item");
        mock_objects_forget(&added);
    }
    json_decref(body);
}

static void list_items(struct mock_context *context, struct mock_conversation *one,
                       const struct mock_page_query *query)
{
    struct mock_objects visible = one->items;
    unsigned twists = context->twists;

    one->lists++;
    if (context->mock->now_ms - one->stale_ms > STALE_MS)
        one->stale_left = 0;
    if (one->stale_left > 0) {
        one->stale_left--;
        visible.count = smaller(one->stale_visible, visible.count);
    }
    if ((context->mock->config.quirks & MOCK_QUIRK_OGX_OLD) != 0)
        twists |= MOCK_TWIST_IGNORE_AFTER;
    if ((context->mock->config.quirks & MOCK_QUIRK_TWICE) != 0)
        twists |= MOCK_TWIST_TWICE;
    mock_page_write(context->reply, &visible, query, twists, "item");
    one->items.hint = visible.hint;
}

static struct mock_object *find_item(struct mock_context *context, struct mock_conversation *one)
{
    struct mock_object *object = mock_objects_find(&one->items, context->url->ids[1]);

    if (!object) {
        mock_reply_fail(context->reply, &(struct mock_problem){.status = 404},
                        "Item with id '%s' not found in conversation.", context->url->ids[1]);
    }
    return object;
}

static void get_item(struct mock_context *context, struct mock_conversation *one, bool included)
{
    const struct mock_object *object = find_item(context, one);

    if (object) {
        mock_text_puts(&context->reply->body,
                       included && object->json_included ? object->json_included : object->json);
    }
}

static void delete_item(struct mock_context *context, struct mock_conversation *one)
{
    const struct mock_object *object = find_item(context, one);

    if (object) {
        (void)mock_objects_remove(&one->items, object);
        context->mock->stats.items_deleted++;
        write_conversation(&context->reply->body, one);
    }
}

static void handle_conversation(struct mock_context *context, struct mock_page_query *query)
{
    struct mock_conversation *one = mock_destination_find(context->mock, context->url->ids[0]);

    if (!mock_quirk_takes_id(context, context->url->ids[0]))
        return;
    if (!one || one->deleted) {
        no_conversation(context);
        return;
    }
    switch ((unsigned)context->url->route) {
    case MOCK_GET_CONVERSATION:
        write_conversation(&context->reply->body, one);
        break;
    case MOCK_UPDATE_CONVERSATION:
        update_conversation(context, one);
        break;
    case MOCK_DELETE_CONVERSATION:
        delete_conversation(context, one);
        break;
    case MOCK_APPEND_ITEMS:
        append_items(context, one, query);
        break;
    case MOCK_LIST_ITEMS:
        list_items(context, one, query);
        break;
    case MOCK_GET_ITEM:
        get_item(context, one, query->included);
        break;
    case MOCK_DELETE_ITEM:
        delete_item(context, one);
        break;
    }
}

void mock_destination_handle(struct mock_context *context)
{
    static const unsigned params[MOCK_ROUTES] = {
        [MOCK_APPEND_ITEMS] = MOCK_PARAM_INCLUDE_ITEM,
        [MOCK_LIST_ITEMS] = MOCK_PARAM_PAGE | MOCK_PARAM_INCLUDE_ITEM,
        [MOCK_GET_ITEM] = MOCK_PARAM_INCLUDE_ITEM,
    };
    struct mock_page_query query;

    if (!mock_page_query_parse(context->url, params[context->url->route], &query, context->reply))
        return;
    if (context->url->route == MOCK_CREATE_CONVERSATION)
        create_conversation(context);
    else
        handle_conversation(context, &query);
}
