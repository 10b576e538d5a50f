#include "unit/play/writer_play.h"

#include "base/buf.h"
#include "base/mem.h"
#include "fakes/fake_fsio.h"
#include "json/json.h"
#include "unit/play/sink_play.h"
#include "write/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SETTLE_MS = 30000, SETTLE_SOON_MS = 20, START_MS = 1000, BACKOFF_FIRST_MS = 500 };

/* The thread's five messages; every case takes the first ones. */
static const char *const MESSAGES[] = {"u 1", "a 2", "u 3", "a 4", "u 5", NULL};

static const char *const ALIKE[] = {"u 1", "u 1", "u 1", "u 1", "u 1", NULL};

struct play {
    const struct story *story;
    struct talk talk; /* makes the items */
    struct checkpoint *checkpoint;
    struct sink *sink;
    int given;
    int64_t now_ms;
    int64_t lost_ms; /* when an outcome became unknown */
    uint64_t served;
    struct pioneer pioneer;
};

static struct thread_facts facts_of(const struct story *story)
{
    struct thread_facts facts = {.state = THREAD_NEW};

    if (story->state != THREAD_NEW)
        facts = play_facts(story->state, story->alike ? ALIKE : MESSAGES, story->written);
    facts.settled = story->settled;
    return facts;
}

/* ---- answers ---- */

static json_t *ids_of(const char *text)
{
    json_t *data = json_array();

    while (*text) {
        size_t len = strcspn(text, " ");

        (void)json_array_append_new(data, json_pack("{s:s%}", "id", text, len));
        text += len + (text[len] == ' ' ? 1 : 0);
    }
    return json_pack("{s:o}", "data", data);
}

static void answer(struct play *play, const char *reply)
{
    struct answer a = {.kind = ANSWER_YES, .status = 200, .now_ms = play->now_ms};

    play->served++; /* to others */

    if (strncmp(reply, "id ", 3) == 0) {
        a.json = json_pack("{s:s}", "id", reply + 3);
    } else if (strncmp(reply, "ids", 3) == 0) {
        a.json = ids_of(reply + 3 + (reply[3] == ' ' ? 1 : 0));
    } else if (strncmp(reply, "no ", 3) == 0) {
        a = play_refusal(reply);
        a.now_ms = play->now_ms;
        play->lost_ms = play->now_ms;
    } else if (strcmp(reply, "lost") == 0 || strncmp(reply, "broken", 6) == 0) {
        a.kind = ANSWER_UNKNOWN;
        a.got_reply = reply[0] == 'b';
        a.status = a.got_reply ? 500 : 0;
        if (a.got_reply && reply[6] != '\0')
            a.status = strtol(reply + 7, NULL, 10);
        play->lost_ms = play->now_ms;
    } else if (strcmp(reply, "large") == 0) {
        a.kind = ANSWER_TOO_LARGE;
    } else {
        a.json = play_page(&play->talk, reply);
    }
    a.served = play->served;
    play->sink->ops->feed(play->sink, &a);
    json_decref(a.json);
}

/* ---- wishes ---- */

static void tell_call(struct buf *seen, const struct call *call)
{
    const char *after = strstr(call->path, "&after=");
    struct error err;
    json_t *body;
    size_t count;

    assert_int_equal(call->side, SIDE_DESTINATION);
    if (call->method == CALL_GET && strcmp(call->path, "/conversations/conv_1") == 0) {
        buf_add_text(seen, "look");
        return;
    }
    if (call->method == CALL_GET) {
        buf_add_text(seen, strstr(call->path, "order=desc") ? "tip" : "list");
        if (after)
            buf_printf(seen, " %s", after + 7);
        return;
    }
    body = json_read(call->body.bytes, &err);
    assert_non_null(body);
    count = json_array_size(json_object_get(body, "items"));
    if (strcmp(call->path, "/conversations") == 0)
        buf_add_text(seen, "create");
    else if (strcmp(call->path, "/conversations/conv_1/items") == 0)
        buf_add_text(seen, "append");
    else
        fail_msg("%s", call->path);
    if (count > 0)
        buf_printf(seen, " %zu", count);
    json_decref(body);
}

/* Until the sink wants something from outside. */
static void next_wish(struct play *play, struct wish *wish)
{
    const struct story *story = play->story;

    play->sink->ops->next(play->sink, wish);
    while (wish->kind == WISH_MORE) {
        const char *text = MESSAGES[play->given];

        if (story->alike)
            text = MESSAGES[0];
        if (play->given == 0 && story->changed)
            text = story->changed;
        if (play->given < story->messages)
            play->sink->ops->item(play->sink, talk_item(&play->talk, text));
        else
            play->sink->ops->item(play->sink, NULL);
        play->given++;
        play->sink->ops->next(play->sink, wish);
    }
}

/* A wait for the outcome to settle is told as it is, of a back-off what it is without jitter. */
static void tell_sleep(const struct play *play, int64_t until_ms, struct buf *seen)
{
    const int64_t since_lost_ms = until_ms - play->lost_ms;
    int64_t backoff = BACKOFF_FIRST_MS;

    while (since_lost_ms > backoff + backoff / 4)
        backoff *= 2;
    if (play->story->settles_soon && since_lost_ms >= backoff)
        buf_printf(seen, "back off %lld", (long long)backoff);
    else
        buf_printf(seen, "sleep %lld", (long long)(until_ms - play->now_ms));
}

static void tell_wish(struct play *play, const struct wish *wish, struct buf *seen)
{
    struct error err;

    switch (wish->kind) {
    case WISH_SEND:
        tell_call(seen, &wish->call);
        break;
    case WISH_SLEEP:
        tell_sleep(play, wish->until_ms, seen);
        play->now_ms = wish->until_ms;
        break;
    case WISH_WAIT:
        buf_add_text(seen, "wait");
        play->pioneer = (struct pioneer){.has_created = true, .has_appended = true};
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
        sink_fail(play->sink, &wish->error);
        break;
    case WISH_READY:
    case WISH_MORE:
        fail_msg("a wish for nobody");
    }
}

static void play_script(struct play *play, struct buf *seen)
{
    const char *script = play->story->script;

    for (char *turn = play_cut(&script, " | "); turn; turn = play_cut(&script, " | ")) {
        const char *rest = turn;
        char *expected = play_cut(&rest, " => ");
        struct wish wish;

        buf_clear(seen);
        next_wish(play, &wish);
        tell_wish(play, &wish, seen);
        if (strcmp(seen->data, expected) != 0)
            print_error("%s\n", play->story->name);
        assert_string_equal(seen->data, expected);
        assert_int_equal(wish.kind == WISH_SEND, *rest != '\0');
        if (*rest != '\0')
            answer(play, rest);
        free(expected);
        free(turn);
    }
}

void writer_play(const struct story *story)
{
    struct policy policy = {.provenance = false};
    const struct reader_options reader_options = {.policy = &policy};
    struct play p = {.story = story, .now_ms = START_MS};
    struct reader *reader = reader_new(&reader_options, span_of("thread_1"));
    const struct thread_facts facts = facts_of(story);
    struct writer_setup setup;
    struct idset conversations;
    struct pacer pacer;
    struct buf seen;
    size_t offset;

    talk_init(&p.talk, MESSAGES, NULL);
    p.checkpoint = play_checkpoint(&facts);
    offset = fake_fsio_content().len;
    pacer_init(&pacer, &(struct pacer_options){.window_max = 1, .seed = 1}, START_MS);
    idset_init(&conversations);
    if (story->other)
        assert_true(idset_add(&conversations, span_of(story->other)));
    p.pioneer = (struct pioneer){.has_created = !story->first,
                                 .has_appended = !story->first && !story->unproven,
                                 .writer = story->another ? &p : NULL};
    setup = (struct writer_setup){.checkpoint = p.checkpoint,
                                  .pioneer = &p.pioneer,
                                  .profile = profile_get(SERVICE_COMPATIBLE, SIDE_DESTINATION),
                                  .patience_ms = 3600000,
                                  .conversations = &conversations,
                                  .pacer = &pacer,
                                  .create_inline = story->create_inline,
                                  .batch_items = 2,
                                  .batch_bytes = 100000,
                                  .settle_ms = story->settles_soon ? SETTLE_SOON_MS : SETTLE_MS,
                                  .started_ms = START_MS,
                                  .max_attempts = 3};
    p.sink = writer_new(&setup, span_of("thread_1"), &facts);
    p.sink->reader = reader;
    buf_init(&seen, BUF_NO_LIMIT);
    play_script(&p, &seen);
    if (story->unsent)
        p.sink->ops->unsent(p.sink);
    buf_clear(&seen);
    play_records(&seen, p.checkpoint, offset);
    if (strcmp(seen.data ? seen.data : "", story->records) != 0)
        print_error("%s\n", story->name);
    assert_string_equal(seen.data ? seen.data : "", story->records);
    buf_release(&seen);
    p.sink->ops->free(p.sink);
    reader_free(reader);
    idset_release(&conversations);
    talk_release(&p.talk);
    checkpoint_close(p.checkpoint);
}
