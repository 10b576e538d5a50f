#include "mock/judge/mock.h"

#include "mock/destination/destination.h"
#include "mock/destination/responses.h"
#include "mock/files/files.h"
#include "mock/judge/judge.h"
#include "mock/source/quirk.h"
#include "mock/source/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mock *mock_new(const struct mock_config *config)
{
    struct mock *mock = mock_alloc(1, sizeof *mock);

    mock->config = *config;
    mock->key = config->key ? mock_strdup(config->key) : NULL;
    mock->config.key = NULL;
    mock->rng.state = config->seed;
    mock->started_ms = -1;
    mock_source_init(mock);
    return mock;
}

void mock_free(struct mock *mock)
{
    if (!mock)
        return;
    mock_source_release(&mock->source);
    mock_destination_release(&mock->destination);
    mock_files_release(&mock->files);
    mock_delayed_release(mock);
    mock_faults_release(&mock->faults);
    free(mock->key);
    free(mock);
}

bool mock_set_faults(struct mock *mock, const char *script, size_t len, struct mock_text *error)
{
    struct mock_faults parsed;

    if (!mock_faults_parse(script, len, mock->config.seed, &parsed, error))
        return false;
    mock_faults_replace(&mock->faults, &parsed);
    return true;
}

void mock_dispatch(struct mock_context *context)
{
    if (!context->admitted && !mock_admit(context))
        return;
    if (mock_route_is_source(context->url->route))
        mock_source_handle(context);
    else if (mock_route_is_file(context->url->route))
        mock_files_handle(context);
    else if (context->url->route == MOCK_CREATE_RESPONSE)
        mock_responses_handle(context);
    else
        mock_destination_handle(context);
}

void mock_tick(struct mock *mock, int64_t now_ms)
{
    mock_delayed_run(mock, now_ms);
}

/* Two POSTs of items for one conversation at the same time are a client's mistake. */
static void enter_conversation(struct mock *mock, const struct mock_url *url,
                               struct mock_call *call)
{
    if (url->route != MOCK_APPEND_ITEMS)
        return;
    call->appending = mock_destination_find(mock, url->ids[0]);
    if (!call->appending)
        return;
    unsigned now = ++call->appending->in_flight;
    if (now > call->appending->peak_in_flight)
        call->appending->peak_in_flight = now;
    if (now > mock->peak_in_flight)
        mock->peak_in_flight = now;
    mock->stats.concurrent_appends += now > 1;
}

static void look_for_faults(struct mock *mock, const struct mock_request *request,
                            const struct mock_url *url, bool with_body, struct mock_call *call)
{
    const struct mock_conversation *conversation = mock_destination_find(mock, url->ids[0]);

    mock_fault_for(&mock->faults,
                   &(struct mock_fault_subject){
                       .request = request,
                       .url = url,
                       .number = mock->stats.requests,
                       .age_ms = request->now_ms - mock->started_ms,
                       .with_body = with_body,
                       .metadata = conversation ? conversation->metadata : NULL,
                   },
                   call);
}

void mock_begin(struct mock *mock, const struct mock_request *request, struct mock_call *call)
{
    struct mock_url url;

    *call = (struct mock_call){.close_after_ms = -1, .epoch = mock->epoch};
    mock->now_ms = request->now_ms;
    mock->wall_s = request->wall_s;
    mock_tick(mock, request->now_ms);
    if (strncmp(request->target, "/admin/", 7) == 0) {
        call->admin = true;
        return;
    }
    if (mock->started_ms < 0)
        mock->started_ms = request->now_ms;
    mock_url_parse(request->method, request->target, &url);
    call->route = url.route;
    call->delay_ms = mock->config.latency_ms;
    mock->stats.requests++;
    mock->stats.by_route[url.route]++;
    look_for_faults(mock, request, &url, false, call);
    enter_conversation(mock, &url, call);
}

static void count_reply(struct mock *mock, const struct mock_call *call,
                        const struct mock_reply *reply)
{
    bool answered = reply->wire == MOCK_WIRE_WHOLE || reply->wire == MOCK_WIRE_DRIP;
    unsigned class = answered ? (unsigned)reply->status / 100 : 0;

    mock->stats.by_class[call->route][class < MOCK_STATUS_CLASSES ? class : 0]++;
    mock->stats.faults += call->fault != NULL;
}

static void add_standard_headers(struct mock *mock, struct mock_reply *reply)
{
    char id[37] = "req_";

    mock_rng_hex(&mock->rng, id + 4, 32);
    if (mock_reply_header(reply, "Content-Type") == NULL)
        mock_reply_add_header(reply, "Content-Type", "application/json");
    mock_reply_add_header(reply, "x-request-id", id);
    mock_reply_add_header(reply, "openai-version", "2020-10-01");
}

static void answer(struct mock *mock, const struct mock_fault *fault, const struct mock_url *url,
                   const struct mock_request *request, struct mock_reply *reply)
{
    struct mock_context context = {
        .mock = mock,
        .request = request,
        .url = url,
        .reply = reply,
        .partial = SIZE_MAX,
    };

    if (fault)
        mock_fault_apply(&context, fault);
    else
        mock_dispatch(&context);
    add_standard_headers(mock, reply);
}

/* number method target: status wire, bytes in, bytes out */
static void log_reply(struct mock *mock, const struct mock_request *request,
                      const struct mock_reply *reply)
{
    static const char *const wires[] = {
        [MOCK_WIRE_WHOLE] = "whole", [MOCK_WIRE_RESET] = "reset", [MOCK_WIRE_FIN] = "fin",
        [MOCK_WIRE_CUT] = "cut",     [MOCK_WIRE_TORN] = "torn",   [MOCK_WIRE_STALL] = "stall",
        [MOCK_WIRE_MUTE] = "mute",   [MOCK_WIRE_DRIP] = "drip",   [MOCK_WIRE_RAW] = "raw",
    };

    (void)fprintf(mock->config.log, "%llu %s %s: %d %s, %zu in, %zu out\n",
                  (unsigned long long)mock->stats.requests, request->method, request->target,
                  reply->status, wires[reply->wire], request->body_len, reply->body.len);
    (void)fflush(mock->config.log);
}

void mock_commit(struct mock *mock, struct mock_call *call, const struct mock_request *request,
                 struct mock_reply *reply)
{
    struct mock_url url;

    mock->now_ms = request->now_ms;
    mock->wall_s = request->wall_s;
    mock_reply_clear(reply);
    if (call->admin) {
        mock_admin(mock, request, reply);
        return;
    }
    mock->stats.bytes_in += request->body_len;
    mock_url_parse(request->method, request->target, &url);
    look_for_faults(mock, request, &url, true, call);
    answer(mock, call->fault, &url, request, reply);
    reply->delay_ms = call->delay_ms;
    reply->close_after_ms = call->close_after_ms;
    count_reply(mock, call, reply);
    if (mock->config.log)
        log_reply(mock, request, reply);
}

void mock_end(struct mock *mock, struct mock_call *call)
{
    if (call->appending && call->epoch == mock->epoch)
        call->appending->in_flight--;
    call->appending = NULL;
}

void mock_serve(struct mock *mock, const struct mock_request *request, struct mock_reply *reply)
{
    struct mock_call call;

    mock_begin(mock, request, &call);
    mock_commit(mock, &call, request, reply);
    mock_end(mock, &call);
}

void mock_handle(struct mock *mock, const struct mock_request *request, struct mock_reply *reply)
{
    struct mock_url url;

    mock->now_ms = request->now_ms;
    mock->wall_s = request->wall_s;
    mock_reply_clear(reply);
    mock_url_parse(request->method, request->target, &url);
    answer(mock, NULL, &url, request, reply);
}
