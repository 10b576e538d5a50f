#include "write/writer.h"

#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "write/conversation.h"
#include "write/writer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the destination seems to have no such route. */
enum {
    LOST_WAIT_MS = 2000,
    LOST_TRIES = 2,
    SHORTEN_FROM = 64 << 10, /* bytes of a request */
};

/* Halves were tried before; what a gateway refuses by its sum, smaller batches pass. */
static const char TOO_LARGE[] = "; the server takes no request of this size (batch_bytes)";

static struct writer *writer(struct sink *sink)
{
    return (struct writer *)sink;
}

void writer_fail(struct writer *w, enum error_code code, const char *text)
{
    error_set(&w->error, code, "%s", text);
    w->state = WRITER_FAILED;
}

/* Adds a record about this thread; what is acknowledged is filled in. */
void writer_record(struct writer *w, enum record_kind kind, int64_t items)
{
    struct record record = {
        .kind = kind,
        .thread = span_of(w->thread_id),
        .conversation = span_of(w->facts.conversation),
        .items = items,
        .last = w->facts.last[0] ? span_of(w->facts.last) : (struct span){NULL, 0},
        .digest = span_of(w->facts.digest),
    };

    if (!checkpoint_add(w->setup->checkpoint, &record, &w->error))
        w->state = WRITER_FAILED;
}

/* What became of the write before says nothing of the next one. */
static void forget_attempts(struct writer *w)
{
    w->attempts = 0;
    w->throttled_ms = 0;
    w->repeat = (struct repeat){0};
    w->lost = 0;
    w->got_reply = false;
    w->status = 0;
    error_clear(&w->error);
}

/* The whole thread is written: what gave no item behind the last one was lost by this run too. */
static void close_thread(struct writer *w)
{
    w->state = WRITER_CLOSING;
    pioneer_leave(w->setup->pioneer, w);
    w->base.outcome.losses = losses_between(&w->before, reader_taken(w->base.reader));
    writer_record(w, RECORD_DONE, w->facts.items);
}

/* The first count pending items are in the conversation; last is the id of the last of them. */
void writer_acknowledge(struct writer *w, size_t count, const char *last)
{
    pending_drop(&w->pending, count, &w->digest);
    w->facts.items += (int64_t)count;
    w->base.outcome.items += (int64_t)count;
    w->base.outcome.losses = losses_between(&w->before, &w->pending.taken);
    memcpy(w->facts.last, last, strlen(last) + 1);
    (void)idset_add(&w->lasts, span_of(last));
    digest_hex(&w->digest, w->facts.digest);
    forget_attempts(w);
    w->setup->pioneer->has_appended = true;
    /* Where a look has another page, that may hold what is not ours. */
    if (w->ended && w->pending.count == 0 && !(w->state == WRITER_LOOKING && w->look.more)) {
        close_thread(w);
        return;
    }
    writer_record(w, RECORD_APPENDED, w->facts.items);
}

/* ---- what to do next ---- */

static void start_write(struct writer *w, struct wish *wish, const char *path_end)
{
    conversation_path(&w->path, span_of(w->facts.conversation), path_end);
    *wish = (struct wish){.kind = WISH_SEND,
                          .call = {.side = SIDE_DESTINATION,
                                   .method = CALL_POST,
                                   .path = w->path.data,
                                   .body = {.bytes = buf_span(&w->body),
                                            .holes = w->holes.all,
                                            .hole_count = w->holes.count,
                                            .files = w->setup->files}}};
}

static void begin_body(struct writer *w)
{
    buf_clear(&w->body);
    holes_drop(&w->holes, w->holes.count);
}

static void write_create(struct writer *w, struct wish *wish)
{
    begin_body(w);
    buf_add_text(&w->body, "{\"metadata\":");
    metadata_write_json(&w->body, reader_metadata(w->base.reader), JSON_ESCAPE_CANONICAL);
    if (w->sent > 0) {
        buf_add_text(&w->body, ",\"items\":[");
        pending_write(&w->pending, w->sent, &w->body, &w->holes);
        buf_add_char(&w->body, ']');
    }
    buf_add_char(&w->body, '}');
    start_write(w, wish, "");
}

static void write_batch(struct writer *w, struct wish *wish)
{
    begin_body(w);
    buf_add_text(&w->body, "{\"items\":[");
    pending_write(&w->pending, w->sent, &w->body, &w->holes);
    buf_add_text(&w->body, "]}");
    start_write(w, wish, "/items");
    wish->call.outline = true;
    /* What is small comes back small. */
    wish->call.shortens = w->body.len > SHORTEN_FROM || w->holes.count > 0;
}

static void gather_on(struct writer *w, struct wish *wish)
{
    if (!w->ended && !pending_is_full(&w->pending)) {
        *wish = (struct wish){.kind = WISH_MORE};
        return;
    }
    w->sent = pending_batch(&w->pending);
    if (w->facts.conversation[0] == '\0') {
        w->sent = w->setup->create_inline ? w->sent : 0;
        w->state = WRITER_CREATE;
    } else if (w->sent > 0) {
        w->state = w->reopens ? WRITER_REOPEN : WRITER_APPENDING;
    } else {
        digest_hex(&w->digest, w->facts.digest);
        close_thread(w);
    }
}

static void create_on(struct writer *w, struct wish *wish)
{
    if (!pioneer_may_go(w->setup->pioneer, w)) {
        *wish = (struct wish){.kind = WISH_WAIT};
        return;
    }
    writer_record(w, RECORD_CREATING, (int64_t)w->sent);
    if (w->state == WRITER_FAILED)
        return;
    w->state = WRITER_CREATING;
    *wish = (struct wish){.kind = WISH_SYNC};
}

static bool sleep_then(struct writer *w, struct wish *wish, enum writer_state state)
{
    *wish = (struct wish){.kind = WISH_SLEEP, .until_ms = w->wake_ms};
    w->state = state;
    return true;
}

static bool sync_then(struct writer *w, struct wish *wish, enum writer_state state)
{
    *wish = (struct wish){.kind = WISH_SYNC,
                          .closing = state == WRITER_ENDED || state == WRITER_FAILED};
    w->state = state;
    return true;
}

/* One step; false when it changed the state only and wish is not set. */
static bool step(struct writer *w, struct wish *wish)
{
    wish->kind = WISH_DONE;
    switch (w->state) {
    case WRITER_SETTLE:
        return sleep_then(w, wish, WRITER_PASS);
    case WRITER_GATHER:
        gather_on(w, wish);
        break;
    case WRITER_CREATE:
        create_on(w, wish);
        break;
    case WRITER_CREATING:
        write_create(w, wish);
        return true;
    case WRITER_RECREATE:
        return sleep_then(w, wish, WRITER_CREATE);
    case WRITER_CREATED:
        return sync_then(w, wish, w->in_doubt > 0 ? WRITER_LOOK : WRITER_GATHER);
    case WRITER_APPENDING:
        write_batch(w, wish);
        return true;
    case WRITER_LOOK_WAIT:
        return sleep_then(w, wish, WRITER_LOOK);
    case WRITER_REPEAT:
        return sleep_then(w, wish, WRITER_GATHER);
    case WRITER_PASS:
    case WRITER_TIP:
    case WRITER_REOPEN:
    case WRITER_LOOK:
    case WRITER_LOOKING:
    case WRITER_FIND:
    case WRITER_PROVING:
    case WRITER_MATCH:
        return recovery_step(w, wish);
    case WRITER_CLOSING:
        return sync_then(w, wish, WRITER_ENDED);
    case WRITER_FAILING:
        return sync_then(w, wish, WRITER_FAILED);
    case WRITER_ENDED:
        return true;
    case WRITER_FAILED:
        *wish = (struct wish){.kind = WISH_FAIL, .error = w->error};
        return true;
    }
    return wish->kind != WISH_DONE;
}

/* ---- what came of it ---- */

/* The id of a stored object, copied; false where it is not usable. */
static bool copy_id(const json_t *object, char out[257])
{
    struct span id = json_get_text(object, "id");

    if (!text_is_id(id))
        return false;
    memcpy(out, id.data, id.len);
    out[id.len] = '\0';
    return true;
}

/* The write in hand, for people: which messages, or that it was the create. */
static void name_write(const struct writer *w, char *name, size_t size)
{
    if (w->sent == 0)
        (void)snprintf(name, size, "the conversation");
    else
        (void)snprintf(name, size, "%s %s%s", w->sent == 1 ? "message" : "the batch from message",
                       pending_source_id(&w->pending, 0), w->sent == 1 ? "" : " on");
}

/* The words where nothing will come of it any more; not all attempts were met with silence. */
static void explain_failure(struct writer *w, enum error_code code)
{
    const char *hint = "";
    char name[128];

    name_write(w, name, sizeof name);
    if (w->status >= 300 && w->status < 400)
        hint = ", and redirects are not followed; is base_url right?";
    else if (w->status == 404 || w->status == 405)
        hint = "; is base_url right?";
    else if (w->status >= 500)
        hint = pending_remedy(&w->pending, 0, w->sent);
    if (w->status == 0)
        error_set(&w->error, code,
                  "cannot write %s: the destination broke the connection again and again", name);
    else if (w->status < 300)
        error_set(&w->error, code,
                  "cannot write %s: HTTP %ld, but not the reply that it should be, again and again",
                  name, w->status);
    else
        error_set(&w->error, code,
                  "cannot write %s: the destination failed again and again: HTTP %ld%s", name,
                  w->status, hint);
}

/* A 429 that no API has signed asks for time all the same, and is no attempt. */
static bool is_patient(struct writer *w, const struct answer *answer)
{
    if (answer->status != 429) {
        w->throttled_ms = 0;
        return false;
    }
    if (w->throttled_ms == 0) {
        w->throttled_ms = answer->now_ms;
        w->throttled_written = answer->written;
    }
    return answer->now_ms - w->throttled_ms < w->setup->patience_ms;
}

/*
 * Another attempt, or the end of patience: then error says why. However short the time that
 * outcomes settle: a server in trouble is not hammered at.
 */
static bool try_again(struct writer *w, const struct answer *answer)
{
    const bool is_patience = is_patient(w, answer);

    w->got_reply = w->got_reply || answer->got_reply;
    w->status = answer->status != 0 ? answer->status : w->status;
    w->attempts += is_patience ? 0 : 1;
    w->wake_ms = answer->now_ms + w->setup->settle_ms;
    w->repeat_ms = answer->now_ms + pacer_backoff_ms(w->setup->pacer, w->attempts);
    if (repeat_is_final(&w->repeat, answer))
        explain_failure(w, answer->status == 409 ? ERROR_REFUSED : ERROR_SERVER_ERROR);
    else if (is_patience || (answer->status != 429 && w->attempts < w->setup->max_attempts))
        return true;
    else if (answer->status == 429 && answer->written == w->throttled_written)
        error_set(&w->error, ERROR_STOPPED,
                  "the destination rate limited every request for more than %lld s (HTTP 429)\n"
                  "hint: run again later; patience_ms is how long to retry after them",
                  (long long)w->setup->patience_ms / 1000);
    else if (w->got_reply)
        explain_failure(w, ERROR_SERVER_ERROR);
    else
        error_set(&w->error, ERROR_NETWORK, "the destination does not answer");
    return false;
}

/* Does the answer say that there is no such route? A conversation that is not there says so too. */
static bool says_no_route(const struct answer *answer)
{
    return answer->kind != ANSWER_YES &&
           (answer->status == 404 || answer->status == 405 || answer->status == 501);
}

bool writer_is_lost(const struct writer *w, const struct answer *answer)
{
    const struct pioneer *pioneer = w->setup->pioneer;

    return says_no_route(answer) &&
           (w->facts.conversation[0] == '\0' ? !pioneer->has_created : !pioneer->has_appended);
}

void writer_stop_lost(struct writer *w)
{
    profile_explain_lost(w->setup->profile, &w->error);
    w->state = WRITER_FAILED;
}

/* The N of "items[N].content…". */
static bool item_index(struct span param, int64_t *index)
{
    static const char PREFIX[] = "items[";
    const size_t skip = sizeof PREFIX - 1;
    const char *end;

    if (!param.data || !span_starts_with(param, PREFIX))
        return false;
    end = memchr(param.data + skip, ']', param.len - skip);
    if (!end)
        return false;
    return text_to_int((struct span){param.data + skip, (size_t)(end - param.data) - skip},
                       index) &&
           *index >= 0;
}

/* Some servers take no pictures, or only small ones. */
static const char *refusal_remedy(const struct writer *w, size_t first, size_t count)
{
    const char *remedy = pending_remedy(&w->pending, first, count);

    if (remedy[0] != '\0' || !pending_carries(&w->pending, first, count))
        return remedy;
    return "; there is an image in it, 'mapping.user_image_files: placeholder' may help";
}

/* The words for a refused write; the server's own may echo content. */
static void refuse(struct writer *w, const struct answer *answer)
{
    int64_t index = 0;
    char name[128];
    const bool is_named =
        w->sent == 1 || (item_index(answer->param, &index) && index < (int64_t)w->sent);

    if (answer->status == 403) {
        writer_fail(w, ERROR_FORBIDDEN, "cannot write: HTTP 403");
        return;
    }
    if (answer_is_missing(answer) && w->facts.conversation[0] != '\0') {
        w->state = WRITER_FAILED;
        error_set(&w->error, ERROR_GONE, "the conversation is no longer there (HTTP %ld)",
                  answer->status);
        return;
    }
    name_write(w, name, sizeof name);
    w->state = WRITER_FAILED;
    if (is_named)
        (void)snprintf(name, sizeof name, "message %s",
                       pending_source_id(&w->pending, (size_t)index));
    error_set(&w->error, ERROR_REFUSED, "%s was refused: HTTP %ld%s", name, answer->status,
              answer->status == 413
                  ? TOO_LARGE
                  : refusal_remedy(w, is_named ? (size_t)index : 0, is_named ? 1 : w->sent));
}

/* Refused for its size, and so not carried out: half of the items travel alone. */
static bool try_half(struct writer *w, const struct answer *answer)
{
    if (answer->kind != ANSWER_NO || answer->status != 413 || w->sent < 2)
        return false;
    w->sent /= 2;
    w->pending.max_items = w->sent;
    return true;
}

/*
 * The same, said by somebody in between (a gateway's own page): a look has to show that nothing
 * arrived, and then half of the items travel, or the one that is alone is refused.
 */
static bool doubt_size(struct writer *w, const struct answer *answer)
{
    char name[128];

    if (answer->status != 413)
        return false;
    w->wake_ms = answer->now_ms + w->setup->settle_ms;
    w->repeat_ms = answer->now_ms;
    if (w->sent > 1) {
        w->pending.max_items = w->sent / 2;
        return true;
    }
    name_write(w, name, sizeof name);
    error_set(&w->error, ERROR_REFUSED, "%s was refused: HTTP 413%s", name, TOO_LARGE);
    return true;
}

/* ---- of a create ---- */

/* The new conversation; false where it is another thread's, into which nothing may go. */
static bool take_conversation(struct writer *w, struct span id)
{
    if (idset_add(w->setup->conversations, id))
        return true;
    w->state = WRITER_FAILED;
    error_set(&w->error, ERROR_STOPPED,
              "the destination gave a new conversation the id of another thread's: '%.*s'\n"
              "hint: something on the way may answer a request with the reply to another one; "
              "it must not cache POST",
              (int)id.len, id.data);
    return false;
}

/* Items that were sent along are acknowledged by a look alone: a create does not list them. */
static void take_created(struct writer *w)
{
    if (!take_conversation(w, span_of(w->facts.conversation)))
        return;
    w->state = WRITER_CREATED;
    writer_record(w, RECORD_CREATED, 0);
    w->setup->pioneer->has_created = true;
    w->in_doubt = w->sent;
    forget_attempts(w);
}

/* The create had no effect, for certain; what is to become of it now is in state. */
static void record_not_created(struct writer *w)
{
    const enum writer_state state = w->state;

    w->state = WRITER_CREATE;
    writer_record(w, RECORD_NOT_CREATED, 0);
    if (w->state != WRITER_FAILED)
        w->state = state == WRITER_FAILED && w->sent > 0 ? WRITER_FAILING : state;
}

/* No such route: one more try. */
static void lose_create(struct writer *w, const struct answer *answer)
{
    w->lost++;
    w->wake_ms = answer->now_ms + LOST_WAIT_MS;
    w->state = WRITER_RECREATE;
    if (w->lost >= LOST_TRIES)
        writer_stop_lost(w);
    record_not_created(w);
}

static void repeat_create(struct writer *w, const struct answer *answer)
{
    w->state = WRITER_RECREATE;
    if (!try_again(w, answer))
        w->state = WRITER_FAILED;
    if (answer->kind == ANSWER_NO) {
        w->wake_ms = w->repeat_ms;
        record_not_created(w);
    } else if (w->wake_ms < w->repeat_ms) {
        w->wake_ms = w->repeat_ms;
    }
}

static void feed_create(struct writer *w, const struct answer *answer)
{
    /* The record of the create stands for this one as well. */
    if (try_half(w, answer))
        return;
    /* The id becomes part of URLs and of the mapping, so it may hold no more than a thread's. */
    if (answer->kind == ANSWER_YES && text_is_thread_id(json_get_text(answer->json, "id")) &&
        copy_id(answer->json, w->facts.conversation)) {
        take_created(w);
    } else if (writer_is_lost(w, answer)) {
        lose_create(w, answer);
    } else if (answer->kind == ANSWER_NO && !says_no_route(answer)) {
        refuse(w, answer);
        record_not_created(w);
    } else if (answer->kind != ANSWER_NO && w->sent > 0) {
        w->state = WRITER_CLOSING;
        w->base.outcome.kind = OUTCOME_UNCERTAIN;
        writer_record(w, RECORD_UNCERTAIN, 0);
    } else {
        repeat_create(w, answer);
    }
}

/* ---- of an append ---- */

/* A new item's id stands once in the reply, and was never told before. */
static bool is_new_id(const struct writer *w, const json_t *data, size_t index)
{
    struct span id = json_get_text(json_array_get(data, index), "id");

    for (size_t i = 0; i < index; i++) {
        if (span_equal(id, json_get_text(json_array_get(data, i), "id")))
            return false;
    }
    return !span_is(id, w->facts.last) && !idset_has(&w->lasts, id);
}

/* All items of the request are in the reply, with ids, as many as were sent. Whoever sits in
 * between may have answered with the reply to an earlier request. */
static bool is_whole(const struct writer *w, const struct answer *answer, char last[257])
{
    const json_t *data = json_object_get(answer->json, "data");
    size_t count = json_array_size(data);

    if (answer->kind != ANSWER_YES || count != w->sent)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!copy_id(json_array_get(data, i), last) || !is_new_id(w, data, i))
            return false;
    }
    return true;
}

/*
 * Perhaps there is no such route, perhaps no such conversation, perhaps neither is true: a look
 * tells. What is certain to have had no effect needs no time to settle.
 */
static void miss_append(struct writer *w, const struct answer *answer)
{
    const bool is_lost = writer_is_lost(w, answer);

    w->lost += is_lost ? 1 : 0;
    if (w->lost >= LOST_TRIES) {
        w->in_doubt = answer->kind == ANSWER_NO ? 0 : w->sent;
        writer_stop_lost(w);
        return;
    }
    (void)try_again(w, answer);
    w->in_doubt = answer->kind == ANSWER_NO ? 0 : w->sent;
    if (is_lost)
        w->wake_ms = answer->now_ms + LOST_WAIT_MS;
    w->state = is_lost || w->in_doubt > 0 ? WRITER_LOOK_WAIT : WRITER_LOOK;
}

static void feed_append(struct writer *w, const struct answer *answer)
{
    char last[257];

    w->quiet_looks = 0;
    if (is_whole(w, answer, last)) {
        w->state = WRITER_GATHER;
        writer_acknowledge(w, w->sent, last);
    } else if (try_half(w, answer)) {
        w->state = WRITER_GATHER;
    } else if (says_no_route(answer)) {
        miss_append(w, answer);
    } else if (answer->kind == ANSWER_NO) {
        refuse(w, answer);
    } else {
        /* The last word has the look that follows, unless nobody is there. */
        w->state = WRITER_LOOK_WAIT;
        w->in_doubt = w->sent;
        if (!doubt_size(w, answer) && !try_again(w, answer) && error_stops_run(&w->error))
            w->state = WRITER_FAILED;
    }
}

static void next(struct sink *sink, struct wish *wish)
{
    struct writer *w = writer(sink);

    while (!step(w, wish))
        continue;
}

static void take_item(struct sink *sink, const struct item *item)
{
    struct writer *w = writer(sink);

    if (item)
        pending_add(&w->pending, item, reader_taken(w->base.reader));
    else
        w->ended = true;
}

static void feed(struct sink *sink, const struct answer *answer)
{
    struct writer *w = writer(sink);

    w->now_ms = answer->now_ms;
    if (w->state == WRITER_CREATING)
        feed_create(w, answer);
    else if (w->state == WRITER_APPENDING)
        feed_append(w, answer);
    else
        recovery_answer(w, answer);
}

/* The call in hand has had no effect, and will not be sent again. */
static void unsent(struct sink *sink)
{
    struct writer *w = writer(sink);

    if (w->state == WRITER_CREATING)
        writer_record(w, RECORD_NOT_CREATED, 0);
}

static size_t weight(const struct sink *sink)
{
    const struct writer *w = (const struct writer *)sink;

    return sizeof *w + pending_weight(&w->pending) + w->body.cap;
}

static void fail_thread(struct sink *sink, const struct error *error)
{
    struct writer *w = writer(sink);
    struct record record = {
        .kind = RECORD_FAILED,
        .thread = span_of(w->thread_id),
        .code = span_of(error_code_name(error->code)),
        .detail = span_of(error->text),
        .settled = w->in_doubt == 0,
    };

    pioneer_leave(w->setup->pioneer, w);
    unsent(sink);
    /* A top-up that could not begin takes nothing from what was complete before. */
    if (!error_stops_run(error) && !w->topping_up &&
        !checkpoint_add(w->setup->checkpoint, &record, &w->base.outcome.error))
        w->state = WRITER_FAILED;
}

static void writer_free(struct sink *sink)
{
    struct writer *w = writer(sink);

    pioneer_leave(w->setup->pioneer, w);
    pending_release(&w->pending);
    look_release(&w->look);
    idset_release(&w->lasts);
    buf_release(&w->path);
    buf_release(&w->body);
    holes_release(&w->holes);
    free(w->thread_id);
    digest_release(&w->digest);
    free(w);
}

static const struct sink_ops WRITER = {
    .next = next,
    .item = take_item,
    .feed = feed,
    .unsent = unsent,
    .weight = weight,
    .fail = fail_thread,
    .free = writer_free,
};

struct sink *writer_new(const struct writer_setup *setup, struct span thread_id,
                        const struct thread_facts *facts)
{
    struct writer *w = mem_zalloc(1, sizeof *w);

    w->base.ops = &WRITER;
    w->setup = setup;
    w->thread_id = mem_dup(thread_id.data, thread_id.len);
    digest_init(&w->digest);
    pending_init(&w->pending, (size_t)setup->batch_items, (size_t)setup->batch_bytes);
    look_init(&w->look);
    idset_init(&w->lasts);
    buf_init(&w->path, BUF_NO_LIMIT);
    buf_init(&w->body, BUF_NO_LIMIT);
    w->state = WRITER_GATHER;
    if (facts->conversation[0] == '\0')
        return &w->base;
    w->facts = *facts;
    pioneer_offer(setup->pioneer, w);
    (void)idset_add(setup->conversations, span_of(facts->conversation));
    w->pass = facts->items;
    w->topping_up = facts->state == THREAD_DONE;
    w->base.outcome.kind = w->topping_up ? OUTCOME_TOPPED_UP : OUTCOME_DONE;
    /* What is settled needs no waiting, and nothing of ours can be on its way. */
    w->reopens = facts->state == THREAD_FAILED && facts->settled;
    w->in_doubt = w->reopens ? 0 : SIZE_MAX;
    w->wake_ms = setup->started_ms + setup->settle_ms;
    w->state = w->topping_up || w->reopens ? WRITER_PASS : WRITER_SETTLE;
    return &w->base;
}
