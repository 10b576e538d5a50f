/*
 * Texts and the pieces they are cut into. A piece is written "LINE:OFFSET+LEN" and its value as
 * JSON; or "!" and why it is damaged, then what could be read of it.
 */
#include "decode/parse.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct files_file *file_of(struct span text)
{
    struct error err;
    struct files_file *file = files_temporary(&err);

    assert_non_null(file);
    assert_true(text.len == 0 || files_write(file, 0, text, &err));
    return file;
}

static void tell(struct buf *out, const struct piece *piece)
{
    buf_printf(out, "%u:%d+%d", piece->line, (int)piece->offset, (int)piece->len);
    if (piece->is_event)
        buf_add_text(out, "e");
    if (piece->is_row)
        buf_add_text(out, "r");
    if (piece->tape) {
        assert_null(piece->why);
        buf_add_char(out, ' ');
        buf_add_span(out, tape_raw(piece->tape, 0));
    } else {
        buf_printf(out, " !%s", piece->why);
        if (piece->partial.data) {
            buf_add_char(out, ' ');
            buf_add_span(out, piece->partial);
        }
    }
    buf_add_char(out, '\n');
}

static void check(struct span text, enum parse_format format, const char *expected)
{
    struct files_file *file = file_of(text);
    struct parse parse;
    struct piece piece;
    struct buf seen;
    uint64_t end = 0;

    buf_init(&seen, BUF_NO_LIMIT);
    buf_add_text(&seen, "");
    parse_init(&parse);
    /* Twice: nothing stays of a file. */
    for (int i = 0; i < 2; i++) {
        buf_clear(&seen);
        end = 0;
        parse_open(&parse, file, 0);
        if (parse.format != format)
            fail_msg("format %d of: %.*s", (int)parse.format, (int)text.len, text.data);
        while (parse_next(&parse, &piece)) {
            assert_true(piece.offset >= end && piece.len > 0);
            end = piece.offset + piece.len;
            assert_true(end <= text.len);
            if (piece.bytes.data)
                assert_memory_equal(piece.bytes.data, text.data + piece.offset, piece.bytes.len);
            tell(&seen, &piece);
        }
        assert_int_equal(parse.error.code, ERROR_NONE);
    }
    if (!span_is(buf_span(&seen), expected))
        fail_msg("%.*s\nis:\n%.*s\nnot:\n%s", (int)text.len, text.data, (int)seen.len, seen.data,
                 expected);
    parse_release(&parse);
    files_close(file);
    buf_release(&seen);
}

struct row {
    const char *text;
    const char *expected;
};

static void check_rows(enum parse_format format, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(span_of(rows[i].text), format, rows[i].expected);
}

static void test_formats(void **state)
{
    static const struct {
        const char *text;
        enum parse_format format;
    } ROWS[] = {
        {"", PARSE_EMPTY},
        {" \n\r\n\t", PARSE_EMPTY},
        {"{}", PARSE_JSON},
        {"\n\n [1]", PARSE_JSON},
        {"null\n", PARSE_JSON},
        {"some words\n{\"a\":1}\n", PARSE_JSON},
        {"\x1E{\"a\":1}\n\x1E{\"a\":2}\n", PARSE_JSON},
        {"event: x\ndata: {}\n\n", PARSE_EVENTS},
        {"\ndata: {}\n", PARSE_EVENTS},
        {": a comment\n\n", PARSE_EVENTS},
        {"id,role\n1,user\n", PARSE_CSV},
        {"sep=;\nid;role\n1;user\n", PARSE_CSV},
        {"sep=;", PARSE_UNKNOWN},
        {"sep=;\n", PARSE_UNKNOWN},
        {"words and words\n", PARSE_UNKNOWN},
        {"a , b\n", PARSE_UNKNOWN},
        {"{\"a\"", PARSE_JSON},
    };
    struct parse parse;

    (void)state;
    parse_init(&parse);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct files_file *file = file_of(span_of(ROWS[i].text));

        parse_open(&parse, file, 0);
        if (parse.format != ROWS[i].format)
            fail_msg("%s: %d", ROWS[i].text, (int)parse.format);
        files_close(file);
    }
    parse_release(&parse);
    /* Lines of NUL before a text are damage, alone they are no text. */
    check((struct span){"\0\0\n", 3}, PARSE_UNKNOWN, "");
    check((struct span){"\0\0\nid,role\n1,user\n", 18}, PARSE_CSV,
          "1:0+3 !a line of NUL bytes\n3:11+6r {\"id\":\"1\",\"role\":\"user\"}\n");
}

static void test_json(void **state)
{
    static const struct row ROWS[] = {
        {"{\"a\":1}", "1:0+7 {\"a\":1}\n"},
        {"\n {\"a\":1}\n\n[2]\n", "2:2+7 {\"a\":1}\n4:11+3 [2]\n"},
        {"{\n\"a\":\n1\n}\n{\n}\n", "1:0+10 {\n\"a\":\n1\n}\n5:11+3 {\n}\n"},
        {"{}{} []\n[]", "1:0+2 {}\n1:2+2 {}\n1:5+2 []\n2:8+2 []\n"},
        {"[1]\n7\n\"x\"\nnull\n", "1:0+3 [1]\n2:4+1 7\n3:6+3 \"x\"\n4:10+4 null\n"},
        {"[123456789012345678901234567890]\n[1e400]", NULL},
    };

    (void)state;
    check_rows(PARSE_JSON, ROWS, sizeof ROWS / sizeof ROWS[0] - 1);
    check(span_of(ROWS[5].text), PARSE_JSON,
          "1:0+32 [123456789012345678901234567890]\n2:33+7 [1e400]\n");
}

static void test_damaged_json(void **state)
{
    static const struct row ROWS[] = {
        /* A line does not take the next with it. */
        {"{\"a\":1}\n{\"a\":x}\n{\"a\":3}\n",
         "1:0+7 {\"a\":1}\n2:8+7 !a value is not JSON\n3:16+7 {\"a\":3}\n"},
        {"{\"a\":1}\nwords\n{\"a\":3}\n",
         "1:0+7 {\"a\":1}\n2:8+5 !a line of other text\n3:14+7 {\"a\":3}\n"},
        {"{\"a\":1} words\n{\"a\":3}\n",
         "1:0+13 !a value is followed by other text\n2:14+7 {\"a\":3}\n"},
        /* A cut line is found where a line begins a value of its own. */
        {"{\"a\":\n{\"a\":2}\n", "1:0+6 !it ends too early\n2:6+7 {\"a\":2}\n"},
        {"{\"a\":[\n{\"b\":1},\n{\"b\":x}\n]}\n{\"a\":2}\n",
         "1:0+27 !a value is not JSON\n5:27+7 {\"a\":2}\n"},
        {"[1]\n{\"a\":", "1:0+3 [1]\n2:4+5 !it ends too early\n"},
        {"[1]\n{\"a\":\n\n", "1:0+3 [1]\n2:4+7 !it ends too early\n"},
        {"[\n1,\n2", "1:0+6 !it ends too early\n"},
        {"{}\n[\n1,\nx\n2\n", "1:0+2 {}\n2:3+9 !a value is not JSON\n"},
        /* Marks of the encoding before each line, separators before each record. */
        {"{\"a\":1}\n\xEF\xBB\xBF{\"a\":2}\n", "1:0+7 {\"a\":1}\n2:11+7 {\"a\":2}\n"},
        {"\x1E{\"a\":1}\n\x1E{\"a\":2}\n", "1:1+7 {\"a\":1}\n2:10+7 {\"a\":2}\n"},
        {"{\"a\":1},\n{\"a\":2}\n", "1:0+8 !a comma is after the value\n2:9+7 {\"a\":2}\n"},
        {"words\n{\"a\":1}\n", "1:0+5 !a line of other text\n2:6+7 {\"a\":1}\n"},
    };

    (void)state;
    check_rows(PARSE_JSON, ROWS, sizeof ROWS / sizeof ROWS[0]);
}

static void test_events(void **state)
{
    static const struct row ROWS[] = {
        {"event: a\ndata: {\"x\":1}\n\nevent: b\ndata:{\"x\":2}\n\n",
         "1:0+23e {\"x\":1}\n4:24+22e {\"x\":2}\n"},
        /* Data on several lines is one value. */
        {"data: {\ndata: \"x\":1}\n\n", "1:0+21e {\n\"x\":1}\n"},
        {"data: {\"x\":1}\r\n\r\ndata: [DONE]\r\n\r\n", "1:0+15e {\"x\":1}\n"},
        {"event: ping\n\n: keep alive\n\ndata:\n\ndata: 1", "7:34+7e 1\n"},
        {"data: {\"x\":\n\ndata: {y}\n\n",
         "1:0+12e !the data of an event ends too early\n3:13+10e !a key is not in double quotes\n"},
        {"data: {}\nwords\ndata: {} x\n", "1:0+9e {}\n2:9+5e !not a line of an event stream\n"
                                          "3:15+11e !the data of an event ends too early\n"},
    };

    (void)state;
    check_rows(PARSE_EVENTS, ROWS, sizeof ROWS / sizeof ROWS[0]);
}

static void test_csv(void **state)
{
    static const struct row ROWS[] = {
        {"id,role\n1,user\n\n2,\"a \"\"b\"\"\nc\"\n3,x",
         "2:8+6r {\"id\":\"1\",\"role\":\"user\"}\n4:16+13r {\"id\":\"2\",\"role\":\"a "
         "\\\"b\\\"\\u000ac\"}"
         "\n6:30+3r {\"id\":\"3\",\"role\":\"x\"}\n"},
        {"sep=;\nid;role\n1;user\n", "3:14+6r {\"id\":\"1\",\"role\":\"user\"}\n"},
        {"id|role\r\nNULL|NULL\r\n", "2:9+9r {\"id\":null,\"role\":\"NULL\"}\n"},
        {"id\trole\n\\N\tx\n", "2:8+4r {\"id\":null,\"role\":\"x\"}\n"},
        {"id,role\n1\n1,2,3\n4,x\n",
         "2:8+1 !the row has fewer cells than the header {\"id\":\"1\"}\n"
         "3:10+5 !the row has more cells than the header {\"id\":\"1\",\"role\":\"2\"}\n"
         "4:16+3r {\"id\":\"4\",\"role\":\"x\"}\n"},
        {"id,role\n1,\"user\n2,user\n", "2:8+15 !a quote is never closed\n"},
    };

    (void)state;
    check_rows(PARSE_CSV, ROWS, sizeof ROWS / sizeof ROWS[0]);
}

/* Longer than what is shown at once: lines, documents, events, rows, and damage. */
static void test_windows(void **state)
{
    enum { LONG = 700000 };
    static const struct {
        enum parse_format format;
        const char *before;
        const char *after;
        size_t pieces;
        size_t damaged;
    } ROWS[] = {
        {PARSE_JSON, "[1]\n{\"a\":\"", "\"}\n[2]\n", 3, 0},
        {PARSE_JSON, "[1]\n{\n\"a\":\"", "\"\n}\n[2]\n", 3, 0},
        {PARSE_JSON, "{\n\"a\":\"", "\"x\n}\n[2]\n[3]\n", 3, 1},
        {PARSE_JSON, "[1]\n{\n\"a\":\"", "", 2, 1},
        {PARSE_EVENTS, "data: 1\n\ndata: \"", "\"\n\ndata: 2\n\n", 3, 0},
        {PARSE_CSV, "id,text\n1,\"", "\"\n2,b\n", 2, 0},
        {PARSE_CSV, "id,text\n1,\"", "\n2,b\n", 1, 1},
        {PARSE_CSV, "id,\"", "\"\n2,b\n", 1, 0},
    };
    struct parse parse;

    (void)state;
    parse_init(&parse);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct buf text;
        struct piece piece;
        size_t pieces = 0;
        size_t damaged = 0;

        buf_init(&text, BUF_NO_LIMIT);
        buf_add_text(&text, ROWS[i].before);
        for (int k = 0; k < LONG; k++)
            buf_add_char(&text, 'x');
        buf_add_text(&text, ROWS[i].after);
        struct files_file *file = file_of(buf_span(&text));
        parse_open(&parse, file, 0);
        assert_int_equal(parse.format, ROWS[i].format);
        while (parse_next(&parse, &piece)) {
            pieces++;
            damaged += piece.tape == NULL;
            assert_true(!piece.bytes.data ||
                        memcmp(piece.bytes.data, text.data + piece.offset, piece.bytes.len) == 0);
        }
        if (pieces != ROWS[i].pieces || damaged != ROWS[i].damaged)
            fail_msg("row %zu: %zu pieces, %zu damaged", i, pieces, damaged);
        files_close(file);
        buf_release(&text);
    }
    parse_release(&parse);
}

/* Many short lines, so that lines and values lie across the end of what is shown. */
static void test_many_lines(void **state)
{
    enum { LINES = 60000 };
    struct files_file *file;
    struct parse parse;
    struct piece piece;
    struct buf text;
    uint32_t line = 0;

    (void)state;
    buf_init(&text, BUF_NO_LIMIT);
    for (int i = 1; i <= LINES; i++)
        buf_printf(&text, "{\"line\":%d}\n", i);
    file = file_of(buf_span(&text));
    parse_init(&parse);
    parse_open(&parse, file, 0);
    while (parse_next(&parse, &piece)) {
        char expected[32];

        line++;
        (void)snprintf(expected, sizeof expected, "{\"line\":%u}", line);
        assert_non_null(piece.tape);
        assert_int_equal(piece.line, line);
        assert_true(span_is(piece.bytes, expected));
        assert_memory_equal(text.data + piece.offset, expected, strlen(expected));
    }
    assert_int_equal(line, LINES);
    parse_release(&parse);
    files_close(file);
    buf_release(&text);
}

/* The text begins after a byte order mark; offsets are those of the file. */
static void test_start(void **state)
{
    struct files_file *file = file_of(span_of("\xef\xbb\xbf[1]\n[2]"));
    struct parse parse;
    struct piece piece;

    (void)state;
    parse_init(&parse);
    parse_open(&parse, file, 3);
    assert_true(parse_next(&parse, &piece));
    assert_int_equal(piece.offset, 3);
    assert_true(parse_next(&parse, &piece));
    assert_int_equal(piece.offset, 7);
    assert_int_equal(piece.line, 2);
    assert_false(parse_next(&parse, &piece));
    parse_release(&parse);
    files_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),      cmocka_unit_test(test_json),
        cmocka_unit_test(test_damaged_json), cmocka_unit_test(test_events),
        cmocka_unit_test(test_csv),          cmocka_unit_test(test_windows),
        cmocka_unit_test(test_many_lines),   cmocka_unit_test(test_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
