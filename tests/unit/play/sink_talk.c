#include "unit/play/sink_talk.h"

#include "json/json.h"
#include "files/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void talk_init(struct talk *talk, const char *const *items, const char *const *stored)
{
    *talk = (struct talk){.items = items, .stored = stored};
    arena_init(&talk->arena);
}

void talk_release(struct talk *talk)
{
    arena_release(&talk->arena);
}

static void add_part(struct talk *talk, struct item *item, enum part_type type, const char *text)
{
    item->type = ITEM_MESSAGE;
    item->parts = arena_alloc(&talk->arena, sizeof *item->parts);
    item->parts[0] = (struct part){.type = type, .text = span_of(text)};
    item->part_count = 1;
}

static void add_contents(struct talk *talk, struct part *part)
{
    struct saved_file *file = arena_alloc(&talk->arena, sizeof *file);

    *file = (struct saved_file){.state = SAVED_CONTENTS,
                                .bytes = (int64_t)part->text.len,
                                .sha256 = fingerprint_of(part->text),
                                .magic = magic_named(span_of("png"))};
    part->contents = file;
}

struct item *talk_item(struct talk *talk, const char *text)
{
    struct item *item = arena_alloc(&talk->arena, sizeof *item);
    const char *rest = text + 2;

    *item = (struct item){.role = strchr("ar", text[0]) ? ROLE_ASSISTANT : ROLE_USER};
    item->source_id = span_of(rest);
    switch (text[0]) {
    case 'u':
        add_part(talk, item, PART_INPUT_TEXT, rest);
        break;
    case 'a':
        add_part(talk, item, PART_OUTPUT_TEXT, rest);
        break;
    case 'i':
        add_part(talk, item, PART_IMAGE_FILE, rest);
        break;
    case 'I':
        add_part(talk, item, PART_OTHER, "input_image");
        break;
    case 'p':
        add_part(talk, item, PART_IMAGE_CONTENTS, rest);
        add_contents(talk, &item->parts[0]);
        break;
    case 'r':
        add_part(talk, item, PART_REFUSAL, rest);
        break;
    case 'c':
        item->type = ITEM_FUNCTION_CALL;
        item->call_id = span_of("call_1");
        item->name = span_of(rest);
        item->arguments = span_of("{}");
        break;
    case 'o':
        item->type = ITEM_FUNCTION_CALL_OUTPUT;
        item->call_id = span_of("call_1");
        item->output = span_of(rest);
        break;
    default:
        item->type = ITEM_SKIPPED;
        break;
    }
    return item;
}

static json_t *stored_item(struct talk *talk, size_t index)
{
    struct buf text;
    struct error err;
    json_t *object;
    char id[32];

    buf_init(&text, BUF_NO_LIMIT);
    item_write_request(&text, talk_item(talk, talk->stored[index]), JSON_ESCAPE_CANONICAL);
    object = json_read(buf_span(&text), &err);
    assert_non_null(object);
    (void)snprintf(id, sizeof id, "item_%zu", index);
    (void)json_object_set_new(object, "id", json_string(id));
    buf_release(&text);
    return object;
}

/* A page of the conversation: behind `after`, which has to be there, or only the newest item. */
static json_t *page_of(struct talk *talk, const char *path)
{
    const char *after = strstr(path, "after=item_");
    json_t *data;
    size_t count = 0;
    size_t at = 0;

    while (talk->stored[count])
        count++;
    for (const char *digit = after ? after + 11 : NULL; digit && *digit >= '0' && *digit <= '9';
         digit++)
        at = 10 * at + (size_t)(*digit - '0');
    at += after ? 1 : 0;
    if (at > count)
        return NULL;
    data = json_array();
    if (strstr(path, "order=desc"))
        at = count > 0 ? count - 1 : 0;
    for (int i = 0; i < TALK_PAGE && at < count; i++)
        (void)json_array_append_new(data, stored_item(talk, at++));
    return json_pack("{s:o, s:b}", "data", data, "has_more", at < count);
}

static void answer(struct talk *talk, struct sink *sink, const struct call *call)
{
    struct answer reply = {.kind = ANSWER_YES, .status = 200};

    assert_int_equal(call->side, SIDE_DESTINATION);
    assert_int_equal(call->method, CALL_GET);
    talk->calls++;
    assert_true(talk->calls < 100);
    reply.json = talk->stored ? page_of(talk, call->path) : NULL;
    if (talk->refuse != 0 || !reply.json) {
        reply.kind = ANSWER_NO;
        reply.status = talk->refuse != 0 ? talk->refuse : 404;
        reply.param = span_of(talk->stored ? "after" : "");
    }
    sink->ops->feed(sink, &reply);
    json_decref(reply.json);
}

/* The next item, the end, or the reader's failure; false for the last. */
static bool give(struct talk *talk, struct sink *sink)
{
    const char *text = talk->items[talk->given];

    if (text) {
        talk->given++;
        sink->ops->item(sink, talk_item(talk, text));
        return true;
    }
    if (talk->reader_error.code != ERROR_NONE) {
        sink_fail(sink, &talk->reader_error);
        return false;
    }
    sink->ops->item(sink, NULL);
    return true;
}

static void run(struct talk *talk, struct sink *sink)
{
    for (;;) {
        struct wish wish = {.kind = WISH_DONE};

        sink->ops->next(sink, &wish);
        if (wish.kind == WISH_MORE) {
            if (!give(talk, sink))
                return;
        } else if (wish.kind == WISH_SEND) {
            answer(talk, sink, &wish.call);
        } else if (wish.kind == WISH_FAIL) {
            sink_fail(sink, &wish.error);
            return;
        } else {
            assert_int_equal(wish.kind, WISH_DONE);
            return;
        }
    }
}

void talk_run(struct talk *talk, struct sink *sink)
{
    const struct policy policy = policy_default();
    const struct reader_options options = {.policy = &policy};
    struct reader *empty = reader_new(&options, span_of("thread_1"));

    if (!sink->reader)
        sink->reader = empty;
    run(talk, sink);
    if (sink->reader == empty)
        sink->reader = NULL;
    reader_free(empty);
}

struct thread_facts talk_facts(enum thread_state state, const char *const *items, int count)
{
    struct thread_facts facts = {.state = state, .conversation = "conv_1", .items = count};
    struct digest digest;
    struct talk talk;
    struct buf canonical;

    talk_init(&talk, items, NULL);
    digest_init(&digest);
    buf_init(&canonical, BUF_NO_LIMIT);
    for (int i = 0; i < count; i++) {
        buf_clear(&canonical);
        item_write_canonical(&canonical, talk_item(&talk, items[i]));
        digest_add(&digest, buf_span(&canonical));
        (void)snprintf(facts.last, sizeof facts.last, "item_%d", i);
    }
    if (count > 0)
        digest_hex(&digest, facts.digest);
    digest_release(&digest);
    buf_release(&canonical);
    talk_release(&talk);
    return facts;
}
