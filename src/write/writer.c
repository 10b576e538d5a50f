#include "write/writer.h"

#include "base/mem.h"
#include "write/conversation.h"
#include "write/writer_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The whole thread is written: what gave no item behind the last one was lost by this run too. */
static void close_thread(struct writer *w)
{
    w->state = WRITER_CLOSING;
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
    w->attempts = 0;
    w->got_reply = false;
    w->status = 0;
    if (w->ended && w->pending.count == 0) {
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
                                   .body = buf_span(&w->body)}};
}

static void write_create(struct writer *w, struct wish *wish)
{
    buf_clear(&w->body);
    (void)buf_add_text(&w->body, "{\"metadata\":");
    metadata_write_json(&w->body, reader_metadata(w->base.reader), JSON_ESCAPE_CANONICAL);
    if (w->sent > 0) {
        (void)buf_add_text(&w->body, ",\"items\":[");
        pending_write(&w->pending, w->sent, &w->body);
        (void)buf_add_char(&w->body, ']');
    }
    (void)buf_add_char(&w->body, '}');
    start_write(w, wish, "");
}

static void write_batch(struct writer *w, struct wish *wish)
{
    buf_clear(&w->body);
    (void)buf_add_text(&w->body, "{\"items\":[");
    pending_write(&w->pending, w->sent, &w->body);
    (void)buf_add_text(&w->body, "]}");
    start_write(w, wish, "/items");
    wish->call.outline = true;
}

static void ask_tip(struct writer *w, struct wish *wish)
{
    *wish = (struct wish){.kind = WISH_SEND};
    conversation_tip_call(&wish->call, &w->path, span_of(w->facts.conversation));
}

struct look_from writer_look_from(const struct writer *w)
{
    if (w->state == WRITER_PROVING)
        return (struct look_from){
            .conversation = w->facts.conversation, .last = w->proof_at, .items = w->proof_items};
    return (struct look_from){
        .conversation = w->facts.conversation, .last = w->facts.last, .items = w->facts.items};
}

/* Everything that was recorded has been passed over: is it still the same? */
static void end_pass(struct writer *w)
{
    char hex[DIGEST_HEX + 1];

    digest_hex(&w->digest, hex);
    if (w->facts.digest[0] != '\0' && strcmp(hex, w->facts.digest) != 0) {
        writer_fail(w, ERROR_SOURCE_CHANGED, "what was already written now maps to something else");
        return;
    }
    if (w->topping_up && w->pending.count == 0 && w->ended) {
        w->base.outcome.kind = OUTCOME_ALREADY_DONE;
        w->state = WRITER_ENDED;
        return;
    }
    if (!w->topping_up)
        w->state = WRITER_LOOKING;
    else if (w->facts.last[0] != '\0' || w->facts.items == 0)
        w->state = WRITER_TIP;
    else
        w->state = WRITER_REOPEN;
}

static void pass_on(struct writer *w, struct wish *wish)
{
    size_t ready = w->pending.count;

    if (w->pass > 0 && ready > 0) {
        size_t count = (int64_t)ready < w->pass ? ready : (size_t)w->pass;

        pending_drop(&w->pending, count, &w->digest);
        w->pass -= (int64_t)count;
        w->before = w->pending.taken;
    }
    /* One item more than what is recorded tells a top-up whether there is anything to do. */
    if (!w->ended && (w->pass > 0 || (w->topping_up && w->pending.count == 0)))
        *wish = (struct wish){.kind = WISH_MORE};
    else if (w->pass > 0)
        writer_fail(w, ERROR_SOURCE_CHANGED, "the source holds less than what was already written");
    else
        end_pass(w);
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
        w->state = WRITER_APPENDING;
    } else {
        digest_hex(&w->digest, w->facts.digest);
        close_thread(w);
    }
}

/* After the pages of a look: act, or look once more? */
void writer_end_look(struct writer *w, size_t found)
{
    w->is_proven = false;
    w->quiet_looks = found == 0 ? w->quiet_looks + 1 : 1;
    if (w->in_doubt == 0 || w->quiet_looks >= 2 || (w->ended && w->pending.count == 0)) {
        w->in_doubt = 0;
        w->wake_ms = w->repeat_ms;
        w->state = w->attempts > 0 && w->now_ms < w->repeat_ms ? WRITER_REPEAT : WRITER_GATHER;
        return;
    }
    w->wake_ms = w->now_ms + w->setup->settle_ms;
    w->state = WRITER_LOOK_WAIT;
}

static void match_on(struct writer *w, struct wish *wish)
{
    size_t found = w->look.count;
    size_t offset = 0;

    /* More than this process has sent is not its own, however much it looks like it. */
    if (found > w->in_doubt) {
        writer_fail(w, ERROR_CONFLICT, CONVERSATION_NOT_OURS);
        return;
    }
    /* One more than was found tells whether anything is left to be written. */
    if (!w->ended && w->pending.count <= found) {
        *wish = (struct wish){.kind = WISH_MORE};
        return;
    }
    for (size_t i = 0; i < found; i++) {
        struct fingerprint print = {0};

        if (i < w->pending.count)
            print = pending_fingerprint(&w->pending, i, &offset);
        if (i >= w->pending.count || !fingerprint_equal(&w->look.items[i].print, &print)) {
            writer_fail(w, ERROR_CONFLICT, CONVERSATION_NOT_OURS);
            return;
        }
    }
    if (w->in_doubt != SIZE_MAX)
        w->in_doubt -= found;
    w->state = WRITER_LOOKING;
    if (found > 0)
        writer_acknowledge(w, found, w->look.items[found - 1].id);
    if (w->state == WRITER_LOOKING && !w->look.more)
        writer_end_look(w, found);
}

static void create_on(struct writer *w, struct wish *wish)
{
    writer_record(w, RECORD_CREATING, (int64_t)w->sent);
    if (w->state == WRITER_FAILED)
        return;
    w->state = WRITER_CREATING;
    *wish = (struct wish){.kind = WISH_SYNC};
}

static void reopen_on(struct writer *w, struct wish *wish)
{
    /* Without an id to look behind, the whole conversation has to be compared. */
    bool compare_all = w->facts.last[0] == '\0' && w->facts.items > 0;

    digest_hex(&w->digest, w->facts.digest);
    w->topping_up = false;
    writer_record(w, RECORD_APPENDED, w->facts.items);
    if (w->state == WRITER_FAILED)
        return;
    w->state = compare_all ? WRITER_LOOKING : WRITER_GATHER;
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
    *wish = (struct wish){.kind = WISH_SYNC};
    w->state = state;
    return true;
}

/* One step; false when it changed the state only and wish is not set. */
static bool step(struct writer *w, struct wish *wish)
{
    struct look_from from;

    wish->kind = WISH_DONE;
    switch (w->state) {
    case WRITER_SETTLE:
        return sleep_then(w, wish, WRITER_PASS);
    case WRITER_PASS:
        pass_on(w, wish);
        break;
    case WRITER_TIP:
        ask_tip(w, wish);
        return true;
    case WRITER_REOPEN:
        reopen_on(w, wish);
        break;
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
        return sync_then(w, wish, WRITER_GATHER);
    case WRITER_APPENDING:
        write_batch(w, wish);
        return true;
    case WRITER_LOOK_WAIT:
        return sleep_then(w, wish, WRITER_LOOKING);
    case WRITER_LOOKING:
    case WRITER_PROVING:
        from = writer_look_from(w);
        wish->kind = WISH_SEND;
        look_call(&w->look, &from, &wish->call);
        return true;
    case WRITER_REPEAT:
        return sleep_then(w, wish, WRITER_GATHER);
    case WRITER_MATCH:
        match_on(w, wish);
        break;
    case WRITER_CLOSING:
        return sync_then(w, wish, WRITER_ENDED);
    case WRITER_ENDED:
        return true;
    case WRITER_FAILED:
        *wish = (struct wish){.kind = WISH_FAIL, .error = w->error};
        return true;
    }
    return wish->kind != WISH_DONE;
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
    writer_answer(writer(sink), answer);
}

static void fail_thread(struct sink *sink, const struct error *error)
{
    struct writer *w = writer(sink);
    struct record record = {
        .kind = RECORD_FAILED,
        .thread = span_of(w->thread_id),
        .code = span_of(error_code_name(error->code)),
        .detail = span_of(error->text),
    };

    /* A top-up that could not begin takes nothing from what was complete before. */
    if (!error_stops_run(error) && !w->topping_up &&
        !checkpoint_add(w->setup->checkpoint, &record, &w->base.outcome.error))
        w->state = WRITER_FAILED;
}

static void writer_free(struct sink *sink)
{
    struct writer *w = writer(sink);

    pending_release(&w->pending);
    look_release(&w->look);
    idset_release(&w->lasts);
    buf_release(&w->path);
    buf_release(&w->body);
    free(w->thread_id);
    free(w);
}

static const struct sink_ops WRITER = {
    .next = next,
    .item = take_item,
    .feed = feed,
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
    (void)idset_add(setup->conversations, span_of(facts->conversation));
    w->pass = facts->items;
    w->topping_up = facts->state == THREAD_DONE;
    w->base.outcome.kind = w->topping_up ? OUTCOME_TOPPED_UP : OUTCOME_DONE;
    w->in_doubt = SIZE_MAX;
    w->wake_ms = setup->started_ms + setup->settle_ms;
    w->state = w->topping_up ? WRITER_PASS : WRITER_SETTLE;
    return &w->base;
}
