/* Ids that were seen: each is new once, however many there are. */
#include "source/idset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 100000, BYTES_AN_ID = 24 };

static bool add(struct idset *set, int number)
{
    char id[32];

    (void)snprintf(id, sizeof id, "msg_%d", number);
    return idset_add(set, span_of(id));
}

static void test_many(void **state)
{
    struct idset set;

    (void)state;
    idset_init(&set);
    assert_false(idset_has(&set, span_of("msg_0")));
    for (int i = 0; i < MANY; i++)
        assert_true(add(&set, i));
    assert_true(idset_has(&set, span_of("msg_0")) && idset_has(&set, span_of("msg_99999")));
    assert_false(idset_has(&set, span_of("msg_100000")));
    for (int i = 0; i < MANY; i += 7)
        assert_false(add(&set, i));
    assert_int_equal(set.count, MANY);
    assert_true(set.size * sizeof *set.slots <= (size_t)MANY * BYTES_AN_ID);
    idset_release(&set);
    assert_true(add(&set, 1));
    idset_release(&set);
}

/* Case, length and zeros tell ids apart. */
static void test_similar(void **state)
{
    static const struct span IDS[] = {{"a", 1}, {"A", 1}, {"aa", 2}, {"a\0", 2}, {"", 0}};
    struct idset set;

    (void)state;
    idset_init(&set);
    for (size_t i = 0; i < sizeof IDS / sizeof IDS[0]; i++)
        assert_true(idset_add(&set, IDS[i]));
    for (size_t i = 0; i < sizeof IDS / sizeof IDS[0]; i++)
        assert_false(idset_add(&set, IDS[i]));
    idset_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_similar),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
