/*
 * One transfer on one libcurl easy handle: set up from a request, fed by
 * libcurl's callbacks, judged when it has ended. Handles and body buffers are
 * used again and again; http_curl.c keeps them.
 */
#ifndef HTTP_HTTP_TRANSFER_H
#define HTTP_HTTP_TRANSFER_H

#include "base/buf.h"
#include "http/http.h"
#include "http/http_head.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

struct route;

struct transfer {
    struct transfer *next;     /* in the list of idle or of ended transfers */
    struct transfer *next_all; /* every transfer of this struct http */
    CURL *easy;
    bool in_multi;
    struct http_request request;
    /* What the handle was set up for; it is used so as long as requests are alike. */
    enum http_method method;
    const struct route *route;  /* NULL: for nothing yet */
    char *site;                 /* scheme, host and port that the route was found for; owned */
    bool allow_plain;           /* the same */
    char *ca_file;              /* owned, or NULL */
    int64_t drain_bytes;        /* at most so many are drained; 0: it is no drain */
    struct curl_slist *headers; /* owned; holds the key */
    size_t header_count;        /* those of the request among them */
    struct body_reader *out;    /* reads request.body; owned; NULL: it is all in memory */
    uint64_t out_left;          /* bytes of request.body that libcurl has not read */
    struct error out_error;     /* why it cannot be read */
    struct http_head head;
    struct buf body;
    size_t in_bytes; /* of the reply's body, as it came in */
    bool got_bytes;
    bool too_large; /* the body passed its maximum */
    CURLcode code;  /* how it ended */
};

struct transfer *transfer_new(void);

/* The handle must have left the multi handle. */
void transfer_free(struct transfer *transfer);

/* Sets every option for this request that is not set yet. What libcurl or we do not accept is
 * returned, and then nothing may be sent. */
CURLcode transfer_prepare(struct transfer *transfer, const struct http_request *request,
                          const struct http_options *options);

/* Says what came of it, from transfer->code and what was seen on the way. */
void transfer_judge(struct transfer *transfer, struct http_reply *reply);

/* Forgets request and reply; keeps the handle as it is set up, and the buffer. */
void transfer_clear(struct transfer *transfer);

#endif
