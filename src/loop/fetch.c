#include "loop/fetch.h"

#include "os/clock.h"
#include "os/stop.h"
#include "source/cursor.h"

enum { LONGEST_WAIT_MS = 1000 };

/* What a signal leaves. Nothing new begins but what takes something away, if it may leave at once:
 * that may be our own, and nobody else would. Where a read was left behind, its reply would be
 * taken for another's. In flight only a read is given up, for it leaves nothing behind. */
static bool goes_on(const struct call *call, const struct http *http, bool is_flying, bool is_ready)
{
    /* Asked for all methods: it empties the pipe, or waiting would end at once again. */
    if (stop_signal() == 0)
        return true;
    return is_flying ? call->method != CALL_GET
                     : call->method == CALL_DELETE && is_ready && http_in_flight(http) == 0;
}

/* Starts the flight if it may start, or waits for that or for its reply. */
static bool step(struct flight *flight, struct traffic *traffic, bool *is_flying, struct error *err)
{
    /* Nothing but a reply, the time or a signal ends the wait. */
    const int wakes[HTTP_WAKES] = {stop_wake_fd(), -1, -1};
    const int64_t now_ms = clock_now_ms();
    const int64_t until_ms = *is_flying ? INT64_MAX : flight_wait_until(flight, traffic, now_ms);

    if (!goes_on(&flight->call, traffic->http, *is_flying, until_ms <= now_ms)) {
        error_set(err, ERROR_STOPPED, "interrupted");
        return false;
    }
    if (until_ms <= now_ms) {
        *is_flying = true;
        return flight_start(flight, traffic, NULL, err);
    }
    if (!*is_flying && !flight_may_wait(flight, traffic, now_ms, err))
        return false;
    return http_wait(traffic->http,
                     until_ms - now_ms < LONGEST_WAIT_MS ? until_ms - now_ms : LONGEST_WAIT_MS,
                     wakes, err);
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
static enum flight_end take(struct flight *flight, struct traffic *traffic,
                            struct http_reply *reply, struct fetched *fetched, struct error *err)
{
    struct answer *answer = &fetched->verdict.answer;
    enum flight_end end =
        flight_take(flight, traffic, reply, clock_now_ms(), &fetched->verdict, err);

    buf_clear(&fetched->raw);
    buf_add_span(&fetched->raw, answer->raw);
    answer->raw = buf_span(&fetched->raw);
    http_release(traffic->http, reply);
    if (end == FLIGHT_AGAIN)
        verdict_release(&fetched->verdict);
    return end;
}

bool fetch(struct traffic *traffic, const struct call *call, struct fetched *fetched,
           struct error *err)
{
    struct flight flight;
    struct http_reply reply;
    enum flight_end end = FLIGHT_AGAIN;
    bool is_flying = false;
    bool ok = true;

    verdict_release(&fetched->verdict);
    flight_init(&flight);
    flight_prepare(&flight, call, clock_now_ms());
    while (ok && end == FLIGHT_AGAIN) {
        if (is_flying && http_take(traffic->http, &reply)) {
            end = take(&flight, traffic, &reply, fetched, err);
            is_flying = false;
        } else {
            ok = step(&flight, traffic, &is_flying, err);
        }
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
        result = CURSOR_FAILED;
        if (fetch(traffic, &call, &fetched, err) &&
            (cursor.after || !is_explained(traffic, list, &fetched.verdict.answer, err)))
            result = cursor_feed(&cursor, &fetched.verdict.answer, err);
        fetched_release(&fetched);
        if (result == CURSOR_PAGE)
            more = tell(&cursor, list) && !cursor.last;
    }
    cursor_release(&cursor);
    return result != CURSOR_FAILED;
}
