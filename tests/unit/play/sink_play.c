#include "unit/play/sink_play.h"

#include "base/mem.h"
#include "fakes/fake_fsio.h"
#include "fakes/fake_journal.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- what is there before ---- */

struct thread_facts play_facts(enum thread_state state, const char *const *items, int count)
{
    struct thread_facts facts = talk_facts(state, items, count);

    if (count > 0)
        (void)snprintf(facts.last, sizeof facts.last, "i%d", count);
    return facts;
}

static void put(struct checkpoint *checkpoint, enum record_kind kind,
                const struct thread_facts *facts, int64_t items)
{
    const struct record record = {.kind = kind,
                                  .thread = span_of("thread_1"),
                                  .conversation = span_of(facts->conversation),
                                  .items = items,
                                  .last = facts->last[0] ? span_of(facts->last)
                                                         : (struct span){NULL, 0},
                                  .digest = span_of(facts->digest)};
    struct error err;

    assert_true(checkpoint_add(checkpoint, &record, &err));
    assert_true(checkpoint_sync(checkpoint, &err));
}

struct checkpoint *play_checkpoint(const struct thread_facts *facts)
{
    const struct checkpoint_options options = journal_options();
    struct checkpoint_opening opening;
    struct checkpoint *checkpoint;
    struct error err;
    bool is_done = facts->state == THREAD_DONE || facts->state == THREAD_ROLLING_BACK ||
                   facts->state == THREAD_PRUNING;

    fake_fsio_reset();
    checkpoint = checkpoint_open(&options, &opening, &err);
    assert_non_null(checkpoint);
    if (facts->state == THREAD_NEW)
        return checkpoint;
    put(checkpoint, RECORD_CREATING, facts, 0);
    put(checkpoint, RECORD_CREATED, facts, 0);
    if (is_done || facts->items > 0)
        put(checkpoint, is_done ? RECORD_DONE : RECORD_APPENDED, facts, facts->items);
    if (facts->state == THREAD_ROLLING_BACK)
        put(checkpoint, RECORD_ROLLING_BACK, facts, 0);
    if (facts->state == THREAD_PRUNING)
        put(checkpoint, RECORD_PRUNING, facts, 0);
    return checkpoint;
}

/* ---- answers ---- */

json_t *play_page(struct talk *talk, const char *text)
{
    json_t *data = json_array();
    bool more = false;

    while (*text) {
        size_t len = strcspn(text, ";");
        size_t id_len = strcspn(text, "=");
        struct error err;
        struct buf form;
        json_t *item;
        char words[64];

        if (*text == '+') {
            more = true;
        } else if (*text != '.') {
            (void)snprintf(words, sizeof words, "%.*s", (int)(len - id_len - 1), text + id_len + 1);
            buf_init(&form, BUF_NO_LIMIT);
            item_write_request(&form, talk_item(talk, words), JSON_ESCAPE_CANONICAL);
            item = json_read(buf_span(&form), &err);
            buf_release(&form);
            (void)json_object_set_new(item, "id", json_stringn(text, id_len));
            (void)json_array_append_new(data, item);
        }
        text += len + (text[len] == ';' ? 1 : 0);
    }
    return json_pack("{s:o, s:b}", "data", data, "has_more", more);
}

struct answer play_refusal(const char *reply)
{
    struct answer answer = {.kind = ANSWER_NO};
    char *param;

    answer.status = strtol(reply + strlen("no "), &param, 10);
    answer.param = *param ? span_of(param + 1) : (struct span){NULL, 0};
    return answer;
}

/* To a deletion: what was deleted, by the last name of its path. */
static json_t *deleted(const struct call *call)
{
    return json_pack("{s:s, s:b}", "id", strrchr(call->path, '/') + 1, "deleted", 1);
}

static void answer(const struct sink_play *play, struct sink *sink, const struct call *call,
                   const char *reply)
{
    struct answer a = {.kind = ANSWER_YES, .status = 200};

    if (strcmp(reply, "no thread") == 0)
        a = (struct answer){.kind = ANSWER_NO,
                            .status = 404,
                            .message = span_of("No thread found with id 'thread_1'.")};
    else if (strcmp(reply, "unknown") == 0)
        a = (struct answer){.kind = ANSWER_UNKNOWN};
    else if (strncmp(reply, "is ", 3) == 0)
        a.json = json_pack("{s:s, s:[{s:s}]}", "id", reply + 3, "data", "id", reply + 3);
    else if (strncmp(reply, "no ", 3) == 0)
        a = play_refusal(reply);
    else if (strcmp(reply, "kept") == 0)
        a.json = json_pack("{s:s, s:b}", "id", "conv_1", "deleted", 0);
    else if (strcmp(reply, "wrong") == 0)
        a.json = json_pack("{s:{s:s}}", "error", "message", "no");
    else
        a.json = strcmp(reply, "yes") == 0     ? deleted(call)
                 : strcmp(reply, "empty") == 0 ? json_object()
                                               : play_page(play->talk, reply);
    sink->ops->feed(sink, &a);
    json_decref(a.json);
}

/* ---- wishes ---- */

static void tell_call(struct buf *seen, const struct call *call)
{
    static const char CONVERSATION[] = "/conversations/conv_1";
    const char *after = strstr(call->path, "&after=");

    if (call->side == SIDE_SOURCE && call->method == CALL_GET) {
        const bool is_list = strstr(call->path, "/messages?limit=1&order=desc") != NULL;

        assert_memory_equal(call->path, "/threads/thread_1", strlen("/threads/thread_1"));
        buf_add_text(seen, is_list ? "newest" : "thread");
        return;
    }
    if (call->side == SIDE_SOURCE)
        assert_string_equal(call->path, "/threads/thread_1");
    else
        assert_memory_equal(call->path, CONVERSATION, strlen(CONVERSATION));
    if (call->method == CALL_GET && strcmp(call->path, CONVERSATION) == 0) {
        buf_add_text(seen, "look");
        return;
    }
    if (call->method == CALL_GET) {
        buf_add_text(seen, strstr(call->path, "order=desc") ? "tip" : "list");
        if (after)
            buf_printf(seen, " %s", after + strlen("&after="));
        return;
    }
    assert_int_equal(call->method, CALL_DELETE);
    buf_printf(seen, "delete %s", strrchr(call->path, '/') + 1);
    if (call->valid_ms > 0)
        buf_printf(seen, " within %lld", (long long)call->valid_ms);
}

/* Until the sink wants something from outside. */
static void next_wish(const struct sink_play *play, struct sink *sink, struct wish *wish)
{
    struct talk *talk = play->talk;

    sink->ops->next(sink, wish);
    while (wish->kind == WISH_MORE) {
        const char *text = talk->items[talk->given];

        sink->ops->item(sink, text ? talk_item(talk, text) : NULL);
        talk->given += text ? 1 : 0;
        sink->ops->next(sink, wish);
    }
}

static void tell_wish(const struct sink_play *play, struct sink *sink, const struct wish *wish,
                      struct buf *seen)
{
    struct error err;

    switch (wish->kind) {
    case WISH_SEND:
        tell_call(seen, &wish->call);
        break;
    case WISH_SYNC:
        buf_add_text(seen, "sync");
        assert_true(checkpoint_sync(play->checkpoint, &err));
        break;
    case WISH_DONE:
        buf_add_text(seen, "done");
        break;
    case WISH_FAIL:
        buf_printf(seen, "fail %s: %s", error_code_name(wish->error.code), wish->error.text);
        sink_fail(sink, &wish->error);
        break;
    case WISH_SLEEP:
        buf_printf(seen, "sleep until %lld", (long long)wish->until_ms);
        break;
    case WISH_WAIT:
    case WISH_READY:
    case WISH_MORE:
        fail_msg("a wish for nobody");
    }
}

char *play_cut(const char **text, const char *end)
{
    const char *stop = strstr(*text, end);
    size_t len = stop ? (size_t)(stop - *text) : strlen(*text);
    char *piece;

    if (len == 0)
        return NULL;
    piece = mem_dup(*text, len);
    *text += stop ? len + strlen(end) : len;
    return piece;
}

void sink_play(const struct sink_play *play, struct sink *sink, const char *script)
{
    struct buf seen;

    buf_init(&seen, BUF_NO_LIMIT);
    for (char *turn = play_cut(&script, " | "); turn; turn = play_cut(&script, " | ")) {
        const char *rest = turn;
        char *expected = play_cut(&rest, " => ");
        struct wish wish;

        buf_clear(&seen);
        next_wish(play, sink, &wish);
        tell_wish(play, sink, &wish, &seen);
        if (strcmp(seen.data, expected) != 0)
            print_error("%s\n", play->name);
        assert_string_equal(seen.data, expected);
        assert_int_equal(wish.kind == WISH_SEND, *rest != '\0');
        if (*rest != '\0')
            answer(play, sink, &wish.call, rest);
        free(expected);
        free(turn);
    }
    buf_release(&seen);
}

/* ---- what stays ---- */

void play_records(struct buf *seen, struct checkpoint *checkpoint, size_t offset)
{
    struct span content;
    struct error err;

    assert_true(checkpoint_sync(checkpoint, &err));
    content = fake_fsio_content();
    content = (struct span){content.data + offset, content.len - offset};
    while (content.len > 0) {
        size_t len = (size_t)((const char *)memchr(content.data, '\n', content.len) - content.data);
        json_t *line = json_read((struct span){content.data + 9, len - 9}, &err);
        struct span kind = json_get_text(line, "k");
        json_int_t items = json_integer_value(json_object_get(line, "items"));

        buf_printf(seen, "%s%.*s", seen->len > 0 ? " " : "", (int)kind.len, kind.data);
        if (items > 0)
            buf_printf(seen, ":%d", (int)items);
        if (span_is(kind, "failed") && !json_is_true(json_object_get(line, "settled")))
            buf_add_text(seen, ":open");
        json_decref(line);
        content = (struct span){content.data + len + 1, content.len - len - 1};
    }
}
