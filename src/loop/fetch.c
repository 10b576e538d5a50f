#include "loop/fetch.h"

#include "os/clock.h"
#include "os/stop.h"
#include "source/cursor.h"

enum { LONGEST_WAIT_MS = 1000 };

/* Nothing but a reply, the time or a signal ends the wait. */
static bool wait_for(struct http *http, int64_t wait_ms, struct error *err)
{
    const int wakes[HTTP_WAKES] = {stop_wake_fd(), -1, -1};

    return http_wait(http, wait_ms, wakes, err);
}

static bool interrupted(struct error *err)
{
    error_set(err, ERROR_STOPPED, "interrupted");
    return false;
}

/* After a signal nothing new begins but what takes something away: that may be our own, and nobody
 * else would. Where a read was left behind, its reply would be taken for another's. */
static bool may_begin(const struct call *call, const struct traffic *traffic, struct error *err)
{
    if (stop_signal() == 0 || (call->method == CALL_DELETE && http_in_flight(traffic->http) == 0))
        return true;
    return interrupted(err);
}

/* Waits until the flight's reply is there. A signal ends that for a read, which leaves nothing
 * behind; what became of anything else is to be known. */
static bool await(struct traffic *traffic, const struct call *call, struct http_reply *reply,
                  struct error *err)
{
    while (!http_take(traffic->http, reply)) {
        /* Asked for all methods: it empties the pipe, or waiting would end at once again. */
        if (stop_signal() != 0 && call->method == CALL_GET)
            return interrupted(err);
        if (!wait_for(traffic->http, LONGEST_WAIT_MS, err))
            return false;
    }
    return true;
}

/* Waits until the flight may start. */
static bool await_start(struct flight *flight, struct traffic *traffic, struct error *err)
{
    int64_t now_ms = clock_now_ms();
    int64_t until_ms = flight_wait_until(flight, traffic, now_ms);

    while (until_ms > now_ms) {
        int64_t wait_ms = until_ms - now_ms < LONGEST_WAIT_MS ? until_ms - now_ms : LONGEST_WAIT_MS;

        if (stop_signal() != 0)
            return interrupted(err);
        if (!flight_may_wait(flight, traffic, now_ms, err) ||
            !wait_for(traffic->http, wait_ms, err))
            return false;
        now_ms = clock_now_ms();
        until_ms = flight_wait_until(flight, traffic, now_ms);
    }
    return true;
}

void fetched_init(struct fetched *fetched)
{
    *fetched = (struct fetched){.verdict.kind = VERDICT_AGAIN};
    buf_init(&fetched->raw, BUF_NO_LIMIT);
}

void fetched_release(struct fetched *fetched)
{
    verdict_release(&fetched->verdict);
    buf_release(&fetched->raw);
}

/* The reply's body goes back to the seam; what is wanted of it is kept. */
static void keep_raw(struct fetched *fetched)
{
    struct answer *answer = &fetched->verdict.answer;

    buf_clear(&fetched->raw);
    buf_add_span(&fetched->raw, answer->raw);
    answer->raw = buf_span(&fetched->raw);
}

bool fetch(struct traffic *traffic, const struct call *call, struct fetched *fetched,
           struct error *err)
{
    struct flight flight;
    enum flight_end end = FLIGHT_AGAIN;
    bool ok = true;

    flight_init(&flight);
    flight_prepare(&flight, call, clock_now_ms());
    while (ok && end == FLIGHT_AGAIN) {
        struct http_reply reply;

        verdict_release(&fetched->verdict);
        ok = may_begin(call, traffic, err) && await_start(&flight, traffic, err) &&
             flight_start(&flight, traffic, NULL, err) && await(traffic, call, &reply, err);
        if (!ok)
            break;
        end = flight_take(&flight, traffic, &reply, clock_now_ms(), &fetched->verdict, err);
        keep_raw(fetched);
        http_release(traffic->http, &reply);
    }
    flight_release(&flight);
    return ok && end == FLIGHT_ANSWERED && err->code == ERROR_NONE;
}

static const struct profile *profile_of(const struct traffic *traffic)
{
    return traffic->remotes[SIDE_SOURCE]->options.endpoint->profile;
}

static bool tell(struct cursor *cursor, const struct fetch_list *list)
{
    const struct span *raw = cursor_raw(cursor);

    for (size_t i = 0; i < cursor->count; i++) {
        if (!list->each(list->ctx, cursor->objects[i], raw ? raw[i] : (struct span){NULL, 0}))
            return false;
    }
    return true;
}

void fetch_no_list(const struct profile *profile, struct error *err)
{
    error_set(err, ERROR_USAGE,
              "%s cannot list threads\nhint: name them: threadferry … --threads FILE",
              profile->name);
}

/* Does the refusal say that there is no such list, rather than what is wrong with asking now? */
static bool is_not_listed(const struct answer *answer)
{
    return answer->status == 401 || answer->status == 404 || answer->status == 405 ||
           answer->status == 501;
}

/* The first answer, where it says more than its status. */
static bool is_explained(const struct traffic *traffic, const struct fetch_list *list,
                         const struct answer *answer, struct error *err)
{
    const struct profile *profile = profile_of(traffic);
    const bool is_gone = answer->status == 410 || (answer->status == 404 && !profile->is_partial);

    if (list->standing == FETCH_ORDINARY || answer->kind != ANSWER_NO)
        return false;
    if (is_gone)
        profile_explain_gone(profile, answer->status, err);
    else if (list->standing == FETCH_OPTIONAL && is_not_listed(answer))
        fetch_no_list(profile, err);
    else
        return false;
    return true;
}

static enum cursor_result feed_list(struct cursor *cursor, const struct traffic *traffic,
                                    const struct fetch_list *list, const struct answer *answer,
                                    struct error *err)
{
    if (!cursor->after && is_explained(traffic, list, answer, err))
        return CURSOR_FAILED;
    return cursor_feed(cursor, answer, err);
}

bool fetch_each(struct traffic *traffic, const struct fetch_list *list, struct error *err)
{
    struct cursor cursor;
    enum cursor_result result = CURSOR_AGAIN;
    bool more = true;

    cursor_init(&cursor,
                &(struct cursor_options){.side = SIDE_SOURCE,
                                         .path = list->path,
                                         .what = list->what,
                                         .page_size = list->page_size,
                                         .ordered_by_time = true,
                                         .doubts_end = profile_of(traffic)->has_more_may_lie,
                                         .keep_raw = list->keep_raw});
    while (more && result != CURSOR_FAILED) {
        struct fetched fetched;
        struct call call;

        cursor_call(&cursor, &call);
        call.optional = list->standing == FETCH_OPTIONAL && !cursor.after;
        fetched_init(&fetched);
        result = fetch(traffic, &call, &fetched, err)
                     ? feed_list(&cursor, traffic, list, &fetched.verdict.answer, err)
                     : CURSOR_FAILED;
        fetched_release(&fetched);
        if (result == CURSOR_PAGE)
            more = tell(&cursor, list) && !cursor.last;
    }
    cursor_release(&cursor);
    return result != CURSOR_FAILED;
}
