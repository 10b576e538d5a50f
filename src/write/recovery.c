/*
 * What is already there? After a restart, an unknown outcome or a top-up the
 * writer passes over what is on record, looks at the conversation and compares.
 */
#include "write/conversation.h"
#include "write/writer_internal.h"

#include <stdio.h>
#include <string.h>

/* ---- passing over what is on record ---- */

/* Everything that was recorded has been passed over: is it still the same? */
static void end_pass(struct writer *w)
{
    char hex[DIGEST_HEX + 1];

    digest_hex(&w->digest, hex);
    if (w->facts.digest[0] != '\0' && strcmp(hex, w->facts.digest) != 0) {
        writer_fail(w, ERROR_SOURCE_CHANGED, "what was already written now maps to something else");
    } else if (!w->topping_up) {
        w->state = WRITER_LOOK;
    } else if (w->pending.count == 0 && w->ended) {
        w->base.outcome.kind = OUTCOME_ALREADY_DONE;
        w->state = WRITER_ENDED;
    } else {
        w->state = WRITER_TIP;
    }
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

static void feed_tip(struct writer *w, const struct answer *answer)
{
    struct span tip;

    if (!conversation_tip(&tip, answer, &w->error))
        w->state = WRITER_FAILED;
    else if (span_equal(tip, span_of(w->facts.last)))
        w->state = WRITER_REOPEN;
    else
        writer_fail(w, ERROR_CONFLICT, CONVERSATION_MOVED_ON);
}

static void reopen_on(struct writer *w, struct wish *wish)
{
    digest_hex(&w->digest, w->facts.digest);
    w->topping_up = false;
    w->reopens = false;
    writer_record(w, RECORD_APPENDED, w->facts.items);
    if (w->state == WRITER_FAILED)
        return;
    w->in_doubt = 0;
    w->state = WRITER_GATHER;
    *wish = (struct wish){.kind = WISH_SYNC};
}

/* ---- looking ---- */

static void look_from(struct writer *w, const char *last, int64_t known)
{
    look_begin(&w->look, span_of(w->facts.conversation), last, known);
    if (pending_has_images(&w->pending, w->pending.count))
        look_show_images(&w->look);
}

static void begin_look(struct writer *w)
{
    look_from(w, w->facts.last, w->facts.items);
    /* What is listed from the beginning needs no proof. */
    w->is_proven = w->facts.last[0] == '\0';
    w->state = WRITER_LOOKING;
}

/* After the last page of a look: act, or look once more? */
static void end_look(struct writer *w)
{
    w->quiet_looks = w->look.found == 0 ? w->quiet_looks + 1 : 1;
    if (w->in_doubt > 0 && w->quiet_looks < 2 && !(w->ended && w->pending.count == 0)) {
        w->wake_ms = w->now_ms + w->setup->settle_ms;
        w->state = WRITER_LOOK_WAIT;
        return;
    }
    w->in_doubt = 0;
    w->wake_ms = w->repeat_ms;
    if (w->error.code != ERROR_NONE)
        w->state = WRITER_FAILED;
    else if (w->attempts > 0 && w->now_ms < w->repeat_ms)
        w->state = WRITER_REPEAT;
    else
        w->state = WRITER_GATHER;
}

static bool matches(struct writer *w, size_t index, size_t *offset)
{
    const struct listed *listed = &w->look.items[index];

    return index < w->pending.count &&
           pending_matches(&w->pending, index, offset, &listed->print, listed->images);
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
    /* They were not mapped yet when the look began. */
    if (!w->look.listing.with_images && pending_has_images(&w->pending, found)) {
        w->state = WRITER_LOOK;
        return;
    }
    for (size_t i = 0; i < found; i++) {
        if (!matches(w, i, &offset)) {
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
        end_look(w);
}

static void begin_proof(struct writer *w)
{
    w->state = WRITER_PROVING;
    w->proof_items = 0;
    look_from(w, "", 0);
}

/*
 * Behind the last known item are new ones only where it is the last of the known. A server that
 * names or lists items in another order shows old ones there, and where messages are alike nothing
 * else tells them apart.
 */
static void prove_on(struct writer *w)
{
    struct look *look = &w->look;

    for (size_t i = 0; i < look->count; i++) {
        const bool is_last = strcmp(look->items[i].id, w->facts.last) == 0;
        const bool is_place = ++w->proof_items == w->facts.items;

        if (is_last != is_place) {
            writer_fail(w, ERROR_CONFLICT, CONVERSATION_DISORDERED);
            return;
        }
        if (is_last) {
            w->is_proven = true;
            w->state = WRITER_MATCH;
            look_drop(look, i + 1);
            look->found = look->count;
            return;
        }
    }
    if (!look->more)
        writer_fail(w, ERROR_CONFLICT, CONVERSATION_DISORDERED);
}

/* Its items are not there, and none was ever appended: is it the conversation, or the route? */
static void feed_find(struct writer *w, const struct answer *answer)
{
    if (answer_presence(answer, span_of(w->facts.conversation)) == PRESENCE_THERE) {
        writer_stop_lost(w);
        return;
    }
    conversation_explain(&w->error, answer);
    w->state = WRITER_FAILED;
}

static void feed_look(struct writer *w, const struct answer *answer)
{
    if (answer->kind == ANSWER_NO && writer_is_lost(w, answer)) {
        w->state = WRITER_FIND;
        if (w->lost > 0)
            writer_stop_lost(w);
    } else if (!look_take(&w->look, answer, &w->error)) {
        w->state = WRITER_FAILED;
    } else if (w->look.has_page && w->state == WRITER_PROVING) {
        prove_on(w);
    } else if (w->look.has_page && w->look.count > 0 && !w->is_proven) {
        begin_proof(w);
    } else if (w->look.has_page) {
        w->state = WRITER_MATCH;
    }
}

/* ---- the machine ---- */

bool recovery_step(struct writer *w, struct wish *wish)
{
    switch (w->state) {
    case WRITER_PASS:
        pass_on(w, wish);
        break;
    case WRITER_TIP:
        *wish = (struct wish){.kind = WISH_SEND};
        conversation_tip_call(&wish->call, &w->path, span_of(w->facts.conversation));
        break;
    case WRITER_REOPEN:
        reopen_on(w, wish);
        break;
    case WRITER_LOOK:
        begin_look(w);
        break;
    case WRITER_LOOKING:
    case WRITER_PROVING:
        *wish = (struct wish){.kind = WISH_SEND};
        look_call(&w->look, &wish->call);
        /* Where the route itself is in question, a few tries answer it. */
        wish->call.probe = wish->call.probe || w->lost > 0;
        wish->call.asks_route = !w->setup->pioneer->has_appended;
        break;
    case WRITER_FIND:
        conversation_path(&w->path, span_of(w->facts.conversation), "");
        *wish = (struct wish){
            .kind = WISH_SEND,
            .call = {.side = SIDE_DESTINATION, .method = CALL_GET, .path = w->path.data}};
        break;
    case WRITER_MATCH:
        match_on(w, wish);
        break;
    case WRITER_SETTLE:
    case WRITER_GATHER:
    case WRITER_CREATE:
    case WRITER_CREATING:
    case WRITER_RECREATE:
    case WRITER_CREATED:
    case WRITER_APPENDING:
    case WRITER_LOOK_WAIT:
    case WRITER_REPEAT:
    case WRITER_CLOSING:
    case WRITER_FAILING:
    case WRITER_ENDED:
    case WRITER_FAILED:
        break;
    }
    return wish->kind != WISH_DONE;
}

void recovery_answer(struct writer *w, const struct answer *answer)
{
    if (w->state == WRITER_TIP)
        feed_tip(w, answer);
    else if (w->state == WRITER_FIND)
        feed_find(w, answer);
    else
        feed_look(w, answer);
}
