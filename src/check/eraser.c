#include "check/eraser.h"

#include "base/buf.h"
#include "base/mem.h"
#include "check/examiner.h"
#include "check/thread_call.h"
#include "write/conversation.h"
#include "write/listing.h"

#include <stdlib.h>

enum { ROUNDS = 3 }; /* of deleting the same items */

static const char ADDED_TO[] = "left alone: somebody has just added to the conversation";
/* Why conversations stay, and what helps. */
static const char CHANGED[] =
    "left alone: somebody has changed the conversation; verify shows where, "
    "'rollback --force ID' deletes it anyway";
static const char UNFINISHED[] =
    "left alone: the unfinished conversation is not as recorded; 'threadferry migrate' finds out "
    "what a stopped run left in it, and then it can be rolled back; 'rollback --force ID' deletes "
    "it now";
static const char ONLY_COPY[] =
    "left alone: the source no longer has the thread, so the conversation may be the only copy; "
    "'rollback --force ID' deletes it anyway";
static const char GONE[] =
    "the conversation is missing, but no rollback has deleted it; is the key one of its project? "
    "'rollback --force ID' forgets it";

enum eraser_state {
    ERASER_SETTLE,  /* an append of a dead process may still be executing */
    ERASER_CHECK,   /* is it still as it was written? */
    ERASER_SOURCE,  /* is its thread still at the source? */
    ERASER_TIP,     /* resumed: is its last item still ours? */
    ERASER_RECORD,  /* about to delete: on record first */
    ERASER_LIST,    /* what is still there? */
    ERASER_ITEM,    /* deleting the listed items, one after the other */
    ERASER_FINISH,  /* deleting the conversation */
    ERASER_CONFIRM, /* that may have been done: is it still there? */
    ERASER_CLOSING, /* the last record waits for its sync */
    ERASER_ENDED,
    ERASER_FAILED,
};

struct eraser {
    struct sink base;
    struct eraser_options options;
    char *thread_id;
    struct thread_facts facts;
    struct sink *check; /* an examiner; owned */
    enum eraser_state state;
    struct listing listing; /* one page from the beginning */
    char *first;            /* id that the newest page began with; owned, or NULL */
    int rounds;             /* pages in a row that began with it */
    bool last_is_gone;      /* the recorded last item was deleted: nothing may follow it */
    struct buf path;
    struct error error;
};

static struct eraser *eraser(struct sink *sink)
{
    return (struct eraser *)sink;
}

static void fail(struct eraser *e, enum error_code code, const char *text)
{
    error_set(&e->error, code, "%s", text);
    e->state = ERASER_FAILED;
}

static void record(struct eraser *e, enum record_kind kind)
{
    const struct record line = {.kind = kind, .thread = span_of(e->thread_id)};

    if (!checkpoint_add(e->options.checkpoint, &line, &e->error))
        e->state = ERASER_FAILED;
}

static void close_thread(struct eraser *e)
{
    e->state = ERASER_CLOSING;
    record(e, RECORD_ROLLED_BACK);
}

/* It is not there, and nothing but its record is left to do. */
static void vanish(struct eraser *e)
{
    e->state = ERASER_CLOSING;
    if (!census_close(e->options.census, e->options.checkpoint, span_of(e->thread_id), &e->error))
        e->state = ERASER_FAILED;
}

/* ---- is it still as it was? ---- */

/* Nothing is in the way. */
static void end_check(struct eraser *e)
{
    e->state = e->options.rehearses ? ERASER_ENDED : ERASER_RECORD;
    if (e->options.rehearses)
        e->base.outcome.items = e->check->outcome.items;
}

static void check_on(struct eraser *e, struct wish *wish)
{
    e->check->ops->next(e->check, wish);
    if (wish->kind != WISH_DONE && wish->kind != WISH_FAIL)
        return;
    if (wish->kind == WISH_FAIL)
        fail(e, wish->error.code, wish->error.text);
    else if (examiner_result(e->check) == VERIFY_MISSING && !e->options.rehearses)
        vanish(e);
    else if (e->options.asks_source && !e->options.force && e->facts.state != THREAD_ROLLING_BACK)
        e->state = ERASER_SOURCE;
    else
        end_check(e);
    wish->kind = WISH_MORE;
}

/* ---- what to do next ---- */

static struct span conversation(const struct eraser *e)
{
    return span_of(e->facts.conversation);
}

/* Deletes what the path names. */
static void delete_it(const struct eraser *e, struct wish *wish)
{
    *wish = (struct wish){
        .kind = WISH_SEND,
        .call = {.side = SIDE_DESTINATION, .method = CALL_DELETE, .path = e->path.data}};
}

/* A server that calls items gone and lists them all the same would be asked for ever. */
static void count_rounds(struct eraser *e, struct span first)
{
    if (!e->first || !span_is(first, e->first)) {
        free(e->first);
        e->first = mem_dup(first.data, first.len);
        e->rounds = 0;
    }
    e->rounds++;
    if (e->rounds > ROUNDS)
        fail(e, ERROR_SERVER_ERROR, "the server still lists items that it called deleted");
}

static void list_on(struct eraser *e, struct wish *wish)
{
    const struct item *item;

    if (!listing_is_ready(&e->listing)) {
        wish->kind = WISH_SEND;
        listing_call(&e->listing, &wish->call);
        return;
    }
    item = listing_peek(&e->listing);
    e->state = item ? ERASER_ITEM : ERASER_FINISH;
    if (item)
        count_rounds(e, item->id);
}

/* The page is used up; what follows is listed from the beginning, for what was deleted cannot be a
 * cursor any more. */
static void list_anew(struct eraser *e)
{
    listing_release(&e->listing);
    listing_init(&e->listing, conversation(e), "", 0);
    e->state = ERASER_LIST;
}

static void item_on(struct eraser *e, struct wish *wish)
{
    const struct item *item = listing_is_ready(&e->listing) ? listing_peek(&e->listing) : NULL;

    if (!item) {
        list_anew(e);
        return;
    }
    if (e->last_is_gone && !e->options.force) {
        fail(e, ERROR_CONFLICT, ADDED_TO);
        return;
    }
    conversation_item_path(&e->path, conversation(e), item->id);
    delete_it(e, wish);
}

/* One step; wish->kind stays WISH_MORE where only the state changed. */
static void step(struct eraser *e, struct wish *wish)
{
    switch (e->state) {
    case ERASER_SETTLE:
        e->state = ERASER_CHECK;
        *wish = (struct wish){.kind = WISH_SLEEP, .until_ms = e->options.settled_ms};
        return;
    case ERASER_CHECK:
        check_on(e, wish);
        return;
    case ERASER_SOURCE:
        thread_call(&e->path, wish, CALL_GET, e->thread_id, "");
        return;
    case ERASER_TIP:
        wish->kind = WISH_SEND;
        conversation_tip_call(&wish->call, &e->path, conversation(e));
        return;
    case ERASER_RECORD:
        e->state = ERASER_LIST;
        record(e, RECORD_ROLLING_BACK);
        wish->kind = WISH_SYNC;
        return;
    case ERASER_LIST:
        list_on(e, wish);
        return;
    case ERASER_ITEM:
        item_on(e, wish);
        return;
    case ERASER_FINISH:
        conversation_path(&e->path, conversation(e), "");
        delete_it(e, wish);
        return;
    case ERASER_CONFIRM:
        *wish = (struct wish){
            .kind = WISH_SEND,
            .call = {.side = SIDE_DESTINATION, .method = CALL_GET, .path = e->path.data}};
        return;
    case ERASER_CLOSING:
        e->state = ERASER_ENDED;
        *wish = (struct wish){.kind = WISH_SYNC, .closing = true};
        return;
    case ERASER_ENDED:
        wish->kind = WISH_DONE;
        return;
    case ERASER_FAILED:
        *wish = (struct wish){.kind = WISH_FAIL, .error = e->error};
        return;
    }
}

static void next(struct sink *sink, struct wish *wish)
{
    struct eraser *e = eraser(sink);

    do {
        *wish = (struct wish){.kind = WISH_MORE};
        step(e, wish);
    } while (wish->kind == WISH_MORE);
}

/* ---- what came of it ---- */

static bool may_be_deleted(struct eraser *e, const struct answer *answer, struct span id)
{
    answer_explain_kept(answer, "destination", &e->error);
    if (answer_may_be_deleted(answer, id))
        return true;
    e->state = ERASER_FAILED;
    return false;
}

static void feed_source(struct eraser *e, const struct answer *answer)
{
    const enum presence presence = thread_presence(answer, e->thread_id, &e->error);

    if (presence == PRESENCE_THERE)
        end_check(e);
    else if (presence == PRESENCE_GONE)
        fail(e, ERROR_SOURCE_MISSING, ONLY_COPY);
    else
        e->state = ERASER_FAILED;
}

static void feed_tip(struct eraser *e, const struct answer *answer)
{
    struct span tip;

    if (!conversation_tip(&tip, answer, &e->error)) {
        if (e->error.code == ERROR_GONE && census_missing(e->options.census, &e->error))
            vanish(e);
        else
            e->state = ERASER_FAILED;
    } else if (tip.len > 0 && e->facts.last[0] != '\0' && !e->options.force &&
               !span_is(tip, e->facts.last)) {
        fail(e, ERROR_CONFLICT, ADDED_TO);
    } else {
        census_found(e->options.census);
        e->state = ERASER_LIST;
    }
}

/* What is gone already needs no deleting. */
static void feed_list(struct eraser *e, const struct answer *answer)
{
    if (listing_feed(&e->listing, answer, &e->error))
        return;
    if (e->error.code == ERROR_GONE)
        vanish(e);
    else
        e->state = ERASER_FAILED;
}

static void feed_item(struct eraser *e, const struct answer *answer)
{
    const struct item *item = listing_peek(&e->listing);

    if (!may_be_deleted(e, answer, (struct span){NULL, 0}))
        return;
    e->last_is_gone = span_is(item->id, e->facts.last) || e->last_is_gone;
    e->base.outcome.items++;
    listing_take(&e->listing);
}

static void feed_finish(struct eraser *e, const struct answer *answer)
{
    if (answer_is_deleted(answer, conversation(e)))
        close_thread(e);
    else if (may_be_deleted(e, answer, conversation(e)))
        e->state = ERASER_CONFIRM;
}

/* Its items could be listed a moment ago: if it is not there, it was deleted. */
static void feed_confirm(struct eraser *e, const struct answer *answer)
{
    e->state = ERASER_FAILED;
    if (answer_presence(answer, conversation(e)) == PRESENCE_GONE)
        close_thread(e);
}

static void feed(struct sink *sink, const struct answer *answer)
{
    struct eraser *e = eraser(sink);

    if (e->state == ERASER_CHECK)
        e->check->ops->feed(e->check, answer);
    else if (e->state == ERASER_SOURCE)
        feed_source(e, answer);
    else if (e->state == ERASER_TIP)
        feed_tip(e, answer);
    else if (e->state == ERASER_LIST)
        feed_list(e, answer);
    else if (e->state == ERASER_ITEM)
        feed_item(e, answer);
    else if (e->state == ERASER_CONFIRM)
        feed_confirm(e, answer);
    else
        feed_finish(e, answer);
}

static void eraser_free(struct sink *sink)
{
    struct eraser *e = eraser(sink);

    e->check->ops->free(e->check);
    listing_release(&e->listing);
    buf_release(&e->path);
    free(e->first);
    free(e->thread_id);
    free(e);
}

static const struct sink_ops ERASER = {
    .next = next,
    .feed = feed,
    .free = eraser_free,
};

/* What an interrupted rollback has begun with goes on, whatever became of it. */
static struct sink *check_new(const struct eraser_options *options,
                              const struct thread_facts *facts)
{
    const struct examiner_options check = {
        .against_checkpoint = true,
        .insists = options->force || facts->state == THREAD_ROLLING_BACK,
        .forgets = facts->state == THREAD_FAILED && facts->code == ERROR_GONE,
        .counts_items = true,
        .differs = facts->state == THREAD_DONE ? CHANGED : UNFINISHED,
        .missing = GONE,
        .census = options->census,
    };

    return examiner_new(&check, facts);
}

static enum eraser_state first_state(const struct eraser_options *options,
                                     const struct thread_facts *facts)
{
    const bool is_settled =
        facts->state == THREAD_DONE || (facts->state == THREAD_FAILED && facts->settled);

    if (options->rehearses)
        return ERASER_CHECK;
    if (facts->state == THREAD_ROLLING_BACK)
        return ERASER_TIP;
    return is_settled ? ERASER_CHECK : ERASER_SETTLE;
}

struct sink *eraser_new(const struct eraser_options *options, struct span thread_id,
                        const struct thread_facts *facts)
{
    struct eraser *e = mem_zalloc(1, sizeof *e);

    e->base.ops = &ERASER;
    e->options = *options;
    e->thread_id = mem_dup(thread_id.data, thread_id.len);
    e->facts = *facts;
    e->check = check_new(options, facts);
    e->state = first_state(options, facts);
    listing_init(&e->listing, span_of(facts->conversation), "", 0);
    buf_init(&e->path, BUF_NO_LIMIT);
    return &e->base;
}
