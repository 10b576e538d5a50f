#include "json/json_quick.h"

#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *slow(struct span text)
{
    json_error_t problem;

    return json_loadb(text.data, text.len,
                      JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);
}

static void takes_what_is_well_made(void **state)
{
    static const char *const CASES[] = {
        "0",
        "-0",
        "1.5",
        "-0.10",
        "[1e3,2E-2,1.0]",
        "9223372036854775807",
        "-9223372036854775808",
        " true ",
        "false",
        "null",
        "\"\"",
        "{}",
        "[]",
        "[[],{},[{}]]",
        "{\"\":\"\"}",
        "{\"a\":1,\"b\":[1,2,{\"a\":null}],\"c\":{\"a\":true}}",
        "\r\n\t [ 1 , 2 ] \n",
        "\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\"",
        "\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\u0000\"",
        "{\"a\\u0062\":1,\"\\\"\":2}",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 and enough ASCII behind it\"",
        "\"seven..\"",
        "\"eight...\"",
        "\"nine....\\n\"",
        "\"\x7f\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct span text = span_of(CASES[i]);
        json_t *quick = json_quick(text, JSON_MAX_DEPTH);
        json_t *want = slow(text);

        if (!quick || !want || !json_equal(quick, want))
            fail_msg("%s", CASES[i]);
        json_decref(quick);
        json_decref(want);
    }
}

static void leaves_everything_else(void **state)
{
    static const char *const CASES[] = {
        "",
        " ",
        "1.5.5",
        "1e",
        "01",
        "01.5",
        "-.5",
        "-",
        "+1",
        "1.e5",
        "1e+",
        "tru",
        "truefalse",
        "nul",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\n\"",
        "\"\xff\"",
        "\"\xc3\"",
        "\"\xed\xa0\x80\"",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,\"a\":2}",
        "{\"a\\u0000\":1}",
        "[1]]",
        "[1}",
        "{\"a\":1]",
        "1 2",
        "NaN",
        "'a'",
        "// 1",
        "\xef\xbb\xbf 1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *quick = json_quick(span_of(CASES[i]), JSON_MAX_DEPTH);

        if (quick)
            fail_msg("%s", CASES[i]);
    }
}

/* A quote, a backslash or a control character at each place of a word is seen. */
static void special_bytes_at_every_place(void **state)
{
    static const char SPECIAL[] = {'"', '\\', '\n', '\x01', '\x1f'};
    char text[32];

    (void)state;
    for (size_t place = 1; place < 20; place++) {
        for (size_t i = 0; i < sizeof SPECIAL; i++) {
            memset(text, 'x', sizeof text);
            text[0] = '"';
            text[21] = '"';
            text[place] = SPECIAL[i];
            assert_null(json_quick((struct span){text, 22}, JSON_MAX_DEPTH));
        }
        text[place] = '\x7f';
        json_t *quick = json_quick((struct span){text, 22}, JSON_MAX_DEPTH);
        assert_int_equal(json_string_length(quick), 20);
        json_decref(quick);
    }
}

static void depth_is_bounded(void **state)
{
    char text[300];

    (void)state;
    memset(text, '[', 150);
    memset(text + 150, ']', 150);
    for (size_t depth = 127; depth <= 129; depth++) {
        json_t *quick = json_quick((struct span){text + 150 - depth, 2 * depth}, JSON_MAX_DEPTH);

        assert_int_equal(quick != NULL, depth <= JSON_MAX_DEPTH);
        json_decref(quick);
    }
}

/* What is further in is left out, whatever it is, but must be well made. */
static void builds_so_many_levels(void **state)
{
    static const struct {
        const char *text;
        size_t levels;
        const char *want; /* or NULL */
    } CASES[] = {
        {"{\"a\":[{\"id\":\"x\",\"c\":[{\"t\":\"\\u00e9\"}],\"n\":1.5}],\"b\":true}", 3,
         "{\"a\":[{\"id\":\"x\",\"n\":1.5}],\"b\":true}"},
        {"{\"a\":[1,\"b\",[2,{}],-3e2],\"c\":null}", 1, "{\"c\":null}"},
        {"[[[[\"x\"]],1],2]", 2, "[[1],2]"},
        {"[\"x\"]", 1, "[\"x\"]"},
        {"7", 1, "7"},
        {"[[{\"a\":tru}]]", 1, NULL},
        {"[[\"\xff\"]]", 1, NULL},
        {"[[\"a\\q\"]]", 1, NULL},
        {"[[1,]]", 1, NULL},
        {"[[01]]", 1, NULL},
        {"[[1}]", 1, NULL},
        {"[{\"a\" 1}]", 1, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *got = json_quick(span_of(CASES[i].text), CASES[i].levels);
        json_t *want = CASES[i].want ? slow(span_of(CASES[i].want)) : NULL;

        if (got != want && !json_equal(got, want))
            fail_msg("%s", CASES[i].text);
        json_decref(got);
        json_decref(want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_so_many_levels),  cmocka_unit_test(takes_what_is_well_made),
        cmocka_unit_test(leaves_everything_else), cmocka_unit_test(special_bytes_at_every_place),
        cmocka_unit_test(depth_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
