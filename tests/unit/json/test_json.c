#include "base/buf.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* The initialiser of a span: a literal may hold NUL bytes, which strlen() would not see. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

struct reading {
    const char *name;
    struct span text;
    const char *expected; /* what json_write_value() makes of it, or NULL: it is refused */
    const char *error;    /* a part of the error's text */
};

#define MARK "\"\\u0001repaired:"

static const struct reading READINGS[] = {
    {"plain", TEXT("{\"a\": [1, true, null, \"x\"]}"), "{\"a\":[1,true,null,\"x\"]}", NULL},
    {"scalar", TEXT(" \"x\" "), "\"x\"", NULL},
    {"empty containers", TEXT("[{},[],{\"a\":{}}]"), "[{},[],{\"a\":{}}]", NULL},
    {"members keep their order", TEXT("{\"z\":1,\"a\":2}"), "{\"z\":1,\"a\":2}", NULL},
    {"byte order mark", TEXT("\xEF\xBB\xBF[1]"), "[1]", NULL},
    {"NUL in a string", TEXT("[\"a\\u0000b\"]"), "[\"a\\u0000b\"]", NULL},
    {"NUL behind a number", TEXT("[1\0]"), NULL, "NUL byte at byte 2"},
    {"surrogate pair", TEXT("[\"\\ud83d\\ude00\"]"), "[\"\xF0\x9F\x98\x80\"]", NULL},
    {"lone high surrogate", TEXT("{\"a\":\"x\\ud83dy\"}"),
     "{\"a\":\"x" REPLACEMENT "y\"," MARK "a\":true}", NULL},
    {"lone low surrogate", TEXT("{\"a\":\"\\uDE00\",\"b\":\"z\"}"),
     "{\"a\":\"" REPLACEMENT "\"," MARK "a\":true,\"b\":\"z\"}", NULL},
    {"high before a pair", TEXT("{\"a\":\"\\ud83d\\ud83d\\ude00\"}"),
     "{\"a\":\"" REPLACEMENT "\xF0\x9F\x98\x80\"," MARK "a\":true}", NULL},
    {"escaped backslash is no escape", TEXT("[\"\\\\ud83d\"]"), "[\"\\\\ud83d\"]", NULL},
    {"invalid byte", TEXT("{\"a\":\"x\xFFy\"}"), "{\"a\":\"x" REPLACEMENT "y\"," MARK "a\":true}",
     NULL},
    {"cut sequence is one", TEXT("{\"a\":\"\xE2\x82\"}"),
     "{\"a\":\"" REPLACEMENT "\"," MARK "a\":true}", NULL},
    {"encoded surrogate is three", TEXT("{\"a\":\"\xED\xA0\x80\"}"),
     "{\"a\":\"" REPLACEMENT REPLACEMENT REPLACEMENT "\"," MARK "a\":true}", NULL},
    {"above U+10FFFF", TEXT("{\"a\":\"\xF4\x90\x80\x80\"}"),
     "{\"a\":\"" REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT "\"," MARK "a\":true}", NULL},
    {"overlong", TEXT("{\"a\":\"\xC0\xAF\"}"),
     "{\"a\":\"" REPLACEMENT REPLACEMENT "\"," MARK "a\":true}", NULL},
    {"four bytes cut", TEXT("{\"a\":\"\xF0\x9F\x98z\"}"),
     "{\"a\":\"" REPLACEMENT "z\"," MARK "a\":true}", NULL},
    {"in an array", TEXT("{\"c\":[\"\xFF\",[\"\xFF\"]]}"),
     "{\"c\":[\"" REPLACEMENT "\",[\"" REPLACEMENT "\"]]," MARK "c\":true}", NULL},
    {"in a key", TEXT("{\"a\xFF\":1}"), "{\"a" REPLACEMENT "\":1," MARK "a" REPLACEMENT "\":true}",
     NULL},
    {"at the top", TEXT("\"\xFF\""), "\"" REPLACEMENT "\"", NULL},
    {"a noncharacter of the document stays", TEXT("{\"a\":\"\xEF\xB7\x90\\ufdd1\",\"b\":\"\xFF\"}"),
     "{\"a\":\"\xEF\xB7\x90\xEF\xB7\x91\",\"b\":\"" REPLACEMENT "\"," MARK "b\":true}", NULL},
    {"keys the same after repair", TEXT("{\"\xFF\":1,\"\xFE\":2}"), NULL, "twice"},
    {"duplicate key", TEXT("{\"a\":1,\"a\":2}"), NULL, "a member twice at byte 10"},
    {"NUL byte", TEXT("[\"a\0b\"]"), NULL, "NUL byte at byte 3"},
    {"NUL in a key", TEXT("{\"\\u0000\":1}"), NULL, "NUL in a key"},
    {"NaN", TEXT("[NaN]"), NULL, "NaN and Infinity are not JSON at byte 1"},
    {"1e999", TEXT("[1e999,-1.5E+999]"), "[\"1e999\",\"-1.5E+999\"]", NULL},
    {"integer too large", TEXT("[99999999999999999999]"), "[\"99999999999999999999\"]", NULL},
    {"empty", TEXT(""), NULL, "is empty"},
    {"only a mark", TEXT("\xEF\xBB\xBF"), NULL, "is empty"},
    {"cut", TEXT("{\"a\":"), NULL, "ends too early"},
    {"something behind", TEXT("[] []"), NULL, "has text after its end"},
    {"offset in a repaired document", TEXT("[\"\xFF\xFF\xFF\",secret]"), NULL, "at byte 7"},
    {"hostile half escape", TEXT("[\"\\u12"), NULL, "ends too early"},
    {"a large number in a damaged document", TEXT("{\"a\":\"\xFF\",\"b\":[12345678901234567890]}"),
     "{\"a\":\"" REPLACEMENT "\"," MARK "a\":true,\"b\":[\"12345678901234567890\"]}", NULL},
    {"a mark follows its array", TEXT("{\"a\":[[\"\xFF\"],1],\"b\":2}"),
     "{\"a\":[[\"" REPLACEMENT "\"],1]," MARK "a\":true,\"b\":2}", NULL},
};

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof READINGS / sizeof READINGS[0]; i++) {
        const struct reading *r = &READINGS[i];
        struct error err = {0};
        json_t *root = json_read(r->text, &err);
        struct buf out;

        if (!r->expected) {
            if (root || err.code != ERROR_BAD_SOURCE || !strstr(err.text, r->error))
                fail_msg("%s: '%s'", r->name, err.text);
            assert_null(strstr(err.text, "secret"));
            continue;
        }
        if (!root)
            fail_msg("%s: %s", r->name, err.text);
        buf_init(&out, BUF_NO_LIMIT);
        json_write_value(&out, root, JSON_ESCAPE_CANONICAL);
        if (strcmp(out.data, r->expected) != 0)
            fail_msg("%s: %s", r->name, out.data);
        buf_release(&out);
        json_decref(root);
    }
}

/* Every document cut at every byte is refused or read, and never crashes. */
static void test_read_cut(void **state)
{
    static const char TEXT[] = "{\"a\":[{\"b\":\"\\ud83d\\ude00\\n\xE2\x82\xAC\",\"c\":[1.5,-2]}]}";

    (void)state;
    for (size_t len = 0; len < sizeof TEXT - 1; len++) {
        struct error err = {0};
        char *copy = malloc(len + 1);

        memcpy(copy, TEXT, len);
        assert_null(json_read((struct span){copy, len}, &err));
        assert_int_equal(err.code, ERROR_BAD_SOURCE);
        free(copy);
    }
}

static void fill(struct buf *out, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buf_add_text(out, text);
}

static void test_depth(void **state)
{
    static const size_t DEPTHS[] = {JSON_MAX_DEPTH, JSON_MAX_DEPTH + 1, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof DEPTHS / sizeof DEPTHS[0]; i++) {
        bool fits = DEPTHS[i] <= JSON_MAX_DEPTH;
        struct error err = {0};
        struct buf text;
        struct buf out;
        json_t *root;

        buf_init(&text, BUF_NO_LIMIT);
        buf_init(&out, BUF_NO_LIMIT);
        fill(&text, "[", DEPTHS[i]);
        fill(&text, "]", DEPTHS[i]);
        root = json_read(buf_span(&text), &err);
        assert_int_equal(root != NULL, fits);
        if (root) {
            json_write_value(&out, root, JSON_ESCAPE_CANONICAL);
            assert_string_equal(out.data, text.data);
        } else {
            assert_non_null(strstr(err.text, "too deeply at byte 128"));
        }
        json_decref(root);
        buf_release(&out);
        buf_release(&text);
    }
}

static void test_getters(void **state)
{
    struct error err = {0};
    json_t *object = json_read_object(
        (struct span)TEXT(
            "{\"s\":\"a\\u0000b\",\"n\":null,\"i\":1,\"t\":true,\"e\":\"\",\"r\":\"\xFF\"}"),
        &err);

    (void)state;
    assert_non_null(object);
    assert_true(span_equal(json_get_text(object, "s"), (struct span)TEXT("a\0b")));
    assert_null(json_get_text(object, "n").data);
    assert_null(json_get_text(object, "i").data);
    assert_null(json_get_text(object, "missing").data);
    assert_non_null(json_get_text(object, "e").data);
    assert_true(json_is_absent(object, "n"));
    assert_true(json_is_absent(object, "missing"));
    assert_false(json_is_absent(object, "i"));
    assert_true(json_get_bool(object, "t", false));
    assert_true(json_get_bool(object, "i", true));
    assert_false(json_get_bool(object, "missing", false));
    assert_true(json_was_repaired(object, "r"));
    assert_false(json_was_repaired(object, "s"));
    json_decref(object);
    assert_null(json_read_object((struct span)TEXT("[1]"), &err));
    assert_non_null(strstr(err.text, "not an object"));
}

/* What was no text is written so that reading it gives the same value, with the same marks. */
static void test_repairs_come_back(void **state)
{
    static const struct {
        struct span text;
        const char *written;
    } CASES[] = {
        {TEXT("{\"a\":\"x\xFFy\",\"b\":\"\xEF\xBF\xBD\"}"),
         "{\"a\":\"x\\ud800y\",\"b\":\"\xEF\xBF\xBD\"}"},
        {TEXT("{\"l\":[\"a\",[\"\\ud9ff\"],{\"in\":\"\xEF\xBF\xBD\"}]}"),
         "{\"l\":[\"a\",[\"\\ud800\"],{\"in\":\"\xEF\xBF\xBD\"}]}"},
        {TEXT("{\"k\xFF\":1,\"d\":{\"e\":\"\xC0\",\"n\":1.5}}"),
         "{\"k\\ud800\":1,\"d\":{\"e\":\"\\ud800\",\"n\":1.5}}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct error err = {0};
        struct buf out;

        json_t *value = json_read(CASES[i].text, &err);
        assert_non_null(value);
        buf_init(&out, BUF_NO_LIMIT);
        json_write_value(&out, value, JSON_ESCAPE_REPAIRED);
        assert_string_equal(out.data, CASES[i].written);
        json_t *again = json_read(buf_span(&out), &err);
        assert_true(json_equal(value, again));
        json_decref(again);
        json_decref(value);
        buf_release(&out);
    }
}

/* A list of so many damaged texts under a key so long: the key is marked once. */
static void test_many_repairs_under_a_long_key(void **state)
{
    enum { MANY = 800000 };
    struct buf text;
    struct buf key;
    struct error err;

    (void)state;
    buf_init(&key, BUF_NO_LIMIT);
    buf_init(&text, BUF_NO_LIMIT);
    for (int i = 0; i < MANY; i++)
        buf_add_char(&key, 'k');
    buf_printf(&text, "{\"%s\":[", key.data);
    for (int i = 0; i < MANY; i++)
        buf_add_text(&text, i % 2 ? ",[\"\xFF\"]" : i ? ",\"\xFF\"" : "\"\xFF\"");
    buf_add_text(&text, "]}");
    json_t *object = json_read_object(buf_span(&text), &err);
    assert_non_null(object);
    assert_int_equal(json_array_size(json_object_get(object, key.data)), MANY);
    assert_true(json_is_true(json_object_iter_value(
        json_object_iter_next(object, json_object_iter_at(object, key.data)))));
    assert_int_equal(json_object_size(object), 2);
    json_decref(object);
    buf_release(&text);
    buf_release(&key);
}

static void test_escapes(void **state)
{
    static const struct {
        struct span text;
        const char *canonical;
        const char *hostile;
    } CASES[] = {
        {TEXT("a\"\\/\b\f\n\r\t"), "\"a\\\"\\\\/\\b\\f\\n\\r\\t\"",
         "\"a\\\"\\\\/\\b\\f\\n\\r\\t\""},
        {TEXT("\0\x1b\x1f"), "\"\\u0000\\u001b\\u001f\"", "\"\\u0000\\u001b\\u001f\""},
        {TEXT("\x7f"), "\"\x7f\"", "\"\\u007f\""},
        {TEXT("\xC2\x9B"), "\"\xC2\x9B\"", "\"\\u009b\""},
        {TEXT("\xE2\x80\xAE\xE2\x81\xA6"), "\"\xE2\x80\xAE\xE2\x81\xA6\"", "\"\\u202e\\u2066\""},
        {TEXT("\xE2\x80\xA8"), "\"\xE2\x80\xA8\"", "\"\\u2028\""},
        {TEXT("\xF3\xA0\x81\x81"), "\"\xF3\xA0\x81\x81\"", "\"\\udb40\\udc41\""},
        {TEXT("\xE4\xBD\xA0\xF0\x9F\x98\x80"), "\"\xE4\xBD\xA0\xF0\x9F\x98\x80\"",
         "\"\xE4\xBD\xA0\xF0\x9F\x98\x80\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct buf out;

        buf_init(&out, BUF_NO_LIMIT);
        json_write_string(&out, CASES[i].text, JSON_ESCAPE_CANONICAL);
        assert_string_equal(out.data, CASES[i].canonical);
        buf_clear(&out);
        json_write_string(&out, CASES[i].text, JSON_ESCAPE_HOSTILE);
        assert_string_equal(out.data, CASES[i].hostile);
        buf_release(&out);
    }
}

/* Texts are copied eight bytes at a time: an escape may stand anywhere, and a buffer that is just
 * long enough has to be. */
static void test_an_escape_in_every_place(void **state)
{
    enum { LENGTH = 40 };
    static const char *const ESCAPES[] = {"\"", "\\", "\n", "\x01", "\xC3\xBC", "\xEF\xBF\xBD"};

    (void)state;
    for (size_t e = 0; e < sizeof ESCAPES / sizeof ESCAPES[0]; e++) {
        for (size_t at = 0; at <= LENGTH; at++) {
            for (size_t next = at; next <= LENGTH; next++) {
                char text[LENGTH + 8];
                struct buf out;
                struct buf exact;
                struct error err = {.code = ERROR_NONE};
                const size_t len = strlen(ESCAPES[e]);

                if (next > at && next < at + len)
                    continue;
                memset(text, 'x', sizeof text);
                memcpy(text + at, ESCAPES[e], len);
                memcpy(text + next, ESCAPES[e], len);
                const struct span span = {text, next + len};
                buf_init(&out, BUF_NO_LIMIT);
                json_write_string(&out, span, JSON_ESCAPE_CANONICAL);
                buf_init(&exact, out.len);
                json_write_string(&exact, span, JSON_ESCAPE_CANONICAL);
                assert_false(exact.overflow);
                assert_true(span_equal(buf_span(&exact), buf_span(&out)));
                buf_add_char(&exact, 'x');
                assert_true(exact.overflow);
                struct buf document;

                buf_init(&document, BUF_NO_LIMIT);
                buf_printf(&document, "{\"a\":%s}", out.data);
                json_t *object = json_read_object(buf_span(&document), &err);
                assert_non_null(object);
                assert_true(span_equal(json_get_text(object, "a"), span));
                json_decref(object);
                buf_release(&document);
                buf_release(&exact);
                buf_release(&out);
            }
        }
    }
}

static void test_split(void **state)
{
    static const struct {
        struct span text;
        size_t count;
        const char *expected; /* NULL: it does not split into so many */
    } CASES[] = {
        {TEXT("{\"data\":[1.10, {\"a\" : \"]\"} ,\"x\\\"\"]}"), 3,
         "1.10|{\"a\" : \"]\"}|\"x\\\"\"|"},
        {TEXT("{\"skip\":[[{}]],\"data\":[{\"b\":1}, [2]],\"x\":3} "), 2, "{\"b\":1}|[2]|"},
        {TEXT("\xEF\xBB\xBF {\"data\": []}"), 0, ""},
        {TEXT("{\"data\":[1,2,3]}"), 2, NULL},
        {TEXT("{\"data\":[1,2,3]}"), 4, NULL},
        {TEXT("{\"data\":[1,2"), 2, NULL},
        {TEXT("{\"a\":1}"), 0, NULL},
        {TEXT("{\"data\":{}}"), 0, NULL},
        {TEXT("{\"d\\u0061ta\":[1]}"), 1, "1|"},
        {TEXT("{\"\\\"data\":[1],\"\\n\":2,\"data\":[3]}"), 1, "3|"},
        {TEXT("[1]"), 0, NULL},
        {TEXT(""), 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct span elements[4];
        bool ok = json_split_array(CASES[i].text, "data", elements, CASES[i].count);
        struct buf out;

        if (ok != (CASES[i].expected != NULL))
            fail_msg("%s", CASES[i].text.data);
        buf_init(&out, BUF_NO_LIMIT);
        for (size_t k = 0; ok && k < CASES[i].count; k++) {
            buf_add_span(&out, elements[k]);
            buf_add_char(&out, '|');
        }
        if (ok)
            assert_string_equal(out.data, CASES[i].expected);
        buf_release(&out);
    }
}

static json_t *as_jansson_reads(const char *text)
{
    json_error_t problem;

    return json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);
}

static void test_reads_as_jansson_does(void **state)
{
    static const char *const CASES[] = {
        "0",
        "-0",
        "-0.10",
        "[1e3,2E-2,1.0]",
        "9223372036854775807",
        "-9223372036854775808",
        "\"\"",
        "[[],{},[{}]]",
        "{\"\":\"\"}",
        "\r\n\t [ 1 , 2 ] \n",
        "\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\"",
        "\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\u0000\"",
        "{\"a\\u0062\":1,\"\\\"\":2}",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 and enough ASCII after it\"",
        "\"seven..\"",
        "\"eight...\"",
        "\"nine....\\n\"",
        "\"\x7f\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct error err;
        json_t *got = json_read(span_of(CASES[i]), &err);
        json_t *want = as_jansson_reads(CASES[i]);

        if (!got || !want || !json_equal(got, want))
            fail_msg("%s", CASES[i]);
        json_decref(got);
        json_decref(want);
    }
}

/* What is further in than three levels is left out, whatever it is, but must be well made. */
static void test_outline(void **state)
{
    static const struct {
        const char *text;
        const char *want; /* or NULL */
    } CASES[] = {
        {"{\"a\":[{\"id\":\"x\",\"c\":[{\"t\":\"\\u00e9\"}],\"n\":1.5}],\"b\":true}",
         "{\"a\":[{\"id\":\"x\",\"n\":1.5}],\"b\":true}"},
        {"{\"a\":[[1,\"b\",[2,{}]],-3e2],\"c\":null}", "{\"a\":[[1,\"b\"],-3e2],\"c\":null}"},
        {"{\"a\":[{\"b\":[\"\xff\"]}]}", "{\"a\":[{}]}"},
        {"{\"a\":[[[tru]]]}", NULL},
        {"{\"a\":[[[\"a\\q\"]]]}", NULL},
        {"{\"a\":[[[1,]]]}", NULL},
        {"{\"a\":[[[1}]]}", NULL},
        {"{\"a\":[[{\"b\" 1}]]}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct error err;
        json_t *got = json_read_outline(span_of(CASES[i].text), &err);
        json_t *want = CASES[i].want ? as_jansson_reads(CASES[i].want) : NULL;

        if (got != want && !json_equal(got, want))
            fail_msg("%s", CASES[i].text);
        json_decref(got);
        json_decref(want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_cut),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_getters),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_an_escape_in_every_place),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_reads_as_jansson_does),
        cmocka_unit_test(test_outline),
        cmocka_unit_test(test_repairs_come_back),
        cmocka_unit_test(test_many_repairs_under_a_long_key),
    };

    json_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
