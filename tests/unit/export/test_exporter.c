#include "export/exporter.h"

#include "base/mem.h"
#include "unit/play/paged_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINE(kind, object) "{\"kind\":\"" kind "\",\"thread_id\":\"t1\",\"object\":" object "}\n"
#define LINES_END(messages, runs, steps)                                                           \
    "{\"kind\":\"end\",\"thread_id\":\"t1\",\"messages\":" messages ",\"runs\":" runs              \
    ",\"run_steps\":" steps ",\"losses\":{}}\n"

enum { LARGE = 3 << 20 };

static bool add_piece(void *ctx, struct span piece, struct error *err)
{
    (void)err;
    buf_add_span(ctx, piece);
    return true;
}

/* Answers every call; how the sink ended. */
static enum wish_kind read_on(struct sink *sink)
{
    const struct answer answer = {.kind = ANSWER_YES, .status = 200};
    struct wish wish;

    for (sink->ops->next(sink, &wish); wish.kind == WISH_SEND; sink->ops->next(sink, &wish))
        sink->ops->feed(sink, &answer);
    if (wish.kind == WISH_FAIL)
        sink_fail(sink, &wish.error);
    return wish.kind;
}

static void export_whole(const struct source_page *pages, size_t count, const char *asked,
                         int64_t messages, const char *const *lines)
{
    struct buf expected;
    struct paged_source source;
    struct sink *sink;
    struct error err;
    struct buf out;

    paged_source_init(&source, pages, count);
    sink = exporter_new(&source.base, span_of("t1"));
    assert_int_equal(read_on(sink), WISH_DONE);
    assert_int_equal(sink->outcome.kind, OUTCOME_DONE);
    assert_int_equal(sink->outcome.items, messages);
    assert_string_equal(source.asked.data, asked);
    buf_init(&expected, BUF_NO_LIMIT);
    for (; *lines; lines++)
        buf_add_text(&expected, *lines);
    buf_init(&out, BUF_NO_LIMIT);
    assert_true(exporter_each(sink, add_piece, &out, &err));
    assert_string_equal(out.data, expected.data);
    /* And once more. */
    buf_clear(&out);
    assert_true(exporter_each(sink, add_piece, &out, &err));
    assert_string_equal(out.data, expected.data);
    buf_release(&out);
    buf_release(&expected);
    sink->ops->free(sink);
    paged_source_release(&source);
}

/* Every list in its turn, page by page; the bytes of objects stay as they are, on one line. */
static void test_whole(void **state)
{
    static const struct source_page PAGES[] = {
        {.kind = FETCH_THREAD, .objects = {"{\"id\": \"t1\",\n\"x\":1.0}"}, .asks = true},
        {.kind = FETCH_MESSAGES, .objects = {"{\"id\":\"m1\"}", "{ \"id\":\"m2\"}"}, .more = true},
        {.kind = FETCH_MESSAGES, .objects = {"{\"id\":\"m3\",\"u\":\"\\u00e9\\n\"}"}, .asks = true},
        {.kind = FETCH_RUNS, .objects = {"{\"id\":\"r1\"}"}, .more = true},
        {.kind = FETCH_RUNS, .objects = {"{\"id\":\"r2\"}", "{\"id\":\"r3\"}"}},
        {.kind = FETCH_STEPS, .run = "r1", .objects = {"{\"id\":\"s1\"}"}, .more = true},
        {.kind = FETCH_STEPS, .run = "r1", .objects = {"{\"id\":\"s2\"}"}},
        {.kind = FETCH_STEPS, .run = "r3", .objects = {"{\"id\":\"s3\"}"}},
    };

    static const char *const LINES[] = {
        LINE("thread", "{\"id\": \"t1\", \"x\":1.0}"),
        LINE("message", "{\"id\":\"m1\"}"),
        LINE("message", "{ \"id\":\"m2\"}"),
        LINE("message", "{\"id\":\"m3\",\"u\":\"\\u00e9\\n\"}"),
        LINE("run", "{\"id\":\"r1\"}"),
        LINE("run", "{\"id\":\"r2\"}"),
        LINE("run", "{\"id\":\"r3\"}"),
        LINE("run_step", "{\"id\":\"s1\"}"),
        LINE("run_step", "{\"id\":\"s2\"}"),
        LINE("run_step", "{\"id\":\"s3\"}"),
        LINES_END("3", "3", "3"),
        NULL,
    };

    (void)state;
    export_whole(PAGES, sizeof PAGES / sizeof PAGES[0],
                 "thread messages runs steps:r1 steps:r2 steps:r3", 3, LINES);
}

/* No thread object and no lists: the lines that begin and end the thread are there all the same. */
static void test_empty(void **state)
{
    static const char *const LINES[] = {LINE("thread", "null"), LINES_END("0", "0", "0"), NULL};

    (void)state;
    export_whole(NULL, 0, "thread messages runs", 0, LINES);
}

/* What an object shows of the losses of reading is in the line that ends the thread. */
static void test_losses(void **state)
{
    static const struct source_page PAGES[] = {
        {.kind = FETCH_MESSAGES,
         .objects = {"{\"id\":\"m1\",\"content\":\"\\ud800\"}",
                     "{\"id\":\"m2\",\"status\":\"in_progress\"}"}},
        {.kind = FETCH_RUNS, .objects = {"{\"id\":\"r1\",\"status\":\"queued\"}"}},
    };
    static const char *const LINES[] = {
        LINE("thread", "null"),
        LINE("message", "{\"id\":\"m1\",\"content\":\"\\ud800\"}"),
        LINE("message", "{\"id\":\"m2\",\"status\":\"in_progress\"}"),
        LINE("run", "{\"id\":\"r1\",\"status\":\"queued\"}"),
        "{\"kind\":\"end\",\"thread_id\":\"t1\",\"messages\":2,\"runs\":1,\"run_steps\":0,"
        "\"losses\":{\"active_run\":1,\"invalid_text\":1}}\n",
        NULL,
    };

    (void)state;
    export_whole(PAGES, sizeof PAGES / sizeof PAGES[0], "thread messages runs steps:r1", 2, LINES);
}

/* What may go on is not closed, and has no counts. */
static void test_truncated(void **state)
{
    static const struct source_page PAGES[] = {
        {.kind = FETCH_MESSAGES, .objects = {"{\"id\":\"m1\"}"}, .is_truncated = true},
    };
    static const char *const LINES[] = {
        LINE("thread", "null"),
        LINE("message", "{\"id\":\"m1\"}"),
        "{\"kind\":\"truncated\",\"thread_id\":\"t1\"}\n",
        NULL,
    };

    (void)state;
    export_whole(PAGES, sizeof PAGES / sizeof PAGES[0], "thread messages runs", 1, LINES);
}

/* A name that the archive's own lines cannot hold is refused before anything is asked for. */
static void test_bad_id(void **state)
{
    static const char *const IDS[] = {"a b", "a\"b", "../up", "\xC3\xA9", ""};
    struct paged_source source;

    (void)state;
    paged_source_init(&source, NULL, 0);
    for (size_t i = 0; i < sizeof IDS / sizeof IDS[0]; i++) {
        struct sink *sink = exporter_new(&source.base, span_of(IDS[i]));

        assert_int_equal(read_on(sink), WISH_FAIL);
        assert_int_equal(sink->outcome.error.code, ERROR_BAD_ID);
        assert_int_equal(source.fed, 0);
        sink->ops->free(sink);
    }
    paged_source_release(&source);
}

/* What cannot be read whole has no outcome but its failure. */
static void test_failures(void **state)
{
    static const struct source_page MISSING[] = {
        {.kind = FETCH_THREAD, .fails = ERROR_SOURCE_MISSING}};
    static const struct source_page CUT[] = {
        {.kind = FETCH_MESSAGES, .objects = {"{\"id\":\"m1\"}"}, .more = true},
        {.kind = FETCH_MESSAGES, .asks = true, .fails = ERROR_BAD_SOURCE}};
    const struct {
        const struct source_page *pages;
        size_t count;
        enum error_code code;
        int fed;
    } cases[] = {{MISSING, 1, ERROR_SOURCE_MISSING, 0}, {CUT, 2, ERROR_BAD_SOURCE, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct paged_source source;
        struct sink *sink;

        paged_source_init(&source, cases[i].pages, cases[i].count);
        sink = exporter_new(&source.base, span_of("t1"));
        assert_int_equal(read_on(sink), WISH_FAIL);
        assert_int_equal(sink->outcome.kind, OUTCOME_FAILED);
        assert_int_equal(sink->outcome.error.code, cases[i].code);
        assert_int_equal(sink->outcome.items, 0);
        assert_int_equal(source.fed, cases[i].fed);
        sink->ops->free(sink);
        paged_source_release(&source);
    }
}

struct taker {
    size_t bytes;
    size_t pieces;
    size_t most; /* pieces that are taken */
};

static bool take_piece(void *ctx, struct span piece, struct error *err)
{
    struct taker *taker = ctx;

    taker->bytes += piece.len;
    taker->pieces++;
    if (taker->pieces < taker->most)
        return true;
    error_set(err, ERROR_IO, "no room");
    return false;
}

/* A thread that is too large for memory comes back in pieces, until nobody wants them. */
static void test_large(void **state)
{
    char *text = mem_zalloc(1, LARGE);
    const struct source_page page = {.kind = FETCH_MESSAGES, .objects = {text}};
    struct taker all = {.most = SIZE_MAX};
    struct taker few = {.most = 2};
    struct paged_source source;
    struct sink *sink;
    struct error err;

    (void)state;
    memset(text, 'x', LARGE - 1);
    memcpy(text, "{\"id\":\"", 7);
    memcpy(text + LARGE - 3, "\"}", 2);
    paged_source_init(&source, &page, 1);
    sink = exporter_new(&source.base, span_of("t1"));
    assert_int_equal(read_on(sink), WISH_DONE);
    assert_true(exporter_each(sink, take_piece, &all, &err));
    assert_int_equal(all.bytes, LARGE - 1 + strlen(LINE("thread", "null")) +
                                    strlen(LINE("message", "")) + strlen(LINES_END("1", "0", "0")));
    assert_true(all.pieces >= 3 && all.pieces <= 1000);
    assert_false(exporter_each(sink, take_piece, &few, &err));
    assert_int_equal(few.pieces, 2);
    assert_string_equal(err.text, "no room");
    sink->ops->free(sink);
    paged_source_release(&source);
    free(text);
}

static void test_write_line(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    const struct span none = {NULL, 0};

    exporter_write_line(&out, "assistant", none, span_of("{\n\n}"), none);
    exporter_write_line(&out, "thread", span_of("a\"b"), span_of("{}\n"), none);
    exporter_write_line(&out, "message", span_of("t"), span_of("{}"), span_of("[1,\n2]"));
    assert_string_equal(
        out.data, "{\"kind\":\"assistant\",\"object\":{  }}\n"
                  "{\"kind\":\"thread\",\"thread_id\":\"a\\\"b\",\"object\":{} }\n"
                  "{\"kind\":\"message\",\"thread_id\":\"t\",\"object\":{},\"from\":[1, 2]}\n");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),     cmocka_unit_test(test_empty),
        cmocka_unit_test(test_losses),    cmocka_unit_test(test_bad_id),
        cmocka_unit_test(test_truncated), cmocka_unit_test(test_failures),
        cmocka_unit_test(test_large),     cmocka_unit_test(test_write_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
