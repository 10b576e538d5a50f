/*
 * The server's half of fake_http: what becomes of one request, and when. The
 * transport half (fake_http.c) asks for the next moment at which something
 * happens and lets it happen.
 */
#ifndef FAKES_FAKE_SERVER_H
#define FAKES_FAKE_SERVER_H

#include "base/buf.h"
#include "fakes/fake_http.h"
#include "http/http_head.h"
#include "mock/judge/mock.h"

#include <stdbool.h>
#include <stdint.h>

enum { FAKE_HEADERS_MAX = 16 };

/* One request on its way. It outlives its client, because servers finish what they have begun. */
struct transfer {
    struct transfer *next;
    struct http *http; /* NULL where the client is gone */
    void *owner;
    struct http_filter filter;
    const struct http_drain *drain; /* NULL: none */
    const struct fake_http_seen *seen;
    char *lines[FAKE_HEADERS_MAX]; /* owned; name NUL value */
    struct mock_header headers[FAKE_HEADERS_MAX];
    size_t header_count;
    struct mock *mock; /* or NULL: canned */
    struct mock_call call;
    int64_t commit_ms;  /* the server executes it; INT64_MAX: has, or never will */
    int64_t timeout_ms; /* the client gives up */
    int64_t end_ms;     /* the client knows; INT64_MAX until it has been executed */
    bool loses_reply;
    struct http_reply reply; /* what the client will know */
    struct buf body;
};

/* Headers come in: the mock decides what will go wrong, and when it will be executed. */
void fake_server_begin(struct transfer *transfer, int64_t now_ms);

/* Executes the request and fills the reply and the moment of its end. */
void fake_server_commit(struct transfer *transfer, int64_t now_ms);

/* The reply has left, or nobody waits for it any more. */
void fake_server_forget(struct transfer *transfer);

/* Fills the reply from a canned step. */
void fake_server_play(struct transfer *transfer, const struct fake_http_step *step, int64_t now_ms);

/* The end of a transfer of which nothing, or not everything, came back. */
void fake_server_break(struct transfer *transfer, bool got_bytes, const char *reason);

#endif
