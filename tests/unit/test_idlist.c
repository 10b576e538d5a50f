#include "cmd/idlist.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Ids come back as "a|b|c|"; "stop" is refused. */
static bool collect(void *ctx, struct span id, struct error *err)
{
    struct buf *seen = ctx;

    if (span_is(id, "stop")) {
        error_set(err, ERROR_USAGE, "refused");
        return false;
    }
    (void)buf_add_span(seen, id);
    (void)buf_add_char(seen, '|');
    return true;
}

static bool read_list(struct buf *seen, const char *text, const char *column, struct error *err)
{
    char *copy = strdup(text);
    FILE *stream = fmemopen(copy, strlen(text), "r");
    const struct idlist_options options = {
        .stream = stream, .name = "list", .column = column, .each = collect, .ctx = seen};
    bool ok;

    assert_non_null(stream);
    buf_clear(seen);
    ok = idlist_read(&options, err);
    assert_int_equal(fclose(stream), 0);
    free(copy);
    return ok;
}

static void test_lists(void **state)
{
    static const struct {
        const char *text;
        const char *column;
        const char *ids;
    } ROWS[] = {
        {"a\nb\n", NULL, "a|b|"},
        {"a\r\nb\r\n", NULL, "a|b|"},
        {"\xef\xbb\xbf"
         "a\nb",
         NULL, "a|b|"},
        {"\n\n# note\n  a \t\n   # note\nb\n\n", NULL, "a|b|"},
        {"\xef\xbb\xbf\n", NULL, ""},
        {"a,b\n", NULL, "a,b|"},

        {"id,name\na,x\nb,y\n", "id", "a|b|"},
        {"name,id\r\nx,a\r\ny,b\r\n", "id", "a|b|"},
        {"\xef\xbb\xbf"
         "id\na\n",
         "id", "a|"},
        {"\"na,me\",\"i\"\"d\"\n\"x,\ny\n\",\"a\"\n\n# note\nz,b\n", "i\"d", "a|b|"},
        {" id , x\n a ,1\n", "id", "a|"},
        {"x,id\n1,\"a\"\n", "id", "a|"},
        {"id,id\na,b\n", "id", "a|"},

        {"{\"id\":\"a\",\"x\":1}\n\n{\"x\":[],\"id\":\"b\"}\n", "id", "a|b|"},
        {"# note\n{\"id\":17}\n", "id", "17|"},
        {"{\"id\":\"\\u0061\"}", "id", "a|"},
    };
    struct buf seen;

    (void)state;
    buf_init(&seen, BUF_NO_LIMIT);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct error err = {.code = ERROR_NONE};

        assert_true(read_list(&seen, ROWS[i].text, ROWS[i].column, &err));
        assert_string_equal(seen.data, ROWS[i].ids);
    }
    buf_release(&seen);
}

static void test_mistakes_have_a_line(void **state)
{
    static const struct {
        const char *text;
        const char *column;
        const char *error;
    } ROWS[] = {
        {"a\n\nstop\n", NULL, "list:3: refused"},
        {"name\nx\n", "id", "list:1: the header has no such column"},
        {"# note\na,id\nx\n", "id", "list:3: the record has fewer cells than the header"},
        {"id\n\"a\nb\nc\n", "id", "list:2: a quote is never closed"},
        {"id,x\n\"a\",\"\n\"\nstop,1\n", "id", "list:4: refused"},
        {"\"id\n\",x\na,b\n", "id", "list:1: a cell of the header has a line end"},
        {"{\"id\":\"a\"}\n{\"x\":1}\n", "id", "list:2: the object has no such member"},
        {"{\"id\":null}\n", "id", "list:1: the object has no such member"},
        {"{\"id\":\"a\"}\n{\"id\":\n", "id", "list:2: "},
        {"{\"id\":\"a\"}\n[]\n", "id", "list:2: "},
        {"{\"id\":\"a\"}\nb\n", "id", "list:2: "},
    };
    struct buf seen;

    (void)state;
    buf_init(&seen, BUF_NO_LIMIT);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct error err = {.code = ERROR_NONE};

        assert_false(read_list(&seen, ROWS[i].text, ROWS[i].column, &err));
        assert_int_equal(err.code, ERROR_USAGE);
        err.text[strlen(ROWS[i].error)] = '\0';
        assert_string_equal(err.text, ROWS[i].error);
    }
    buf_release(&seen);
}

static void test_a_line_has_a_limit(void **state)
{
    const size_t len = (17 << 20);
    char *text = malloc(len + 1);
    struct error err = {.code = ERROR_NONE};
    struct buf seen;

    (void)state;
    memset(text, 'a', len);
    text[len] = '\0';
    buf_init(&seen, BUF_NO_LIMIT);
    assert_false(read_list(&seen, text, NULL, &err));
    assert_string_equal(err.text, "list:1: longer than 16 MiB");
    buf_release(&seen);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_mistakes_have_a_line),
        cmocka_unit_test(test_a_line_has_a_limit),
    };

    return cmocka_run_group_tests_name("idlist", tests, NULL, NULL);
}
