#include "decode/python.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"

#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A text that is read in pieces, what comes of it, and a line for each place. */
struct world {
    struct span text;
    size_t piece;
    struct buf json;
    struct buf places;
    uint64_t last_line;
    bool refuses;
};

static bool read_text(void *ctx, char *data, size_t len, size_t *got, struct error *err)
{
    struct world *w = ctx;

    (void)err;
    *got = len < w->piece ? len : w->piece;
    *got = *got < w->text.len ? *got : w->text.len;
    memcpy(data, w->text.data, *got);
    w->text.data += *got;
    w->text.len -= *got;
    return true;
}

static bool write_json(void *ctx, struct span json, struct error *err)
{
    struct world *w = ctx;

    if (w->refuses)
        error_set(err, ERROR_IO, "disk full");
    buf_add_span(&w->json, json);
    return !w->refuses;
}

static void on_unread(void *ctx, const struct python_place *place)
{
    struct world *w = ctx;

    assert_true(place->line >= w->last_line);
    assert_true(place->last >= place->line && place->hint[0] != '\0');
    w->last_line = place->line;
    buf_printf(&w->places, "%d-%d %s\n", (int)place->line, (int)place->last, place->why);
    buf_printf(&w->places, "  %.*s\n", (int)place->bytes.len, place->bytes.data);
}

static bool translate(struct world *w, struct span text, size_t piece)
{
    const struct python_stream stream = {read_text, write_json, w};
    const struct python_places places = {on_unread, w};
    struct error err;

    w->text = text;
    w->piece = piece;
    w->last_line = 0;
    buf_init(&w->json, BUF_NO_LIMIT);
    buf_init(&w->places, BUF_NO_LIMIT);
    error_clear(&err);
    return python_translate(&stream, &places, &err);
}

static void release(struct world *w)
{
    buf_release(&w->json);
    buf_release(&w->places);
}

/* Takes the blanks outside strings out of JSON. */
static void squeeze(struct buf *json)
{
    bool in_string = false;
    size_t to = 0;

    for (size_t i = 0; i < json->len; i++) {
        in_string ^= json->data[i] == '"' && (i == 0 || json->data[i - 1] != '\\');
        if (json->data[i] != ' ' || in_string)
            json->data[to++] = json->data[i];
    }
    buf_truncate(json, to);
}

/* The JSON and the first line about each place. */
struct row {
    const char *print;
    const char *json;
    const char *places;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct world w = {.refuses = false};
        struct buf lines;
        struct span rest;
        struct span line;

        assert_true(translate(&w, span_of(rows[i].print), 7));
        squeeze(&w.json);
        buf_init(&lines, BUF_NO_LIMIT);
        rest = buf_span(&w.places);
        while (text_next_line(&rest, &line))
            if (line.len > 0 && line.data[0] != ' ')
                buf_printf(&lines, "%.*s\n", (int)line.len, line.data);
        if (strcmp(w.json.data, rows[i].json) != 0 || strcmp(lines.data, rows[i].places) != 0)
            fail_msg("%s\ngives %s and\n%sinstead of %s and\n%s", rows[i].print, w.json.data,
                     lines.data, rows[i].json, rows[i].places);
        buf_release(&lines);
        release(&w);
    }
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof(rows)[0])

static void test_values(void **state)
{
    static const struct row ROWS[] = {
        {"SyncCursorPage[Message](data=[Message(id='m', content=[])], has_more=False)",
         "{\"data\":[{\"id\":\"m\",\"content\":[]}],\"has_more\":false}\n", ""},
        {"{'a': None, 'b': True, 'c': -1.5e-05, 'd': ()}",
         "{\"a\":null,\"b\":true,\"c\":-1.5e-05,\"d\":[]}\n", ""},
        {"[(1,), (1), {1}, {1, 2}, {}, set(), OrderedDict()]", "[[1],1,[1],[1,2],{},[],{}]\n", ""},
        {"['it''s', \"it's\", 'a' \"b\"\n 'c', r'\\n', b'Gr\\xc3\\xbc', u'\\xfc', Rb'\\x', "
         "'''a\nb''']",
         "[\"its\",\"it's\",\"abc\",\"\\\\n\",\"Gr\xC3\xBC\",\"\xC3\xBC\",\"\\\\x\",\"a\\nb\"]"
         "\n\n",
         ""},
        {"['\\'\\\"\\\\\\n\\t\\x00\\x1b\\u20ac\\U0001f600\\ud83d\\101\\a\\q']",
         "[\"'\\\"\\\\\\n\\t\\u0000\\u001b\xE2\x82\xAC\xF0\x9F\x98\x80\\ud83dA\\u0007\\\\q\"]\n",
         ""},
        {"[<Role.USER: 'user'>, <a.B.C: 3>]", "[\"user\",3]\n", ""},
        {"OrderedDict([('a', 1), (2, [])])", "{\"a\":1,\"2\":[]}\n", ""},
        {"OrderedDict({'a': 1})", "{\"a\":1}\n", ""},
        {"defaultdict(<class 'list'>,\n            {'a': [1]})", "{\"a\":[1]}\n", ""},
        {"defaultdict(None, {'a': <function f at 0x7f>})", "",
         "1-1 an object is printed without what it holds (<… object at 0x…>)\n"},
        {"{1: 1, None: 2, True: 3, 2.5: 4}", "{\"1\":1,\"null\":2,\"true\":3,\"2.5\":4}\n", ""},
        {"[UUID('1-2'), Decimal('1.0'), Url('https://x/')]", "[\"1-2\",\"1.0\",\"https://x/\"]\n",
         ""},
        {"{\"id\": \"m\", \"n\": null, \"url\": \"a\\/b\", \"ok\": true}",
         "{\"id\":\"m\",\"n\":null,\"url\":\"a/b\",\"ok\":true}\n", ""},
        {"b'{\"id\": \"m\"}'", "\"{\\\"id\\\": \\\"m\\\"}\"\n", ""},
        {"A(\n    a=[\n        1,\n    ],\n)\nB()", "{\"a\":[1]}\n\n\n\n\n{}\n", ""},
        {"A(a=1) B(b=2)\r\n\r\n  [3]\r\n", "{\"a\":1}{\"b\":2}\n\n[3]\n", ""},
    };

    (void)state;
    CHECK(ROWS);
}

static void test_times(void **state)
{
    static const struct row ROWS[] = {
        {"[datetime.datetime(2024, 5, 1, 12, 0)]", "[\"2024-05-01T12:00:00\"]\n", ""},
        {"[datetime.datetime(2024, 5, 1, 12, 0, 3, 45, tzinfo=TzInfo(UTC))]",
         "[\"2024-05-01T12:00:03.000045Z\"]\n", ""},
        {"[datetime(2024, 5, 1, 12, 0, tzinfo=TzInfo(0))]", "[\"2024-05-01T12:00:00Z\"]\n", ""},
        {"[datetime.datetime(2024, 5, 1, 12, 0, tzinfo=datetime.timezone.utc)]",
         "[\"2024-05-01T12:00:00Z\"]\n", ""},
        {"[datetime.datetime(2024, 5, 1, 12, 0, fold=1, tzinfo=TzInfo(-05:30))]",
         "[\"2024-05-01T12:00:00-05:30\"]\n", ""},
        {"[datetime.datetime(2024, 5, 1, 0, 0, "
         "tzinfo=datetime.timezone(datetime.timedelta(days=-1, "
         "seconds=68400)))]",
         "[\"2024-05-01T00:00:00-05:00\"]\n", ""},
        {"[datetime.date(2024, 5, 1)]", "[\"2024-05-01\"]\n", ""},
        {"[datetime.datetime(2024, 13, 1, 0, 0)]", "", "1-1 an object has values without a name\n"},
        {"[datetime.datetime(2024, 1, 1, 0, 0, tzinfo=ZoneInfo(key='Europe/Berlin'))]", "",
         "1-1 an object has values without a name\n"},
    };

    (void)state;
    CHECK(ROWS);
}

static void test_unread(void **state)
{
    static const struct row ROWS[] = {
        {"A(a=...)\nB(b=1)", "\n{\"b\":1}\n",
         "1-1 the printed object leaves something out (...)\n"},
        {"[<Message object at 0x7f00>, <Response [200]>]", "",
         "1-1 an object is printed without what it holds (<… object at 0x…>)\n"},
        {"[nan]\n[-inf]\n[Object]", "\n\n",
         "1-1 a name is in the place of a value\n2-2 a number is infinite or not a number\n"
         "3-3 a name is in the place of a value\n"},
        {"['\\N{DEGREE SIGN}']", "", "1-1 a string names a character (\\N{…})\n"},
        {"A(a='cut\nB(b=1)", "\n{\"b\":1}\n", "1-1 the printed object stops early, in a string\n"},
        {"A(a=[1,\nB(b=1)\nC(c=2", "\n{\"b\":1}\n",
         "1-1 the printed object stops early\n3-3 the printed object stops early\n"},
        {"A(a=[1", "", "1-1 the printed object stops early\n"},
        {"Thread 1:\nA(a=1)\nbye\n", "\n{\"a\":1}\n\n",
         "1-1 other text, not a printed object of Python\n3-3 other text, not a printed object of "
         "Python\n"},
        {"A(a=1) # one", "{\"a\":1}\n", "1-1 other text, not a printed object of Python\n"},
        {"[2024-05-01 10:00:00] INFO\nA(a=1)", "\n{\"a\":1}\n",
         "1-1 neither a printed object of Python nor JSON\n"},
        {"{'a': 1\n  b\n  c: 2}\n}\nA(a=1)", "\n\n\n\n{\"a\":1}\n",
         "1-4 neither a printed object of Python nor JSON\n"},
        {"{'a', 'b': 1}", "", "1-1 neither a printed object of Python nor JSON\n"},
        {"{'a': 1, 'b'}", "", "1-1 a key has no value\n"},
        {"[01, 2]", "", "1-1 neither a printed object of Python nor JSON\n"},
        {"(B=1)", "", "1-1 neither a printed object of Python nor JSON\n"},
        {"[1}", "", "1-1 neither a printed object of Python nor JSON\n"},
        {"A('a', b=1)", "", "1-1 an object has values without a name\n"},
        {"{(1, 2): 3}", "", "1-1 a key is not text\n"},
        {"['\\x4']", "", "1-1 an escape in a string is cut or out of range\n"},
    };

    (void)state;
    CHECK(ROWS);
}

static void test_whose_is_told(void **state)
{
    struct world w = {.refuses = false};
    const char *text = "A(a=[{'thread_id': 'thread_1', 'x': ?}], thread_id='thread_2')\n";

    (void)state;
    assert_true(translate(&w, span_of(text), 3));
    assert_string_equal(w.json.data, "\n");
    assert_string_equal(w.places.data,
                        "1-1 neither a printed object of Python nor JSON\n"
                        "  {\"a\":[{\"thread_id\":\"thread_1\",\"x\":?}], thread_id='thread_2')\n");
    release(&w);
}

/* Deeper than allowed is unread, and nothing grows with the depth. */
static void test_depth(void **state)
{
    struct world w = {.refuses = false};
    struct buf text;

    (void)state;
    buf_init(&text, BUF_NO_LIMIT);
    for (int i = 0; i < PYTHON_MAX_DEPTH; i++)
        buf_add_char(&text, '[');
    for (int i = 0; i < PYTHON_MAX_DEPTH; i++)
        buf_add_char(&text, ']');
    buf_add_char(&text, '\n');
    for (int i = 0; i < 1000000; i++)
        buf_add_text(&text, "A(a=");
    assert_true(translate(&w, buf_span(&text), 1 << 16));
    assert_int_equal(w.json.len, 2 * PYTHON_MAX_DEPTH + 1);
    assert_true(
        span_starts_with(buf_span(&w.places), "2-2 the printed object is nested too deeply\n"));
    release(&w);
    buf_release(&text);
}

static void test_stream_fails(void **state)
{
    struct world w = {.refuses = true};

    (void)state;
    assert_false(translate(&w, span_of("A(a=1)"), 100));
    release(&w);
}

static void test_begins(void **state)
{
    static const char *const YES[] = {
        "SyncCursorPage[Message](data=[])",
        "Message(id='m')",
        "[Message(id='m')]",
        "{'id': 1}",
        "[{'id': 1}]",
        "[\n  {\n  'id': 1",
        "OrderedDict([('a', 1)])",
        "defaultdict(<class 'list'>",
        "b'{\"a\": 1}'",
        "openai.types.Message(id=",
        "<openai.Message object at 0x7f>",
        "Empty()",
        "[<Message object at 0x7f>]",
    };
    static const char *const NO[] = {
        "",   "{\"id\": 1}", "[{\"id\": 1}]", "[1, 2]",        "{ id: 'm' }",     "[ { id: 'm' } ]",
        "Hi", "user: Hi",    "print('Hi')",   "Message (s)",   "f(x=1)",          "<html>",
        "[]", "{",           "Note(s) taken", "'a', 'b'\nc,d", "[object Object]", "{'a', 1}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof YES / sizeof YES[0]; i++)
        if (!python_begins(span_of(YES[i])))
            fail_msg("%s", YES[i]);
    for (size_t i = 0; i < sizeof NO / sizeof NO[0]; i++)
        if (python_begins(span_of(NO[i])))
            fail_msg("%s", NO[i]);
}

static size_t count_lines(struct span text)
{
    size_t lines = 0;

    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    return lines;
}

static void compare(struct span print, struct span wanted, size_t piece)
{
    struct world w = {.refuses = false};
    struct error err;
    json_t *right = json_read(wanted, &err);
    json_t *got;
    if (!right)
        fail_msg("%.*s: %s", (int)wanted.len, wanted.data, err.text);
    assert_true(translate(&w, print, piece));
    got = json_read(buf_span(&w.json), &err);
    if (!got || !json_equal(got, right) || w.places.len > 0) {
        (void)fprintf(stderr, "%.*s\ngives %s\ninstead of %.*s\n%s%s\n", (int)print.len, print.data,
                      w.json.data, (int)wanted.len, wanted.data, w.places.data, err.text);
        fail();
    }
    assert_int_equal(count_lines(buf_span(&w.json)),
                     count_lines(print) + (count_lines(print) == 0));
    json_decref(got);
    json_decref(right);
    release(&w);
}

/* A print that is cut anywhere is unread. */
static void check_cuts(struct span print)
{
    for (size_t len = 1; len < print.len; len++) {
        struct world w = {.refuses = false};

        assert_true(translate(&w, (struct span){print.data, len}, 1 << 16));
        for (size_t i = 0; i < w.json.len; i++)
            assert_int_equal(w.json.data[i], '\n');
        assert_true(w.places.len > 0);
        release(&w);
    }
}

/* Adds what the generator writes, nothing if there is no Python. False if it fails. */
static bool add_prints(struct buf *out)
{
    char python[] = "python3";
    char script[] = "tests/tools/python-prints.py";
    char seed[] = "20261130";
    char count[] = "4000";
    char *const argv[] = {python, script, seed, count, NULL};
    posix_spawn_file_actions_t actions;
    char piece[4096];
    int ends[2];
    int status = -1;
    ssize_t got = 1;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_addclose(&actions, ends[0]), 0);
    const bool runs = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) == 0;
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    while (runs && got > 0) {
        got = read(ends[0], piece, sizeof piece);
        buf_add(out, piece, got > 0 ? (size_t)got : 0);
    }
    (void)close(ends[0]);
    return !runs || (waitpid(pid, &status, 0) == pid && status == 0);
}

/* The next bytes, as many as the text (a number in decimal digits) says. */
static struct span take(struct span *rest, struct span number)
{
    struct span taken;
    int64_t len;

    assert_true(text_to_int(number, &len) && len >= 0 && (size_t)len <= rest->len);
    taken = (struct span){rest->data, (size_t)len};
    *rest = (struct span){rest->data + len, rest->len - (size_t)len};
    return taken;
}

/* What Python prints is what it dumps as JSON, read in pieces of any size. */
static void test_against_python(void **state)
{
    struct buf prints;
    struct span rest;
    struct span line;
    size_t count = 0;

    (void)state;
    buf_init(&prints, BUF_NO_LIMIT);
    assert_true(add_prints(&prints));
    rest = buf_span(&prints);
    while (text_next_line(&rest, &line)) {
        const char *blank = memchr(line.data, ' ', line.len);

        assert_non_null(blank);
        const size_t digits = (size_t)(blank - line.data);
        const struct span print = take(&rest, (struct span){line.data, digits});
        const struct span json = take(&rest, (struct span){blank + 1, line.len - digits - 1});

        compare(print, json, count % 2 ? 1 << 16 : 1 + count % 97);
        if (print.len < 200 && count % 8 == 0)
            check_cuts(print);
        count++;
    }
    buf_release(&prints);
    if (count == 0)
        skip();
    assert_int_equal(count, 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_times),
        cmocka_unit_test(test_unread), cmocka_unit_test(test_whose_is_told),
        cmocka_unit_test(test_depth),  cmocka_unit_test(test_stream_fails),
        cmocka_unit_test(test_begins), cmocka_unit_test(test_against_python),
    };

    json_start();
    return cmocka_run_group_tests_name("python", tests, NULL, NULL);
}
