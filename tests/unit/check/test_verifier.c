#include "check/verifier.h"

#include "json/json.h"
#include "unit/play/paged_source.h"
#include "unit/play/sink_talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const THREE[] = {"u 1", "a 2", "u 3", NULL};
static const char *const FIVE[] = {"u 1", "a 2", "u 3", "c f", "o 1", NULL};
static const char *const NONE[] = {NULL};

/* "same 3", "differs 3 text 1", "missing 0: reason". */
static void verify(struct talk *talk, bool against_checkpoint, const struct thread_facts *facts,
                   const char *expected)
{
    const struct plan_options options = {.against_checkpoint = against_checkpoint};
    const struct plan_thread thread = plan_of_facts(facts);
    const struct plan plan = plan_make(PLAN_VERIFY, &thread, &options);
    struct sink *sink = verifier_new(&plan, facts);
    struct verified verified;
    struct buf seen;

    talk_run(talk, sink);
    verifier_result(sink, &verified);
    buf_init(&seen, BUF_NO_LIMIT);
    buf_printf(&seen, "%s %lld", verify_result_name(verified.result), (long long)verified.items);
    for (size_t i = 0; i < verified.differences->count; i++)
        buf_printf(&seen, " %s %lld", difference_name(verified.differences->all[i].kind),
                   (long long)verified.differences->all[i].index);
    if (verified.reason[0] != '\0')
        buf_printf(&seen, ": %s", verified.reason);
    assert_string_equal(seen.data, expected);
    assert_string_equal(verified.conversation, facts->conversation);
    buf_release(&seen);
    sink->ops->free(sink);
}

static void expect(const char *const *items, const char *const *stored, const char *expected)
{
    const struct thread_facts facts = talk_facts(THREAD_DONE, NONE, 0);
    struct talk talk;

    talk_init(&talk, items, stored);
    verify(&talk, false, &facts, expected);
    talk_release(&talk);
}

static void test_against_the_source(void **state)
{
    static const char *const SWAPPED[] = {"u 1", "a 2", "u 3", "o 1", "c f", NULL};
    static const char *const ALTERED[] = {"u 1", "a two", "u 3", NULL};

    (void)state;
    expect(FIVE, FIVE, "same 5");
    expect(NONE, NONE, "same 0");
    expect(FIVE, THREE, "differs 3 missing 3 missing 4");
    expect(THREE, FIVE, "differs 5 extra 3 extra 4");
    expect(FIVE, SWAPPED, "differs 5 moved 3");
    expect(THREE, ALTERED, "differs 3 text 1");
    expect(NONE, THREE, "differs 3 extra 0 extra 1 extra 2");
    expect(THREE, NULL, "missing 0: the conversation is no longer there (HTTP 404)");
}

static void test_against_the_checkpoint(void **state)
{
    static const struct {
        const char *stored[8];
        const char *expected;
    } CASES_OF_THREE[] = {
        {{"u 1", "a 2", "u 3"}, "same 3"},
        {{"u 1", "a two", "u 3"}, "differs 3 text 0"},
        {{"u 1", "a 2"}, "differs 2 missing 2"},
        {{"u 1", "a 2", "u 3", "u 4"}, "differs 4 extra 3"},
    };
    struct thread_facts facts = talk_facts(THREAD_DONE, THREE, 3);

    (void)state;
    for (size_t i = 0; i < sizeof CASES_OF_THREE / sizeof CASES_OF_THREE[0]; i++) {
        struct talk talk;

        talk_init(&talk, NONE, CASES_OF_THREE[i].stored);
        verify(&talk, true, &facts, CASES_OF_THREE[i].expected);
        talk_release(&talk);
    }
}

static void test_the_last_item_is_another_one(void **state)
{
    struct thread_facts facts = talk_facts(THREAD_DONE, THREE, 3);
    struct talk talk;

    (void)state;
    (void)snprintf(facts.last, sizeof facts.last, "item_77");
    talk_init(&talk, NONE, THREE);
    verify(&talk, true, &facts, "differs 3 moved 2");
    talk_release(&talk);
}

/* Its source is gone on purpose, so it is not asked. */
static void test_pruned(void **state)
{
    struct thread_facts facts = talk_facts(THREAD_PRUNED, THREE, 3);
    struct talk talk;

    (void)state;
    talk_init(&talk, NONE, THREE);
    verify(&talk, false, &facts, "same 3");
    talk_release(&talk);
}

/* What the checkpoint alone can tell asks nobody. */
static void test_unfinished(void **state)
{
    struct thread_facts facts = talk_facts(THREAD_PARTIAL, NONE, 0);
    struct talk talk;

    (void)state;
    talk_init(&talk, THREE, THREE);
    verify(&talk, false, &facts, "error 0: unfinished");
    facts.state = THREAD_FAILED;
    facts.code = ERROR_CONFLICT;
    (void)snprintf(facts.detail, sizeof facts.detail, "somebody was there");
    verify(&talk, false, &facts, "error 0: unfinished: conflict: somebody was there");
    facts.conversation[0] = '\0';
    verify(&talk, false, &facts, "error 0: not migrated: conflict: somebody was there");
    facts.state = THREAD_NEW;
    verify(&talk, false, &facts, "error 0: not migrated");
    facts.state = THREAD_ROLLED_BACK;
    verify(&talk, true, &facts, "error 0: not migrated");
    facts.state = THREAD_ROLLING_BACK;
    verify(&talk, true, &facts, "error 0: its rollback has begun and is not finished");
    facts.state = THREAD_UNCERTAIN;
    verify(&talk, true, &facts, "error 0: its create may have been carried out");
    assert_int_equal(talk.calls, 0);
    assert_int_equal(talk.given, 0);
    talk_release(&talk);
}

static void test_errors(void **state)
{
    const struct thread_facts facts = talk_facts(THREAD_DONE, NONE, 0);
    struct talk talk;

    (void)state;
    talk_init(&talk, THREE, THREE);
    error_set(&talk.reader_error, ERROR_SOURCE_MISSING, "no such thread");
    verify(&talk, false, &facts, "error 3: no such thread");
    talk_release(&talk);
    talk_init(&talk, THREE, THREE);
    talk.refuse = 403;
    verify(&talk, false, &facts, "error 0: cannot list the conversation: HTTP 403");
    talk_release(&talk);
}

/* The reader of an empty thread with metadata, read to its end. */
static struct reader *read_thread(struct paged_source *source)
{
    static const struct source_page PAGE = {
        .kind = FETCH_THREAD,
        .objects = {"{\"id\":\"thread_1\",\"metadata\":{\"a\":\"1\",\"b\":\"2\"}}"}};
    static const struct policy POLICY = {.provenance = 0};
    const struct reader_options options = {.source = &source->base, .policy = &POLICY};
    struct reader *reader;
    struct wish wish;

    paged_source_init(source, &PAGE, 1);
    reader = reader_new(&options, span_of("thread_1"));
    reader_next(reader, &wish);
    assert_int_equal(wish.kind, WISH_DONE);
    return reader;
}

/* What becomes of the thread where the conversation, asked for itself, answers with this. */
static void expect_metadata(const char *document, long status, const char *expected)
{
    const struct plan plan = {.deed = PLAN_COMPARE};
    const struct thread_facts facts = talk_facts(THREAD_DONE, NONE, 0);
    struct sink *sink = verifier_new(&plan, &facts);
    struct answer list = {.kind = ANSWER_YES, .status = 200};
    struct answer answer = {.kind = status == 200 ? ANSWER_YES : ANSWER_NO, .status = status};
    struct paged_source source;
    struct verified verified;
    struct wish wish;
    struct error err;
    char seen[64];

    sink->reader = read_thread(&source);
    list.json = json_pack("{s:[], s:b}", "data", "has_more", 0);
    answer.json = json_read(span_of(document), &err);
    sink->ops->next(sink, &wish);
    assert_int_equal(wish.kind, WISH_MORE);
    sink->ops->item(sink, NULL);
    sink->ops->next(sink, &wish);
    assert_int_equal(wish.kind, WISH_SEND);
    sink->ops->feed(sink, &list);
    sink->ops->next(sink, &wish);
    assert_int_equal(wish.kind, WISH_SEND);
    assert_non_null(strstr(wish.call.path, facts.conversation));
    assert_null(strstr(wish.call.path, "/items"));
    sink->ops->feed(sink, &answer);
    sink->ops->next(sink, &wish);
    if (wish.kind == WISH_FAIL)
        sink_fail(sink, &wish.error);
    verifier_result(sink, &verified);
    (void)snprintf(
        seen, sizeof seen, "%s %zu %s", verify_result_name(verified.result),
        verified.differences->count,
        verified.differences->count > 0 ? difference_name(verified.differences->all[0].kind) : "-");
    assert_string_equal(seen, expected);
    json_decref(list.json);
    json_decref(answer.json);
    reader_free((struct reader *)(uintptr_t)sink->reader);
    sink->ops->free(sink);
    paged_source_release(&source);
}

/* Pairs that the mapping gives are compared; others may have added theirs. */
static void test_metadata(void **state)
{
    const struct thread_facts facts = talk_facts(THREAD_DONE, NONE, 0);
    static const struct {
        const char *metadata;
        const char *expected;
    } CASES[] = {
        {"{\"a\":\"1\",\"b\":\"2\"}", "same 0 -"},
        {"{\"c\":\"3\",\"b\":\"2\",\"a\":\"1\"}", "same 0 -"},
        {"{\"a\":\"1\",\"b\":\"other\"}", "differs 1 metadata"},
        {"{\"a\":\"1\"}", "differs 1 metadata"},
        {"{\"a\":1,\"b\":\"2\"}", "differs 1 metadata"},
        {"{}", "differs 2 metadata"},
        {"null", "differs 2 metadata"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char document[512];

        (void)snprintf(document, sizeof document, "{\"id\":\"%s\",\"metadata\":%s}",
                       facts.conversation, CASES[i].metadata);
        expect_metadata(document, 200, CASES[i].expected);
    }
    /* An answer to another question, and none. */
    expect_metadata("{\"id\":\"conv_other\",\"metadata\":{\"a\":\"1\",\"b\":\"2\"}}", 200,
                    "error 0 -");
    expect_metadata("{\"error\":{}}", 404, "missing 0 -");
    expect_metadata("{\"error\":{}}", 403, "error 0 -");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_source),
        cmocka_unit_test(test_against_the_checkpoint),
        cmocka_unit_test(test_the_last_item_is_another_one),
        cmocka_unit_test(test_pruned),
        cmocka_unit_test(test_unfinished),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_metadata),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
