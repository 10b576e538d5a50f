#include "net/remote.h"

#include "base/log.h"
#include "http/url.h"

#include <inttypes.h>

enum { MAX_REPLY_BYTES = 64 << 20 };

static const double MS_PER_MINUTE = 60000;

/* Of a configured rate: clocks differ, and the server's limit must not be met. */
static const double CONFIGURED_SHARE = 0.995;

void remote_init(struct remote *remote, const struct remote_options *options, int64_t now_ms)
{
    *remote = (struct remote){.options = *options,
                              .heard_ms = INT64_MIN,
                              .granted_ms = INT64_MIN,
                              .throttled_ms = INT64_MIN};
    pacer_init(&remote->own_pacer, &options->pacer, now_ms);
    remote->pacer = &remote->own_pacer;
    for (int kind = 0; kind < PACE_KINDS; kind++)
        bucket_init(&remote->buckets[kind],
                    CONFIGURED_SHARE * (double)options->requests_per_minute / MS_PER_MINUTE,
                    now_ms);
}

void remote_share_pacer(struct remote *remote, struct remote *other)
{
    if (endpoint_same_host(remote->options.endpoint, other->options.endpoint))
        remote->pacer = other->pacer;
}

int64_t remote_wait_until(struct remote *remote, enum pace_kind kind, int64_t now_ms)
{
    const int64_t configured = bucket_wait_until(&remote->buckets[kind], now_ms);
    const int64_t origin = pacer_wait_until(remote->pacer, now_ms);

    return configured > origin ? configured : origin;
}

uint64_t remote_sent(struct remote *remote, enum pace_kind kind)
{
    bucket_take(&remote->buckets[kind]);
    return pacer_sent(remote->pacer);
}

static void drop_headers(struct remote *remote)
{
    header_list_release(&remote->read_headers);
    header_list_release(&remote->write_headers);
    remote->has_key = false;
}

void remote_release(struct remote *remote)
{
    drop_headers(remote);
}

static bool take_key(struct remote *remote, bool renew, struct error *err)
{
    const struct remote_options *options = &remote->options;
    const char *key = options->key(options->key_ctx, renew, err);

    if (!key)
        return false;
    drop_headers(remote);
    header_list_init(&remote->read_headers, options->endpoint, span_of(key), false);
    header_list_init(&remote->write_headers, options->endpoint, span_of(key), true);
    remote->has_key = true;
    remote->key_worked = false;
    remote->generation++;
    return true;
}

bool remote_request(struct remote *remote, const struct call *call, struct buf *url,
                    struct http_request *request, struct error *err)
{
    static const enum http_method METHODS[] = {
        [CALL_GET] = HTTP_GET, [CALL_POST] = HTTP_POST, [CALL_DELETE] = HTTP_DELETE};
    const struct header_list *headers;

    if (!remote->has_key && !take_key(remote, false, err))
        return false;
    headers = call->method == CALL_POST ? &remote->write_headers : &remote->read_headers;
    buf_clear(url);
    endpoint_add_url(url, remote->options.endpoint, call->path);
    *request = (struct http_request){
        .method = METHODS[call->method],
        .url = url->data,
        .headers = (const char *const *)headers->lines,
        .body = call->body,
        .origin = &remote->options.http,
        .max_reply_bytes = MAX_REPLY_BYTES,
        .drain = call->drain,
    };
    return true;
}

void remote_accepted(struct remote *remote, uint64_t generation)
{
    if (generation == remote->generation)
        remote->key_worked = true;
}

void remote_granted(struct remote *remote, int64_t now_ms)
{
    remote->served++;
    remote->granted_ms = now_ms;
    remote->throttled_ms = INT64_MIN;
    remote->throttling_told = false;
}

void remote_tell_silence(struct remote *remote, bool reached, const char *reason)
{
    struct buf base;
    struct url url;

    /* One connection that breaks is nothing to speak of where others are answered. */
    if (remote->silence_told || (reached && remote->heard_ms != INT64_MIN))
        return;
    remote->silence_told = true;
    buf_init(&base, BUF_NO_LIMIT);
    endpoint_add_base(&base, remote->options.endpoint);
    if (url_read(buf_span(&base), &url))
        log_event(LOG_WARNING, "%s %s:%" PRId64 ": %s; trying again",
                  reached ? "no reply from" : "cannot reach", url.host, url.port, reason);
    buf_release(&base);
}

bool remote_renew(struct remote *remote, uint64_t generation, struct error *err)
{
    if (generation != remote->generation)
        return true;
    if (generation > 1 && !remote->key_worked) {
        error_set(err, ERROR_AUTH, "the %s refused the key, and a new one too (HTTP 401)\nhint: %s",
                  side_name(remote->options.side),
                  endpoint_forbidden_hint(remote->options.endpoint));
        return false;
    }
    return take_key(remote, true, err);
}
