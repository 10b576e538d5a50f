/*
 * Texts and the tapes they become. A tape is written in the order of its values: a letter for the
 * type, the key in front of it, containers with what is in them: {"a":[1]} is "o(a=a(n))".
 */
#include "json/json_tape.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DEPTH_MAX = 16 };

/* A text of our own, which may hold NUL. */
struct bytes {
    const char *data;
    size_t len;
};
#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static void write_key(struct buf *out, const struct tape *tape, uint32_t value)
{
    struct buf scratch;

    buf_init(&scratch, BUF_NO_LIMIT);
    buf_add_span(out, tape_key(tape, value, &scratch));
    buf_add_char(out, '=');
    buf_release(&scratch);
}

/* Walks it as a reader does, by first and next alone. */
static void write_tape(struct buf *out, const struct tape *tape)
{
    uint32_t containers[DEPTH_MAX];
    size_t depth = 0;
    uint32_t value = 0;

    for (;;) {
        enum tape_type type = tape_type(tape, value);

        if (depth > 0 && tape_type(tape, containers[depth - 1]) == TAPE_OBJECT)
            write_key(out, tape, value);
        buf_add_char(out, "0ftnsao"[type]);
        uint32_t next = TAPE_NONE;
        if (type == TAPE_ARRAY || type == TAPE_OBJECT) {
            assert_true(depth < DEPTH_MAX);
            containers[depth++] = value;
            buf_add_char(out, '(');
            next = tape_first(tape, value);
        } else {
            assert_int_equal(tape_first(tape, value), TAPE_NONE);
            next = depth > 0 ? tape_next(tape, containers[depth - 1], value) : TAPE_NONE;
            buf_add_text(out, next == TAPE_NONE ? "" : " ");
        }
        while (next == TAPE_NONE && depth > 0) {
            value = containers[--depth];
            buf_add_char(out, ')');
            next = depth > 0 ? tape_next(tape, containers[depth - 1], value) : TAPE_NONE;
            buf_add_text(out, next == TAPE_NONE ? "" : " ");
        }
        if (next == TAPE_NONE)
            return;
        value = next;
    }
}

static void test_whole(void **state)
{
    static const struct {
        struct bytes text;
        size_t used;
        const char *expected;
    } ROWS[] = {
        {BYTES("null"), 4, "0"},
        {BYTES(" \t\r\n[true,false ]x"), 17, "a(t f)"},
        {BYTES("{}{}"), 2, "o()"},
        {BYTES("[]"), 2, "a()"},
        {BYTES("\"\""), 2, "s"},
        {BYTES("-0.5e+10 "), 8, "n"},
        {BYTES("123456789012345678901234567890"), 30, "n"},
        {BYTES("1e400,"), 5, "n"},
        {BYTES("{\"a\":[1,{\"b\":\"x\"}],\"c\":{}}"), 26, "o(a=a(n o(b=s)) c=o())"},
        {BYTES("{\"\\u0061\\n\":1}"), 14, "o(a\n=n)"},
        /* What is not UTF-8, and lone surrogates, are let through. */
        {BYTES("[\"\xff\",\"\\ud800\"]"), 14, "a(s s)"},
    };
    struct tape tape;

    (void)state;
    tape_init(&tape);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct buf seen;
        size_t used = 0;

        buf_init(&seen, BUF_NO_LIMIT);
        assert_int_equal(
            tape_read(&tape, (struct span){ROWS[i].text.data, ROWS[i].text.len}, &used),
            TAPE_WHOLE);
        write_tape(&seen, &tape);
        assert_string_equal(seen.data, ROWS[i].expected);
        assert_int_equal(used, ROWS[i].used);
        assert_false(tape_has_twice(&tape, 0));
        buf_release(&seen);
    }
    tape_release(&tape);
}

static void test_short_and_broken(void **state)
{
    static const struct {
        struct bytes text;
        enum tape_result result;
        size_t fault_at; /* of what is broken */
    } ROWS[] = {
        {BYTES(""), TAPE_SHORT, 0},
        {BYTES(" \n"), TAPE_SHORT, 0},
        {BYTES("{"), TAPE_SHORT, 0},
        {BYTES("{\"a"), TAPE_SHORT, 0},
        {BYTES("{\"a\""), TAPE_SHORT, 0},
        {BYTES("{\"a\":"), TAPE_SHORT, 0},
        {BYTES("{\"a\":1"), TAPE_SHORT, 0},
        {BYTES("{\"a\":1,"), TAPE_SHORT, 0},
        {BYTES("[1,"), TAPE_SHORT, 0},
        {BYTES("\"a\\"), TAPE_SHORT, 0},
        {BYTES("\"\\u00"), TAPE_SHORT, 0},
        {BYTES("tru"), TAPE_SHORT, 0},
        {BYTES("-"), TAPE_SHORT, 0},
        {BYTES("x"), TAPE_BROKEN, 0},
        {BYTES("[1 2]"), TAPE_BROKEN, 3},
        {BYTES("[1,]"), TAPE_BROKEN, 3},
        {BYTES("{\"a\" 1}"), TAPE_BROKEN, 5},
        {BYTES("{a:1}"), TAPE_BROKEN, 1},
        {BYTES("{\"a\":1,}"), TAPE_BROKEN, 7},
        {BYTES("[1}"), TAPE_BROKEN, 2},
        {BYTES("trux"), TAPE_BROKEN, 3},
        {BYTES("\"a\nb\""), TAPE_BROKEN, 2},
        {BYTES("\"\0\""), TAPE_BROKEN, 1},
        {BYTES("\"\\x\""), TAPE_BROKEN, 1},
        {BYTES("\"\\u00g0\""), TAPE_BROKEN, 1},
        {BYTES("[01]"), TAPE_BROKEN, 3},
        {BYTES("[1.]"), TAPE_BROKEN, 3},
        {BYTES("[1e]"), TAPE_BROKEN, 3},
        {BYTES("[-x]"), TAPE_BROKEN, 2},
        {BYTES("[NaN]"), TAPE_BROKEN, 1},
    };
    struct tape tape;

    (void)state;
    tape_init(&tape);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        size_t used = 0;
        enum tape_result result =
            tape_read(&tape, (struct span){ROWS[i].text.data, ROWS[i].text.len}, &used);

        if (result != ROWS[i].result)
            fail_msg("%s: %d", ROWS[i].text.data, (int)result);
        if (result != TAPE_BROKEN)
            continue;
        assert_true(tape.why[0]);
        if (tape.fault_at != ROWS[i].fault_at)
            fail_msg("%s: fault at %zu", ROWS[i].text.data, tape.fault_at);
    }
    tape_release(&tape);
}

/* Every text that is cut off is short, and never whole; numbers alone cannot tell. */
static void test_every_cut(void **state)
{
    static const char TEXT[] =
        "{\"k\":[null,true,-1.5e3,\"a\\u00e9\\n\",{\"x\":{}}],\"l\":\"\\ud83d\\ude00\"}";
    struct tape tape;
    size_t used = 0;

    (void)state;
    tape_init(&tape);
    for (size_t len = 0; len + 1 < sizeof TEXT; len++) {
        char *cut = mem_dup(TEXT, len);

        assert_int_equal(tape_read(&tape, (struct span){cut, len}, &used), TAPE_SHORT);
        free(cut);
    }
    assert_int_equal(tape_read(&tape, span_of(TEXT), &used), TAPE_WHOLE);
    assert_int_equal(used, sizeof TEXT - 1);
    tape_release(&tape);
}

static void test_twice(void **state)
{
    static const struct {
        struct bytes text;
        const char *twice; /* by value: '1' if a key is twice there or further in */
    } ROWS[] = {
        {BYTES("{\"a\":1,\"b\":2}"), "000"},
        {BYTES("{\"a\":1,\"a\":2}"), "100"},
        {BYTES("[{\"a\":1},{\"a\":1,\"b\":0,\"a\":1}]"), "1001000"},
        {BYTES("{\"a\":{\"x\":1,\"x\":2}}"), "1100"},
        /* The same key, written with an escape. */
        {BYTES("{\"a\":1,\"\\u0061\":2}"), "100"},
        {BYTES("{\"a\\u0000b\":1}"), "10"},
    };
    struct tape tape;

    (void)state;
    tape_init(&tape);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        size_t used;
        char seen[16] = "";

        assert_int_equal(
            tape_read(&tape, (struct span){ROWS[i].text.data, ROWS[i].text.len}, &used),
            TAPE_WHOLE);
        assert_true(tape.count < sizeof seen);
        for (uint32_t k = 0; k < tape.count; k++)
            seen[k] = tape_has_twice(&tape, k) ? '1' : '0';
        assert_string_equal(seen, ROWS[i].twice);
    }
    tape_release(&tape);
}

/* A quote, a backslash or a control character is seen at each place of a word. */
static void test_special_bytes_at_every_place(void **state)
{
    static const char SPECIAL[] = {'"', '\\', '\n', '\x01', '\x1f', '\x7f', '\xc3'};
    struct tape tape;
    char text[22];
    size_t used;

    (void)state;
    tape_init(&tape);
    for (size_t place = 1; place < sizeof text - 1; place++) {
        for (size_t i = 0; i < sizeof SPECIAL; i++) {
            memset(text, 'x', sizeof text);
            text[0] = '"';
            text[sizeof text - 1] = '"';
            text[place] = SPECIAL[i];
            const bool is_whole =
                tape_read(&tape, (struct span){text, sizeof text}, &used) == TAPE_WHOLE;

            assert_int_equal(is_whole, SPECIAL[i] == '"' || i > 4);
            assert_true(!is_whole || SPECIAL[i] != '"' || used == place + 1);
            assert_true(!is_whole || i != 6 || (tape.values[0].flags & TAPE_WIDE));
        }
    }
    tape_release(&tape);
}

/* An object of many keys, of which the last is there already. */
static void test_many_keys(void **state)
{
    struct tape tape;
    struct buf text;
    size_t used;

    (void)state;
    tape_init(&tape);
    for (int twice = 0; twice < 2; twice++) {
        buf_init(&text, BUF_NO_LIMIT);
        buf_add_char(&text, '{');
        for (int i = 0; i < 5000; i++)
            buf_printf(&text, "\"k%d\":%d,", i, i);
        buf_printf(&text, "\"%s\":0}", twice ? "k17" : "last");
        assert_int_equal(tape_read(&tape, buf_span(&text), &used), TAPE_WHOLE);
        assert_int_equal(tape.count, 5002);
        assert_int_equal(tape_has_twice(&tape, 0), twice);
        buf_release(&text);
    }
    tape_release(&tape);
}

static void test_depth(void **state)
{
    static char text[200000];
    struct tape tape;
    size_t used;

    (void)state;
    tape_init(&tape);
    memset(text, '[', sizeof text);
    assert_int_equal(tape_read(&tape, (struct span){text, 100}, &used), TAPE_SHORT);
    assert_int_equal(tape_read(&tape, (struct span){text, sizeof text}, &used), TAPE_BROKEN);
    tape_release(&tape);
}

static void test_texts(void **state)
{
    static const struct {
        const char *text;
        const char *raw;
        const char *decoded; /* NULL: not a string */
    } ROWS[] = {
        {"[\"plain\"]", "\"plain\"", "plain"},
        {"[ \"\\\"\\\\\\/\\b\\f\\n\\r\\t\" ]", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"[\"\\u00e9\\u20AC\"]", "\"\\u00e9\\u20AC\"", "\xc3\xa9\xe2\x82\xac"},
        {"[\"\\ud83d\\ude00\"]", "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"},
        {"[\"\\ud83dx\"]", "\"\\ud83dx\"", "\xef\xbf\xbdx"},
        {"[\"\\ude00\"]", "\"\\ude00\"", "\xef\xbf\xbd"},
        {"[12.50]", "12.50", NULL},
        {"[{\"a\": 1}]", "{\"a\": 1}", NULL},
        {"[null]", "null", NULL},
    };
    struct tape tape;
    struct buf scratch;

    (void)state;
    tape_init(&tape);
    buf_init(&scratch, BUF_NO_LIMIT);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        size_t used;

        assert_int_equal(tape_read(&tape, span_of(ROWS[i].text), &used), TAPE_WHOLE);
        assert_true(span_is(tape_raw(&tape, 1), ROWS[i].raw));
        struct span text = tape_text(&tape, 1, &scratch);
        assert_int_equal(text.data != NULL, ROWS[i].decoded != NULL);
        if (ROWS[i].decoded)
            assert_true(span_is(text, ROWS[i].decoded));
    }
    buf_release(&scratch);
    tape_release(&tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),     cmocka_unit_test(test_short_and_broken),
        cmocka_unit_test(test_every_cut), cmocka_unit_test(test_twice),
        cmocka_unit_test(test_many_keys), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_texts),     cmocka_unit_test(test_special_bytes_at_every_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
