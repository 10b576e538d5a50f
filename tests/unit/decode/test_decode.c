#include "decode/decode.h"

#include "base/buf.h"
#include "base/text.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_stop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include <cmocka.h>

static const char JSON[] =
    "{\"id\": \"m\", \"t\": \"Gr\xC3\xBC\xC3\x9F\x65 \xF0\x9F\x98\x80\"}\n[1]\n";

/* A file with these bytes, in a buffer that the function releases. New. */
static struct files_file *file_of(struct buf *bytes)
{
    struct error err;
    struct files_file *file = files_temporary(&err);

    assert_non_null(file);
    assert_true(files_write(file, 0, buf_span(bytes), &err));
    buf_release(bytes);
    return file;
}

static struct buf bytes_of(const char *data, size_t len)
{
    struct buf bytes;

    buf_init(&bytes, BUF_NO_LIMIT);
    buf_add(&bytes, data, len);
    return bytes;
}

static struct buf text_of(const char *text)
{
    return bytes_of(text, strlen(text));
}

/* One gzip member of it. */
static void add_gzip(struct buf *out, struct span text)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)text.data, .avail_in = (unsigned)text.len};
    unsigned char piece[1000];

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    do {
        z.next_out = piece;
        z.avail_out = sizeof piece;
        (void)deflate(&z, Z_FINISH);
        buf_add(out, piece, sizeof piece - z.avail_out);
    } while (z.avail_out == 0);
    (void)deflateEnd(&z);
}

static struct buf gzip_of(struct span text)
{
    struct buf out;

    buf_init(&out, BUF_NO_LIMIT);
    add_gzip(&out, text);
    return out;
}

static void add_unit(struct buf *out, uint32_t unit, bool is_big)
{
    buf_add_char(out, (char)(is_big ? unit >> 8 : unit & 0xFF));
    buf_add_char(out, (char)(is_big ? unit & 0xFF : unit >> 8));
}

static struct buf utf16_of(const char *text, bool is_big, bool has_mark)
{
    struct span rest = span_of(text);
    struct buf out;
    uint32_t code;

    buf_init(&out, BUF_NO_LIMIT);
    if (has_mark)
        add_unit(&out, 0xFEFF, is_big);
    while (rest.len > 0) {
        const size_t len = text_utf8_next(rest, &code);

        if (code >= 0x10000) {
            add_unit(&out, 0xD800 + ((code - 0x10000) >> 10), is_big);
            code = 0xDC00 + ((code - 0x10000) & 0x3FF);
        }
        add_unit(&out, code, is_big);
        rest = (struct span){rest.data + len, rest.len - len};
    }
    return out;
}

static void on_unread(void *ctx, const struct python_place *place)
{
    buf_printf(ctx, "%d ", (int)place->line);
}

/* Decodes bytes (which it releases), and checks what comes of it: the text, or what is not. */
static void check(struct buf bytes, enum decode_verdict verdict, unsigned layers, const char *text)
{
    struct files_file *file = file_of(&bytes);
    struct decode decode;
    struct error err;
    char got[4096] = "";
    size_t len = 0;

    assert_true(decode_open(&decode, file, span_of("a file"), NULL, &err));
    if (decode.verdict != verdict)
        fail_msg("verdict %d, not %d (%s%s) of: %s", (int)decode.verdict, (int)verdict,
                 decode.why ? decode.why : "", decode.kind ? decode.kind : "", text);
    assert_int_equal(decode.layers, layers);
    assert_true((decode.spool != NULL) == (verdict == DECODE_SPOOLED));
    switch (verdict) {
    case DECODE_PLAIN:
    case DECODE_SPOOLED:
        assert_true(files_read(decode.spool ? decode.spool : file, (int64_t)decode.start, got,
                               sizeof got - 1, &len, &err));
        assert_string_equal(got, text);
        break;
    case DECODE_UNREAD:
        assert_string_equal(decode.why, text);
        assert_true(decode.hint[0] != '\0');
        break;
    case DECODE_FOREIGN:
        assert_string_equal(decode.kind, text);
        break;
    }
    decode_release(&decode);
    files_close(file);
}

static void test_plain(void **state)
{
    static const char *const PLAIN[] = {
        JSON,
        "[]",
        "{",
        "[",
        "  \n{\"a\": 1}",
        "thread_id,role,content\na,b,c\n",
        "sep=;\na;b\n",
        "event: thread.created\ndata: {}\n",
        "data: {}\n",
        "noise\n{\"id\": 1}\n",
        "a|b",
        "a\tb\n",
        "[null]",
        "{\"content\": \"[object Object]\"}",
        "{\"a\": 1}\nA(b='x')\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++)
        check(text_of(PLAIN[i]), DECODE_PLAIN, 0, PLAIN[i]);
    check(text_of("\xEF\xBB\xBF[1]"), DECODE_PLAIN, 0, "[1]");
    check(text_of("\xEF\xBB\xBF[{}]"), DECODE_PLAIN, 0, "[{}]");
    /* A line of NUL bytes is the parser's to tell. */
    check(bytes_of("\0\0\0\n{\"a\": 1}\n", 13), DECODE_PLAIN, 0, "");
}

static void test_gzip(void **state)
{
    struct buf bytes = gzip_of(span_of("[{}"));
    struct buf twice = gzip_of(span_of(JSON));

    (void)state;
    check(gzip_of(span_of(JSON)), DECODE_SPOOLED, DECODE_GZIP, JSON);
    check(gzip_of(span_of("")), DECODE_FOREIGN, DECODE_GZIP, "empty");
    check(gzip_of(buf_span(&twice)), DECODE_SPOOLED, DECODE_GZIP, JSON);
    buf_release(&twice);
    /* Members behind each other are one text; NUL bytes after them are a tape's. */
    add_gzip(&bytes, span_of(", 1]\n"));
    buf_add(&bytes, "\0\0\0\0", 4);
    check(bytes, DECODE_SPOOLED, DECODE_GZIP, "[{}, 1]\n");
}

static void test_gzip_large(void **state)
{
    const size_t lines = 200000;
    struct buf text;
    struct buf bytes;
    struct decode decode;
    struct files_stamp stamp;
    struct error err;

    (void)state;
    buf_init(&text, BUF_NO_LIMIT);
    for (size_t i = 0; i < lines; i++)
        buf_printf(&text, "{\"n\": %06zu}\n", i);
    bytes = gzip_of(buf_span(&text));
    struct files_file *file = file_of(&bytes);
    assert_true(decode_open(&decode, file, span_of("x"), NULL, &err));
    assert_int_equal(decode.verdict, DECODE_SPOOLED);
    assert_true(files_stamp(decode.spool, &stamp, &err));
    assert_int_equal(stamp.size, text.len);
    decode_release(&decode);
    files_close(file);
    buf_release(&text);
}

/* Each byte of a gzip that is cut or changed is found, whatever it is. */
static void test_gzip_damaged(void **state)
{
    struct buf whole = gzip_of(span_of(JSON));

    (void)state;
    for (size_t len = 4; len < whole.len; len++)
        check(bytes_of(whole.data, len), DECODE_UNREAD, 0, "the gzip data ends early");
    for (size_t at = 10; at < whole.len; at++) {
        struct buf changed = bytes_of(whole.data, whole.len);
        struct files_file *file;
        struct decode decode;
        struct error err;

        changed.data[at] ^= 0x10;
        file = file_of(&changed);
        assert_true(decode_open(&decode, file, span_of("it's.gz"), NULL, &err));
        assert_int_equal(decode.verdict, DECODE_UNREAD);
        assert_string_equal(decode.hint, "export it again; what is left of it: gzip -dc "
                                         "<'it'\\''s.gz' >rest");
        decode_release(&decode);
        files_close(file);
    }
    buf_add_text(&whole, "more");
    check(whole, DECODE_UNREAD, 0, "other bytes after the gzip data");
}

static void test_utf16(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++)
        check(utf16_of(JSON, way & 1, way & 2), DECODE_SPOOLED, DECODE_UTF16, JSON);
    /* Half a pair and half a character are no text: bytes that every reader marks. */
    check(bytes_of("\xFF\xFE[\0{\0}\0\x3D\xD8,\0\x00\xDC]\0!", 17), DECODE_SPOOLED, DECODE_UTF16,
          "[{}\xED\xA0\xBD,\xED\xB0\x80]\xFF");
    check(bytes_of("\xFE\xFF\0[\0{\0}\xD8\x3D", 10), DECODE_SPOOLED, DECODE_UTF16,
          "[{}\xED\xA0\xBD");
}

static void test_python(void **state)
{
    struct buf places;
    const struct python_places told = {on_unread, &places};
    struct buf bytes = text_of("Thread 1\n{'a': 1}\n{'b': ...}\nbye");
    struct files_file *file = file_of(&bytes);
    struct decode decode;
    struct error err;
    char got[64] = "";
    size_t len;

    (void)state;
    buf_init(&places, BUF_NO_LIMIT);
    assert_true(decode_open(&decode, file, span_of("x"), &told, &err));
    assert_int_equal(decode.verdict, DECODE_SPOOLED);
    assert_true(files_read(decode.spool, 0, got, sizeof got - 1, &len, &err));
    assert_string_equal(got, "\n{\"a\":1}\n\n");
    assert_string_equal(places.data, "1 3 4 ");
    decode_release(&decode);
    files_close(file);
    buf_release(&places);
    check(text_of("\xEF\xBB\xBFMessage(id='m')\n"), DECODE_SPOOLED, DECODE_PYTHON,
          "{\"id\":\"m\"}\n");
}

/* gzip of UTF-16 of a print. */
static void test_layers(void **state)
{
    struct buf wide = utf16_of("[Message(id='Gr\xC3\xBC\xC3\x9F')]\r\n", false, true);

    (void)state;
    check(gzip_of(buf_span(&wide)), DECODE_SPOOLED, DECODE_GZIP | DECODE_UTF16 | DECODE_PYTHON,
          "[{\"id\":\"Gr\xC3\xBC\xC3\x9F\"}]\n");
    buf_release(&wide);
}

static void test_foreign(void **state)
{
    static const char *const TEXTS[] = {
        "# Notes\n\nSee [there](x), and here.\n",
        "Dear John,\nhow are you?\n",
        "[core]\nbare = true\n",
        "key: value\n",
        "import os, sys\nprint('x')\n",
        "{{ title }}\n",
        "int x;\n    {'a': 1},\n",
        "[2024-05-01 10:00] started\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        check(text_of(TEXTS[i]), DECODE_FOREIGN, 0, "text");
    check(text_of(""), DECODE_FOREIGN, 0, "empty");
    check(text_of(" \n\n"), DECODE_FOREIGN, 0, "empty");
    check(text_of("%PDF-1.7\n"), DECODE_FOREIGN, 0, "PDF");
    check(bytes_of("\1\2\3\4\5\6\7\0", 8), DECODE_FOREIGN, 0, "binary");
    check(text_of("#!/bin/sh\n"), DECODE_FOREIGN, 0, "program");
}

static void test_unread(void **state)
{
    struct buf tar = bytes_of("", 0);

    (void)state;
    check(text_of("PK\3\4....a.json"), DECODE_UNREAD, 0, "this is a zip archive");
    check(text_of("{\n  object: 'list'\n}"), DECODE_UNREAD, 0,
          "this is a printout of Node (console.log)");
    check(bytes_of("\0\0\0\0", 4), DECODE_UNREAD, 0, "the file holds nothing but NUL bytes");
    check(bytes_of("some text\0\0", 11), DECODE_UNREAD, 0, "the text holds NUL bytes");
    check(text_of("INFO {\"object\": \"thread.message\"}\n"), DECODE_UNREAD, 0,
          "messages are inside the lines of other text");
    check(text_of("user: [TextContentBlock(text=Text(value='Hi'))]\n"), DECODE_UNREAD, 0,
          "messages are inside the lines of other text");
    for (int i = 0; i < 600; i++)
        buf_add_char(&tar, '\0');
    memcpy(tar.data + 257, "ustar", 5);
    memcpy(tar.data, "a.json", 6);
    check(gzip_of(buf_span(&tar)), DECODE_UNREAD, DECODE_GZIP, "this is a tar archive");
    buf_release(&tar);
}

static void test_looks_like(void **state)
{
    struct buf bytes = text_of("{\"cells\": [{\"cell_type\": \"code\"}]}");
    struct files_file *file = file_of(&bytes);
    struct decode decode;
    struct error err;

    (void)state;
    assert_true(decode_open(&decode, file, span_of("x"), NULL, &err));
    assert_int_equal(decode.verdict, DECODE_PLAIN);
    assert_string_equal(decode.looks_like->name, "a notebook");
    decode_release(&decode);
    files_close(file);
}

/* More layers than anybody wraps around a file on purpose. */
static void test_too_many_layers(void **state)
{
    struct buf bytes = text_of(JSON);

    (void)state;
    for (int i = 0; i < 9; i++) {
        struct buf more = gzip_of(buf_span(&bytes));

        buf_release(&bytes);
        bytes = more;
    }
    check(bytes, DECODE_UNREAD, DECODE_GZIP, "compressed again and again");
}

static void test_interrupted(void **state)
{
    struct buf bytes = gzip_of(span_of(JSON));
    struct files_file *file = file_of(&bytes);
    struct decode decode;
    struct error err;

    (void)state;
    fake_stop_at(0, SIGINT);
    assert_false(decode_open(&decode, file, span_of("x"), NULL, &err));
    assert_int_equal(err.code, ERROR_STOPPED);
    fake_stop_reset();
    decode_release(&decode);
    files_close(file);
}

/* No temporary file can be made. */
static void test_no_room(void **state)
{
    struct buf bytes = gzip_of(span_of(JSON));
    struct files_file *file = file_of(&bytes);
    char *before = getenv("TMPDIR");
    struct decode decode;
    struct error err;

    (void)state;
    before = before ? strdup(before) : NULL;
    assert_int_equal(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
    assert_false(decode_open(&decode, file, span_of("x"), NULL, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_true(before ? setenv("TMPDIR", before, 1) == 0 : unsetenv("TMPDIR") == 0);
    free(before);
    decode_release(&decode);
    files_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),           cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_gzip_large),      cmocka_unit_test(test_gzip_damaged),
        cmocka_unit_test(test_utf16),           cmocka_unit_test(test_python),
        cmocka_unit_test(test_layers),          cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_unread),          cmocka_unit_test(test_looks_like),
        cmocka_unit_test(test_too_many_layers), cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_no_room),
    };

    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
