#include "mock/judge/judge.h"

#include "mock/core/body.h"
#include "mock/destination/destination.h"
#include "mock/source/source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A request that will be executed when its time has come. */
struct mock_delayed {
    struct mock_delayed *next;
    int64_t due_ms;
    char *method;
    char *target;
    char *body;
    size_t body_len;
};

static void delay_commit(struct mock *mock, const struct mock_request *request, int64_t ms)
{
    struct mock_delayed *one = mock_alloc(1, sizeof *one);
    struct mock_delayed **at = &mock->delayed;

    one->due_ms = request->now_ms + ms;
    one->method = mock_strdup(request->method);
    one->target = mock_strdup(request->target);
    one->body = mock_dup(request->body, request->body_len);
    one->body_len = request->body_len;
    while (*at != NULL && (*at)->due_ms <= one->due_ms)
        at = &(*at)->next;
    one->next = *at;
    *at = one;
}

static void free_first(struct mock *mock)
{
    struct mock_delayed *one = mock->delayed;

    mock->delayed = one->next;
    free(one->method);
    free(one->target);
    free(one->body);
    free(one);
}

static void dispatch_again(struct mock *mock, const struct mock_request *request, bool admitted)
{
    struct mock_reply unseen = {.status = 200};
    struct mock_url url;

    mock_url_parse(request->method, request->target, &url);
    mock_dispatch(&(struct mock_context){.mock = mock,
                                         .request = request,
                                         .url = &url,
                                         .reply = &unseen,
                                         .partial = SIZE_MAX,
                                         .admitted = admitted});
    mock_reply_release(&unseen);
}

void mock_delayed_run(struct mock *mock, int64_t now_ms)
{
    static const struct mock_header json = {"Content-Type", "application/json"};

    while (mock->delayed && mock->delayed->due_ms <= now_ms) {
        const struct mock_delayed *one = mock->delayed;

        dispatch_again(mock,
                       &(struct mock_request){
                           .method = one->method,
                           .target = one->target,
                           .headers = &json,
                           .header_count = 1,
                           .body = one->body,
                           .body_len = one->body_len,
                       },
                       true);
        free_first(mock);
    }
}

void mock_delayed_release(struct mock *mock)
{
    while (mock->delayed)
        free_first(mock);
}

/* "@date+5", "@date-3600": an HTTP date so many seconds from now. */
static void add_header(struct mock_reply *reply, const char *name, const char *value,
                       int64_t wall_s)
{
    char date[64];
    struct tm parts;

    if (strncmp(value, "@date", 5) != 0) {
        mock_reply_add_header(reply, name, value);
        return;
    }
    time_t time = (time_t)(wall_s + strtoll(value + 5, NULL, 10));
    (void)gmtime_r(&time, &parts);
    (void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    mock_reply_add_header(reply, name, date);
}

static void add_headers(const struct mock_fault *fault, struct mock_reply *reply, int64_t wall_s)
{
    for (void *i = json_object_iter(fault->headers); i;
         i = json_object_iter_next(fault->headers, i)) {
        const char *value = json_string_value(json_object_iter_value(i));

        if (value)
            add_header(reply, json_object_iter_key(i), value, wall_s);
    }
}

/* The reply of the rule itself. */
static void write_error(const struct mock_fault *fault, struct mock_reply *reply)
{
    if (fault->has_body) {
        mock_text_clear(&reply->body);
        mock_text_add(&reply->body, fault->body.data, fault->body.len);
    } else {
        struct mock_fault preset = {.status = 0};

        (void)mock_fault_preset("server", &preset);
        mock_text_clear(&reply->body);
        mock_text_add(&reply->body, preset.body.data, preset.body.len);
        mock_text_release(&preset.body);
    }
    reply->status = fault->status > 0 ? fault->status : 500;
    reply->body_size = fault->body_size;
    reply->wire = fault->wire;
    reply->wire_bytes = fault->bytes;
    reply->wire_ms = fault->ms;
}

static void write_rate_limit(const struct mock_fault *fault, struct mock_reply *reply,
                             int64_t wall_s)
{
    const char *form = fault->retry_after ? fault->retry_after : "seconds";
    double wait_ms = (1 - fault->tokens) / fault->per_ms;
    long seconds = (long)ceil(wait_ms / 1000);
    char text[32];

    mock_reply_fail(reply, &(struct mock_problem){429, NULL, NULL, "rate_limit_exceeded"},
                    "You've exceeded the rate limit, please slow down and try again later.");
    if (strcmp(form, "seconds") == 0) {
        (void)snprintf(text, sizeof text, "%ld", seconds);
        mock_reply_add_header(reply, "Retry-After", text);
    } else if (strcmp(form, "ms") == 0) {
        (void)snprintf(text, sizeof text, "%ld", (long)wait_ms + 1);
        mock_reply_add_header(reply, "retry-after-ms", text);
    } else if (strcmp(form, "date") == 0) {
        (void)snprintf(text, sizeof text, "@date+%ld", seconds);
        add_header(reply, "Retry-After", text, wall_s);
    }
    if (fault->advertise) {
        (void)snprintf(text, sizeof text, "%.0f", fault->per_ms * 60000);
        mock_reply_add_header(reply, "x-ratelimit-limit-requests", text);
        mock_reply_add_header(reply, "x-ratelimit-remaining-requests", "0");
        (void)snprintf(text, sizeof text, "%ldms", (long)wait_ms + 1);
        mock_reply_add_header(reply, "x-ratelimit-reset-requests", text);
    }
}

static void replace_all(struct mock_text *body, const struct mock_text *from,
                        const struct mock_text *to)
{
    struct mock_text out = {0};
    size_t at = 0;

    while (from->len > 0 && at < body->len) {
        const char *hit = memmem(body->data + at, body->len - at, from->data, from->len);
        size_t head = !hit ? body->len - at : (size_t)(hit - body->data) - at;

        mock_text_add(&out, body->data + at, head);
        at += head;
        if (hit) {
            mock_text_add(&out, to->data, to->len);
            at += from->len;
        }
    }
    mock_text_release(body);
    *body = out;
}

static void apply_edit(const struct mock_fault *fault, json_t *pair, struct mock_text *body)
{
    struct mock_text from = {0};
    struct mock_text to = {0};

    if (mock_body_compose(json_array_get(pair, 0), fault->latin1, &from) &&
        mock_body_compose(json_array_get(pair, 1), fault->latin1, &to))
        replace_all(body, &from, &to);
    mock_text_release(&from);
    mock_text_release(&to);
}

/* Whatever the API answered, then altered as the rule says. */
static void edit_reply(const struct mock_fault *fault, struct mock_reply *reply)
{
    for (size_t i = 0; i < json_array_size(fault->edits); i++)
        apply_edit(fault, json_array_get(fault->edits, i), &reply->body);
    if (fault->has_body) {
        mock_text_clear(&reply->body);
        mock_text_add(&reply->body, fault->body.data, fault->body.len);
    }
    if (fault->bytes > 0 && fault->bytes < reply->body.len)
        reply->body.len = fault->bytes;
    if (fault->status > 0)
        reply->status = fault->status;
    reply->body_size = fault->body_size;
    reply->wire = fault->wire;
    reply->wire_bytes = fault->bytes;
    reply->wire_ms = fault->ms;
}

static void insert_foreign(struct mock *mock, const char *id, const struct mock_fault *fault)
{
    static const char standard[] = "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":"
                                   "\"input_text\",\"text\":\"foreign item\"}]}";
    const char *text = fault->has_body ? fault->body.data : standard;
    json_t *list = json_pack("[o]", json_loads(text, JSON_ALLOW_NUL, NULL));
    struct mock_conversation *conversation = mock_destination_find(mock, id);

    if (conversation && !conversation->deleted && list)
        mock_destination_insert(mock, conversation, list);
    json_decref(list);
}

/* Something else happens at the server just before the request is handled. */
static void disturb(struct mock_context *context, const struct mock_fault *fault)
{
    struct mock *mock = context->mock;
    const char *id = context->url->ids[0];
    struct mock_thread *thread = mock_source_find(mock, id);
    struct mock_conversation *conversation = mock_destination_find(mock, id);

    switch ((unsigned)fault->action) {
    case MOCK_DO_GROW_THREAD:
        if (thread)
            mock_source_grow(mock, thread, fault->count > 0 ? fault->count : 1);
        break;
    case MOCK_DO_DELETE_THREAD:
        if (thread)
            mock_source_delete(mock, thread);
        break;
    case MOCK_DO_INSERT_ITEM:
        insert_foreign(mock, id, fault);
        break;
    case MOCK_DO_DELETE_CONVERSATION:
        if (conversation)
            conversation->deleted = true;
        break;
    case MOCK_DO_SET_KEY:
        free(mock->key);
        mock->key = fault->key ? mock_strdup(fault->key) : NULL;
        break;
    }
}

/* The next `count` lists of the conversation do not show what this request appends. */
static void handle_stale(struct mock_context *context, const struct mock_fault *fault)
{
    struct mock_conversation *conversation =
        mock_destination_find(context->mock, context->url->ids[0]);
    size_t before = conversation ? conversation->items.count : 0;

    mock_dispatch(context);
    if (conversation) {
        conversation->stale_left = fault->count > 0 ? fault->count : 1;
        conversation->stale_visible = before;
        conversation->stale_ms = context->mock->now_ms;
    }
}

/* Actions that handle the request first and then spoil the reply. */
static void spoil_reply(struct mock_context *context, const struct mock_fault *fault)
{
    struct mock_reply *reply = context->reply;

    mock_dispatch(context);
    reply->wire_bytes = fault->bytes;
    reply->wire_ms = fault->ms;
    switch ((unsigned)fault->action) {
    case MOCK_DO_RESET_AFTER:
        reply->wire = MOCK_WIRE_RESET;
        break;
    case MOCK_DO_FIN_AFTER:
        reply->wire = MOCK_WIRE_FIN;
        break;
    case MOCK_DO_MUTE_AFTER:
        reply->wire = MOCK_WIRE_MUTE;
        break;
    case MOCK_DO_TRUNCATE:
        reply->wire = fault->wire == MOCK_WIRE_TORN ? MOCK_WIRE_TORN : MOCK_WIRE_CUT;
        break;
    case MOCK_DO_STALL:
        reply->wire = MOCK_WIRE_STALL;
        break;
    case MOCK_DO_DRIP:
        reply->wire = MOCK_WIRE_DRIP;
        reply->wire_bytes = fault->bytes > 0 ? fault->bytes : 1;
        break;
    case MOCK_DO_EDIT:
        edit_reply(fault, reply);
        break;
    case MOCK_DO_ERROR_AFTER:
        write_error(fault, reply);
        break;
    case MOCK_DO_PARTIAL:
        if (reply->status == 200)
            write_error(fault, reply);
        break;
    }
}

static void send_raw(struct mock_context *context, const struct mock_fault *fault)
{
    if (fault->commit)
        mock_dispatch(context);
    write_error(fault, context->reply);
    context->reply->wire = MOCK_WIRE_RAW;
}

/* Actions that keep the request from being handled now; false for all others. */
static bool refuse(struct mock_context *context, const struct mock_fault *fault)
{
    struct mock_reply *reply = context->reply;

    switch ((unsigned)fault->action) {
    case MOCK_DO_ERROR:
        write_error(fault, reply);
        return true;
    case MOCK_DO_TOKEN_BUCKET:
        write_rate_limit(fault, reply, context->mock->wall_s);
        return true;
    case MOCK_DO_RESET_EARLY:
    case MOCK_DO_RESET_BEFORE:
        reply->wire = MOCK_WIRE_RESET;
        return true;
    case MOCK_DO_FIN_BEFORE:
        reply->wire = MOCK_WIRE_FIN;
        return true;
    case MOCK_DO_MUTE_BEFORE:
        reply->wire = MOCK_WIRE_MUTE;
        return true;
    case MOCK_DO_COMMIT_LATER:
        delay_commit(context->mock, context->request, fault->ms);
        write_error(fault, reply);
        return true;
    case MOCK_DO_RAW:
        send_raw(context, fault);
        return true;
    }
    return false;
}

void mock_fault_apply(struct mock_context *context, const struct mock_fault *fault)
{
    if (!refuse(context, fault)) {
        context->partial = fault->action == MOCK_DO_PARTIAL ? fault->count : SIZE_MAX;
        context->twists = fault->twists;
        disturb(context, fault);
        if (fault->action == MOCK_DO_TWICE)
            dispatch_again(context->mock, context->request, false);
        if (fault->action == MOCK_DO_STALE)
            handle_stale(context, fault);
        else
            spoil_reply(context, fault);
    }
    add_headers(fault, context->reply, context->mock->wall_s);
}
