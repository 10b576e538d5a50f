/*
 * When single failures mean that the run is pointless. Threads are letters:
 * d done, m missing, g "gone" (a 404 that names no thread), f forbidden, x any
 * other refusal, a not refused but failed (an active run). A number before a letter
 * repeats it.
 */
#include "loop/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct row {
    const char *threads;
    int64_t selected;
    int64_t max_errors;
    int stopped_at; /* the thread at which the run stops, or asks for the source
                     * (ERROR_SOURCE_GONE), from 1; 0: never */
    enum error_code code;
};

static const struct row ROWS[] = {
    {"30d", 30, 0, 0, ERROR_NONE},
    {"30x", 30, 0, 0, ERROR_NONE},
    /* The source's API is gone: the first twenty, or all where there are fewer. */
    {"30g", 30, 0, 20, ERROR_SOURCE_GONE},
    {"3g", 3, 0, 3, ERROR_SOURCE_GONE},
    {"1g", 1, 0, 1, ERROR_SOURCE_GONE},
    {"19g1d30g", 50, 0, 0, ERROR_NONE},
    {"1d40g", 41, 0, 0, ERROR_NONE},
    {"30m", 30, 0, 0, ERROR_NONE},
    {"1m30g", 31, 0, 0, ERROR_NONE},
    {"1x30g", 31, 0, 0, ERROR_NONE},
    /* What mapping says counts for neither side. */
    {"3a19g1a1g9d", 33, 0, 24, ERROR_SOURCE_GONE},
    {"1a2g", 3, 0, 3, ERROR_SOURCE_GONE},
    {"19f2a1f9d", 31, 0, 22, ERROR_AUTH},
    /* Permission: twenty in a row, wherever they begin. */
    {"20f", 20, 0, 20, ERROR_AUTH},
    {"19f1d19f", 39, 0, 0, ERROR_NONE},
    {"5d19f1x20f", 45, 0, 45, ERROR_AUTH},
    /* As many failures as somebody will bear. */
    {"1d1x1m1d1f9d", 14, 3, 5, ERROR_STOPPED},
    {"2x9d", 11, 3, 0, ERROR_NONE},
};

static bool add(struct tally *tally, char letter, struct error *err)
{
    enum error_code code = ERROR_NONE;
    enum tally_kind kind = TALLY_REFUSED;

    if (letter == 'm' || letter == 'g')
        code = ERROR_SOURCE_MISSING;
    else if (letter == 'f')
        code = ERROR_FORBIDDEN;
    else if (letter == 'x')
        code = ERROR_REFUSED;
    else if (letter == 'a')
        code = ERROR_ACTIVE_RUN;
    if (letter == 'g')
        kind = TALLY_GONE;
    else if (letter == 'd' || letter == 'a')
        kind = TALLY_GRANTED;
    if (!tally_add(tally, code, kind, err))
        return false;
    if (!tally_doubts_source(tally))
        return true;
    err->code = ERROR_SOURCE_GONE;
    return false;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct tally tally = {.selected = ROWS[i].selected, .max_errors = ROWS[i].max_errors};
        struct error err = {.code = ERROR_NONE};
        int stopped_at = 0;
        int number = 0;

        for (const char *at = ROWS[i].threads; *at && stopped_at == 0; at++) {
            char *letter;
            long count = strtol(at, &letter, 10);

            for (; count > 0 && stopped_at == 0; count--) {
                number++;
                if (!add(&tally, *letter, &err))
                    stopped_at = number;
            }
            at = letter;
        }
        if (stopped_at != ROWS[i].stopped_at)
            print_error("%s\n", ROWS[i].threads);
        assert_int_equal(stopped_at, ROWS[i].stopped_at);
        assert_int_equal(err.code, ROWS[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
