/*
 * What is behind the last item that is known. Pages are written as in
 * sink_play.h, what a look keeps as "i3=u 3;i4=a 4;+" too.
 */
#include "write/look.h"

#include "unit/play/sink_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOT_OURS "conflict: the conversation holds something that was not written here"

static void test_call(void **state)
{
    struct call call;
    struct look look;

    (void)state;
    look_init(&look);
    look_begin(&look, span_of("conv_1"), "", 0);
    look_call(&look, &call);
    assert_int_equal(call.side, SIDE_DESTINATION);
    assert_int_equal(call.method, CALL_GET);
    assert_string_equal(call.path, "/conversations/conv_1/items?limit=100&order=asc");
    look_begin(&look, span_of("a/b"), "i&2", 2);
    look_call(&look, &call);
    assert_string_equal(call.path, "/conversations/a%2Fb/items?limit=100&order=asc&after=i%262");
    look_show_images(&look);
    look_call(&look, &call);
    assert_string_equal(call.path, "/conversations/a%2Fb/items?include[]=message.input_image."
                                   "image_url&limit=100&order=asc&after=i%262");
    look_release(&look);
}

/* Items that are written differently have different fingerprints. */
static void tell(struct buf *seen, const struct look *look, struct talk *talk)
{
    static const char *const WORDS[] = {"u 1", "a 2", "u 3", "a 4", NULL};
    struct buf canonical;

    buf_init(&canonical, BUF_NO_LIMIT);
    for (size_t i = 0; i < look->count; i++) {
        buf_printf(seen, "%s=", look->items[i].id);
        for (size_t k = 0; WORDS[k]; k++) {
            struct fingerprint print;

            buf_clear(&canonical);
            item_write_canonical(&canonical, talk_item(talk, WORDS[k]));
            print = fingerprint_of(buf_span(&canonical));
            if (fingerprint_equal(&look->items[i].print, &print))
                buf_add_text(seen, WORDS[k]);
        }
        buf_add_text(seen, i + 1 < look->count ? ";" : "");
    }
    buf_add_text(seen, look->more ? ";+" : "");
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
    /* Nothing new yet: no page comes of it. */
    {"i2", 2, "i1=u 1;i2=a 2;+", ""},
    {"i2", 2, ".;+",
     "server_error: the server's list of items is faulty: an empty page that claims more"},
    {"", 0, "i1=u 1;=a 2", "server_error: one of the items has no usable id"},
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
        struct answer answer = {.kind = ANSWER_YES, .status = 200};
        struct error err;
        struct buf seen;

        if (strncmp(TAKEN[i].reply, "no ", 3) == 0)
            answer = play_refusal(TAKEN[i].reply);
        else
            answer.json = play_page(&talk, TAKEN[i].reply);
        buf_init(&seen, BUF_NO_LIMIT);
        look_begin(&look, span_of("conv_1"), TAKEN[i].last, TAKEN[i].items);
        if (look_take(&look, &answer, &err))
            tell(&seen, &look, &talk);
        else
            buf_printf(&seen, "%s: %s", error_code_name(err.code), err.text);
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
    static const struct {
        const char *list;
        const char *why;
    } LISTS[] = {
        {"{}", "without data"},
        {"[]", "without data"},
        {"{\"data\":{},\"has_more\":false}", "without data"},
        {"{\"data\":[]}", "without has_more"},
        {"{\"data\":[],\"has_more\":\"no\"}", "without has_more"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof LISTS / sizeof LISTS[0]; i++) {
        struct answer answer = {.kind = ANSWER_YES, .status = 200};
        struct look look;
        struct error err;

        look_init(&look);
        look_begin(&look, span_of("conv_1"), "", 0);
        answer.json = json_loads(LISTS[i].list, 0, NULL);
        assert_false(look_take(&look, &answer, &err));
        assert_int_equal(err.code, ERROR_SERVER_ERROR);
        assert_non_null(strstr(err.text, LISTS[i].why));
        json_decref(answer.json);
        look_release(&look);
    }
}

/* Items of which a hundred do not fit into one reply are asked for in smaller pages. */
static void test_large_items(void **state)
{
    static const char *const NONE[] = {NULL};
    struct answer too_large = {.kind = ANSWER_TOO_LARGE, .status = 200};
    struct answer page = {.kind = ANSWER_YES, .status = 200};
    struct talk talk;
    struct look look;
    struct error err;
    struct call call;

    (void)state;
    talk_init(&talk, NONE, NULL);
    look_init(&look);
    look_begin(&look, span_of("conv_1"), "i2", 2);
    look_call(&look, &call);
    assert_true(call.allow_shrink);
    assert_true(look_take(&look, &too_large, &err));
    assert_false(look.has_page);
    look_call(&look, &call);
    assert_non_null(strstr(call.path, "limit=50&"));
    page.json = play_page(&talk, "i3=u 3;+");
    assert_true(look_take(&look, &page, &err));
    assert_true(look.has_page && look.more);
    assert_int_equal(look.found, 1);
    look_call(&look, &call);
    assert_non_null(strstr(call.path, "limit=100&order=asc&after=i3"));
    json_decref(page.json);
    for (int limit = CURSOR_LARGEST_LIMIT; limit > 1; limit /= 2)
        assert_true(look_take(&look, &too_large, &err));
    assert_false(look_take(&look, &too_large, &err));
    assert_int_equal(err.code, ERROR_TOO_LARGE);
    look_release(&look);
    talk_release(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_faulty),
        cmocka_unit_test(test_large_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
