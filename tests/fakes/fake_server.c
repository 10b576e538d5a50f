#include "fakes/fake_server.h"

#include "base/text.h"
#include "os/clock.h"

#include <stdio.h>
#include <string.h>

enum { MS_PER_SECOND = 1000, STATUS_OK = 200 };

static const char *const METHODS[] = {
    [HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_DELETE] = "DELETE"};

void fake_server_break(struct transfer *transfer, bool got_bytes, const char *reason)
{
    bool is_read = transfer->seen->method == HTTP_GET;

    transfer->reply = (struct http_reply){
        .end = is_read && !got_bytes ? HTTP_NOT_SENT : HTTP_BROKEN,
        .got_bytes = got_bytes,
        .hints = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN},
    };
    (void)snprintf(transfer->reply.reason, sizeof transfer->reply.reason, "%s", reason);
}

/* What the client makes of the body while it comes in. */
static void filter(struct transfer *transfer)
{
    struct buf whole = transfer->body;

    if (!transfer->filter.add || !transfer->http || whole.overflow)
        return;
    buf_init(&transfer->body, whole.max);
    transfer->filter.add(transfer->filter.ctx, buf_span(&whole), &transfer->body);
    buf_release(&whole);
}

/* The first bytes of the body go where they are drained to, in two pieces; false where that does
 * not want them. */
static bool drain(const struct transfer *transfer, size_t len)
{
    const struct http_drain *to = transfer->drain;
    const char *data = transfer->body.data;
    const size_t half = len / 2;

    return len == 0 || (to->take(to->ctx, (struct span){data, half}) &&
                        to->take(to->ctx, (struct span){data + half, len - half}));
}

static bool drains(const struct transfer *transfer, long status)
{
    return transfer->drain && transfer->http && status == STATUS_OK;
}

/* A reply whose head and body are there: too large, or whole. */
static void finish_reply(struct transfer *transfer, const struct http_head *head, long status)
{
    struct http_reply *reply = &transfer->reply;
    const bool is_large = transfer->body.len > transfer->body.max / 2;

    filter(transfer);
    *reply = (struct http_reply){
        .end = HTTP_REPLY, .status = status, .got_bytes = true, .is_large = is_large};
    http_head_finish(head, clock_wall_ms(), &reply->hints);
    if (transfer->body.overflow ||
        (drains(transfer, status) && !drain(transfer, transfer->body.len))) {
        reply->end = HTTP_TOO_LARGE;
        (void)snprintf(reply->reason, sizeof reply->reason, "the reply is too large");
        return;
    }
    memcpy(reply->request_id, head->request_id, sizeof reply->request_id);
    reply->body = buf_span(&transfer->body);
}

static struct mock_request request_of(const struct transfer *transfer, int64_t now_ms)
{
    return (struct mock_request){
        .method = METHODS[transfer->seen->method],
        .target = transfer->seen->target,
        .headers = transfer->headers,
        .header_count = transfer->header_count,
        .body = transfer->seen->body.data,
        .body_len = transfer->seen->body.len,
        .now_ms = now_ms,
        .wall_s = clock_wall_ms() / MS_PER_SECOND,
    };
}

void fake_server_begin(struct transfer *transfer, int64_t now_ms)
{
    const struct mock_request request = request_of(transfer, now_ms);

    mock_begin(transfer->mock, &request, &transfer->call);
    transfer->commit_ms = now_ms + transfer->call.commit_delay_ms;
    if (transfer->call.reset_early) {
        transfer->commit_ms = INT64_MAX;
        transfer->end_ms = now_ms;
        fake_server_break(transfer, false, "the connection broke while sending");
    }
}

static void read_head(struct http_head *head, const struct mock_reply *reply)
{
    char line[512];

    http_head_start(head);
    for (size_t i = 0; i < reply->header_count; i++) {
        int len =
            snprintf(line, sizeof line, "%s: %s", reply->headers[i].name, reply->headers[i].value);

        http_head_line(head,
                       (struct span){line, len < (int)sizeof line ? (size_t)len : sizeof line - 1});
    }
}

/* The body as often as it takes to be body_size long. */
static void copy_body(struct transfer *transfer, const struct mock_reply *reply)
{
    size_t left = reply->body_size > reply->body.len ? reply->body_size : reply->body.len;

    while (left > 0 && !transfer->body.overflow) {
        size_t len = left < reply->body.len ? left : reply->body.len;

        buf_add(&transfer->body, reply->body.data, len);
        left -= len;
    }
}

static void receive_whole(struct transfer *transfer, const struct mock_reply *reply)
{
    struct http_head head;

    read_head(&head, reply);
    copy_body(transfer, reply);
    /* Nothing here can inflate. */
    if (mock_reply_header(reply, "Content-Encoding") != NULL)
        transfer->body.overflow = true;
    finish_reply(transfer, &head, reply->status);
}

/* Bytes in the place of a reply; what follows the blank line is the body. */
static void receive_raw(struct transfer *transfer, const struct mock_reply *reply)
{
    struct span rest = {reply->body.data, reply->body.len};
    struct http_head head;
    struct span line = {0};
    int64_t status = 0;

    http_head_start(&head);
    if (span_starts_with(rest, "HTTP/1.") && rest.len >= sizeof "HTTP/1.1 200" - 1)
        (void)text_to_int((struct span){rest.data + sizeof "HTTP/1.1 " - 1, 3}, &status);
    while (status != 0 && !head.complete && text_next_line(&rest, &line))
        http_head_line(&head, line);
    if (!head.complete) {
        fake_server_break(transfer, status != 0, "the reply was not HTTP");
        return;
    }
    buf_add_span(&transfer->body, rest);
    finish_reply(transfer, &head, (long)status);
}

static int64_t drip_ms(const struct mock_reply *reply)
{
    size_t step = reply->wire_bytes > 0 ? reply->wire_bytes : 1;

    return (int64_t)((reply->body.len + step - 1) / step) * reply->wire_ms;
}

/* What the client sees of the reply, and how much later. */
static int64_t receive(struct transfer *transfer, const struct mock_reply *reply)
{
    switch (reply->wire) {
    case MOCK_WIRE_WHOLE:
        receive_whole(transfer, reply);
        return 0;
    case MOCK_WIRE_DRIP:
        receive_whole(transfer, reply);
        return drip_ms(reply);
    case MOCK_WIRE_RAW:
        receive_raw(transfer, reply);
        return 0;
    case MOCK_WIRE_RESET:
    case MOCK_WIRE_FIN:
        fake_server_break(transfer, false, "the connection broke after the request was sent");
        return 0;
    case MOCK_WIRE_CUT:
    case MOCK_WIRE_TORN:
        buf_add(&transfer->body, reply->body.data,
                reply->wire_bytes < reply->body.len ? reply->wire_bytes : reply->body.len);
        if (drains(transfer, reply->status))
            (void)drain(transfer, transfer->body.len);
        fake_server_break(transfer, true, "the reply was cut short");
        return 0;
    case MOCK_WIRE_STALL:
        fake_server_break(transfer, true, "timed out");
        return INT64_MAX / 2;
    case MOCK_WIRE_MUTE:
        fake_server_break(transfer, false, "timed out");
        return INT64_MAX / 2;
    }
    return 0;
}

void fake_server_commit(struct transfer *transfer, int64_t now_ms)
{
    const struct mock_request request = request_of(transfer, now_ms);
    struct mock_reply reply = {0};
    bool got_bytes;

    transfer->commit_ms = INT64_MAX;
    mock_commit(transfer->mock, &transfer->call, &request, &reply);
    transfer->end_ms = now_ms + reply.delay_ms;
    if (transfer->http == NULL) {
        fake_server_forget(transfer); /* nobody is there to receive it */
        mock_reply_release(&reply);
        return;
    }
    transfer->end_ms += receive(transfer, &reply);
    got_bytes = transfer->reply.got_bytes && now_ms + reply.delay_ms < transfer->timeout_ms;
    if (transfer->loses_reply)
        fake_server_break(transfer, false, "the connection broke after the request was sent");
    if (transfer->end_ms > transfer->timeout_ms) {
        transfer->end_ms = INT64_MAX;
        transfer->reply.got_bytes = got_bytes;
    }
    mock_reply_release(&reply);
}

void fake_server_forget(struct transfer *transfer)
{
    if (transfer->mock != NULL)
        mock_end(transfer->mock, &transfer->call);
}

void fake_server_play(struct transfer *transfer, const struct fake_http_step *step, int64_t now_ms)
{
    struct span lines = span_of(step->head);
    struct http_head head;
    struct span line;

    transfer->end_ms = now_ms + step->delay_ms;
    buf_add_text(&transfer->body, step->body == NULL ? "" : step->body);
    http_head_start(&head);
    if (lines.len == 0)
        http_head_line(&head, span_of("Content-Type: application/json"));
    while (text_next_line(&lines, &line))
        http_head_line(&head, line);
    finish_reply(transfer, &head, step->status);
    transfer->reply.end = step->end;
    transfer->reply.timed_out = step->timed_out;
    if (step->end == HTTP_REPLY)
        return;
    transfer->reply.got_bytes = step->end == HTTP_TOO_LARGE || step->status != 0;
    transfer->reply.body = (struct span){0};
    if (step->end != HTTP_TOO_LARGE)
        transfer->reply.status = 0;
    (void)snprintf(transfer->reply.reason, sizeof transfer->reply.reason, "as scripted");
}
