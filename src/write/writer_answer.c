#include "write/writer_state.h"

#include "base/text.h"
#include "json/json.h"
#include "write/conversation.h"

#include <stdio.h>
#include <string.h>

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

/* Attempts are used up, and not all were met with silence. */
static void give_up(struct writer *w)
{
    const char *hint = "";
    char name[128];

    name_write(w, name, sizeof name);
    w->state = WRITER_FAILED;
    if (w->status >= 300 && w->status < 400)
        hint = ", and redirects are not followed; is base_url right?";
    else if (w->status == 404 || w->status == 405)
        hint = "; is base_url right?";
    if (w->status == 0)
        error_set(&w->error, ERROR_SERVER_ERROR,
                  "cannot write %s: the destination broke the connection again and again", name);
    else if (w->status < 300)
        error_set(&w->error, ERROR_SERVER_ERROR,
                  "cannot write %s: HTTP %ld, but not the reply that it should be, again and again",
                  name, w->status);
    else
        error_set(&w->error, ERROR_SERVER_ERROR,
                  "cannot write %s: the destination failed again and again: HTTP %ld%s", name,
                  w->status, hint);
}

/* Another attempt after an unknown outcome, or the end of patience. However short the time that
 * outcomes settle: a server in trouble is not hammered at. */
static bool try_again(struct writer *w, const struct answer *answer)
{
    w->got_reply = w->got_reply || answer->got_reply;
    w->status = answer->status != 0 ? answer->status : w->status;
    w->attempts++;
    w->wake_ms = answer->now_ms + w->setup->settle_ms;
    w->repeat_ms = answer->now_ms + pacer_backoff_ms(w->setup->pacer, w->attempts);
    if (w->attempts < w->setup->max_attempts)
        return true;
    if (w->got_reply)
        give_up(w);
    else
        writer_fail(w, ERROR_NETWORK, "the destination does not answer");
    return false;
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
    error_set(&w->error, ERROR_REFUSED, "%s was refused: HTTP %ld", name, answer->status);
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

static void feed_create(struct writer *w, const struct answer *answer)
{
    /* The record of the create stands for this one as well. */
    if (try_half(w, answer))
        return;
    if (answer->kind == ANSWER_NO) {
        refuse(w, answer);
        return;
    }
    /* It becomes part of URLs and of the mapping, so it may hold no more than a thread's id. */
    if (answer->kind == ANSWER_YES && text_is_thread_id(json_get_text(answer->json, "id")) &&
        copy_id(answer->json, w->facts.conversation)) {
        if (!take_conversation(w, span_of(w->facts.conversation)))
            return;
        w->state = WRITER_CREATED;
        writer_record(w, RECORD_CREATED, 0);
        w->attempts = 0;
        w->status = 0;
        if (w->sent > 0 && w->state != WRITER_FAILED)
            writer_acknowledge(w, w->sent, "");
        return;
    }
    if (w->sent > 0) {
        writer_record(w, RECORD_UNCERTAIN, 0);
        w->base.outcome.kind = OUTCOME_UNCERTAIN;
        w->state = w->state == WRITER_FAILED ? WRITER_FAILED : WRITER_CLOSING;
        return;
    }
    if (!try_again(w, answer))
        return;
    if (w->wake_ms < w->repeat_ms)
        w->wake_ms = w->repeat_ms;
    w->state = WRITER_RECREATE;
}

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

static void feed_append(struct writer *w, const struct answer *answer)
{
    char last[257];

    if (is_whole(w, answer, last)) {
        w->state = WRITER_GATHER;
        writer_acknowledge(w, w->sent, last);
        return;
    }
    if (try_half(w, answer)) {
        w->state = WRITER_GATHER;
        return;
    }
    if (answer->kind == ANSWER_NO) {
        refuse(w, answer);
        return;
    }
    if (!try_again(w, answer))
        return;
    w->in_doubt = w->sent;
    w->quiet_looks = 0;
    w->state = WRITER_LOOK_WAIT;
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

/* Items at the beginning that an inline create stored: their ids were never told, but they are
 * passed over once they are listed. */
static void skip_inline(struct writer *w)
{
    size_t known = (size_t)w->facts.items;

    if (w->look.count < known) {
        w->look.count = 0;
        if (w->quiet_looks > 0)
            writer_fail(w, ERROR_CONFLICT, "items that were sent with the create are not there");
        else
            writer_end_look(w, 0);
        return;
    }
    (void)snprintf(w->facts.last, sizeof w->facts.last, "%s", w->look.items[known - 1].id);
    look_drop(&w->look, known);
}

static void begin_proof(struct writer *w)
{
    w->state = WRITER_PROVING;
    w->proof_at[0] = '\0';
    w->proof_items = 0;
}

/*
 * Behind the last known item are new ones only where it is the last of the known. A server that
 * names or lists items in another order shows old ones there, and where messages are alike nothing
 * else tells them apart.
 */
static void prove_on(struct writer *w)
{
    static const char DISORDER[] =
        "the conversation does not list its items in the order of writing";
    struct look *look = &w->look;

    for (size_t i = 0; i < look->count; i++) {
        const bool is_last = strcmp(look->items[i].id, w->facts.last) == 0;
        const bool is_place = ++w->proof_items == w->facts.items;

        if (is_last != is_place) {
            writer_fail(w, ERROR_CONFLICT, DISORDER);
            return;
        }
        if (is_last) {
            w->is_proven = true;
            w->state = WRITER_MATCH;
            look_drop(look, i + 1);
            return;
        }
    }
    if (look->more)
        (void)snprintf(w->proof_at, sizeof w->proof_at, "%s", look->items[look->count - 1].id);
    else
        writer_fail(w, ERROR_CONFLICT, DISORDER);
}

static void feed_look(struct writer *w, const struct answer *answer)
{
    struct look_from from = writer_look_from(w);

    if (!look_take(&w->look, &from, answer, &w->error)) {
        w->state = WRITER_FAILED;
        return;
    }
    if (w->state == WRITER_PROVING) {
        prove_on(w);
        return;
    }
    /* What is listed from the beginning needs no proof. */
    w->is_proven = w->is_proven || from.last[0] == '\0';
    w->state = WRITER_MATCH;
    if (w->facts.last[0] == '\0' && w->facts.items > 0)
        skip_inline(w);
    else if (w->look.count > 0 && !w->is_proven)
        begin_proof(w);
}

void writer_answer(struct writer *w, const struct answer *answer)
{
    w->now_ms = answer->now_ms;
    if (w->state == WRITER_CREATING)
        feed_create(w, answer);
    else if (w->state == WRITER_APPENDING)
        feed_append(w, answer);
    else if (w->state == WRITER_TIP)
        feed_tip(w, answer);
    else
        feed_look(w, answer);
}
