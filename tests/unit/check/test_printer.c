#include "check/printer.h"

#include "map/policy.h"
#include "unit/play/saved_play.h"
#include "unit/play/sink_talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A job's half: the sink knows the reader before it is asked anything. */
struct fixture {
    struct policy policy;
    struct reader *reader;
};

static void fixture_init(struct fixture *fixture)
{
    fixture->policy = policy_default();
    fixture->reader =
        reader_new(&(struct reader_options){.policy = &fixture->policy}, span_of("thread_1"));
}

static void fixture_release(struct fixture *fixture)
{
    reader_free(fixture->reader);
}

static void expect_line(const char *const *items, const char *id, const char *expected)
{
    struct sink *sink = printer_new(span_of(id), NULL);
    struct fixture fixture;
    struct talk talk;

    fixture_init(&fixture);
    sink->reader = fixture.reader;
    talk_init(&talk, items, NULL);
    talk_run(&talk, sink);
    assert_int_equal(sink->outcome.kind, OUTCOME_DONE);
    assert_true(span_is(printer_line(sink).bytes, expected));
    assert_int_equal(talk.calls, 0);
    talk_release(&talk);
    sink->ops->free(sink);
    fixture_release(&fixture);
}

static void test_lines(void **state)
{
    static const char *const NONE[] = {NULL};
    static const char *const TWO[] = {"u hello\x1b[31m", "c f", NULL};

    (void)state;
    expect_line(NONE, "thread_1",
                "{\"thread_id\":\"thread_1\",\"metadata\":{},\"items\":[],\"losses\":{}}\n");
    expect_line(TWO, "thread\"\u202e",
                "{\"thread_id\":\"thread\\\"\\u202e\",\"metadata\":{},\"items\":[{\"type\":"
                "\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":"
                "\"hello\\u001b[31m\"}]},{\"type\":\"function_call\",\"call_id\":\"call_1\","
                "\"name\":\"f\",\"arguments\":\"{}\"}],\"losses\":{}}\n");
}

static void test_failure(void **state)
{
    static const char *const ONE[] = {"u hello", NULL};
    struct sink *sink = printer_new(span_of("thread_1"), NULL);
    struct fixture fixture;
    struct talk talk;

    (void)state;
    fixture_init(&fixture);
    sink->reader = fixture.reader;
    talk_init(&talk, ONE, NULL);
    error_set(&talk.reader_error, ERROR_UNSUPPORTED, "unknown part");
    talk_run(&talk, sink);
    assert_int_equal(sink->outcome.kind, OUTCOME_FAILED);
    assert_int_equal(sink->outcome.error.code, ERROR_UNSUPPORTED);
    talk_release(&talk);
    sink->ops->free(sink);
    fixture_release(&fixture);
}

/* Contents are in the line as a data URL, or there is no line. */
static void test_contents(void **state)
{
    static const char *const ONE[] = {"p picture", NULL};
    struct saved_play play;
    struct saved_file file;

    (void)state;
    saved_play_init(&play);
    file = saved_play_add(&play, span_of("picture"));
    for (int i = 0; i < 2; i++) {
        struct sink *sink = printer_new(span_of("thread_1"), &play.files);
        struct fixture fixture;
        struct error err;
        struct talk talk;
        struct body line;
        struct buf out;

        fixture_init(&fixture);
        sink->reader = fixture.reader;
        talk_init(&talk, ONE, NULL);
        talk_run(&talk, sink);
        assert_int_equal(sink->outcome.kind, i == 0 ? OUTCOME_DONE : OUTCOME_FAILED);
        if (i == 0) {
            buf_init(&out, BUF_NO_LIMIT);
            line = printer_line(sink);
            assert_true(body_add_to(&out, &line, &err));
            assert_non_null(
                strstr(out.data, "\"image_url\":\"data:image/png;base64,cGljdHVyZQ==\"}]}]"));
            buf_release(&out);
            saved_play_spoil(&play, &file, span_of("another"));
        } else {
            assert_int_equal(sink->outcome.error.code, ERROR_FILE_DAMAGED);
        }
        talk_release(&talk);
        sink->ops->free(sink);
        fixture_release(&fixture);
    }
    saved_play_release(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_contents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
