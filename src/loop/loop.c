#include "loop/loop.h"

#include "base/log.h"
#include "base/mem.h"
#include "loop/syncing.h"
#include "loop/tally.h"
#include "net/flight.h"
#include "os/clock.h"
#include "os/stop.h"

#include <stdlib.h>
#include <string.h>

enum {
    ASIDE_BYTES = 64 << 20, /* what jobs may hold together that take no place in the window */
    WAITING = 4,            /* jobs that may wait to send, for each request in flight */
    REFILL_AT_ONCE = 64,    /* jobs begun before the world outside is looked at again */
    WORDS_MAX = 1024,       /* what is kept of a refusal's words */
    LONGEST_WAIT_MS = 1000, /* a look at the signals at least once a second */
};

enum slot_state {
    SLOT_SPEAK,    /* the job can be asked for its next wish */
    SLOT_CALLING,  /* a call of it is queued or in flight */
    SLOT_SLEEPING, /* parked until wake_ms */
    SLOT_WAITING,  /* parked until another job got on */
    SLOT_SYNCING,  /* waits until what was recorded for it is durable */
    SLOT_ENDED,    /* its job is gone, and it goes with the next sweep */
};

enum errand_state {
    ERRAND_NONE,
    ERRAND_QUEUED, /* waits for its time and the pacer */
    ERRAND_FLYING,
    ERRAND_ANSWERED,
    ERRAND_FAILED,
};

/* One call and what became of it. */
struct errand {
    struct slot *slot; /* NULL: the inquiry's */
    enum errand_state state;
    struct flight flight;
    struct buf words; /* of the newest answer, where it was a refusal */
    long status;      /* of that */
};

struct slot {
    struct job *job; /* NULL once concluded */
    enum slot_state state;
    struct errand errands[WISH_CALLS]; /* the calls of the newest WISH_SEND */
    struct error *error;               /* owned; of the first of them that failed, or NULL */
    int64_t wake_ms;                   /* sleeping until then */
    uint64_t record;                   /* syncing: the newest record when it began to wait */
    bool closing;                      /* syncing: and sends nothing after it */
    size_t weight;                     /* bytes that its job holds */
};

struct loop {
    const struct loop_options *options;
    struct loop_result *result;
    struct traffic traffic;
    struct slot **slots; /* owned; order is that of starting */
    size_t count;
    size_t parked;  /* of them: see survey() */
    size_t waiting; /* for a sync, to send something then, or for others */
    size_t aside;   /* parked, or waiting: these take no place in the window */
    size_t aside_bytes;
    struct syncing syncing;
    size_t turn; /* where the next round of starting begins, so that nobody starves */
    bool no_more;
    bool later;    /* the client had nothing at the moment */
    bool hurry;    /* more jobs could begin at once */
    bool draining; /* start nothing new */
    bool deaf;     /* waiting failed: nothing will be heard any more */
    bool stirred;  /* a job got on: those that wait for that may speak */
    struct tally tally;
    struct errand inquiry; /* whether the source's API is there at all, beside the jobs */
    int64_t now_ms;
};

static void stop_with(struct loop *loop, const struct error *error)
{
    if (loop->result->error.code == ERROR_NONE)
        loop->result->error = *error;
    loop->draining = true;
}

/* Nothing that happens from now on could be recorded, so this outweighs what stopped the run. */
static void lose_checkpoint(struct loop *loop, const struct error *error)
{
    loop->result->error = *error;
    loop->draining = true;
}

/* ---- jobs ---- */

static void slot_free(struct slot *slot)
{
    job_free(slot->job);
    for (int i = 0; i < WISH_CALLS; i++) {
        buf_release(&slot->errands[i].words);
        flight_release(&slot->errands[i].flight);
    }
    free(slot->error);
    free(slot);
}

static bool is_open(const struct errand *errand)
{
    return errand->state == ERRAND_QUEUED || errand->state == ERRAND_FLYING;
}

static bool is_calling(const struct slot *slot)
{
    return is_open(&slot->errands[0]) || is_open(&slot->errands[1]);
}

static void errand_begin(struct errand *errand, const struct call *call, int64_t now_ms)
{
    flight_prepare(&errand->flight, call, now_ms);
    errand->state = ERRAND_QUEUED;
}

/* What the side that was asked last wants. */
static const char *forbidden_hint(const struct loop *loop, enum side side)
{
    const struct remote *remote = loop->options->remotes[side];

    return remote ? endpoint_forbidden_hint(remote->options.endpoint) : NULL;
}

/* How the thread ended, for those who ask whether the run makes sense. */
static enum tally_kind kind_of(const struct slot *slot, enum error_code code)
{
    for (int i = 0; code != ERROR_NONE && i < WISH_CALLS; i++) {
        const struct errand *errand = &slot->errands[i];

        if (errand->state != ERRAND_NONE && errand->flight.refused)
            return errand->flight.source_gone ? TALLY_GONE : TALLY_REFUSED;
    }
    return TALLY_GRANTED;
}

/* Everybody is told that there is no such thing: is there an API at all? */
static void inquire(struct loop *loop)
{
    const struct call call = {.side = SIDE_SOURCE,
                              .method = CALL_GET,
                              .path = "/assistants?limit=1",
                              .probe = true,
                              .optional = true};

    if (loop->inquiry.state == ERRAND_NONE && !loop->draining)
        errand_begin(&loop->inquiry, &call, loop->now_ms);
}

/* The newest answer was a refusal, and that was the end of it. */
static void tell_words(struct loop *loop, const struct slot *slot)
{
    const struct loop_client *client = &loop->options->client;

    for (int i = 0; client->said && i < WISH_CALLS; i++) {
        const struct errand *errand = &slot->errands[i];

        if (errand->words.len == 0)
            continue;
        client->said(client->ctx, errand->status, buf_span(&errand->words));
        return;
    }
}

static void conclude(struct loop *loop, struct slot *slot)
{
    const struct loop_client *client = &loop->options->client;
    const struct outcome *outcome = job_outcome(slot->job);
    enum error_code code = outcome->kind == OUTCOME_FAILED ? outcome->error.code : ERROR_NONE;
    enum tally_kind kind = kind_of(slot, code);
    struct job *job = slot->job;
    struct error error;

    slot->job = NULL;
    slot->state = SLOT_ENDED;
    loop->stirred = true;
    if (code != ERROR_NONE)
        tell_words(loop, slot);
    if (code != ERROR_NONE && error_stops_run(&outcome->error)) {
        stop_with(loop, &outcome->error);
        job_free(job);
        return;
    }
    client->concluded(client->ctx, job);
    loop->later = false;
    if (code == ERROR_FORBIDDEN)
        loop->tally.forbidden_hint = forbidden_hint(loop, slot->errands[0].flight.call.side);
    if (!tally_add(&loop->tally, code, kind, &error))
        stop_with(loop, &error);
    if (tally_doubts_source(&loop->tally))
        inquire(loop);
}

static void await_sync(struct loop *loop, struct slot *slot, bool closing)
{
    slot->state = SLOT_SYNCING;
    slot->record = checkpoint_newest(loop->options->checkpoint);
    slot->closing = closing;
    syncing_await(&loop->syncing, loop->now_ms);
}

static void enter(struct loop *loop, struct slot *slot, const struct wish *wish)
{
    slot->weight = sizeof *slot + job_weight(slot->job);
    switch (wish->kind) {
    case WISH_SEND:
        errand_begin(&slot->errands[0], &wish->call, loop->now_ms);
        slot->errands[1].state = ERRAND_NONE;
        if (wish->beside.path)
            errand_begin(&slot->errands[1], &wish->beside, loop->now_ms);
        slot->state = SLOT_CALLING;
        return;
    case WISH_SLEEP:
        slot->state = SLOT_SLEEPING;
        slot->wake_ms = wish->until_ms;
        return;
    case WISH_WAIT:
        slot->state = SLOT_WAITING;
        return;
    case WISH_SYNC:
        await_sync(loop, slot, wish->closing);
        return;
    case WISH_READY:
    case WISH_MORE:
    case WISH_DONE:
    case WISH_FAIL:
        conclude(loop, slot);
        return;
    }
}

/* A call that failed fails the thread; but what the first answer says of it comes before what
 * became of the call beside. */
static void speak(struct loop *loop, struct slot *slot)
{
    const struct errand *first = &slot->errands[0];
    const struct errand *beside = &slot->errands[1];
    struct wish wish;

    wish.kind = WISH_SEND;
    wish.beside.path = NULL;
    wish.closing = false;
    if (first->state != ERRAND_FAILED)
        job_next(slot->job, &wish);
    if (first->state != ERRAND_FAILED &&
        (beside->state != ERRAND_FAILED || wish.kind == WISH_FAIL)) {
        enter(loop, slot, &wish);
        return;
    }
    job_fail(slot->job, slot->error);
    conclude(loop, slot);
}

/* Removes the slots whose jobs are gone. */
static void sweep(struct loop *loop)
{
    size_t kept = 0;

    for (size_t i = 0; i < loop->count; i++) {
        if (loop->slots[i]->job)
            loop->slots[kept++] = loop->slots[i];
        else
            slot_free(loop->slots[i]);
    }
    loop->count = kept;
}

/* Until when is the call held by the server or its back-off? INT64_MIN: it is not. */
static int64_t held_until(const struct loop *loop, const struct errand *errand)
{
    const struct flight *flight = &errand->flight;
    int64_t until_ms;

    if (errand->state != ERRAND_QUEUED)
        return INT64_MIN;
    until_ms = loop->options->remotes[flight->call.side]->pacer->hold_until_ms;
    if (flight->ready_ms > until_ms)
        until_ms = flight->ready_ms;
    return until_ms > loop->now_ms ? until_ms : INT64_MIN;
}

/* Until when is the slot held by time alone? INT64_MIN: it is not parked, INT64_MAX: by others. */
static int64_t parked_until(const struct loop *loop, const struct slot *slot)
{
    int64_t until_ms = INT64_MIN;

    if (slot->state == SLOT_WAITING)
        return INT64_MAX;
    if (slot->state == SLOT_SLEEPING)
        return slot->wake_ms;
    for (int i = 0; slot->state == SLOT_CALLING && i < WISH_CALLS; i++) {
        const int64_t held_ms = held_until(loop, &slot->errands[i]);

        if (is_open(&slot->errands[i]) && held_ms == INT64_MIN)
            return INT64_MIN;
        until_ms = held_ms > until_ms ? held_ms : until_ms;
    }
    return until_ms;
}

/* Counts the slot if it takes no place in the window. */
static void set_aside(struct loop *loop, const struct slot *slot)
{
    struct loop_stats *stats = &loop->result->stats;
    const int64_t until_ms = parked_until(loop, slot);

    if (until_ms == INT64_MIN && slot->state != SLOT_SYNCING)
        return;
    loop->aside++;
    loop->aside_bytes += slot->weight;
    loop->waiting += (slot->state == SLOT_SYNCING && !slot->closing) || slot->state == SLOT_WAITING;
    loop->parked += slot->state != SLOT_SYNCING;
    if (until_ms != INT64_MAX && until_ms > stats->parked_until_ms)
        stats->parked_until_ms = until_ms;
}

static void survey(struct loop *loop)
{
    loop->parked = 0;
    loop->waiting = 0;
    loop->aside = 0;
    loop->aside_bytes = 0;
    loop->result->stats.parked_until_ms = INT64_MIN;
    for (size_t i = 0; i < loop->count; i++)
        set_aside(loop, loop->slots[i]);
}

/* Who asks for one at a time gets one after the other. */
static size_t places_of(int64_t concurrency)
{
    return concurrency > 1 ? WAITING * (size_t)concurrency : 1;
}

/* As many jobs request, or are about to, as there may be requests. */
static bool fills_window(const struct loop *loop)
{
    return loop->count - loop->aside >= (size_t)loop->options->concurrency;
}

/* Not many more may wait for a sync or for others than there are requests. Those that wait for a
 * sync are on record as about to be sent, and a kill leaves them so; all that wait for the first
 * append of a job would read the whole selection ahead of it, and keep it from its turn. A thread
 * that is done waits to be told only. */
static bool has_room(const struct loop *loop)
{
    return !fills_window(loop) && loop->waiting < places_of(loop->options->concurrency) &&
           loop->aside_bytes < ASIDE_BYTES;
}

/* Fills the window; false when no job was added. */
static bool refill(struct loop *loop)
{
    enum loop_next next = LOOP_NONE;
    int added = 0;

    survey(loop);
    while (!loop->draining && !loop->no_more && !loop->later && has_room(loop) &&
           added < REFILL_AT_ONCE) {
        struct job *job = NULL;
        struct slot *slot;

        next = loop->options->client.next(loop->options->client.ctx, &job);
        loop->no_more = next == LOOP_NONE;
        loop->later = next == LOOP_LATER;
        if (next != LOOP_JOB)
            break;
        slot = mem_zalloc(1, sizeof *slot);
        slot->job = job;
        for (int i = 0; i < WISH_CALLS; i++) {
            slot->errands[i].slot = slot;
            buf_init(&slot->errands[i].words, WORDS_MAX);
            flight_init(&slot->errands[i].flight);
        }
        loop->slots = mem_resize(loop->slots, loop->count + 1, sizeof(struct slot *));
        loop->slots[loop->count++] = slot;
        speak(loop, slot);
        added++;
        if (slot->job)
            set_aside(loop, slot);
        else
            sweep(loop);
    }
    loop->hurry = added == REFILL_AT_ONCE || next == LOOP_AGAIN;
    return added > 0;
}

static void wake(const struct loop *loop, struct slot *slot)
{
    if ((slot->state == SLOT_SLEEPING && slot->wake_ms <= loop->now_ms) ||
        (slot->state == SLOT_WAITING && loop->stirred))
        slot->state = SLOT_SPEAK;
}

/* Keeps the syncs of what is recorded going; those whose records are durable may speak again.
 * True if more is durable than before. */
static bool sync_records(struct loop *loop)
{
    struct checkpoint *checkpoint = loop->options->checkpoint;
    const uint64_t durable = checkpoint ? checkpoint_durable(checkpoint) : 0;
    struct error error = {.code = ERROR_NONE};

    if (!checkpoint)
        return false;
    /* Where nothing is requested there is nothing to wait with either. */
    if (!(loop->traffic.http ? syncing_on(&loop->syncing, !loop->hurry && !fills_window(loop),
                                          loop->now_ms, &error)
                             : checkpoint_sync(checkpoint, &error))) {
        lose_checkpoint(loop, &error);
        return false;
    }
    for (size_t i = 0; i < loop->count; i++) {
        struct slot *slot = loop->slots[i];

        if (slot->state == SLOT_SYNCING && slot->record <= checkpoint_durable(checkpoint))
            slot->state = SLOT_SPEAK;
    }
    return checkpoint_durable(checkpoint) > durable;
}

static bool is_broken(const struct loop *loop)
{
    return loop->result->error.code == ERROR_IO;
}

/* Lets everybody speak who can, until all wait for something outside. */
static void advance(struct loop *loop)
{
    bool again = true;

    loop->hurry = false;
    while (again && !is_broken(loop)) {
        for (size_t i = 0; i < loop->count; i++)
            wake(loop, loop->slots[i]);
        loop->stirred = false;
        for (size_t i = 0; i < loop->count; i++) {
            if (loop->slots[i]->state == SLOT_SPEAK)
                speak(loop, loop->slots[i]);
        }
        sweep(loop);
        again = !loop->hurry && refill(loop);
        if (!is_broken(loop))
            again = sync_records(loop) || loop->stirred || again;
    }
}

/* ---- requests ---- */

/* The job speaks again when all its calls have ended. */
static void errand_end(struct errand *errand, enum errand_state state)
{
    errand->state = state;
    if (errand->slot && !is_calling(errand->slot))
        errand->slot->state = SLOT_SPEAK;
}

static void errand_fail(struct errand *errand, const struct error *error)
{
    struct slot *slot = errand->slot;

    if (!slot->error)
        slot->error = mem_alloc(sizeof *slot->error);
    if (errand == &slot->errands[0] || slot->errands[0].state != ERRAND_FAILED)
        *slot->error = *error;
    errand_end(errand, ERRAND_FAILED);
}

/* Jobs that were aside come back together: the window holds requests, however many jobs there are.
 */
static bool is_full(const struct loop *loop)
{
    return loop->traffic.http &&
           http_in_flight(loop->traffic.http) >= (size_t)loop->options->concurrency;
}

/* Starts the call if it may leave now; else returns when it may, or INT64_MAX. */
static int64_t start_errand(struct loop *loop, struct errand *errand)
{
    struct error error;
    int64_t wait;

    if (errand->state != ERRAND_QUEUED)
        return INT64_MAX;
    if (errand->slot && !flight_may_wait(&errand->flight, &loop->traffic, loop->now_ms, &error)) {
        errand_fail(errand, &error);
        return loop->now_ms; /* its place is free */
    }
    if (errand->slot && is_full(loop))
        return INT64_MAX;
    wait = flight_wait_until(&errand->flight, &loop->traffic, loop->now_ms);
    if (wait != 0)
        return wait;
    if (flight_start(&errand->flight, &loop->traffic, errand, &error))
        errand->state = ERRAND_FLYING;
    else
        stop_with(loop, &error);
    return INT64_MAX;
}

/* Starts what may leave now; returns when the next one may, or INT64_MAX. */
static int64_t start_requests(struct loop *loop)
{
    int64_t earliest = loop->draining ? INT64_MAX : start_errand(loop, &loop->inquiry);

    loop->turn = loop->count > 0 ? (loop->turn + 1) % loop->count : 0;
    for (size_t i = 0; i < WISH_CALLS * loop->count && !loop->draining; i++) {
        struct slot *slot = loop->slots[(loop->turn + i / WISH_CALLS) % loop->count];
        const int64_t wait = start_errand(loop, &slot->errands[i % WISH_CALLS]);

        earliest = wait < earliest ? wait : earliest;
    }
    return earliest;
}

/* Passes on what the server said of a refusal. */
static void pass_on_words(struct loop *loop, struct errand *errand, const struct verdict *verdict,
                          const struct http_reply *reply)
{
    const struct loop_client *client = &loop->options->client;

    buf_clear(&errand->words);
    if (verdict->answer.message.len > 0) {
        buf_add(&errand->words, verdict->answer.message.data,
                verdict->answer.message.len < WORDS_MAX ? verdict->answer.message.len : WORDS_MAX);
        errand->status = verdict->answer.status;
    }
    if (client->refused && verdict->answer.message.data)
        client->refused(client->ctx, job_thread_id(errand->slot->job), &verdict->answer,
                        reply->request_id);
}

/* Only where the other route is not there either the API is gone; whatever else is said, it is not.
 */
static void take_inquiry(struct loop *loop, const struct http_reply *reply)
{
    struct errand *inquiry = &loop->inquiry;
    struct verdict verdict;
    struct error error;
    enum flight_end end =
        flight_take(&inquiry->flight, &loop->traffic, reply, loop->now_ms, &verdict, &error);

    inquiry->state = end == FLIGHT_AGAIN ? ERRAND_QUEUED : ERRAND_ANSWERED;
    if (end == FLIGHT_ANSWERED && error.code == ERROR_NONE && inquiry->flight.source_gone)
        profile_explain_gone(loop->options->remotes[SIDE_SOURCE]->options.endpoint->profile,
                             verdict.answer.status, &error);
    if (end != FLIGHT_AGAIN && end != FLIGHT_FAILED && error.code != ERROR_NONE)
        stop_with(loop, &error);
    verdict_release(&verdict);
}

static void take_reply(struct loop *loop, const struct http_reply *reply)
{
    struct errand *errand = reply->owner;
    struct slot *slot = errand->slot;
    struct verdict verdict;
    struct error error;
    enum flight_end end =
        flight_take(&errand->flight, &loop->traffic, reply, loop->now_ms, &verdict, &error);

    errand->state = ERRAND_QUEUED;
    loop->stirred = true;
    pass_on_words(loop, errand, &verdict, reply);
    switch (end) {
    case FLIGHT_ANSWERED:
        verdict.answer.beside = errand == &slot->errands[1];
        job_feed(slot->job, &verdict.answer);
        errand_end(errand, ERRAND_ANSWERED);
        if (error.code != ERROR_NONE)
            stop_with(loop, &error);
        break;
    case FLIGHT_AGAIN:
        break;
    case FLIGHT_FAILED:
        errand_fail(errand, &error);
        break;
    case FLIGHT_STOP:
        tell_words(loop, slot);
        stop_with(loop, &error);
        break;
    }
    verdict_release(&verdict);
    /* At once, while what was read is in the processor's cache, not after all other replies. */
    if (slot->state == SLOT_SPEAK && !is_broken(loop))
        speak(loop, slot);
}

/* ---- the tick ---- */

static int64_t wait_time(const struct loop *loop, int64_t earliest_ms)
{
    const int64_t sync_ms = syncing_next_ms(&loop->syncing);
    int64_t wait = loop->hurry ? 0 : LONGEST_WAIT_MS;

    if (sync_ms < earliest_ms)
        earliest_ms = sync_ms;
    if (loop->options->tick_ms > 0 && loop->options->tick_ms < wait)
        wait = loop->options->tick_ms;
    for (size_t i = 0; i < loop->count; i++) {
        const struct slot *slot = loop->slots[i];

        if (slot->state == SLOT_SLEEPING && slot->wake_ms < earliest_ms)
            earliest_ms = slot->wake_ms;
    }
    if (earliest_ms - loop->now_ms < wait)
        wait = earliest_ms - loop->now_ms;
    return wait > 0 ? wait : 0;
}

static void report(struct loop *loop)
{
    const struct loop_client *client = &loop->options->client;
    struct loop_stats *stats = &loop->result->stats;

    survey(loop);
    *stats = (struct loop_stats){
        .parked_until_ms = stats->parked_until_ms,
        .retries = loop->traffic.retries,
        .throttled = loop->traffic.throttled,
        .parked = (int64_t)loop->parked,
        .held_until_ms = INT64_MIN,
        .now_ms = loop->now_ms,
    };
    for (int side = 0; side < SIDES; side++) {
        const struct remote *remote = loop->options->remotes[side];

        stats->requests[side] = loop->traffic.requests[side];
        if (remote && remote->pacer->hold_until_ms > stats->held_until_ms) {
            stats->held_until_ms = remote->pacer->hold_until_ms;
            stats->held_by_429 = remote->pacer->refusal.open;
        }
    }
    if (loop->traffic.http)
        stats->in_flight = (int64_t)http_in_flight(loop->traffic.http);
    client->tick(client->ctx, stats);
}

/* What more jobs come from, if one could begin now. */
static int input_of(const struct loop *loop)
{
    const struct loop_client *client = &loop->options->client;

    return client->input && loop->later && !loop->draining ? client->input(client->ctx) : -1;
}

/* Waits for the world and feeds what came. */
static void listen(struct loop *loop, int64_t earliest_ms)
{
    struct checkpoint *checkpoint = loop->options->checkpoint;
    const int wakes[HTTP_WAKES] = {
        [HTTP_WAKE_SIGNAL] = stop_wake_fd(),
        [HTTP_WAKE_SYNC] = checkpoint ? checkpoint_wake_fd(checkpoint) : -1,
        [HTTP_WAKE_INPUT] = input_of(loop),
    };
    struct http *http = loop->traffic.http;
    struct http_reply reply;
    struct error error;

    loop->now_ms = clock_now_ms();
    if (!http)
        return;
    if (!http_wait(http, wait_time(loop, earliest_ms), wakes, &error)) {
        stop_with(loop, &error);
        loop->deaf = true;
        return;
    }
    loop->now_ms = clock_now_ms();
    if (wakes[HTTP_WAKE_INPUT] >= 0)
        loop->later = false;
    while (http_take(http, &reply)) {
        if (reply.owner == &loop->inquiry)
            take_inquiry(loop, &reply);
        else
            take_reply(loop, &reply);
        http_release(http, &reply);
    }
}

/* What was done and waits to be durable is an end that has to be told. */
static bool awaits_sync(const struct loop *loop)
{
    for (size_t i = 0; i < loop->count; i++) {
        if (loop->slots[i]->state == SLOT_SYNCING)
            return true;
    }
    return false;
}

static bool is_over(const struct loop *loop)
{
    if (loop->count == 0 && !is_open(&loop->inquiry) && (loop->no_more || loop->draining))
        return true;
    return loop->draining && !awaits_sync(loop) &&
           (!loop->traffic.http || http_in_flight(loop->traffic.http) == 0);
}

/* Whatever still waits to leave never will: a write that waits has had no effect. */
static void drop_unsent(struct loop *loop)
{
    for (size_t i = 0; i < loop->count && !is_broken(loop); i++) {
        if (loop->slots[i]->errands[0].state == ERRAND_QUEUED)
            job_unsent(loop->slots[i]->job);
    }
}

/* The first signal gets a sign at once: what is in flight can take a while. */
static void hear_signal(struct loop *loop)
{
    const int signal = stop_signal();
    const size_t in_flight = loop->traffic.http ? http_in_flight(loop->traffic.http) : 0;

    if (signal == 0 || loop->result->signal != 0)
        return;
    loop->result->signal = signal;
    loop->draining = true;
    if (in_flight > 0)
        log_event(LOG_INFO, "stopping: %zu request%s in flight; again to stop at once", in_flight,
                  in_flight == 1 ? "" : "s");
}

/* A checkpoint that has been taken away since its last sync would be missed by the next run. */
static void look_after_checkpoint(struct loop *loop)
{
    struct checkpoint *checkpoint = loop->options->checkpoint;
    struct error error;

    if (checkpoint && !is_broken(loop) && !checkpoint_sync(checkpoint, &error))
        lose_checkpoint(loop, &error);
}

void loop_run(const struct loop_options *options, struct loop_result *result)
{
    struct loop loop = {
        .options = options,
        .result = result,
        .traffic = {.http = options->http,
                    .max_attempts = options->max_attempts,
                    .patience_ms = options->patience_ms},
        .tally = {.selected = options->selected, .max_errors = options->max_errors},
        .syncing = {.checkpoint = options->checkpoint, .by_ms = INT64_MAX},
    };

    /* From here on the loop says it itself, and what is in flight. */
    stop_announce(NULL);
    *result = (struct loop_result){.stats.held_until_ms = INT64_MIN};
    memcpy(loop.traffic.remotes, options->remotes, sizeof loop.traffic.remotes);
    flight_init(&loop.inquiry.flight);
    loop.now_ms = clock_now_ms();
    while (!is_broken(&loop) && !loop.deaf) {
        int64_t earliest;

        hear_signal(&loop);
        advance(&loop);
        earliest = start_requests(&loop);
        report(&loop);
        if (is_over(&loop))
            break;
        listen(&loop, earliest);
    }
    drop_unsent(&loop);
    look_after_checkpoint(&loop);
    flight_release(&loop.inquiry.flight);
    for (size_t i = 0; i < loop.count; i++)
        slot_free(loop.slots[i]);
    free(loop.slots);
}
