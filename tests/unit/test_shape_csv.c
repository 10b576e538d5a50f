#include "archive/shape_csv.h"

#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void headers(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        char delimiter;
        int column[CSV_COLUMNS]; /* thread, role, content, id, created */
    } CASES[] = {
        {"thread_id,role,content", true, ',', {0, 1, 2, -1, -1}},
        {"Created At;MESSAGE-ID;Role;Thread ID;Text", true, ';', {3, 2, 4, 1, 0}},
        {"threadid\trole\tmessage\ttimestamp", true, '\t', {0, 1, 2, -1, 3}},
        {"\xef\xbb\xbf\"thread_id\",\"role\",\"content\"", true, ',', {0, 1, 2, -1, -1}},
        {"x,thread_id,text,content,role", true, ',', {1, 4, 3, -1, -1}},
        {"thread_id,content,message,role", true, ',', {0, 3, 1, -1, -1}},
        {"thread_id,role", false, 0, {0}},
        {"role,content", false, 0, {0}},
        {"thread_id role content", false, 0, {0}},
        {"\"thread_id,role,content", false, 0, {0}},
        {"", false, 0, {0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct csv_header header;
        bool ok = csv_header_read(&header, span_of(CASES[i].text));

        if (ok != CASES[i].ok)
            fail_msg("%s", CASES[i].text);
        if (!ok)
            continue;
        assert_int_equal(header.delimiter, CASES[i].delimiter);
        assert_memory_equal(header.column, CASES[i].column, sizeof header.column);
    }
}

static void records(void **state)
{
    static const struct {
        const char *text;
        bool at_end;
        enum csv_step step;
        size_t len;
        size_t whole;
    } CASES[] = {
        {"a,b\nc", false, CSV_RECORD, 3, 4},
        {"a,b\r\nc", false, CSV_RECORD, 3, 5},
        {"a,\"b\nc\",d\ne", false, CSV_RECORD, 9, 10},
        {"a,\"b\"\"\n\"\nc", false, CSV_RECORD, 8, 9},
        {"a,b", false, CSV_MORE, 0, 0},
        {"a,b", true, CSV_RECORD, 3, 3},
        {"a,\"b\n", true, CSV_MORE, 0, 0},
        {"a,b\"c\nd", false, CSV_RECORD, 5, 6},
        {"\n", false, CSV_RECORD, 0, 1},
        {"", true, CSV_END, 0, 0},
        {"", false, CSV_MORE, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        size_t len = 0;
        size_t whole = 0;
        enum csv_step step = csv_record(',', span_of(CASES[i].text), CASES[i].at_end, &len, &whole);

        if (step != CASES[i].step || len != CASES[i].len || whole != CASES[i].whole)
            fail_msg("%s: %d %zu %zu", CASES[i].text, (int)step, len, whole);
    }
}

/* Cut anywhere, a record is never taken for another one: more text is asked for. */
static void records_in_pieces(void **state)
{
    static const char TEXT[] = "a,\"b\"\"c\n,\"\r\nd,e\r\n";
    size_t len;
    size_t whole;

    (void)state;
    for (size_t cut = 0; cut < 12; cut++)
        assert_int_equal(csv_record(',', (struct span){TEXT, cut}, false, &len, &whole), CSV_MORE);
    assert_int_equal(csv_record(',', span_of(TEXT), false, &len, &whole), CSV_RECORD);
    assert_int_equal(len, 10);
    assert_int_equal(whole, 12);
}

static void rows(void **state)
{
    static const struct {
        const char *record;
        bool ok;
        const char *message; /* what becomes of it */
    } CASES[] = {
        {"t,user,hi,m,1", true,
         "{\"thread_id\":\"t\",\"role\":\"user\",\"content\":\"hi\",\"id\":\"m\","
         "\"created_at\":\"1\"}"},
        {" t , user , hi ,,", true, "{\"thread_id\":\"t\",\"role\":\"user\",\"content\":\" hi \"}"},
        {"t,user,\"a \"\"b\"\", c\nd\",,,,", true,
         "{\"thread_id\":\"t\",\"role\":\"user\",\"content\":\"a \\\"b\\\", c\\nd\"}"},
        {"t,user,hi,m", false, NULL},
        {"t,user,hi,m,1,more", false, NULL},
        {"t,user,\"hi\"x,m,1", false, NULL},
        {"t,user,\"hi,m,1", false, NULL},
    };
    struct csv_header header;
    struct csv_row row;

    (void)state;
    assert_true(csv_header_read(&header, span_of("thread_id,role,content,message_id,created_at")));
    csv_row_init(&row);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        if (csv_row_read(&row, &header, span_of(CASES[i].record)) != CASES[i].ok)
            fail_msg("%s", CASES[i].record);
        assert_true(CASES[i].ok || span_is(row.cell[CSV_THREAD], "t"));
        if (!CASES[i].ok)
            continue;
        struct error err;
        json_t *message = csv_row_message(&row);
        json_t *want = json_read(span_of(CASES[i].message), &err);
        if (!json_equal(message, want))
            fail_msg("%s: %s", CASES[i].record, json_dumps(message, 0));
        json_decref(message);
        json_decref(want);
    }
    csv_row_release(&row);
}

static void invalid_bytes_are_marked(void **state)
{
    struct csv_header header;
    struct csv_row row;

    (void)state;
    assert_true(csv_header_read(&header, span_of("thread_id,role,content")));
    csv_row_init(&row);
    assert_true(csv_row_read(&row, &header, span_of("t,user,a\xff\xc3z")));
    json_t *message = csv_row_message(&row);
    assert_true(span_is(json_get_text(message, "content"), "a\xef\xbf\xbd\xef\xbf\xbdz"));
    assert_true(json_was_repaired(message, "content"));
    json_decref(message);
    csv_row_release(&row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(records),
        cmocka_unit_test(records_in_pieces),
        cmocka_unit_test(rows),
        cmocka_unit_test(invalid_bytes_are_marked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
