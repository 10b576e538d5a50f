#include "mock/source/source.h"

#include "mock/source/create.h"
#include "mock/source/quirk.h"

#include <string.h>

static void not_found(struct mock_reply *reply, const char *kind, const char *id)
{
    mock_reply_fail(reply, &(struct mock_problem){.status = 404}, "No %s found with id '%s'.", kind,
                    id);
}

static struct mock_thread *find_thread(struct mock_context *context)
{
    struct mock_thread *thread = mock_source_find(context->mock, context->url->ids[0]);
    const unsigned quirks = context->mock->config.quirks;

    if (thread)
        return thread;
    if ((quirks & MOCK_QUIRK_PLAIN_404) != 0) {
        context->reply->status = 404;
        mock_reply_add_header(context->reply, "Content-Type", "text/plain");
        mock_text_puts(&context->reply->body, "Not Found");
    } else if ((quirks & MOCK_QUIRK_MISSING_500) != 0) {
        mock_reply_fail(context->reply, &(struct mock_problem){500, "server_error", NULL, NULL},
                        "Internal Server Error");
    } else {
        not_found(context->reply, "thread", context->url->ids[0]);
    }
    return NULL;
}

static void write_page(struct mock_context *context, struct mock_objects *objects,
                       const struct mock_page_query *query, const char *kind)
{
    unsigned twists = context->twists | mock_quirk_page(context->mock->config.quirks);

    if (context->url->profile == MOCK_FOUNDRY)
        twists |= MOCK_TWIST_NO_OBJECT | MOCK_TWIST_NO_FIRST;
    mock_page_write(context->reply, objects, query, twists, kind);
}

static void write_one(struct mock_context *context, struct mock_objects *objects, const char *id,
                      bool included, const char *kind)
{
    const struct mock_object *object = mock_objects_find(objects, id);

    if (!object) {
        not_found(context->reply, kind, id);
        return;
    }
    mock_text_puts(&context->reply->body,
                   included && object->json_included ? object->json_included : object->json);
}

static void list_threads(struct mock_context *context, const struct mock_page_query *query)
{
    struct mock_source *source = &context->mock->source;

    if (context->url->profile != MOCK_FOUNDRY &&
        (context->mock->config.quirks & MOCK_QUIRK_LISTS_THREADS) == 0) {
        mock_reply_fail(context->reply, &(struct mock_problem){401, NULL, NULL, "missing_scope"},
                        "Your request to GET /v1/threads must be made with a session key (that is, "
                        "it can only be made from the browser). You made it with the following key "
                        "type: secret.");
        return;
    }
    mock_source_refresh(context->mock);
    write_page(context, &source->listed, query, "thread");
}

static void delete_thread(struct mock_context *context, struct mock_thread *thread)
{
    struct mock_text *body = &context->reply->body;

    mock_source_delete(context->mock, thread);
    context->mock->stats.threads_deleted++;
    mock_text_puts(body, "{\"id\":");
    mock_text_json_string(body, thread->object.id, strlen(thread->object.id));
    mock_text_puts(body, ",\"object\":\"thread.deleted\",\"deleted\":true}");
}

static void delete_assistant(struct mock_context *context)
{
    struct mock_objects *assistants = &context->mock->source.assistants;
    struct mock_object *object = mock_objects_find(assistants, context->url->ids[0]);
    struct mock_text *body = &context->reply->body;

    if (!object) {
        not_found(context->reply, "assistant", context->url->ids[0]);
        return;
    }
    (void)mock_objects_remove(assistants, object);
    context->mock->stats.assistants_deleted++;
    mock_text_puts(body, "{\"id\":");
    mock_text_json_string(body, object->id, strlen(object->id));
    mock_text_puts(body, ",\"object\":\"assistant.deleted\",\"deleted\":true}");
    mock_object_free(object);
}

/* Steps of all runs are kept together: the list is filtered like messages of a run. */
static void list_steps(struct mock_context *context, struct mock_thread *thread,
                       struct mock_page_query *query)
{
    if (mock_objects_find(&thread->runs, context->url->ids[1]) == NULL) {
        not_found(context->reply, "run", context->url->ids[1]);
        return;
    }
    query->run_id = context->url->ids[1];
    write_page(context, &thread->steps, query, "run step");
}

static void handle_thread_route(struct mock_context *context, struct mock_page_query *query)
{
    const struct mock_url *url = context->url;
    struct mock_thread *thread = find_thread(context);

    if (!thread)
        return;
    switch ((unsigned)url->route) {
    case MOCK_GET_THREAD:
        mock_text_puts(&context->reply->body, thread->object.json);
        break;
    case MOCK_DELETE_THREAD:
        delete_thread(context, thread);
        break;
    case MOCK_LIST_MESSAGES:
        write_page(context, &thread->messages, query, "message");
        break;
    case MOCK_CREATE_MESSAGE:
        mock_create_message(context, thread);
        break;
    case MOCK_GET_MESSAGE:
        write_one(context, &thread->messages, url->ids[1], false, "message");
        break;
    case MOCK_LIST_RUNS:
        write_page(context, &thread->runs, query, "run");
        break;
    case MOCK_GET_RUN:
        write_one(context, &thread->runs, url->ids[1], false, "run");
        break;
    case MOCK_LIST_STEPS:
        list_steps(context, thread, query);
        break;
    case MOCK_GET_STEP:
        write_one(context, &thread->steps, url->ids[2], query->included, "run step");
        break;
    }
}

void mock_source_handle(struct mock_context *context)
{
    static const unsigned params[MOCK_ROUTES] = {
        [MOCK_LIST_THREADS] = MOCK_PARAM_PAGE | MOCK_PARAM_BEFORE,
        [MOCK_LIST_MESSAGES] = MOCK_PARAM_PAGE | MOCK_PARAM_BEFORE | MOCK_PARAM_RUN_ID,
        [MOCK_LIST_RUNS] = MOCK_PARAM_PAGE | MOCK_PARAM_BEFORE,
        [MOCK_LIST_STEPS] = MOCK_PARAM_PAGE | MOCK_PARAM_BEFORE | MOCK_PARAM_INCLUDE_STEP,
        [MOCK_GET_STEP] = MOCK_PARAM_INCLUDE_STEP,
        [MOCK_LIST_ASSISTANTS] = MOCK_PARAM_PAGE | MOCK_PARAM_BEFORE,
    };
    struct mock_page_query query;

    if (!mock_page_query_parse(context->url, params[context->url->route], &query, context->reply))
        return;
    switch ((unsigned)context->url->route) {
    case MOCK_LIST_THREADS:
        list_threads(context, &query);
        break;
    case MOCK_CREATE_THREAD:
        mock_create_thread(context);
        break;
    case MOCK_LIST_ASSISTANTS:
        write_page(context, &context->mock->source.assistants, &query, "assistant");
        break;
    case MOCK_GET_ASSISTANT:
        write_one(context, &context->mock->source.assistants, context->url->ids[0], false,
                  "assistant");
        break;
    case MOCK_DELETE_ASSISTANT:
        delete_assistant(context);
        break;
    default:
        handle_thread_route(context, &query);
        break;
    }
}
