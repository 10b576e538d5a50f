#include "settings/idlist.h"

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
    buf_add_span(seen, id);
    buf_add_char(seen, '|');
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

/* The same, as bytes come from a pipe: one at a time. */
static void read_bytes(struct buf *seen, const char *text, const char *column)
{
    enum idlist_step step = IDLIST_MORE;
    struct idlist list;
    struct error err;
    struct span id;

    buf_clear(seen);
    idlist_init(&list, column);
    for (const char *at = text; step != IDLIST_END; at += *at != '\0') {
        if (*at != '\0')
            idlist_add(&list, (struct span){at, 1});
        else
            idlist_end(&list);
        for (step = idlist_next(&list, &id, &err); step == IDLIST_ID || step == IDLIST_BAD;
             step = idlist_next(&list, &id, &err))
            buf_printf(seen, "%.*s|", step == IDLIST_BAD ? 1 : (int)id.len,
                       step == IDLIST_BAD ? "!" : id.data);
    }
    idlist_release(&list);
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
        {"x,id\n5\" disk,a\n\"\",b\n", "id", "a|b|"},
        {"id\na\n # \"note\nb\n", "id", "a|b|"},
        {"id,x\na,\"b\"c\n", "id", "a|"},
        {"id,x\r\n\"a\",\"\r\n\"\r\nb,", "id", "a|b|"},

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
        read_bytes(&seen, ROWS[i].text, ROWS[i].column);
        assert_string_equal(seen.data ? seen.data : "", ROWS[i].ids);
    }
    buf_release(&seen);
}

/* A pipe goes on after what is no id. */
static void test_mistakes_end_no_pipe(void **state)
{
    struct buf seen;

    (void)state;
    buf_init(&seen, BUF_NO_LIMIT);
    read_bytes(&seen, "{\"id\":\"a\"}\n{\"id\":\n{\"x\":1}\n[]\n{\"id\":\"b\"}\n", "id");
    assert_string_equal(seen.data, "a|!|!|!|b|");
    read_bytes(&seen, "x,id\n1\n\"a\"b,c\n2,d\n", "id");
    assert_string_equal(seen.data, "!|!|d|");
    buf_release(&seen);
}

/* Of a line that is too long nothing is kept, and the next one is read. */
static void test_a_long_line_is_dropped(void **state)
{
    static const char END[] = "x\nb\n";
    const size_t half = 9 << 20;
    char *text = malloc(half);
    struct idlist list;
    struct error err;
    struct span id;

    (void)state;
    memset(text, 'a', half);
    idlist_init(&list, NULL);
    idlist_add(&list, (struct span){text, half});
    assert_int_equal(idlist_next(&list, &id, &err), IDLIST_MORE);
    idlist_add(&list, (struct span){text, half});
    assert_int_equal(idlist_next(&list, &id, &err), IDLIST_BAD);
    for (int i = 0; i < 3; i++) {
        idlist_add(&list, (struct span){text, half});
        assert_true(list.ahead.len <= half);
        assert_int_equal(idlist_next(&list, &id, &err), IDLIST_MORE);
    }
    idlist_add(&list, (struct span){END, sizeof END - 1});
    assert_int_equal(idlist_next(&list, &id, &err), IDLIST_ID);
    assert_true(span_is(id, "b"));
    assert_int_equal(list.line, 2);
    idlist_release(&list);
    free(text);
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
        {"x,id\n\n\"a\"b,c\n", "id", "list:3: a cell has text after its closing quote"},
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

/* Megabytes of the shortest lines behind a quote that nothing closes: each is looked at a few times
 * and not once for each line that follows. */
static void test_an_open_quote_is_passed_once(void **state)
{
    static const char START[] = "id,x\na,1\nb,\"";
    const size_t len = 12 << 20;
    char *text = malloc(len + 1);
    struct error err = {.code = ERROR_NONE};
    struct buf seen;

    (void)state;
    memset(text, '\n', len);
    memcpy(text, START, strlen(START));
    text[len] = '\0';
    buf_init(&seen, BUF_NO_LIMIT);
    assert_false(read_list(&seen, text, "id", &err));
    assert_string_equal(err.text, "list:3: a quote is never closed");
    assert_string_equal(seen.data, "a|");

    text[len - 1] = '"';
    assert_true(read_list(&seen, text, "id", &err));
    assert_string_equal(seen.data, "a|b|");
    buf_release(&seen);
    free(text);
}

/* Records that are cut anywhere by what is read at a time. */
static void test_records_of_all_lengths(void **state)
{
    struct buf text;
    struct buf seen;
    struct buf want;
    struct error err;

    (void)state;
    buf_init(&text, BUF_NO_LIMIT);
    buf_init(&seen, BUF_NO_LIMIT);
    buf_init(&want, BUF_NO_LIMIT);
    buf_add_text(&text, "x,id\n");
    for (int i = 0; i < 600; i++) {
        buf_add_text(&text, "\"");
        for (int j = 0; j < i; j++)
            buf_add_text(&text, j % 7 == 3 ? "\n" : "\"\"");
        buf_printf(&text, "\",id_%d\r\n", i);
        buf_printf(&want, "id_%d|", i);
    }
    assert_true(read_list(&seen, text.data, "id", &err));
    assert_string_equal(seen.data, want.data);
    buf_release(&want);
    buf_release(&seen);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_mistakes_end_no_pipe),
        cmocka_unit_test(test_a_long_line_is_dropped),
        cmocka_unit_test(test_mistakes_have_a_line),
        cmocka_unit_test(test_a_line_has_a_limit),
        cmocka_unit_test(test_an_open_quote_is_passed_once),
        cmocka_unit_test(test_records_of_all_lengths),
    };

    return cmocka_run_group_tests_name("idlist", tests, NULL, NULL);
}
