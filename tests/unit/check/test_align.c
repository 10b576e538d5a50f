#include "check/align.h"

#include "unit/play/many.h"
#include "unit/play/sink_talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Items as in sink_talk.h; the differences as "kind index". */
static const struct align_case {
    const char *should[8];
    const char *is[8];
    const char *differences;
} CASES[] = {
    {{"u 1", "a 2"}, {"u 1", "a 2"}, ""},
    {{NULL}, {NULL}, ""},
    {{"u 1", "a 2", "u 3"}, {"u 1", "u 3"}, "missing 1 "},
    {{"u 1", "a 2", "u 3"}, {"u 1", "a 2"}, "missing 2 "},
    {{"u 1", "a 2", "u 3"}, {NULL}, "missing 0 missing 1 missing 2 "},
    {{"u 1", "u 3"}, {"u 1", "a 2", "u 3"}, "extra 1 "},
    {{"u 1"}, {"u 1", "a 2", "u 1"}, "extra 1 extra 2 "},
    /* Two that changed places: one of them has moved. */
    {{"u 1", "a 2", "u 3"}, {"u 1", "u 3", "a 2"}, "moved 1 "},
    /* The one that went furthest is the one that has moved. */
    {{"u 1", "a 2", "u 3", "a 4"}, {"a 2", "u 3", "a 4", "u 1"}, "moved 0 "},
    {{"a 2", "u 3", "a 4", "u 1"}, {"u 1", "a 2", "u 3", "a 4"}, "moved 3 "},
    /* What is the same twice is twice there. */
    {{"u 1", "u 1", "u 1"}, {"u 1", "u 1"}, "missing 2 "},
    {{"u 1", "a 2"}, {"u 1", "a two"}, "text 1 "},
    {{"u 1", "a 2"}, {"u 1", "u 2"}, "role 1 "},
    {{"u 1", "a 2"}, {"u 1", "r 2"}, "type 1 "},
    {{"a 1", "a 2"}, {"a 1", "r 2"}, "type 1 "},
    {{"i file-1"}, {"i file-2"}, "image 0 "},
    {{"r no"}, {"r yes"}, "refusal 0 "},
    {{"c f", "o 1"}, {"c f", "o 2"}, "call 1 "},
    {{"c f", "o 1"}, {"c g", "o 1"}, "call 0 "},
    {{"c f"}, {"o f"}, "type 0 "},
    {{"u 1", "a 2", "u 3", "a 4"}, {"u 1", "a two", "a 4"}, "text 1 missing 2 "},
};

static void print(struct buf *out, const struct differences *differences)
{
    for (size_t i = 0; i < differences->count; i++)
        buf_printf(out, "%s %lld ", difference_name(differences->all[i].kind),
                   (long long)differences->all[i].index);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct align_case *c = &CASES[i];
        struct differences differences = {0};
        struct traces should = {0};
        struct traces is = {0};
        struct talk talk;
        struct buf seen;

        talk_init(&talk, NULL, NULL);
        buf_init(&seen, BUF_NO_LIMIT);
        for (size_t k = 0; c->should[k]; k++)
            traces_add(&should, talk_item(&talk, c->should[k]));
        for (size_t k = 0; c->is[k]; k++)
            traces_add(&is, talk_item(&talk, c->is[k]));
        align(&differences, &should, &is, 0);
        print(&seen, &differences);
        if (strcmp(seen.data, c->differences) != 0)
            fail_msg("case %zu: '%s' instead of '%s'", i, seen.data, c->differences);
        buf_release(&seen);
        traces_release(&should);
        traces_release(&is);
        differences_release(&differences);
        talk_release(&talk);
    }
}

static void test_indexes_count_from_the_first(void **state)
{
    struct differences differences = {0};
    struct traces should = {0};
    struct traces is = {0};
    struct talk talk;

    (void)state;
    talk_init(&talk, NULL, NULL);
    traces_add(&should, talk_item(&talk, "u 1"));
    align(&differences, &should, &is, 40);
    assert_int_equal(differences.count, 1);
    assert_int_equal(differences.all[0].index, 40);
    traces_release(&should);
    traces_release(&is);
    differences_release(&differences);
    talk_release(&talk);
}

/* Turned around, ten thousand items are done in a moment. */
static void test_many(void **state)
{
    const int count = many(10000);
    struct differences differences = {0};
    struct traces should = {0};
    struct traces is = {0};
    struct talk talk;

    (void)state;
    talk_init(&talk, NULL, NULL);
    for (int i = 0; i < 2 * count; i++) {
        char *text = arena_alloc(&talk.arena, 16);

        (void)snprintf(text, 16, "u %d", i < count ? i : 2 * count - 1 - i);
        traces_add(i < count ? &should : &is, talk_item(&talk, text));
    }
    align(&differences, &should, &is, 0);
    assert_int_equal(differences.count, (size_t)count - 1);
    for (size_t i = 0; i < differences.count; i++)
        assert_int_equal(differences.all[i].kind, DIFFERS_MOVED);
    traces_release(&should);
    traces_release(&is);
    differences_release(&differences);
    talk_release(&talk);
}

/* As many as would take a minute if all that were found before were passed one by one each time. */
static void test_many_alike(void **state)
{
    const int half = many(100000);
    struct differences differences = {0};
    struct traces should = {0};
    struct traces is = {0};
    struct talk talk;
    const struct item *yes;
    const struct item *no;

    (void)state;
    talk_init(&talk, NULL, NULL);
    for (int turn = 0; turn < 2; turn++) {
        yes = talk_item(&talk, "u yes");
        for (int i = 0; i < half; i++)
            traces_add(turn == 0 ? &should : &is, yes);
        no = talk_item(&talk, "u no");
        for (int i = 0; i < half; i++)
            traces_add(turn == 0 ? &is : &should, no);
    }
    align(&differences, &should, &is, 0);
    assert_int_equal(differences.count, half);
    traces_release(&should);
    traces_release(&is);
    differences_release(&differences);
    talk_release(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_indexes_count_from_the_first),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_many_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
