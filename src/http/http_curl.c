#include "http/http.h"

#include "base/mem.h"
#include "http/http_transfer.h"
#include "os/clock.h"

#include <curl/curl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>

struct http {
    CURLM *multi;
    struct http_options options;
    struct transfer *all;                /* every transfer there is, by next_all */
    struct transfer *idle[HTTP_METHODS]; /* to be used again, by what they were set up for */
    struct transfer *ended;              /* not yet taken, oldest first */
    struct transfer **tail;              /* of ended */
    size_t in_flight;                    /* started, not taken */
};

struct http *http_open(const struct http_options *options, struct error *err)
{
    struct http *http;
    CURLM *multi;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        error_set(err, ERROR_STOPPED, "cannot start libcurl");
        return NULL;
    }
    multi = curl_multi_init();
    if (multi == NULL) {
        curl_global_cleanup();
        error_set(err, ERROR_STOPPED, "cannot start libcurl: no multi handle");
        return NULL;
    }
    (void)curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)options->max_connections);
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)options->max_connections);
    (void)curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    http = mem_zalloc(1, sizeof *http);
    http->multi = multi;
    http->options = *options;
    http->tail = &http->ended;
    return http;
}

static void transfer_ended(struct http *http, struct transfer *transfer, CURLcode code)
{
    transfer->code = code;
    transfer->next = NULL;
    *http->tail = transfer;
    http->tail = &transfer->next;
}

static struct transfer *idle_transfer(struct http *http, enum http_method method)
{
    struct transfer *transfer = http->idle[method];

    if (transfer != NULL) {
        http->idle[method] = transfer->next;
        return transfer;
    }
    transfer = transfer_new();
    transfer->next_all = http->all;
    http->all = transfer;
    return transfer;
}

void http_start(struct http *http, const struct http_request *request)
{
    struct transfer *transfer = idle_transfer(http, request->method);
    CURLcode code = transfer_prepare(transfer, request, &http->options);

    http->in_flight++;
    if (code == CURLE_OK && curl_multi_add_handle(http->multi, transfer->easy) != CURLM_OK)
        code = CURLE_FAILED_INIT;
    transfer->in_multi = code == CURLE_OK;
    if (code != CURLE_OK)
        transfer_ended(http, transfer, code);
}

static void leave_multi(struct http *http, struct transfer *transfer)
{
    (void)curl_multi_remove_handle(http->multi, transfer->easy);
    transfer->in_multi = false;
}

static struct transfer *transfer_of(CURL *easy)
{
    char *private = NULL;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    return (struct transfer *)(void *)private;
}

static void collect_ended(struct http *http)
{
    int left;
    CURLMsg *message = curl_multi_info_read(http->multi, &left);

    while (message != NULL) {
        /* Copied, because the message dies when its handle leaves. */
        CURLcode code = message->data.result;
        struct transfer *transfer = transfer_of(message->easy_handle);

        leave_multi(http, transfer);
        transfer_ended(http, transfer, code);
        message = curl_multi_info_read(http->multi, &left);
    }
}

static bool is_fine(CURLMcode code, struct error *err)
{
    if (code != CURLM_OK)
        error_set(err, ERROR_STOPPED, "cannot wait for the network: %s", curl_multi_strerror(code));
    return code == CURLM_OK;
}

static bool perform(struct http *http, struct error *err)
{
    int running;

    if (!is_fine(curl_multi_perform(http->multi, &running), err))
        return false;
    collect_ended(http);
    return true;
}

/* libcurl passes on that a pipe can be read, but not that nobody writes to it any more. */
static bool has_input(int fd)
{
    struct pollfd input = {.fd = fd, .events = POLLIN};

    return fd >= 0 && poll(&input, 1, 0) > 0;
}

static bool is_woken(const struct curl_waitfd *wakes, unsigned int count, int input)
{
    for (unsigned int i = 0; i < count; i++) {
        if (wakes[i].revents != 0)
            return true;
    }
    return has_input(input);
}

bool http_wait(struct http *http, int64_t timeout_ms, const int wake_fds[HTTP_WAKES],
               struct error *err)
{
    struct curl_waitfd wakes[HTTP_WAKES];
    unsigned int count = 0;
    int64_t now = clock_now_ms();
    int64_t deadline = now + timeout_ms;
    bool is_over = false;

    for (int i = 0; i < HTTP_WAKES; i++) {
        if (wake_fds[i] >= 0)
            wakes[count++] = (struct curl_waitfd){.fd = wake_fds[i], .events = CURL_WAIT_POLLIN};
    }
    /* What was started leaves now: to poll first would only tell that there is something to do. */
    if (!perform(http, err))
        return false;
    while (http->ended == NULL && !is_over) {
        const int64_t left = deadline > now ? deadline - now : 0;

        if (!is_fine(curl_multi_poll(http->multi, wakes, count,
                                     left > INT_MAX ? INT_MAX : (int)left, NULL),
                     err) ||
            !perform(http, err))
            return false;
        now = clock_now_ms();
        is_over = now >= deadline || is_woken(wakes, count, wake_fds[HTTP_WAKE_INPUT]);
    }
    return true;
}

bool http_take(struct http *http, struct http_reply *reply)
{
    struct transfer *transfer = http->ended;

    if (transfer == NULL)
        return false;
    http->ended = transfer->next;
    if (http->ended == NULL)
        http->tail = &http->ended;
    http->in_flight--;
    transfer_judge(transfer, reply);
    return true;
}

void http_release(struct http *http, struct http_reply *reply)
{
    struct transfer *transfer = reply->transfer;
    struct transfer **idle;

    if (transfer == NULL)
        return;
    idle = &http->idle[transfer->request.method];
    transfer_clear(transfer);
    transfer->next = *idle;
    *idle = transfer;
    *reply = (struct http_reply){0};
}

size_t http_in_flight(const struct http *http)
{
    return http->in_flight;
}

void http_close(struct http *http)
{
    if (http == NULL)
        return;
    while (http->all != NULL) {
        struct transfer *transfer = http->all;

        http->all = transfer->next_all;
        if (transfer->in_multi)
            leave_multi(http, transfer);
        transfer_free(transfer);
    }
    (void)curl_multi_cleanup(http->multi);
    curl_global_cleanup();
    free(http);
}
