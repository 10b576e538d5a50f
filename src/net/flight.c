#include "net/flight.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

enum {
    PROBE_ATTEMPTS = 3,
    DOCUMENT_ATTEMPTS = 3, /* a whole reply that is no JSON will hardly become one */
    LONGEST_HOLD_MS = 3600 * 1000,
    MS_PER_MINUTE = 60000,
    MS_PER_SECOND = 1000,
    TELL_HOLD_MS = 10000,
};

void flight_init(struct flight *flight)
{
    *flight = (struct flight){0};
    buf_init(&flight->url, BUF_NO_LIMIT);
}

static void drop_shorten(struct flight *flight)
{
    if (!flight->shorten)
        return;
    shorten_release(flight->shorten);
    free(flight->shorten);
    flight->shorten = NULL;
}

void flight_release(struct flight *flight)
{
    drop_shorten(flight);
    buf_release(&flight->url);
}

void flight_prepare(struct flight *flight, const struct call *call, int64_t now_ms)
{
    flight->call = *call;
    flight->prepared_ms = now_ms;
    flight->ready_ms = now_ms;
    flight->attempts = 0;
    flight->bad_documents = 0;
    flight->got_reply = false;
    flight->status = 0;
    flight->repeat = (struct repeat){0};
    flight->held_ms = INT64_MIN;
    flight->is_locked = false;
    flight->lock_told = false;
}

static enum pace_kind pace_of(const struct call *call)
{
    return call->method == CALL_GET ? PACE_READ : PACE_WRITE;
}

static bool carries(const struct flight *flight)
{
    return flight->call.body.hole_count > 0;
}

int64_t flight_wait_until(const struct flight *flight, struct traffic *traffic, int64_t now_ms)
{
    struct remote *remote = traffic->remotes[flight->call.side];

    if (flight->ready_ms > now_ms)
        return flight->ready_ms;
    if (carries(flight) && traffic->carrying >= TRAFFIC_CARRYING_MAX)
        return INT64_MAX;
    return remote_wait_until(remote, pace_of(&flight->call), now_ms);
}

static bool is_stale(const struct flight *flight, int64_t now_ms, struct error *err)
{
    const int64_t valid_ms = flight->call.valid_ms;

    if (valid_ms == 0 || now_ms - flight->prepared_ms <= valid_ms)
        return false;
    error_set(err, ERROR_SERVER_ERROR,
              "the server took no request for %lld seconds, and what it rests on may have changed",
              (long long)valid_ms / MS_PER_SECOND);
    return true;
}

static void tell_hold(struct flight *flight, struct remote *remote, int64_t patience_ms,
                      int64_t now_ms)
{
    bool *told = flight->is_locked ? &flight->lock_told : &remote->throttling_told;
    const int64_t since_ms = flight->is_locked ? flight->held_ms : remote->throttled_ms;

    if (*told || since_ms == INT64_MIN || now_ms - since_ms < TELL_HOLD_MS)
        return;
    *told = true;
    log_event(LOG_INFO, "the %s %s; waiting up to %lld s (patience_ms)",
              side_name(flight->call.side),
              flight->is_locked ? "says that a conversation is locked by somebody else"
                                : "is rate limiting every request (HTTP 429)",
              (long long)(patience_ms / MS_PER_SECOND));
}

/* Is the request held, and the time over that people are ready to wait? */
static bool is_over_patience(const struct flight *flight, const struct traffic *traffic,
                             int64_t now_ms, struct error *err)
{
    const struct remote *remote = traffic->remotes[flight->call.side];
    const char *name = side_name(flight->call.side);
    const long long waited_s = (long long)(traffic->patience_ms / MS_PER_SECOND);

    if (flight->held_ms == INT64_MIN || now_ms - flight->held_ms < traffic->patience_ms)
        return false;
    if (flight->is_locked)
        error_set(err, ERROR_SERVER_ERROR,
                  "the conversation was locked for more than %lld s (conversation_locked)",
                  waited_s);
    else if (remote->granted_ms >= flight->held_ms)
        error_set(err, ERROR_SERVER_ERROR,
                  "the %s rate limited this request alone for more than %lld s (HTTP 429)", name,
                  waited_s);
    else
        error_set(err, ERROR_STOPPED,
                  "the %s rate limited every request for more than %lld s (HTTP 429)\n"
                  "hint: run again later; patience_ms is how long to retry after them",
                  name, waited_s);
    return true;
}

bool flight_may_wait(struct flight *flight, struct traffic *traffic, int64_t now_ms,
                     struct error *err)
{
    if (is_stale(flight, now_ms, err) || is_over_patience(flight, traffic, now_ms, err))
        return false;
    if (flight->held_ms != INT64_MIN)
        tell_hold(flight, traffic->remotes[flight->call.side], traffic->patience_ms, now_ms);
    return true;
}

static void filter(void *ctx, struct span bytes, struct buf *out)
{
    shorten_add(ctx, bytes, out);
}

bool flight_start(struct flight *flight, struct traffic *traffic, void *owner, struct error *err)
{
    struct remote *remote = traffic->remotes[flight->call.side];
    struct http_request request;

    if (!remote_request(remote, &flight->call, &flight->url, &request, err))
        return false;
    request.owner = owner;
    if (flight->call.shortens) {
        drop_shorten(flight);
        flight->shorten = mem_zalloc(1, sizeof *flight->shorten);
        shorten_start(flight->shorten);
        request.filter = (struct http_filter){filter, flight->shorten};
    }
    traffic->carrying += carries(flight) ? 1 : 0;
    flight->generation = remote->generation;
    flight->ticket = remote_sent(remote, pace_of(&flight->call));
    traffic->requests[flight->call.side]++;
    if (flight->attempts > 0)
        traffic->retries++;
    http_start(traffic->http, &request);
    return true;
}

/* What a reply says about its origin as a whole; false stops the run. */
static bool pace(const struct flight *flight, struct traffic *traffic,
                 const struct verdict *verdict, const struct http_hints *hints, int64_t now_ms,
                 struct error *err)
{
    struct remote *remote = traffic->remotes[flight->call.side];
    struct pace_end end = {
        .result = PACE_FINE,
        .ticket = flight->ticket,
        .hold_ms = verdict->locked ? 0 : verdict->hold_ms,
        .limit = hints->limit_requests,
        .remaining = hints->remaining_requests,
    };

    if (verdict->throttled)
        end.result = PACE_THROTTLED;
    else if (verdict->timed_out)
        end.result = PACE_TIMED_OUT;
    traffic->throttled += verdict->throttled ? 1 : 0;
    if (verdict->hold_ms > LONGEST_HOLD_MS) {
        error_set(err, ERROR_STOPPED, "the %s asked to wait for %lld minutes",
                  side_name(flight->call.side), (long long)(verdict->hold_ms / MS_PER_MINUTE));
        return false;
    }
    pacer_ended(remote->pacer, &end, now_ms);
    return true;
}

/* Are a few refusals the answer? A probe is refused by replies, not by an outage. */
static bool is_answered(const struct flight *flight)
{
    const long status = flight->status;
    const bool is_no_route = status == 404 || status == 405 || status == 501;

    return flight->got_reply && (flight->call.probe || (flight->call.asks_route && is_no_route));
}

/* Too many attempts: the answer is no, the thread fails, or nobody is there at all. */
static enum flight_end give_up(const struct flight *flight, const struct traffic *traffic,
                               struct verdict *verdict, struct error *err)
{
    const struct remote *remote = traffic->remotes[flight->call.side];
    const char *name = side_name(flight->call.side);

    if (is_answered(flight)) {
        verdict->answer.kind = ANSWER_NO;
        return FLIGHT_ANSWERED;
    }
    /* Where others were answered meanwhile, it is this request that gets none. */
    if (!flight->got_reply && remote->heard_ms < flight->prepared_ms)
        error_set(err, ERROR_NETWORK,
                  "the %s does not answer: %s\n"
                  "hint: check base_url, the network and proxies; 'threadferry doctor' says more",
                  name, verdict->reason);
    else if (!flight->got_reply || flight->status == 0)
        error_set(err, ERROR_SERVER_ERROR, "the %s broke the connection again and again: %s", name,
                  verdict->reason);
    else if (flight->bad_documents > 0)
        error_set(err, ERROR_SERVER_ERROR,
                  "the %s sent something that is not the JSON it should be", name);
    else
        error_set(err, ERROR_SERVER_ERROR, "the %s failed again and again: HTTP %ld", name,
                  flight->status);
    return FLIGHT_FAILED;
}

/* The same no would come for ever: an answer to a read; a delete is not known to have failed. */
static enum flight_end take_final(const struct flight *flight, struct verdict *verdict,
                                  struct error *err)
{
    const long status = verdict->answer.status;

    verdict->answer.kind = ANSWER_NO;
    if (flight->call.method == CALL_GET)
        return FLIGHT_ANSWERED;
    error_set(err, status == 409 ? ERROR_REFUSED : ERROR_SERVER_ERROR,
              "the %s gave the same reply again and again: HTTP %ld", side_name(flight->call.side),
              status);
    return FLIGHT_FAILED;
}

static enum flight_end try_again(struct flight *flight, struct traffic *traffic,
                                 struct verdict *verdict, int64_t now_ms, struct error *err)
{
    struct remote *remote = traffic->remotes[flight->call.side];
    int64_t most = is_answered(flight) ? PROBE_ATTEMPTS : traffic->max_attempts;
    int64_t wait;

    if (repeat_is_final(&flight->repeat, &verdict->answer))
        return take_final(flight, verdict, err);
    flight->attempts++;
    flight->bad_documents += verdict->bad_document ? 1 : 0;
    if (flight->attempts >= most || flight->bad_documents >= DOCUMENT_ATTEMPTS)
        return give_up(flight, traffic, verdict, err);
    wait = pacer_backoff_ms(remote->pacer, flight->attempts);
    flight->ready_ms = now_ms + (verdict->hold_ms > wait ? verdict->hold_ms : wait);
    return FLIGHT_AGAIN;
}

static enum flight_end take_answer(struct flight *flight, struct traffic *traffic,
                                   struct verdict *verdict, struct error *err)
{
    struct remote *remote = traffic->remotes[flight->call.side];

    if (verdict->answer.kind == ANSWER_YES)
        remote_accepted(remote, flight->generation);
    flight->refused = verdict->answer.kind != ANSWER_YES;
    if (flight->call.side == SIDE_SOURCE)
        flight->source_gone = verdict_is_gone(verdict, remote->options.endpoint->profile);
    if (verdict->key_refused)
        (void)remote_renew(remote, flight->generation, err);
    return FLIGHT_ANSWERED;
}

/* Azure says 401 also where the key is good and the identity has no role. */
static bool new_key(const struct flight *flight, struct remote *remote, const struct answer *answer,
                    struct error *err)
{
    if (remote_renew(remote, flight->generation, err))
        return true;
    if (err->code == ERROR_AUTH && span_is(answer->code, "PermissionDenied"))
        error_set(err, ERROR_AUTH,
                  "the %s refuses permission (HTTP 401, PermissionDenied)\nhint: %s",
                  side_name(flight->call.side), endpoint_forbidden_hint(remote->options.endpoint));
    return false;
}

/* What a reply, or that there is none, says of the server and of this request's patience. */
static void note_reply(struct flight *flight, struct remote *remote, struct verdict *verdict,
                       int64_t now_ms)
{
    verdict->answer.now_ms = now_ms;
    flight->got_reply = flight->got_reply || verdict->got_reply;
    if (verdict->got_reply) {
        remote->heard_ms = now_ms;
        remote->silence_told = false;
    } else if (verdict->kind != VERDICT_FAILS) {
        remote_tell_silence(remote, verdict->reached, verdict->reason);
    }
    if (verdict->kind == VERDICT_ANSWER && verdict->answer.kind == ANSWER_YES) {
        remote_granted(remote, now_ms);
        remote->written += flight->call.method != CALL_GET;
    }
    verdict->answer.served = remote->served;
    verdict->answer.written = remote->written;
    if (verdict->throttled && remote->throttled_ms == INT64_MIN)
        remote->throttled_ms = now_ms;
    if (verdict->kind != VERDICT_PATIENCE)
        flight->held_ms = INT64_MIN;
    else if (flight->held_ms == INT64_MIN)
        flight->held_ms = now_ms;
    flight->is_locked = verdict->locked;
}

enum flight_end flight_take(struct flight *flight, struct traffic *traffic,
                            const struct http_reply *reply, int64_t now_ms, struct verdict *verdict,
                            struct error *err)
{
    error_clear(err);
    drop_shorten(flight);
    traffic->carrying -= carries(flight) ? 1 : 0;
    exchange_judge(verdict, &flight->call, reply);
    note_reply(flight, traffic->remotes[flight->call.side], verdict, now_ms);
    flight->status = verdict->answer.status;
    flight->ready_ms = now_ms;
    flight->refused = true;
    if (flight->call.side == SIDE_SOURCE)
        flight->source_gone = false;
    if (!pace(flight, traffic, verdict, &reply->hints, now_ms, err))
        return verdict->kind == VERDICT_ANSWER ? FLIGHT_ANSWERED : FLIGHT_STOP;
    switch (verdict->kind) {
    case VERDICT_ANSWER:
        return take_answer(flight, traffic, verdict, err);
    case VERDICT_AGAIN:
        return try_again(flight, traffic, verdict, now_ms, err);
    case VERDICT_PATIENCE:
        if (verdict->locked)
            flight->ready_ms = now_ms + verdict->hold_ms;
        return FLIGHT_AGAIN;
    case VERDICT_NEW_KEY:
        return new_key(flight, traffic->remotes[flight->call.side], &verdict->answer, err)
                   ? FLIGHT_AGAIN
                   : FLIGHT_STOP;
    case VERDICT_FAILS:
        *err = verdict->error;
        return error_stops_run(err) ? FLIGHT_STOP : FLIGHT_FAILED;
    }
    return FLIGHT_STOP;
}
