#include "fakes/fake_http.h"

#include "base/mem.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_fsio.h"
#include "fakes/fake_server.h"
#include "fakes/fake_stop.h"
#include "os/clock.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The process. */
struct http {
    int64_t timeout_ms;
    size_t in_flight;
    struct transfer *ended; /* in the order in which they ended */
};

/* What fake_http_seen() lends out, and the memory behind it. */
struct record {
    struct fake_http_seen seen;
    char *target;
    char *headers;
    char *body;
};

/* The rest of the world. */
struct world {
    struct mock *mock;
    const struct fake_http_step *steps;
    size_t steps_left;
    struct fake_http_plan plan;
    uint64_t requests;
    uint64_t writes;
    bool is_stopped;
    struct transfer *transfers; /* not ended, in the order of their start */
    struct record **records;
    size_t record_count;
    void (*leaves)(void *ctx, const struct fake_http_seen *seen);
    void *leaves_ctx;
    uint64_t meanwhile_at;
    void (*meanwhile)(void *ctx); /* or NULL */
    void *meanwhile_ctx;
};

static struct world world;

/* --- transfers -------------------------------------------------------------- */

static void transfer_free(struct transfer *transfer)
{
    for (size_t i = 0; i < transfer->header_count; i++)
        free(transfer->lines[i]);
    buf_release(&transfer->body);
    free(transfer);
}

static void unlink_transfer(struct transfer **list, const struct transfer *transfer)
{
    while (*list != NULL && *list != transfer)
        list = &(*list)->next;
    if (*list != NULL)
        *list = transfer->next;
}

static void append_transfer(struct transfer **list, struct transfer *transfer)
{
    while (*list != NULL)
        list = &(*list)->next;
    transfer->next = NULL;
    *list = transfer;
}

static void split_headers(struct transfer *transfer, const char *const *lines)
{
    for (; *lines != NULL; lines++) {
        char *line = mem_strdup(*lines);
        char *colon = strchr(line, ':');

        assert(colon != NULL && transfer->header_count < FAKE_HEADERS_MAX);
        *colon = '\0';
        transfer->lines[transfer->header_count] = line;
        transfer->headers[transfer->header_count] =
            (struct mock_header){line, colon + 1 + strspn(colon + 1, " ")};
        transfer->header_count++;
    }
}

/* --- the log ---------------------------------------------------------------- */

static char *join_lines(const char *const *lines)
{
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    for (; *lines != NULL; lines++) {
        buf_add_text(&text, *lines);
        buf_add_char(&text, '\n');
    }
    return buf_steal(&text);
}

/* The path and query of a URL; "/" where there is none. */
static const char *target_of(const char *url)
{
    const char *host = strstr(url, "://");
    const char *slash = host == NULL ? NULL : strchr(host + 3, '/');

    return slash == NULL ? "/" : slash;
}

/* Its body may be unreadable: see err. */
static const struct fake_http_seen *remember(const struct http_request *request, struct error *err)
{
    struct record *record = mem_zalloc(1, sizeof *record);

    record->target = mem_strdup(target_of(request->url));
    record->headers = join_lines(request->headers);
    record->seen = (struct fake_http_seen){
        .method = request->method,
        .at_ms = clock_now_ms(),
        .target = record->target,
        .headers = record->headers,
    };
    if (request->method == HTTP_POST) {
        const size_t len = body_length(&request->body);
        struct buf whole;

        buf_init(&whole, BUF_NO_LIMIT);
        assert(!body_add_to(&whole, &request->body, err) || whole.len == len);
        record->seen.body.len = whole.len;
        record->body = buf_steal(&whole);
        record->seen.body.data = record->body;
    }
    world.records = mem_resize(world.records, world.record_count + 1, sizeof(void *));
    world.records[world.record_count++] = record;
    return &record->seen;
}

void fake_http_watch(void (*leaves)(void *ctx, const struct fake_http_seen *seen), void *ctx)
{
    world.leaves = leaves;
    world.leaves_ctx = ctx;
}

void fake_http_meanwhile(uint64_t requests, void (*deed)(void *ctx), void *ctx)
{
    world.meanwhile_at = requests;
    world.meanwhile = deed;
    world.meanwhile_ctx = ctx;
}

static void let_other_run(void)
{
    void (*deed)(void *ctx) = world.meanwhile;

    if (!deed || world.requests < world.meanwhile_at || fake_http_is_stopped())
        return;
    world.meanwhile = NULL;
    deed(world.meanwhile_ctx);
}

size_t fake_http_seen_count(void)
{
    return world.record_count;
}

const struct fake_http_seen *fake_http_seen(size_t number)
{
    assert(number < world.record_count);
    return &world.records[number]->seen;
}

/* --- the test's side ----------------------------------------------------------- */

void fake_http_reset(void)
{
    for (size_t i = 0; i < world.record_count; i++) {
        free(world.records[i]->target);
        free(world.records[i]->headers);
        free(world.records[i]->body);
        free(world.records[i]);
    }
    free(world.records);
    while (world.transfers != NULL) {
        struct transfer *transfer = world.transfers;

        assert(transfer->http == NULL); /* close before reset */
        world.transfers = transfer->next;
        transfer_free(transfer);
    }
    world = (struct world){0};
}

void fake_http_use_mock(struct mock *mock)
{
    world.mock = mock;
}

void fake_http_script(const struct fake_http_step *steps, size_t count)
{
    world.steps = steps;
    world.steps_left = count;
}

size_t fake_http_steps_left(void)
{
    return world.steps_left;
}

void fake_http_plan(const struct fake_http_plan *plan)
{
    world.plan = *plan;
    world.requests = 0;
    world.writes = 0;
}

uint64_t fake_http_requests(void)
{
    return world.requests;
}

uint64_t fake_http_writes(void)
{
    return world.writes;
}

bool fake_http_is_stopped(void)
{
    return world.is_stopped || fake_fsio_is_stopped();
}

void fake_http_restart(void)
{
    world.plan = (struct fake_http_plan){0};
    world.is_stopped = false;
    world.meanwhile = NULL;
}

/* --- starting -------------------------------------------------------------------- */

static bool is_cut(const struct http_request *request)
{
    bool counts = !world.plan.writes_only || request->method != HTTP_GET;

    world.requests++;
    world.writes += request->method != HTTP_GET;
    return counts && world.plan.at == (world.plan.writes_only ? world.writes : world.requests);
}

static void stop(void)
{
    world.is_stopped = true;
    if (world.plan.stopped != NULL)
        world.plan.stopped(world.plan.ctx);
}

static void take_step(struct transfer *transfer)
{
    static const char *const METHODS[] = {
        [HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_DELETE] = "DELETE"};
    const struct fake_http_seen *seen = transfer->seen;
    const char *expect = world.steps_left > 0 ? world.steps->expect : "no more requests";
    char *text = mem_printf("%s %s %.*s", METHODS[seen->method], seen->target, (int)seen->body.len,
                            seen->body.data == NULL ? "" : seen->body.data);

    if (expect != NULL && strncmp(text, expect, strlen(expect)) != 0) {
        (void)fprintf(stderr, "fake_http: expected '%s', got '%s'\n", expect, text);
        abort();
    }
    free(text);
    fake_server_play(transfer, world.steps, clock_now_ms());
    world.steps++;
    world.steps_left--;
}

static void never_leaves(struct transfer *transfer)
{
    fake_server_break(transfer, false, "connection refused or host unreachable");
    transfer->reply.end = HTTP_NOT_SENT;
    transfer->end_ms = clock_now_ms();
}

static void reach_server(struct transfer *transfer)
{
    if (world.mock == NULL) {
        take_step(transfer);
        if (transfer->loses_reply)
            fake_server_break(transfer, false, "the connection broke after the request was sent");
        return;
    }
    transfer->mock = world.mock;
    fake_server_begin(transfer, clock_now_ms());
}

static struct transfer *transfer_new(struct http *http, const struct http_request *request)
{
    struct transfer *transfer = mem_zalloc(1, sizeof *transfer);

    transfer->http = http;
    transfer->owner = request->owner;
    transfer->filter = request->filter;
    transfer->drain = request->drain;
    if (request->drain)
        request->drain->begin(request->drain->ctx);
    transfer->commit_ms = INT64_MAX;
    transfer->end_ms = INT64_MAX;
    transfer->timeout_ms = clock_now_ms() + http->timeout_ms;
    buf_init(&transfer->body, request->max_reply_bytes);
    split_headers(transfer, request->headers);
    append_transfer(&world.transfers, transfer);
    http->in_flight++;
    return transfer;
}

static void cut(struct transfer *transfer)
{
    switch (world.plan.cut) {
    case FAKE_HTTP_RESET_BEFORE:
        never_leaves(transfer);
        return;
    case FAKE_HTTP_RESET_AFTER:
        transfer->loses_reply = true;
        reach_server(transfer);
        return;
    case FAKE_HTTP_STOP_BEFORE:
        stop();
        return;
    case FAKE_HTTP_STOP_AFTER:
        reach_server(transfer);
        if (transfer->commit_ms <= clock_now_ms())
            fake_server_commit(transfer, clock_now_ms());
        stop();
        return;
    }
}

void http_start(struct http *http, const struct http_request *request)
{
    struct transfer *transfer = transfer_new(http, request);
    struct error err = {0};

    fake_fsio_event();
    if (fake_http_is_stopped())
        return; /* a dead process sends nothing; the next wait says so */
    transfer->seen = remember(request, &err);
    if (err.code != ERROR_NONE) {
        fake_server_break(transfer, false, err.text);
        transfer->reply.end = HTTP_UNREADABLE;
        transfer->end_ms = clock_now_ms();
        return;
    }
    if (world.leaves)
        world.leaves(world.leaves_ctx, transfer->seen);
    if (is_cut(request))
        cut(transfer);
    else
        reach_server(transfer);
}

/* --- waiting ---------------------------------------------------------------------- */

static int64_t client_ends(const struct transfer *transfer)
{
    if (transfer->http == NULL || transfer->seen == NULL)
        return INT64_MAX;
    return transfer->end_ms < transfer->timeout_ms ? transfer->end_ms : transfer->timeout_ms;
}

static int64_t next_event(const struct transfer *transfer)
{
    int64_t ends_ms = client_ends(transfer);

    return transfer->commit_ms <= ends_ms ? transfer->commit_ms : ends_ms;
}

static struct transfer *earliest(void)
{
    struct transfer *first = NULL;

    for (struct transfer *one = world.transfers; one != NULL; one = one->next) {
        if (first == NULL || next_event(one) < next_event(first))
            first = one;
    }
    return first != NULL && next_event(first) < INT64_MAX ? first : NULL;
}

static void give_up(struct transfer *transfer)
{
    bool got_bytes = transfer->reply.got_bytes;
    char reason[64];

    (void)snprintf(reason, sizeof reason, "timed out after %lld ms",
                   (long long)transfer->http->timeout_ms);
    fake_server_break(transfer, got_bytes, reason);
    transfer->reply.timed_out = true;
}

/* The client goes; what the server has not executed yet it still will. */
static void leave_to_server(struct transfer *transfer)
{
    struct transfer *orphan;

    fake_server_forget(transfer);
    if (transfer->commit_ms == INT64_MAX)
        return;
    orphan = mem_alloc(sizeof *orphan);
    *orphan = *transfer;
    orphan->http = NULL;
    transfer->commit_ms = INT64_MAX;
    transfer->header_count = 0; /* the lines are the orphan's now */
    buf_init(&orphan->body, BUF_NO_LIMIT);
    append_transfer(&world.transfers, orphan);
}

static void end(struct transfer *transfer)
{
    if (transfer->end_ms > transfer->timeout_ms)
        give_up(transfer);
    unlink_transfer(&world.transfers, transfer);
    leave_to_server(transfer);
    append_transfer(&transfer->http->ended, transfer);
}

static void commit(struct transfer *transfer)
{
    fake_server_commit(transfer, clock_now_ms());
    if (transfer->http != NULL)
        return;
    unlink_transfer(&world.transfers, transfer);
    transfer_free(transfer);
}

static void happen(struct transfer *transfer)
{
    if (next_event(transfer) == transfer->commit_ms)
        commit(transfer);
    else
        end(transfer);
}

void fake_http_catch_up(void)
{
    struct transfer *next = earliest();

    while (next != NULL && next_event(next) <= clock_now_ms()) {
        happen(next);
        next = earliest();
    }
    if (world.mock != NULL)
        mock_tick(world.mock, clock_now_ms());
}

bool http_wait(struct http *http, int64_t timeout_ms, const int wakes[HTTP_WAKES],
               struct error *err)
{
    int64_t deadline = clock_now_ms() + timeout_ms;

    (void)wakes;
    let_other_run();
    if (fake_http_is_stopped()) {
        error_set(err, ERROR_STOPPED, "cannot wait for the network: the process has died");
        return false;
    }
    for (;;) {
        struct transfer *next = earliest();
        int64_t next_ms = next == NULL ? INT64_MAX : next_event(next);
        int64_t until_ms = http->ended != NULL ? clock_now_ms() : deadline;

        if (fake_fsio_wake(next == NULL && http->ended == NULL && timeout_ms > 0))
            return true;
        if (fake_stop_next_ms() < until_ms)
            until_ms = fake_stop_next_ms();
        if (next == NULL || next_ms > until_ms) {
            fake_clock_advance_to(until_ms);
            fake_stop_wake();
            return true;
        }
        fake_clock_advance_to(next_ms);
        happen(next);
        fake_fsio_event();
    }
}

/* --- the rest of the seam ------------------------------------------------------------ */

struct http *http_open(const struct http_options *options, struct error *err)
{
    struct http *http = mem_zalloc(1, sizeof *http);

    (void)err;
    http->timeout_ms = options->timeout_ms;
    return http;
}

bool http_take(struct http *http, struct http_reply *reply)
{
    struct transfer *transfer = http->ended;

    if (transfer == NULL)
        return false;
    http->ended = transfer->next;
    http->in_flight--;
    *reply = transfer->reply;
    reply->owner = transfer->owner;
    reply->transfer = transfer;
    return true;
}

void http_release(struct http *http, struct http_reply *reply)
{
    (void)http;
    if (reply->transfer != NULL)
        transfer_free(reply->transfer);
    *reply = (struct http_reply){0};
}

size_t http_in_flight(const struct http *http)
{
    return http->in_flight;
}

static void free_list(struct transfer *list)
{
    while (list != NULL) {
        struct transfer *next = list->next;

        transfer_free(list);
        list = next;
    }
}

void http_close(struct http *http)
{
    struct transfer *all = world.transfers;

    if (http == NULL)
        return;
    world.transfers = NULL;
    while (all != NULL) {
        struct transfer *transfer = all;

        all = transfer->next;
        if (transfer->http != http) {
            append_transfer(&world.transfers, transfer);
            continue;
        }
        leave_to_server(transfer);
        transfer_free(transfer);
    }
    free_list(http->ended);
    free(http);
}
