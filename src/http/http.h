/*
 * Seam: HTTP, many transfers at a time on one thread. http_curl.c is libcurl's
 * multi interface; the fake is a scripted server in memory.
 *
 * A write (anything but GET) is sent at most once: its body can be read once
 * only, and libcurl cannot rewind it, so it reports an error instead of
 * repeating the request on another connection. (libcurl repeats a POST by
 * itself when a reused connection dies before the first byte of the reply;
 * see curl pull request #18417.) A write without a body has a connection of its
 * own, on which libcurl does not repeat. Proxies of the environment are used as
 * tunnels only, so what they say is never taken for a reply.
 *
 * Calls, in order: http_open, then any number of http_start / http_wait /
 * http_take, then http_close.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "files/body.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;

enum http_method { HTTP_GET, HTTP_POST, HTTP_DELETE };

enum { HTTP_METHODS = HTTP_DELETE + 1 };

/* Who may be talked to and how; one for the source and one for the destination. */
struct http_origin {
    const char *ca_file; /* or NULL */
    bool allow_plain;    /* http:// to a host that is not loopback */
};

/* What becomes of a reply's bytes while they come in; .add == NULL: they are kept as they are. */
struct http_filter {
    void (*add)(void *ctx, struct span bytes, struct buf *out);
    void *ctx;
};

/* Takes the body of a 200 piece by piece, decoded, in place of http_reply.body. */
struct http_drain {
    void (*begin)(void *ctx);                   /* a new attempt: what came before is void */
    bool (*take)(void *ctx, struct span piece); /* false breaks it off: HTTP_TOO_LARGE */
    int64_t max_bytes;                          /* a longer one is HTTP_TOO_LARGE unread */
    void *ctx;
};

struct http_request {
    enum http_method method;
    const char *url;                  /* borrowed until the reply was taken */
    const char *const *headers;       /* NULL-terminated "Name: value"; borrowed likewise */
    struct body body;                 /* POST only; borrowed likewise */
    const struct http_origin *origin; /* borrowed likewise */
    size_t max_reply_bytes;           /* as they come in */
    struct http_filter filter;
    /* NULL: none; borrowed likewise. With it the time-out is for silence, not for the whole. */
    const struct http_drain *drain;
    void *owner; /* handed back with the reply */
};

/* How a transfer ended. */
enum http_end {
    HTTP_REPLY,       /* a whole reply; status says what, and is never 407: a proxy's */
    HTTP_NOT_SENT,    /* no byte of the body was read (for GET: no reply): it had no effect */
    HTTP_BROKEN,      /* it may have been executed: reset, time-out, short body … */
    HTTP_REFUSED_TLS, /* the certificate was refused; nothing was sent */
    HTTP_UNREADABLE,  /* the body could not be read to its end, so its last byte was never sent */
    HTTP_TOO_LARGE,   /* the reply passed max_reply_bytes; it was executed */
};

/* What the pacer wants to know of a reply; INT64_MIN where absent or unusable. */
struct http_hints {
    int64_t retry_after_ms;     /* Retry-After (seconds, or a date against the reply's own Date),
                                   retry-after-ms */
    int64_t limit_requests;     /* x-ratelimit-limit-requests */
    int64_t remaining_requests; /* x-ratelimit-remaining-requests */
    int64_t date_ms;            /* Date */
};

struct http_reply {
    enum http_end end;
    long status;    /* HTTP_REPLY and HTTP_TOO_LARGE */
    bool reached;   /* a connection was there: something has left on it */
    bool got_bytes; /* any byte came back from the server */
    bool timed_out;
    bool is_large;    /* it came with more than half of max_reply_bytes */
    struct span body; /* borrowed until http_release */
    struct http_hints hints;
    char request_id[64]; /* x-request-id made visible, or "" */
    char reason[320];    /* for people: libcurl's words; never the server's, never the URL */
    void *owner;
    struct transfer *transfer; /* the seam's own */
};

struct http_options {
    int max_connections;
    int64_t timeout_ms;
    int64_t connect_timeout_ms;
    const char *user_agent;
};

/* New, or NULL with ERROR_STOPPED. options are copied; user_agent is borrowed. */
struct http *http_open(const struct http_options *options, struct error *err);

/* Begins a transfer; everything that goes wrong is said in its reply. */
void http_start(struct http *http, const struct http_request *request);

enum http_wake {
    HTTP_WAKE_SIGNAL,
    HTTP_WAKE_SYNC,
    HTTP_WAKE_INPUT, /* its end wakes too */
    HTTP_WAKES
};

/*
 * Waits until a transfer has ended, one of the wakes is readable (each a descriptor or -1), or
 * timeout_ms has passed; never longer. Returns false (ERROR_STOPPED) only when waiting itself
 * failed.
 */
bool http_wait(struct http *http, int64_t timeout_ms, const int wakes[HTTP_WAKES],
               struct error *err);

/* Takes the next ended transfer; false when there is none now. */
bool http_take(struct http *http, struct http_reply *reply);

/* Gives the transfer and its body back for reuse. */
void http_release(struct http *http, struct http_reply *reply);

/* How many transfers were started and not yet taken. */
size_t http_in_flight(const struct http *http);

/* Breaks off whatever is in flight and frees; NULL is allowed. */
void http_close(struct http *http);

#endif
