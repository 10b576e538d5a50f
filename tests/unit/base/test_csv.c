#include "base/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void records(void **state)
{
    static const struct {
        const char *text;
        bool at_end;
        enum csv_step step;
        size_t len;
        size_t whole;
    } CASES[] = {
        {"a,b\nc", false, CSV_RECORD, 3, 4},
        {"a,b\r\nc", false, CSV_RECORD, 3, 5},
        {"a,\"b\nc\",d\ne", false, CSV_RECORD, 9, 10},
        {"a,\"b\"\"\n\"\nc", false, CSV_RECORD, 8, 9},
        {"a,b", false, CSV_MORE, 0, 0},
        {"a,b", true, CSV_RECORD, 3, 3},
        {"a,\"b\n", true, CSV_MORE, 0, 0},
        {"a,b\"c\nd", false, CSV_RECORD, 5, 6},
        {"\n", false, CSV_RECORD, 0, 1},
        {"", true, CSV_END, 0, 0},
        {"", false, CSV_MORE, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        size_t len = 0;
        size_t whole = 0;
        enum csv_step step = csv_record(',', span_of(CASES[i].text), CASES[i].at_end, &len, &whole);

        if (step != CASES[i].step || len != CASES[i].len || whole != CASES[i].whole)
            fail_msg("%s: %d %zu %zu", CASES[i].text, (int)step, len, whole);
    }
}

/* Cut anywhere, a record is never taken for another one: more text is asked for. */
static void records_in_pieces(void **state)
{
    static const char TEXT[] = "a,\"b\"\"c\n,\"\r\nd,e\r\n";
    size_t len;
    size_t whole;

    (void)state;
    for (size_t cut = 0; cut < 12; cut++)
        assert_int_equal(csv_record(',', (struct span){TEXT, cut}, false, &len, &whole), CSV_MORE);
    assert_int_equal(csv_record(',', span_of(TEXT), false, &len, &whole), CSV_RECORD);
    assert_int_equal(len, 10);
    assert_int_equal(whole, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records),
        cmocka_unit_test(records_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
