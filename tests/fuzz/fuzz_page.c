/*
 * Pages of lists: the input is cut at NUL bytes into documents that the server
 * sends one after the other. Whatever they are, the cursor ends within as many
 * answers, tells every id once, and never claims a part for the whole without
 * an answer that says so; a look and an error reply take them as well.
 */
#include "base/strmap.h"
#include "json/json.h"
#include "net/exchange.h"
#include "source/cursor.h"
#include "write/look.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_page(struct cursor *cursor, struct strmap *seen)
{
    const struct span *raw = cursor_raw(cursor);

    for (size_t i = 0; i < cursor->count; i++) {
        struct span id = json_get_text(cursor->objects[i], "id");
        struct error err = {0};
        json_t *again;
        bool added;

        (void)strmap_add(seen, id, &added);
        assert(added);
        /* The bytes of an object are that object. */
        again = json_read(raw[i], &err);
        assert(again && json_equal(again, cursor->objects[i]));
        json_decref(again);
    }
}

static void feed_cursor(struct cursor *cursor, struct strmap *seen, struct span document)
{
    struct error err = {0};
    struct answer answer = {.kind = ANSWER_YES, .raw = document};
    struct call call;

    if (cursor->state == CURSOR_END)
        return;
    cursor_call(cursor, &call);
    assert(call.path && strstr(call.path, "order=asc"));
    answer.json = json_read_object(document, &err);
    if (!answer.json) {
        answer.kind = ANSWER_NO;
        answer.status = 500;
    }
    switch (cursor_feed(cursor, &answer, &err)) {
    case CURSOR_PAGE:
        check_page(cursor, seen);
        break;
    case CURSOR_AGAIN:
        break;
    case CURSOR_FAILED:
        assert(err.code != ERROR_NONE && err.text[0]);
        cursor->state = CURSOR_END;
        break;
    }
    json_decref(answer.json);
}

static void feed_look(struct span document)
{
    struct error err = {0};
    struct answer answer = {
        .kind = ANSWER_YES, .raw = document, .json = json_read_object(document, &err)};
    struct look look;
    struct call call;

    look_init(&look);
    look_begin(&look, span_of("conv_1"), "b", 2);
    look_call(&look, &call);
    if (answer.json && look_take(&look, &answer, &err)) {
        for (size_t i = 0; i < look.count; i++)
            assert(look.items[i].id[0] != '\0');
    }
    look_release(&look);
    json_decref(answer.json);
}

/* Every kind of request, every status: the verdict is one of those that a loop knows. */
static void judge(struct span document, long status)
{
    static const enum call_method METHODS[] = {CALL_GET, CALL_POST, CALL_DELETE};

    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++) {
        const struct call call = {.side = SIDE_DESTINATION, .method = METHODS[i]};
        const struct http_reply reply = {
            .end = HTTP_REPLY, .status = status, .got_bytes = true, .body = document};
        struct verdict verdict;

        exchange_judge(&verdict, &call, &reply);
        assert(verdict.kind <= VERDICT_FAILS);
        verdict_release(&verdict);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const long STATUSES[] = {200, 400, 401, 403, 404, 409, 429, 500};
    struct cursor cursor;
    struct strmap seen;
    size_t at = 0;

    strmap_init(&seen);
    cursor_init(&cursor, &(struct cursor_options){.path = "/threads/t/messages?",
                                                  .what = "messages",
                                                  .page_size = 2,
                                                  .ordered_by_time = true,
                                                  .keep_raw = true});
    while (at < size) {
        const uint8_t *end = memchr(data + at, 0, size - at);
        size_t len = end ? (size_t)(end - data) - at : size - at;
        struct span document = {(const char *)data + at, len};

        feed_cursor(&cursor, &seen, document);
        feed_look(document);
        judge(document, STATUSES[len % (sizeof STATUSES / sizeof STATUSES[0])]);
        at += len + 1;
    }
    cursor_release(&cursor);
    strmap_release(&seen);
    return 0;
}
