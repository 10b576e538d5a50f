#include "fields/keys_seen.h"

#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void add(struct keys_seen *seen, const char *text)
{
    struct error err;
    json_t *value = json_read(span_of(text), &err);

    if (!value)
        fail_msg("%s: %s", text, err.text);
    keys_seen_add(seen, value);
    json_decref(value);
}

static struct key_facts facts_of(const struct keys_seen *seen, const char *name)
{
    struct key_facts facts = {.name = {NULL, 0}};

    for (size_t i = 0; i < keys_seen_count(seen); i++) {
        keys_seen_at(seen, i, &facts);
        if (span_is(facts.name, name))
            return facts;
    }
    fail_msg("%s was not seen", name);
    return facts;
}

static void names(void **state)
{
    static const struct {
        const char *value;
        const char *written;
    } CASES[] = {
        {"{\"a\":1,\"b\":null,\"c\":{\"d\":\"x\"}}",
         "a (1 integer), b (0 null), c (1 object), c.d (1 string)"},
        {"[{\"a\":true},{\"a\":false}]", "a (2 boolean)"},
        {"{\"list\":[{\"a\":1},{\"a\":2},7,null]}", "list (1 list), list[].a (2 integer)"},
        {"{\"x\":[[{\"a\":1}]]}", "x (1 list), x[][].a (1 integer)"},
        {"{\"thread_9\":[{\"a\":1}],\"user-77\":[{\"a\":2}]}",
         "$key (2 list), $key[].a (2 integer)"},
        {"{\"a\":\"{\\\"b\\\":1.5}\"}", "a (1 object), a.b (1 number)"},
        {"{\"a\":\"[{\\\"b\\\":1}]\"}", "a (1 list), a[].b (1 integer)"},
        {"{\"a\":\"{broken\"}", "a (1 string)"},
        {"{\"a\\u001b[31m\":1}", "a\\x1b[31m (1 integer)"},
        {"\"text\"", ""},
        {"{}", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct keys_seen *seen = keys_seen_new();
        struct buf out;

        buf_init(&out, BUF_NO_LIMIT);
        add(seen, CASES[i].value);
        keys_seen_write(seen, KEYS_SEEN_MAX, &out);
        assert_string_equal(out.data, CASES[i].written);
        assert_false(keys_seen_is_partial(seen));
        buf_release(&out);
        keys_seen_free(seen);
    }
}

static void facts(void **state)
{
    struct keys_seen *seen = keys_seen_new();
    struct key_facts key;

    (void)state;
    add(seen,
        "{\"who\":\"Visitor\",\"say\":\"two words\",\"at\":\"2024-01-02T03:04:05Z\",\"n\":1}");
    add(seen, "{\"who\":\"bot\",\"say\":\"one\",\"at\":1700000000,\"n\":1}");
    add(seen, "{\"who\":\"bot\",\"say\":\"one\",\"at\":1700000000123,\"n\":2}");
    add(seen, "{\"who\":null,\"say\":\"\",\"at\":5,\"n\":true}");
    key = facts_of(seen, "who");
    assert_int_equal(key.times, 3);
    assert_int_equal(key.distinct, 2);
    assert_int_equal(key.role_words, 3);
    assert_string_equal(key.type, "string");
    key = facts_of(seen, "say");
    assert_int_equal(key.bytes, 15);
    assert_int_equal(key.with_blank, 1);
    assert_int_equal(key.distinct, 3);
    assert_int_equal(key.role_words, 0);
    assert_int_equal(facts_of(seen, "at").dates, 3);
    assert_int_equal(facts_of(seen, "n").distinct, 3);
    assert_int_equal(facts_of(seen, "n").booleans, 1);
    keys_seen_free(seen);
}

static void signs(void **state)
{
    struct keys_seen *seen = keys_seen_new();

    (void)state;
    add(seen, "{\"session_id\":\"s\",\"message\":\"text\"}");
    assert_null(keys_seen_preset(seen));
    add(seen, "{\"rows\":[{\"session_id\":\"s\",\"message\":{\"type\":\"ai\",\"content\":\"\"}}]}");
    assert_string_equal(keys_seen_preset(seen)->name, "n8n");
    keys_seen_free(seen);
}

/* Whatever a file holds, so much and no more is kept of it. */
static void bounds(void **state)
{
    struct keys_seen *seen = keys_seen_new();
    struct key_facts key;
    struct buf text;

    (void)state;
    buf_init(&text, BUF_NO_LIMIT);
    for (int i = 0; i < 2 * KEYS_DISTINCT_MAX; i++) {
        buf_clear(&text);
        buf_printf(&text, "{\"a\":%d}", i);
        add(seen, text.data);
    }
    key = facts_of(seen, "a");
    assert_int_equal(key.times, 2 * KEYS_DISTINCT_MAX);
    assert_int_equal(key.distinct, KEYS_DISTINCT_MAX);
    assert_false(keys_seen_is_partial(seen));

    buf_clear(&text);
    for (int i = 0; i < 2 * KEYS_SEEN_MAX; i++)
        buf_printf(&text, "%s\"k%d\":1", i > 0 ? "," : "{", i);
    buf_add_text(&text, "}");
    add(seen, text.data);
    assert_int_equal(keys_seen_count(seen), KEYS_SEEN_MAX);
    assert_true(keys_seen_is_partial(seen));
    buf_clear(&text);
    keys_seen_write(seen, 1, &text);
    assert_string_equal(text.data, "a (128 integer) and 127 more");
    keys_seen_free(seen);

    seen = keys_seen_new();
    buf_clear(&text);
    for (int i = 0; i < 40; i++)
        buf_add_text(&text, "{\"a\":");
    buf_add_text(&text, "1");
    for (int i = 0; i < 40; i++)
        buf_add_text(&text, "}");
    add(seen, text.data);
    assert_true(keys_seen_is_partial(seen));
    assert_true(keys_seen_count(seen) < 40);
    keys_seen_free(seen);
    keys_seen_free(NULL);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(facts),
        cmocka_unit_test(signs),
        cmocka_unit_test(bounds),
    };

    return cmocka_run_group_tests_name("keys_seen", tests, NULL, NULL);
}
