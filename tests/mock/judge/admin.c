#include "mock/judge/judge.h"

#include "mock/api/item.h"
#include "mock/destination/destination.h"
#include "mock/judge/mock.h"
#include "mock/source/fixture.h"
#include "mock/source/source.h"

#include <stdlib.h>
#include <string.h>

static bool is_route(const struct mock_request *request, const char *method, const char *path)
{
    size_t len = strlen(path);

    return strcmp(request->method, method) == 0 && strncmp(request->target, path, len) == 0 &&
           (request->target[len] == '\0' || request->target[len] == '?');
}

static void done(struct mock_reply *reply, bool ok, struct mock_text *error)
{
    if (ok) {
        mock_text_puts(&reply->body, "{\"ok\":true}");
    } else {
        mock_reply_fail(reply, &(struct mock_problem){.status = 400}, "%s",
                        error->data ? error->data : "bad request");
    }
    mock_text_release(error);
}

static void set_faults(struct mock *mock, const struct mock_request *request,
                       struct mock_reply *reply)
{
    struct mock_text error = {0};
    bool ok = mock_set_faults(mock, request->body, request->body_len, &error);

    done(reply, ok, &error);
}

static void add_threads(struct mock *mock, const struct mock_request *request,
                        struct mock_reply *reply)
{
    struct mock_text error = {0};
    json_t *json = json_loadb(request->body, request->body_len, JSON_ALLOW_NUL, NULL);
    bool ok = json && mock_load_json(mock, json, &error);

    json_decref(json);
    done(reply, ok, &error);
}

/* Back to the first moment: nothing stored, nothing counted, no faults. */
static void reset(struct mock *mock)
{
    struct mock_faults none = {0};

    mock_destination_release(&mock->destination);
    mock_delayed_release(mock);
    mock_faults_replace(&mock->faults, &none);
    mock->stats = (struct mock_stats){0};
    mock->started_ms = -1;
    mock->peak_in_flight = 0;
    mock->epoch++;
}

/* A new conversation, or items into a known one: {"metadata":{},"items":[…]}. */
static void insert_items(struct mock *mock, const struct mock_request *request,
                         struct mock_conversation *conversation, struct mock_reply *reply)
{
    struct mock_text error = {0};
    json_t *json = json_loadb(request->body, request->body_len, JSON_ALLOW_NUL, NULL);
    json_t *items = json_object_get(json, "items");
    bool ok = items && mock_items_check(items, false, reply);

    if (ok)
        mock_destination_insert(mock, conversation, items);
    json_decref(json);
    mock_text_clear(&reply->body);
    done(reply, ok, &error);
}

/* Of a conversation, the item at a place. */
static void delete_item(struct mock *mock, struct mock_conversation *conversation,
                        const char *place, struct mock_reply *reply)
{
    const size_t at = (size_t)strtoul(place, NULL, 10);
    struct mock_text error = {0};
    const bool ok = at < conversation->items.count;

    if (ok && mock_objects_remove(&conversation->items, conversation->items.at[at]))
        mock->stats.items_deleted++;
    done(reply, ok, &error);
}

/* /admin/conversations/{id}, /admin/conversations/{id}/items and …/items/{place} */
static bool conversation_routes(struct mock *mock, const struct mock_request *request,
                                struct mock_reply *reply)
{
    static const char prefix[] = "/admin/conversations/";
    char id[MOCK_ID_SIZE] = "";
    struct mock_text error = {0};

    if (strncmp(request->target, prefix, sizeof prefix - 1) != 0)
        return false;
    const char *name = request->target + sizeof prefix - 1;
    size_t len = strcspn(name, "/?");
    memcpy(id, name, len < sizeof id ? len : 0);
    struct mock_conversation *conversation = mock_destination_find(mock, id);
    if (!conversation) {
        mock_text_puts(&error, "there is no such conversation");
        done(reply, false, &error);
    } else if (strcmp(request->method, "DELETE") == 0 && strncmp(name + len, "/items/", 7) == 0) {
        delete_item(mock, conversation, name + len + 7, reply);
    } else if (strcmp(request->method, "DELETE") == 0) {
        conversation->deleted = true;
        done(reply, true, &error);
    } else {
        insert_items(mock, request, conversation, reply);
    }
    return true;
}

static bool dump_routes(struct mock *mock, const struct mock_request *request,
                        struct mock_reply *reply)
{
    if (is_route(request, "GET", "/admin/dump"))
        mock_dump(mock, strstr(request->target, "form=bare") != NULL, &reply->body);
    else if (is_route(request, "GET", "/admin/stats"))
        mock_dump_stats(mock, &reply->body);
    else if (is_route(request, "GET", "/admin/source"))
        mock_dump_source(mock, &reply->body);
    else
        return false;
    return true;
}

void mock_admin(struct mock *mock, const struct mock_request *request, struct mock_reply *reply)
{
    struct mock_text error = {0};

    mock_reply_add_header(reply, "Content-Type", "application/json");
    if (dump_routes(mock, request, reply) || conversation_routes(mock, request, reply))
        return;
    if (is_route(request, "POST", "/admin/faults")) {
        set_faults(mock, request, reply);
    } else if (is_route(request, "POST", "/admin/threads")) {
        add_threads(mock, request, reply);
    } else if (is_route(request, "POST", "/admin/reset")) {
        reset(mock);
        done(reply, true, &error);
    } else {
        mock_text_puts(&error, "there is no such admin route");
        done(reply, false, &error);
    }
}
