#include "http/http_transfer.h"

#include "base/mem.h"
#include "http/authorities.h"
#include "http/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    /* A head is read and thrown away, so this only bounds how long we listen to nonsense. libcurl
     * itself refuses single lines above 100 KiB and, from 8.3 on, heads above 300 KiB. */
    HEAD_MAX_BYTES = 2 * 1024 * 1024,
    /* A buffer that has grown beyond this is not kept for the next reply. */
    BODY_KEEP_BYTES = 256 * 1024,
    /* A peer that sends and takes nothing at all for so long is gone, whatever timeout_ms says. */
    SILENCE_MAX_S = 60,
    MS_PER_S = 1000,
    /* The slowest at which contents are sent before timeout_ms counts: 256 kbit/s. */
    SLOWEST_BYTES_PER_MS = 32,
    STATUS_OK = 200,
    /* What is drained may take long, but not at less than this for as long as a time-out. */
    DRAIN_MIN_BYTES_PER_S = 512,
    /* libcurl counts whole seconds and reuses what is exactly as old: idle for 30 s is too old. */
    IDLE_MAX_S = 29,
};

struct transfer *transfer_new(void)
{
    CURL *easy = curl_easy_init();
    struct transfer *transfer;

    if (easy == NULL)
        mem_exhausted();
    transfer = mem_zalloc(1, sizeof *transfer);
    transfer->easy = easy;
    buf_init(&transfer->body, BUF_NO_LIMIT);
    return transfer;
}

static void free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *node = headers; node != NULL; node = node->next)
        mem_wipe(node->data, strlen(node->data));
    curl_slist_free_all(headers);
}

void transfer_free(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    free_headers(transfer->headers);
    buf_release(&transfer->body);
    body_close(transfer->out);
    free(transfer->ca_file);
    free(transfer->site);
    free(transfer);
}

void transfer_clear(struct transfer *transfer)
{
    transfer->request = (struct http_request){0};
    body_close(transfer->out);
    transfer->out = NULL;
    if (transfer->body.cap > BODY_KEEP_BYTES)
        buf_release(&transfer->body);
    buf_clear(&transfer->body);
}

static size_t on_read(char *out, size_t size, size_t count, void *ctx)
{
    struct transfer *transfer = ctx;
    const struct span bytes = transfer->request.body.bytes;
    size_t len = size * count;

    if (transfer->out) {
        if (!body_read(transfer->out, out, size * count, &len, &transfer->out_error))
            return CURL_READFUNC_ABORT;
    } else {
        len = len < transfer->out_left ? len : (size_t)transfer->out_left;
        if (len > 0)
            memcpy(out, bytes.data + (bytes.len - transfer->out_left), len);
    }
    transfer->out_left -= len;
    return len;
}

/*
 * libcurl rewinds when it means to send the request again by itself. Before the first byte that is
 * harmless: a request without its body cannot have been executed. After it, it is not.
 */
static int on_rewind(void *ctx, curl_off_t offset, int origin)
{
    const struct transfer *transfer = ctx;

    if (origin == SEEK_SET && offset == 0 &&
        transfer->out_left == body_length(&transfer->request.body))
        return CURL_SEEKFUNC_OK;
    return CURL_SEEKFUNC_FAIL;
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
    struct transfer *transfer = ctx;
    size_t len = size * count;

    transfer->got_bytes = true;
    http_head_line(&transfer->head, (struct span){data, len});
    return transfer->head.bytes <= HEAD_MAX_BYTES ? len : 0;
}

/* Counts what libcurl has decoded, so compression cannot pass the maximum either. */
static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct transfer *transfer = ctx;
    const struct http_drain *drain = transfer->request.drain;
    size_t len = size * count;
    const struct http_filter *filter = &transfer->request.filter;
    long status = 0;

    transfer->got_bytes = true;
    if (drain)
        (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == STATUS_OK) {
        transfer->too_large = !drain->take(drain->ctx, (struct span){data, len});
        return transfer->too_large ? 0 : len;
    }
    transfer->in_bytes += len;
    if (filter->add)
        filter->add(filter->ctx, (struct span){data, len}, &transfer->body);
    else
        buf_add(&transfer->body, data, len);
    transfer->too_large =
        transfer->body.overflow || transfer->in_bytes > transfer->request.max_reply_bytes;
    return transfer->too_large ? 0 : len; /* anything but len ends the transfer */
}

static void add_header(struct transfer *transfer, const char *line)
{
    struct curl_slist *grown = curl_slist_append(transfer->headers, line);

    if (grown == NULL)
        mem_exhausted();
    transfer->headers = grown;
}

/* The handle has the headers of this request, and behind them what copy_headers() adds. */
static bool same_headers(const struct transfer *transfer)
{
    const char *const *lines = transfer->request.headers;
    const struct curl_slist *have = transfer->headers;
    size_t count = 0;

    for (; count < transfer->header_count && lines[count] != NULL; count++) {
        if (strcmp(have->data, lines[count]) != 0)
            return false;
        have = have->next;
    }
    return count == transfer->header_count && lines[count] == NULL;
}

static void copy_headers(struct transfer *transfer)
{
    const char *const *headers = transfer->request.headers;

    free_headers(transfer->headers);
    transfer->headers = NULL;
    for (transfer->header_count = 0; headers[transfer->header_count] != NULL;
         transfer->header_count++)
        add_header(transfer, headers[transfer->header_count]);
    /* Without a value it tells libcurl not to send its own. */
    if (transfer->method == HTTP_POST)
        add_header(transfer, "Expect:");
}

/* How a request may travel. */
struct route {
    bool is_plain;        /* http, and nothing else; or https and nothing else */
    const char *no_proxy; /* hosts that no proxy is asked for, whatever the environment says; NULL:
                             the environment's own */
};

static const struct route ROUTE_PLAIN = {true, "*"};
static const struct route ROUTE_LOOPBACK = {false, "*"};
static const struct route ROUTE_TLS = {false, NULL};

/* Plain HTTP reaches this machine only, unless the user has said otherwise; and what is not
 * encrypted, or does not leave this machine, is nothing for a proxy. NULL: not at all. */
static const struct route *route_of(const struct http_request *request)
{
    struct url url;

    if (!url_read(span_of(request->url), &url) || url.has_user)
        return NULL;
    if (!url.is_plain)
        return url_is_loopback(&url) ? &ROUTE_LOOPBACK : &ROUTE_TLS;
    return request->origin->allow_plain || url_is_loopback(&url) ? &ROUTE_PLAIN : NULL;
}

/* The one of the request before it if this one goes to the same site: a URL costs much to read. */
static const struct route *find_route(struct transfer *transfer, const struct http_request *request)
{
    const char *authority = strstr(request->url, "://");
    const size_t scheme = authority ? (size_t)(authority - request->url) + strlen("://") : 0;
    const struct span site = {request->url, scheme + strcspn(request->url + scheme, "/?#")};

    if (transfer->route && span_is(site, transfer->site) &&
        transfer->allow_plain == request->origin->allow_plain)
        return transfer->route;
    free(transfer->site);
    transfer->site = mem_dup(site.data, site.len);
    transfer->allow_plain = request->origin->allow_plain;
    return route_of(request);
}

struct long_option {
    CURLoption option;
    long value;
};

static CURLcode set_longs(CURL *easy, const struct long_option *options, size_t count)
{
    CURLcode code = CURLE_OK;

    for (size_t i = 0; code == CURLE_OK && i < count; i++)
        code = curl_easy_setopt(easy, options[i].option, options[i].value);
    return code;
}

static CURLcode set_limits(struct transfer *transfer, const struct http_options *options)
{
    const bool drains = transfer->drain_bytes > 0;
    const struct long_option longs[] = {
        {CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms},
        {CURLOPT_MAXAGE_CONN, IDLE_MAX_S},
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        /* Ids go into paths: "." and ".." in them are not for libcurl to resolve. */
        {CURLOPT_PATH_AS_IS, 1},
        /* Always a tunnel, so that what a proxy says never looks like the API's answer. */
        {CURLOPT_HTTPPROXYTUNNEL, 1},
        {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
        {CURLOPT_HEADEROPT, CURLHEADER_SEPARATE}, /* the key is not for proxies */
    };
    CURLcode code = set_longs(transfer->easy, longs, COUNT_OF(longs));

    if (code == CURLE_OK)
        code = curl_easy_setopt(transfer->easy, CURLOPT_MAXFILESIZE_LARGE,
                                drains ? (curl_off_t)transfer->drain_bytes
                                       : (curl_off_t)transfer->request.max_reply_bytes);
    return code;
}

/* libcurl takes these only one by one: each has its own type. Its macro returns the code. */
static CURLcode set_callbacks(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);

    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    return code;
}

struct text_option {
    CURLoption option;
    const char *value; /* NULL: libcurl's default */
};

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static CURLcode set_texts(struct transfer *transfer, const struct http_options *options)
{
    const struct text_option texts[] = {
        {CURLOPT_NOPROXY, transfer->route->no_proxy},
        {CURLOPT_USERAGENT, options->user_agent},
        {CURLOPT_ACCEPT_ENCODING, ""}, /* everything that libcurl can decode */
        {CURLOPT_CAINFO, transfer->ca_file ? transfer->ca_file : authorities_default()},
    };
    CURLcode code = curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);

    for (size_t i = 0; code == CURLE_OK && i < COUNT_OF(texts); i++) {
        if (texts[i].value != NULL)
            code = curl_easy_setopt(transfer->easy, texts[i].option, texts[i].value);
    }
    return code;
}

static CURLcode set_post(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_POST, 1L);

    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_rewind);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer);
    return code;
}

static CURLcode set_protocol(CURL *easy, bool is_plain)
{
#if CURL_AT_LEAST_VERSION(7, 85, 0)
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, is_plain ? "http" : "https");
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
                            (long)(is_plain ? CURLPROTO_HTTP : CURLPROTO_HTTPS));
#endif
}

static CURLcode set_method(struct transfer *transfer)
{
    switch (transfer->request.method) {
    case HTTP_GET:
        return curl_easy_setopt(transfer->easy, CURLOPT_HTTPGET, 1L);
    case HTTP_POST:
        return set_post(transfer);
    case HTTP_DELETE:
        return curl_easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, "DELETE");
    }
    return CURLE_OK;
}

static int64_t drain_bytes(const struct http_request *request)
{
    return request->drain ? request->drain->max_bytes : 0;
}

/* Can the handle be used as it was set up for the request before this one? */
static bool is_set_up(const struct transfer *transfer, const struct route *route)
{
    const struct http_request *request = &transfer->request;

    return transfer->route == route && transfer->method == request->method &&
           transfer->body.max == request->max_reply_bytes &&
           transfer->drain_bytes == drain_bytes(request) &&
           same_text(transfer->ca_file, request->origin->ca_file) && same_headers(transfer);
}

/* Everything that stays the same from request to request. What is kept of the handle are
 * connections, sessions and names. */
static CURLcode set_up(struct transfer *transfer, const struct route *route,
                       const struct http_options *options)
{
    CURLcode code;

    curl_easy_reset(transfer->easy);
    transfer->method = transfer->request.method;
    transfer->body.max = transfer->request.max_reply_bytes;
    transfer->drain_bytes = drain_bytes(&transfer->request);
    free(transfer->ca_file);
    transfer->ca_file = mem_strdup(transfer->request.origin->ca_file);
    copy_headers(transfer);
    transfer->route = route;
    code = set_callbacks(transfer);
    if (code == CURLE_OK)
        code = set_limits(transfer, options);
    if (code == CURLE_OK)
        code = set_protocol(transfer->easy, route->is_plain);
    if (code == CURLE_OK)
        code = set_texts(transfer, options);
    if (code == CURLE_OK)
        code = set_method(transfer);
    return code;
}

/* Megabytes of contents take their time on a slow line; a peer that takes none of them is gone, and
 * so is one that sends hardly any of what is drained. */
static CURLcode set_patience(struct transfer *transfer, const struct http_options *options)
{
    const struct body *body = &transfer->request.body;
    const uint64_t sending_ms = body->hole_count > 0 ? body_length(body) / SLOWEST_BYTES_PER_MS : 0;
    const long timeout_ms = (long)options->timeout_ms + (long)sending_ms;
    const long timeout_s = (timeout_ms + MS_PER_S - 1) / MS_PER_S;
    const bool drains = transfer->drain_bytes > 0;
    const struct long_option longs[] = {
        {CURLOPT_TIMEOUT_MS, drains ? 0 : timeout_ms},
        /* Not where the time-out comes first: libcurl watches the speed at a price. */
        {CURLOPT_LOW_SPEED_LIMIT, drains ? DRAIN_MIN_BYTES_PER_S : timeout_s > SILENCE_MAX_S},
        {CURLOPT_LOW_SPEED_TIME, drains && timeout_s < SILENCE_MAX_S ? timeout_s : SILENCE_MAX_S},
    };

    return set_longs(transfer->easy, longs, COUNT_OF(longs));
}

static CURLcode set_request(struct transfer *transfer, const struct http_options *options)
{
    const struct http_request *request = &transfer->request;
    CURLcode code = curl_easy_setopt(transfer->easy, CURLOPT_URL, request->url);

    if (code == CURLE_OK)
        code = set_patience(transfer, options);
    if (code == CURLE_OK && request->method == HTTP_POST)
        code = curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                (curl_off_t)body_length(&request->body));
    /* A write without a body has no rewind to refuse, and libcurl would repeat it when a reused
     * connection turns out to be dead. It never does so on a fresh one. */
    if (code == CURLE_OK && request->method != HTTP_GET)
        code = curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT,
                                body_length(&request->body) == 0 ? 1L : 0L);
    return code;
}

CURLcode transfer_prepare(struct transfer *transfer, const struct http_request *request,
                          const struct http_options *options)
{
    const struct route *route = find_route(transfer, request);
    CURLcode code = CURLE_OK;

    transfer->request = *request;
    if (request->method != HTTP_POST)
        transfer->request.body = (struct body){0};
    transfer->out_left = body_length(&transfer->request.body);
    transfer->out =
        transfer->request.body.hole_count > 0 ? body_open(&transfer->request.body) : NULL;
    error_clear(&transfer->out_error);
    transfer->in_bytes = 0;
    transfer->got_bytes = false;
    transfer->too_large = false;
    http_head_start(&transfer->head);
    if (request->drain)
        request->drain->begin(request->drain->ctx);
    if (route == NULL)
        code = CURLE_UNSUPPORTED_PROTOCOL;
    else if (!is_set_up(transfer, route))
        code = set_up(transfer, route, options);
    if (code == CURLE_OK)
        code = set_request(transfer, options);
    if (code == CURLE_OUT_OF_MEMORY)
        mem_exhausted();
    if (code != CURLE_OK) {
        /* Until all of it is set, nothing is; nor is this one judged by what is known of the
         * request before it. */
        curl_easy_reset(transfer->easy);
        transfer->route = NULL;
    }
    return code;
}
