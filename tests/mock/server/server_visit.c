#include "mock/server/server_visit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { READ_BLOCK = 65536 };

int64_t mock_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void mock_visit_suspend(struct mock_queue *queue, struct mock_visit *visit, int64_t wake_ms)
{
    struct mock_visit *before = queue->last;

    visit->wake_ms = wake_ms;
    visit->suspended = true;
    while (before && before->wake_ms > wake_ms)
        before = before->prev;
    visit->prev = before;
    visit->next = before ? before->next : queue->first;
    *(before != NULL ? &before->next : &queue->first) = visit;
    *(visit->next != NULL ? &visit->next->prev : &queue->last) = visit;
    MHD_suspend_connection(visit->connection);
}

void mock_visit_resume(struct mock_queue *queue, struct mock_visit *visit)
{
    *(visit->prev != NULL ? &visit->prev->next : &queue->first) = visit->next;
    *(visit->next != NULL ? &visit->next->prev : &queue->last) = visit->prev;
    visit->next = NULL;
    visit->prev = NULL;
    visit->suspended = false;
    MHD_resume_connection(visit->connection);
}

int mock_visit_socket(const struct mock_visit *visit)
{
    return MHD_get_connection_info(visit->connection, MHD_CONNECTION_INFO_CONNECTION_FD)
        ->connect_fd;
}

/* Dissolving the association makes Linux send a reset, and no FIN before it. */
void mock_visit_reset(const struct mock_visit *visit)
{
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};

    (void)connect(mock_visit_socket(visit), &nobody, sizeof nobody);
}

bool mock_visit_deserted(const struct mock_visit *visit)
{
    char byte = 0;
    ssize_t got = recv(mock_visit_socket(visit), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

bool mock_visit_push_raw(struct mock_visit *visit)
{
    const struct mock_reply *reply = &visit->reply;

    while (visit->sent < reply->body.len) {
        ssize_t put = send(mock_visit_socket(visit), reply->body.data + visit->sent,
                           reply->body.len - visit->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (put < 0)
            return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
        visit->sent += (size_t)put;
    }
    return true;
}

/* How many bytes of the body may go out now; the rest waits, or never comes. */
static size_t allowed(const struct mock_visit *visit, size_t full)
{
    switch (visit->reply.wire) {
    case MOCK_WIRE_CUT:
    case MOCK_WIRE_TORN:
    case MOCK_WIRE_STALL:
        return visit->reply.wire_bytes < full ? visit->reply.wire_bytes : full;
    case MOCK_WIRE_DRIP:
        return visit->drip_until < full ? visit->drip_until : full;
    case MOCK_WIRE_WHOLE:
    case MOCK_WIRE_RESET:
    case MOCK_WIRE_FIN:
    case MOCK_WIRE_MUTE:
    case MOCK_WIRE_RAW:
        break;
    }
    return full;
}

/* The allowed bytes are out: cut the connection or wait. */
static ssize_t pause_body(struct mock_visit *visit)
{
    switch (visit->reply.wire) {
    case MOCK_WIRE_TORN:
        mock_visit_reset(visit);
        return (ssize_t)MHD_CONTENT_READER_END_WITH_ERROR;
    case MOCK_WIRE_STALL:
        mock_visit_suspend(visit->queue, visit, INT64_MAX);
        return 0;
    case MOCK_WIRE_DRIP:
        visit->drip_until += visit->reply.wire_bytes;
        mock_visit_suspend(visit->queue, visit, mock_now_ms() + visit->reply.wire_ms);
        return 0;
    case MOCK_WIRE_CUT:
    case MOCK_WIRE_WHOLE:
    case MOCK_WIRE_RESET:
    case MOCK_WIRE_FIN:
    case MOCK_WIRE_MUTE:
    case MOCK_WIRE_RAW:
        break;
    }
    return (ssize_t)MHD_CONTENT_READER_END_WITH_ERROR;
}

static size_t full_size(const struct mock_reply *reply)
{
    return reply->body_size > reply->body.len ? reply->body_size : reply->body.len;
}

static ssize_t on_body(void *cls, uint64_t at, char *out, size_t max)
{
    struct mock_visit *visit = cls;
    const struct mock_text *body = &visit->reply.body;
    size_t end = allowed(visit, full_size(&visit->reply));

    if (visit->state == MOCK_VISIT_DEAD || body->len == 0)
        return (ssize_t)MHD_CONTENT_READER_END_WITH_ERROR;
    if (at >= end)
        return pause_body(visit);
    size_t len = end - (size_t)at < max ? end - (size_t)at : max;
    for (size_t done = 0; done < len;) {
        size_t from = ((size_t)at + done) % body->len;
        size_t piece = body->len - from < len - done ? body->len - from : len - done;

        memcpy(out + done, body->data + from, piece);
        done += piece;
    }
    return (ssize_t)len;
}

static struct MHD_Response *make_response(struct mock_visit *visit)
{
    struct mock_reply *reply = &visit->reply;
    bool plain = reply->wire == MOCK_WIRE_WHOLE && reply->body_size <= reply->body.len;

    if (plain) {
        /* The visit outlives the response: nothing is copied. */
        return MHD_create_response_from_buffer(reply->body.len, reply->body.data,
                                               MHD_RESPMEM_PERSISTENT);
    }
    return MHD_create_response_from_callback(full_size(reply), READ_BLOCK, on_body, visit, NULL);
}

enum MHD_Result mock_visit_respond(struct mock_queue *queue, struct mock_visit *visit)
{
    struct MHD_Response *response = make_response(visit);

    for (size_t i = 0; i < visit->reply.header_count; i++) {
        (void)MHD_add_response_header(response, visit->reply.headers[i].name,
                                      visit->reply.headers[i].value);
    }
    visit->queue = queue;
    visit->state = MOCK_VISIT_SENDING;
    enum MHD_Result result =
        MHD_queue_response(visit->connection, (unsigned)visit->reply.status, response);
    MHD_destroy_response(response);
    return result;
}
