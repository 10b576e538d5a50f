/*
 * What is behind the last item that is known. Pages are written as in
 * sink_play.h, what a look keeps as "i3=u 3;i4=a 4;+" too.
 */
#include "write/look.h"

#include "unit/sink_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOT_OURS "conflict: the conversation holds something that was not written here"

static void test_call(void **state)
{
    const struct look_from beginning = {.conversation = "conv_1", .last = ""};
    const struct look_from behind = {.conversation = "a/b", .last = "i&2", .items = 2};
    struct call call;
    struct look look;

    (void)state;
    look_init(&look);
    look_call(&look, &beginning, &call);
    assert_int_equal(call.side, SIDE_DESTINATION);
    assert_int_equal(call.method, CALL_GET);
    assert_string_equal(call.path, "/conversations/conv_1/items?limit=100&order=asc"
                                   "&include[]=message.input_image.image_url");
    look_call(&look, &behind, &call);
    assert_string_equal(call.path, "/conversations/a%2Fb/items?limit=100&order=asc"
                                   "&include[]=message.input_image.image_url&after=i%262");
    look_release(&look);
}

/* Items that are written differently have different fingerprints. */
static void tell(struct buf *seen, const struct look *look, struct talk *talk)
{
    static const char *const WORDS[] = {"u 1", "a 2", "u 3", "a 4", NULL};
    struct buf canonical;

    buf_init(&canonical, BUF_NO_LIMIT);
    for (size_t i = 0; i < look->count; i++) {
        (void)buf_printf(seen, "%s=", look->items[i].id);
        for (size_t k = 0; WORDS[k]; k++) {
            struct fingerprint print;

            buf_clear(&canonical);
            item_write_canonical(&canonical, talk_item(talk, WORDS[k]));
            print = fingerprint_of(buf_span(&canonical));
            if (fingerprint_equal(&look->items[i].print, &print))
                (void)buf_add_text(seen, WORDS[k]);
        }
        (void)buf_add_text(seen, i + 1 < look->count ? ";" : "");
    }
    (void)buf_add_text(seen, look->more ? ";+" : "");
    buf_release(&canonical);
}

static const struct {
    const char *last; /* that is known */
    int64_t items;    /* how many are */
    const char *reply;
    const char *expected; /* what is kept, or the failure */
} TAKEN[] = {
    {"", 0, ".", ""},
    {"", 0, "i1=u 1;i2=a 2", "i1=u 1;i2=a 2"},
    {"i2", 2, "i3=u 3;+", "i3=u 3;+"},
    {"i2", 2, ".", ""},
    /* The ids were never told: everything is kept. */
    {"", 2, "i1=u 1;i2=a 2;i3=u 3", "i1=u 1;i2=a 2;i3=u 3"},
    /* `after` is ignored, or includes its item. */
    {"i2", 2, "i1=u 1;i2=a 2;i3=u 3;i4=a 4", "i3=u 3;i4=a 4"},
    {"i2", 2, "i1=u 1;i2=a 2", ""},
    {"i2", 2, "i2=a 2;i3=u 3", "i3=u 3"},
    /* One too many or too few before the last one: a list in another order. */
    {"i2", 2, "i1=u 1;i3=u 3;i2=a 2", NOT_OURS},
    {"i3", 3, "i2=a 2;i3=u 3;i4=a 4", NOT_OURS},
    {"i2", 2, "i1=u 1;i2=a 2;+",
     "server_error: the server's list of items claims more, but its cursor does not move"},
    {"i2", 2, ".;+",
     "server_error: the server's list of items claims more, but its cursor does not move"},
    {"", 0, "i1=u 1;=a 2", "server_error: cannot read a listed item: it has no usable id"},
    {"i2", 2, "no 404 after", "conflict: the last item that was written is no longer there"},
    {"i2", 2, "no 404", "gone: the conversation is no longer there (HTTP 404)"},
    {"i2", 2, "no 410", "gone: the conversation is no longer there (HTTP 410)"},
    {"", 0, "no 403", "forbidden: cannot list the conversation: HTTP 403"},
    {"", 0, "no 400 after", "server_error: cannot list the conversation: HTTP 400"},
};

static void test_take(void **state)
{
    static const char *const NONE[] = {NULL};
    struct talk talk;
    struct look look;

    (void)state;
    talk_init(&talk, NONE, NULL);
    /* One look after the other, as a writer takes them: nothing stays of the one before. */
    look_init(&look);
    for (size_t i = 0; i < sizeof TAKEN / sizeof TAKEN[0]; i++) {
        const struct look_from from = {
            .conversation = "conv_1", .last = TAKEN[i].last, .items = TAKEN[i].items};
        struct answer answer = {.kind = ANSWER_YES, .status = 200};
        struct error err;
        struct buf seen;

        if (strncmp(TAKEN[i].reply, "no ", 3) == 0)
            answer = play_refusal(TAKEN[i].reply);
        else
            answer.json = play_page(&talk, TAKEN[i].reply);
        buf_init(&seen, BUF_NO_LIMIT);
        if (look_take(&look, &from, &answer, &err))
            tell(&seen, &look, &talk);
        else
            (void)buf_printf(&seen, "%s: %s", error_code_name(err.code), err.text);
        assert_string_equal(seen.data, TAKEN[i].expected);
        buf_release(&seen);
        json_decref(answer.json);
    }
    look_release(&look);
    talk_release(&talk);
}

/* What cannot be followed is no list. */
static void test_faulty(void **state)
{
    static const char *const LISTS[] = {"{}", "[]", "{\"data\":{},\"has_more\":false}",
                                        "{\"data\":[]}", "{\"data\":[],\"has_more\":\"no\"}"};
    const struct look_from from = {.conversation = "conv_1", .last = ""};

    (void)state;
    for (size_t i = 0; i < sizeof LISTS / sizeof LISTS[0]; i++) {
        struct answer answer = {.kind = ANSWER_YES, .status = 200};
        struct look look;
        struct error err;

        look_init(&look);
        answer.json = json_loads(LISTS[i], 0, NULL);
        assert_false(look_take(&look, &from, &answer, &err));
        assert_int_equal(err.code, ERROR_SERVER_ERROR);
        assert_string_equal(err.text, "the server's list of items is faulty");
        json_decref(answer.json);
        look_release(&look);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_faulty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
