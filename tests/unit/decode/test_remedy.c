#include "decode/remedy.h"

#include "decode/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_names(void **state)
{
    static const char *const ROWS[][2] = {
        {"a.zip", "unzip a.zip"},
        {"dir/my file.zip", "unzip 'dir/my file.zip'"},
        {"it's", "unzip 'it'\\''s'"},
        {"-rf", "unzip ./-rf"},
        {"$HOME", "unzip '$HOME'"},
        {"a\x1b[2J", "unzip 'a\\x1b[2J'"},
        {"", "unzip ''"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct buf out;

        buf_init(&out, BUF_NO_LIMIT);
        remedy_add(&out, "unzip FILE", span_of(ROWS[i][0]));
        assert_string_equal(out.data, ROWS[i][1]);
        buf_release(&out);
    }
}

/* Texts that cannot be read: the reason that is given is one that there is a remedy for. */
static void test_reasons(void **state)
{
    static const char *const ROWS[][2] = {
        {"[1,]", "perl"},           {"{\"a\": 1,}", "perl"},     {"[NaN]", "perl"},
        {"[1, // one\n2]", "perl"}, {"[1 /* one */]", "perl"},   {"{a: 1}", "npx"},
        {"{\\\"a\\\": 1}", "sed"},  {"[\"a\nb\"]", "in a text"}, {"[{\"a\": 1", "a part"},
        {"[\0", "restore"},         {"[1, ...]", "a part"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct tape tape;
        size_t used;
        size_t len = ROWS[i][0][1] ? strlen(ROWS[i][0]) : 2;

        tape_init(&tape);
        enum tape_result result = tape_read(&tape, (struct span){ROWS[i][0], len}, &used);
        const char *why = result == TAPE_SHORT ? "it ends too early" : tape.why;
        assert_non_null(why);
        assert_non_null(remedy_for(why));
        assert_true(span_starts_with(span_of(remedy_for(why)), ROWS[i][1]));
        tape_release(&tape);
    }
    assert_null(remedy_for("a key has no colon after it"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_reasons),
    };

    return cmocka_run_group_tests_name("remedy", tests, NULL, NULL);
}
