/*
 * A job between a reader of paged messages and a sink that follows a script:
 *
 *     m  wants an item        s  a call of its own      z  sleeps      y  waits for a sync
 *     .  done                 x  fails
 *
 * What the sink is told stands in a row: "u1 u2 end answer failed".
 */
#include "loop/job.h"

#include "base/mem.h"
#include "unit/play/paged_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MESSAGE(text)                                                                              \
    "{\"id\":\"m" text "\",\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"            \
    "{\"value\":\"u" text "\",\"annotations\":[]}}]}"

static const struct source_page PAGES[] = {
    {.kind = FETCH_MESSAGES, .objects = {MESSAGE("1"), MESSAGE("2")}, .more = true},
    {.kind = FETCH_MESSAGES, .objects = {MESSAGE("3")}, .asks = true, .duplicates = 4},
};
static const struct source_page BAD[] = {
    {.kind = FETCH_MESSAGES, .objects = {MESSAGE("1")}, .more = true},
    {.kind = FETCH_MESSAGES, .fails = ERROR_BAD_SOURCE},
};

struct scripted {
    struct sink base;
    const char *script;
    struct buf told;
    bool freed;
};

static void tell(struct sink *sink, struct span what)
{
    struct buf *told = &((struct scripted *)sink)->told;

    buf_printf(told, "%s%.*s", told->len > 0 ? " " : "", (int)what.len, what.data);
}

static void next(struct sink *sink, struct wish *wish)
{
    struct scripted *s = (struct scripted *)sink;
    const char step = *s->script;

    s->script += step != 'm' ? 1 : 0;
    *wish = (struct wish){.kind = WISH_MORE};
    if (step == 's')
        *wish = (struct wish){.kind = WISH_SEND, .call = {.path = "/own"}};
    else if (step == 'z')
        *wish = (struct wish){.kind = WISH_SLEEP, .until_ms = 7};
    else if (step == 'y')
        wish->kind = WISH_SYNC;
    else if (step == '.')
        wish->kind = WISH_DONE;
    else if (step == 'x')
        wish->kind = WISH_FAIL;
    if (step == 'x')
        error_set(&wish->error, ERROR_CONFLICT, "as the script has it");
}

static void take_item(struct sink *sink, const struct item *item)
{
    ((struct scripted *)sink)->script++;
    tell(sink, item ? item->parts[0].text : span_of("end"));
}

static void feed(struct sink *sink, const struct answer *answer)
{
    (void)answer;
    tell(sink, span_of("answer"));
}

static void fail_thread(struct sink *sink, const struct error *error)
{
    /* The outcome says so already. */
    assert_int_equal(sink->outcome.kind, OUTCOME_FAILED);
    assert_string_equal(sink->outcome.error.text, error->text);
    tell(sink, span_of("failed"));
}

static void free_sink(struct sink *sink)
{
    ((struct scripted *)sink)->freed = true;
}

static const struct sink_ops SCRIPTED = {
    .next = next, .item = take_item, .feed = feed, .fail = fail_thread, .free = free_sink};
/* One that wants nothing but to end. */
static const struct sink_ops BARE = {.next = next, .free = free_sink};

struct stage {
    struct paged_source source;
    struct policy policy;
    struct scripted sink;
    struct job *job;
};

static void stage_open(struct stage *stage, const struct source_page *pages, size_t count,
                       const struct sink_ops *ops, const char *script)
{
    struct reader_options options = {.source = &stage->source.base, .policy = &stage->policy};
    char id[] = "thread_1";

    *stage = (struct stage){.sink = {.base.ops = ops, .script = script}};
    buf_init(&stage->sink.told, BUF_NO_LIMIT);
    paged_source_init(&stage->source, pages, count);
    stage->job = job_new(span_of(id), 42, reader_new(&options, span_of(id)), &stage->sink.base);
    memset(id, 'x', sizeof id - 1);
}

static void stage_close(struct stage *stage)
{
    job_free(stage->job);
    assert_true(stage->sink.freed);
    paged_source_release(&stage->source);
    buf_release(&stage->sink.told);
}

static void expect(struct stage *stage, enum wish_kind kind)
{
    struct wish wish;

    job_next(stage->job, &wish);
    assert_int_equal(wish.kind, kind);
}

/* Items and their end go to the sink, and each answer to whoever asked. */
static void test_whole(void **state)
{
    const struct answer answer = {.kind = ANSWER_YES, .status = 200};
    struct stage stage;
    struct wish wish;

    (void)state;
    stage_open(&stage, PAGES, 2, &SCRIPTED, "msmmszym.");
    assert_string_equal(job_thread_id(stage.job), "thread_1");
    assert_int_equal(job_number(stage.job), 42);
    assert_ptr_equal(job_sink(stage.job), &stage.sink.base);
    assert_non_null(stage.sink.base.reader);

    job_next(stage.job, &wish);
    assert_int_equal(wish.kind, WISH_SEND);
    assert_string_equal(wish.call.path, "/own");
    assert_string_equal(stage.sink.told.data, "u1");
    job_feed(stage.job, &answer);
    assert_string_equal(stage.sink.told.data, "u1 answer");
    assert_int_equal(stage.source.fed, 0);

    job_next(stage.job, &wish);
    assert_int_equal(wish.kind, WISH_SEND);
    assert_string_equal(wish.call.path, "/page");
    job_feed(stage.job, &answer);
    assert_int_equal(stage.source.fed, 1);
    assert_string_equal(stage.sink.told.data, "u1 answer u2");

    /* The sink's own again, after the reader's. */
    expect(&stage, WISH_SEND);
    job_feed(stage.job, &answer);
    assert_int_equal(stage.source.fed, 1);
    assert_string_equal(stage.sink.told.data, "u1 answer u2 u3 answer");

    job_next(stage.job, &wish);
    assert_int_equal(wish.kind, WISH_SLEEP);
    assert_int_equal(wish.until_ms, 7);
    expect(&stage, WISH_SYNC);
    expect(&stage, WISH_DONE);
    assert_string_equal(stage.sink.told.data, "u1 answer u2 u3 answer end");
    assert_int_equal(job_outcome(stage.job)->kind, OUTCOME_DONE);
    assert_int_equal(job_losses(stage.job)->count[LOSS_DUPLICATE_MESSAGE], 4);
    stage_close(&stage);
}

static void test_the_reader_fails(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, BAD, 2, &SCRIPTED, "mmmm");
    expect(&stage, WISH_FAIL);
    assert_string_equal(stage.sink.told.data, "u1 failed");
    assert_int_equal(job_outcome(stage.job)->kind, OUTCOME_FAILED);
    assert_int_equal(job_outcome(stage.job)->error.code, ERROR_BAD_SOURCE);
    stage_close(&stage);
}

static void test_the_sink_fails(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, PAGES, 2, &SCRIPTED, "mx");
    expect(&stage, WISH_FAIL);
    assert_string_equal(stage.sink.told.data, "u1 failed");
    assert_int_equal(job_outcome(stage.job)->error.code, ERROR_CONFLICT);
    stage_close(&stage);
}

/* A sink without the methods that it has no use for fails all the same. */
static void test_a_bare_sink(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage, PAGES, 2, &BARE, "yx");
    expect(&stage, WISH_SYNC);
    expect(&stage, WISH_FAIL);
    assert_int_equal(job_outcome(stage.job)->kind, OUTCOME_FAILED);
    assert_string_equal(job_outcome(stage.job)->error.text, "as the script has it");
    stage_close(&stage);
}

/* The loop has found an error while the job waited for an answer. */
static void test_the_loop_fails_it(void **state)
{
    struct error error;
    struct stage stage;

    (void)state;
    error_set(&error, ERROR_SERVER_ERROR, "failed again and again");
    stage_open(&stage, PAGES, 2, &SCRIPTED, "s");
    expect(&stage, WISH_SEND);
    job_fail(stage.job, &error);
    assert_string_equal(stage.sink.told.data, "failed");
    assert_int_equal(job_outcome(stage.job)->error.code, ERROR_SERVER_ERROR);
    stage_close(&stage);
    job_free(NULL);
}

/* A sink that wants no items needs no reader. */
static void test_no_reader(void **state)
{
    struct scripted sink = {.base.ops = &SCRIPTED, .script = "s"};
    struct job *job = job_new(span_of("file-1"), 0, NULL, &sink.base);
    struct error error;
    struct wish wish;

    (void)state;
    buf_init(&sink.told, BUF_NO_LIMIT);
    error_set(&error, ERROR_SERVER_ERROR, "failed again and again");
    job_next(job, &wish);
    assert_int_equal(wish.kind, WISH_SEND);
    assert_true(job_weight(job) > 0);
    job_fail(job, &error);
    assert_int_equal(job_outcome(job)->error.code, ERROR_SERVER_ERROR);
    job_free(job);
    buf_release(&sink.told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_the_reader_fails),
        cmocka_unit_test(test_the_sink_fails),
        cmocka_unit_test(test_a_bare_sink),
        cmocka_unit_test(test_the_loop_fails_it),
        cmocka_unit_test(test_no_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
