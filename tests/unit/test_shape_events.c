#include "archive/shape_events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void lines(void **state)
{
    (void)state;
    assert_true(events_is_line(span_of("event: x")));
    assert_true(events_is_line(span_of("data:{}")));
    assert_true(events_is_line(span_of(": comment")));
    assert_false(events_is_line(span_of("date: x")));
    assert_false(events_is_line(span_of("")));
    assert_true(span_is(events_data(span_of("data: {}")), "{}"));
    assert_true(span_is(events_data(span_of("data:{}")), "{}"));
    assert_true(span_is(events_data(span_of("data:  x")), " x"));
    assert_null(events_data(span_of("event: x")).data);
    assert_null(events_data(span_of("dat")).data);
}

static void joined(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    events_join(&out, span_of("{\r\ndata: \"a\":1\r\nid: 7\r\ndata:}"));
    assert_true(span_is(buf_span(&out), "{\n\"a\":1\n}\n"));
    events_join(&out, span_of("{}"));
    assert_true(span_is(buf_span(&out), "{}\n"));
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(joined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
