/* The real clock: it moves forwards, and the wall shows this century. */
#include "os/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void test_never_goes_back(void **state)
{
    int64_t first = clock_now_ms();
    int64_t last = first;

    (void)state;
    while (last < first + 2) {
        int64_t now = clock_now_ms();

        assert_true(now >= last);
        last = now;
    }
}

static void test_wall_agrees_with_time(void **state)
{
    int64_t before = time(NULL);
    int64_t wall_ms = clock_wall_ms();
    int64_t after = time(NULL);

    (void)state;
    /* time() may read a coarser clock, so it lags by a tick. */
    assert_true((uint64_t)wall_ms / 1000 >= (uint64_t)before &&
                (uint64_t)wall_ms / 1000 <= (uint64_t)after + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_goes_back),
        cmocka_unit_test(test_wall_agrees_with_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
