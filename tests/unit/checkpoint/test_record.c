#include "checkpoint/record.h"

#include "checkpoint/crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SPAN(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct span JOB = SPAN("5f3a90c2");
static const struct span NO_JOB = SPAN("");

struct line_case {
    struct record record;
    const char *json;
};

/* One of each kind, in the form that everybody may rely on. */
static const struct line_case LINES[] = {
    {{.kind = RECORD_HEADER,
      .n = 1,
      .b = 1,
      .format = 2,
      .job = SPAN("5f3a90c2"),
      .tool = SPAN("threadferry 1.0"),
      .source = SPAN("archive ./export"),
      .pins = {.destination_type = SPAN("openai"),
               .base_url = SPAN("https://api.openai.com/v1"),
               .project = SPAN("proj_1"),
               .shard = SPAN("3/8"),
               .mapping = SPAN(HEX64)}},
     "{\"n\":1,\"b\":1,\"k\":\"header\",\"format\":2,\"job\":\"5f3a90c2\",\"tool\":\"threadferry "
     "1.0\",\"source\":\"archive "
     "./export\",\"pins\":{\"destination\":\"openai\",\"base_url\":\"https://api.openai.com/"
     "v1\",\"organization\":null,\"project\":\"proj_1\",\"shard\":\"3/8\",\"mapping\":\"" HEX64
     "\"}}"},
    {{.kind = RECORD_PINS, .n = 8, .b = 7, .pins = {.mapping = SPAN(HEX64)}},
     "{\"n\":8,\"b\":7,\"k\":\"pins\",\"mapping\":\"" HEX64 "\"}"},
    {{.kind = RECORD_RUN, .n = 2, .b = 2, .pid = 4711, .host = SPAN("hal"), .time = 1795300000},
     "{\"n\":2,\"b\":2,\"k\":\"run\",\"pid\":4711,\"host\":\"hal\",\"time\":1795300000}"},
    {{.kind = RECORD_CREATING, .n = 3, .b = 3, .thread = SPAN("thread_1")},
     "{\"n\":3,\"b\":3,\"k\":\"creating\",\"thread\":\"thread_1\",\"items\":0}"},
    {{.kind = RECORD_CREATED,
      .n = 4,
      .b = 4,
      .thread = SPAN("thread_1"),
      .conversation = SPAN("conv_1")},
     "{\"n\":4,\"b\":4,\"k\":\"created\",\"thread\":\"thread_1\",\"conversation\":\"conv_1\"}"},
    {{.kind = RECORD_APPENDED,
      .n = 5,
      .b = 5,
      .thread = SPAN("thread_1"),
      .items = 20,
      .last = SPAN("msg_20"),
      .digest = SPAN(HEX64)},
     "{\"n\":5,\"b\":5,\"k\":\"appended\",\"thread\":\"thread_1\",\"items\":20,\"last\":\"msg_"
     "20\",\"digest\":\"" HEX64 "\"}"},
    {{.kind = RECORD_DONE,
      .n = 123456789012345678,
      .b = 6,
      .thread = SPAN("thread_1"),
      .digest = SPAN(HEX64)},
     "{\"n\":123456789012345678,\"b\":6,\"k\":\"done\",\"thread\":\"thread_1\",\"items\":0,"
     "\"last\":null,\"digest\":\"" HEX64 "\"}"},
    {{.kind = RECORD_FAILED,
      .n = 7,
      .b = 7,
      .thread = SPAN("thread_1"),
      .code = SPAN("refused"),
      .detail = SPAN("items of message 'm': HTTP 400"),
      .settled = true},
     "{\"n\":7,\"b\":7,\"k\":\"failed\",\"thread\":\"thread_1\",\"code\":\"refused\",\"detail\":"
     "\"items of message 'm': HTTP 400\",\"settled\":true}"},
    {{.kind = RECORD_FAILED,
      .n = 7,
      .b = 7,
      .thread = SPAN("t"),
      .code = SPAN("server_error"),
      .detail = SPAN("HTTP 500")},
     "{\"n\":7,\"b\":7,\"k\":\"failed\",\"thread\":\"t\",\"code\":\"server_error\",\"detail\":"
     "\"HTTP "
     "500\",\"settled\":false}"},
    {{.kind = RECORD_NOT_CREATED, .n = 8, .b = 8, .thread = SPAN("t")},
     "{\"n\":8,\"b\":8,\"k\":\"not_created\",\"thread\":\"t\"}"},
    {{.kind = RECORD_PRUNING, .n = 8, .b = 8, .thread = SPAN("t")},
     "{\"n\":8,\"b\":8,\"k\":\"pruning\",\"thread\":\"t\"}"},
    {{.kind = RECORD_NOT_PRUNED, .n = 8, .b = 8, .thread = SPAN("t")},
     "{\"n\":8,\"b\":8,\"k\":\"not_pruned\",\"thread\":\"t\"}"},
    {{.kind = RECORD_SELECTION, .n = 8, .b = 8, .threads = 200},
     "{\"n\":8,\"b\":8,\"k\":\"selection\",\"threads\":200}"},
    {{.kind = RECORD_ENDED, .n = 8, .b = 8, .exit = 130},
     "{\"n\":8,\"b\":8,\"k\":\"ended\",\"exit\":130}"},
    {{.kind = RECORD_FILE, .n = 8, .b = 8, .file = SPAN("file-1"), .state = SPAN("kept")},
     "{\"n\":8,\"b\":8,\"k\":\"file\",\"file\":\"file-1\",\"state\":\"kept\",\"id\":null,\"bytes\":"
     "0,"
     "\"sha256\":null,\"code\":null}"},
    {{.kind = RECORD_FILE,
      .n = 8,
      .b = 8,
      .file = SPAN("file-1"),
      .state = SPAN("inside"),
      .bytes = 67,
      .sha256 = SPAN(HEX64)},
     "{\"n\":8,\"b\":8,\"k\":\"file\",\"file\":\"file-1\",\"state\":\"inside\",\"id\":null,"
     "\"bytes\":67,"
     "\"sha256\":\"" HEX64 "\",\"code\":null}"},
    {{.kind = RECORD_UNCERTAIN, .n = 8, .b = 8, .thread = SPAN("t")},
     "{\"n\":8,\"b\":8,\"k\":\"uncertain\",\"thread\":\"t\"}"},
    {{.kind = RECORD_ROLLING_BACK, .n = 9, .b = 9, .thread = SPAN("t")},
     "{\"n\":9,\"b\":9,\"k\":\"rolling_back\",\"thread\":\"t\"}"},
    {{.kind = RECORD_ROLLED_BACK, .n = 9, .b = 9, .thread = SPAN("t")},
     "{\"n\":9,\"b\":9,\"k\":\"rolled_back\",\"thread\":\"t\"}"},
    {{.kind = RECORD_PRUNED, .n = 10, .b = 10, .thread = SPAN("t")},
     "{\"n\":10,\"b\":10,\"k\":\"pruned\",\"thread\":\"t\"}"},
};

enum { LINE_CASES = sizeof LINES / sizeof LINES[0] };

/* A line around any text, with the CRC that belongs to it. */
static struct span seal(struct buf *out, struct span json, struct span job)
{
    buf_clear(out);
    buf_printf(out, "%08x ", crc32c(crc32c(0, job.data, job.len), json.data, json.len));
    buf_add_span(out, json);
    return buf_span(out);
}

static struct span job_of(enum record_kind kind)
{
    return kind == RECORD_HEADER ? NO_JOB : JOB;
}

static void test_writes_exact_lines(void **state)
{
    struct buf out;
    struct buf expected;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    buf_init(&expected, BUF_NO_LIMIT);
    for (size_t i = 0; i < LINE_CASES; i++) {
        const struct span job = job_of(LINES[i].record.kind);

        (void)seal(&expected, span_of(LINES[i].json), job);
        buf_add_char(&expected, '\n');
        buf_clear(&out);
        record_write(&out, &LINES[i].record, job);
        assert_string_equal(out.data, expected.data);
    }
    buf_release(&out);
    buf_release(&expected);
}

static void assert_span_equal(struct span a, struct span b)
{
    assert_int_equal(a.len, b.len);
    assert_true(span_equal(a, b));
}

static void test_reads_what_it_writes(void **state)
{
    struct buf line;
    struct record got;

    (void)state;
    buf_init(&line, BUF_NO_LIMIT);
    for (size_t i = 0; i < LINE_CASES; i++) {
        const struct record *want = &LINES[i].record;
        const struct span job = job_of(want->kind);

        assert_int_equal(record_read(&got, seal(&line, span_of(LINES[i].json), job), job),
                         RECORD_VALID);
        assert_int_equal(got.kind, want->kind);
        assert_int_equal(got.n, want->n);
        assert_int_equal(got.b, want->b);
        assert_int_equal(got.format, want->format);
        assert_int_equal(got.pid, want->pid);
        assert_int_equal(got.time, want->time);
        assert_int_equal(got.items, want->items);
        assert_span_equal(got.job, want->job);
        assert_span_equal(got.tool, want->tool);
        assert_span_equal(got.source, want->source);
        assert_span_equal(got.host, want->host);
        assert_span_equal(got.thread, want->thread);
        assert_span_equal(got.conversation, want->conversation);
        assert_span_equal(got.last, want->last);
        assert_span_equal(got.digest, want->digest);
        assert_span_equal(got.code, want->code);
        assert_span_equal(got.detail, want->detail);
        assert_span_equal(got.pins.destination_type, want->pins.destination_type);
        assert_span_equal(got.pins.base_url, want->pins.base_url);
        assert_span_equal(got.pins.organization, want->pins.organization);
        assert_span_equal(got.pins.project, want->pins.project);
        assert_span_equal(got.pins.shard, want->pins.shard);
        assert_span_equal(got.pins.mapping, want->pins.mapping);
    }
    buf_release(&line);
}

static void test_no_flipped_bit_and_no_cut_is_a_record(void **state)
{
    struct buf line;
    struct record record;

    (void)state;
    buf_init(&line, BUF_NO_LIMIT);
    for (size_t i = 0; i < LINE_CASES; i++) {
        const struct span job = job_of(LINES[i].record.kind);
        const struct span whole = seal(&line, span_of(LINES[i].json), job);

        for (size_t bit = 0; bit < whole.len * 8; bit++) {
            line.data[bit / 8] ^= (char)(1 << bit % 8);
            assert_int_equal(record_read(&record, whole, job), RECORD_INVALID);
            line.data[bit / 8] ^= (char)(1 << bit % 8);
        }
        for (size_t len = 0; len < whole.len; len++)
            assert_int_equal(record_read(&record, (struct span){whole.data, len}, job),
                             RECORD_INVALID);
    }
    buf_release(&line);
}

static void test_lines_of_another_job_are_no_records(void **state)
{
    struct buf line;
    struct record record;
    const char *json = LINES[3].json;

    (void)state;
    buf_init(&line, BUF_NO_LIMIT);
    assert_int_equal(record_read(&record, seal(&line, span_of(json), span_of("other")), JOB),
                     RECORD_INVALID);
    assert_int_equal(record_read(&record, seal(&line, span_of(json), NO_JOB), JOB), RECORD_INVALID);
    buf_release(&line);
}

struct parse_case {
    const char *json;
    enum record_parse parse;
};

static const struct parse_case PARSES[] = {
    /* There is one way to write a record. */
    {"{\"n\":3,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t\"}", RECORD_VALID},
    {"{\"n\":3, \"b\":3,\"k\":\"uncertain\",\"thread\":\"t\"}", RECORD_INVALID},
    {"{\"b\":3,\"n\":3,\"k\":\"uncertain\",\"thread\":\"t\"}", RECORD_INVALID},
    {"{\"n\":3,\"b\":3,\"k\":\"uncertain\"}", RECORD_INVALID},
    {"{\"n\":3,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t\"} ", RECORD_INVALID},
    {"{\"n\":3,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t\",\"x\":1}", RECORD_INVALID},
    {"{\"n\":3,\"b\":3,\"k\":\"uncertain\",\"thread\":null}", RECORD_INVALID},
    {"{\"n\":3,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t}", RECORD_INVALID},
    {"{\"n\":3,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t\\", RECORD_INVALID},
    {"{\"n\":3,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t\\\"}", RECORD_INVALID},
    /* Numbers. */
    {"{\"n\":03,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t\"}", RECORD_INVALID},
    {"{\"n\":,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t\"}", RECORD_INVALID},
    {"{\"n\":-3,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t\"}", RECORD_INVALID},
    {"{\"n\":3.0,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t\"}", RECORD_INVALID},
    {"{\"n\":999999999999999999,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t\"}", RECORD_VALID},
    {"{\"n\":1000000000000000000,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t\"}", RECORD_INVALID},
    {"{\"n\":99999999999999999999999999,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t\"}",
     RECORD_INVALID},
    /* A batch begins with its first record. */
    {"{\"n\":3,\"b\":4,\"k\":\"uncertain\",\"thread\":\"t\"}", RECORD_INVALID},
    {"{\"n\":3,\"b\":0,\"k\":\"uncertain\",\"thread\":\"t\"}", RECORD_INVALID},
    /* Kinds of other versions. */
    {"{\"n\":3,\"b\":3,\"k\":\"later\",\"anything\":[1,{}]}", RECORD_VALID},
    {"{\"n\":3,\"b\":3,\"k\":\"later\"}", RECORD_VALID},
    {"{\"n\":3,\"b\":3,\"k\":\"later\"", RECORD_INVALID},
    {"{\"n\":3,\"b\":3,\"k\":\"Later\"}", RECORD_FOREIGN},
    {"{\"n\":3,\"b\":3,\"k\":\"Later\",\"needs\":\"2.0\",\"x\":1}", RECORD_FOREIGN},
    {"{\"n\":3,\"b\":3,\"k\":\"\"}", RECORD_INVALID},
    {"{\"n\":3,\"b\":3,\"k\":\"7\"}", RECORD_INVALID},
    {"{\"n\":3,\"b\":3,\"k\":\"unknown\"}", RECORD_VALID},
    {"{\"n\":1,\"b\":1,\"k\":\"header\",\"format\":3}", RECORD_FOREIGN},
    {"{\"n\":1,\"b\":1,\"k\":\"header\",\"format\":1}", RECORD_FOREIGN},
    {"{\"n\":1,\"b\":1,\"k\":\"header\",\"format\":2}", RECORD_INVALID},
    {"{\"n\":1,\"b\":1,\"k\":\"header\",\"format\":0}", RECORD_INVALID},
    /* A truth is spelled in one way. */
    {"{\"n\":3,\"b\":3,\"k\":\"failed\",\"thread\":\"t\",\"code\":\"gone\",\"detail\":\"\"}",
     RECORD_INVALID},
    {"{\"n\":3,\"b\":3,\"k\":\"failed\",\"thread\":\"t\",\"code\":\"gone\",\"detail\":\"\","
     "\"settled\":"
     "null}",
     RECORD_INVALID},
    {"", RECORD_INVALID},
    {"{}", RECORD_INVALID},
    {"null", RECORD_INVALID},
};

static void test_parses(void **state)
{
    struct buf line;
    struct record record;

    (void)state;
    buf_init(&line, BUF_NO_LIMIT);
    for (size_t i = 0; i < sizeof PARSES / sizeof PARSES[0]; i++) {
        const enum record_parse got =
            record_read(&record, seal(&line, span_of(PARSES[i].json), JOB), JOB);

        if (got != PARSES[i].parse)
            fail_msg("%s: %d instead of %d", PARSES[i].json, got, PARSES[i].parse);
    }
    buf_release(&line);
}

static void test_crc_is_lower_case_and_ends_with_a_space(void **state)
{
    static const char JSON[] = "{\"n\":3,\"b\":3,\"k\":\"uncertain\",\"thread\":\"t4\"}";
    struct buf line;
    struct record record;
    struct span whole;
    char *letter;

    (void)state;
    buf_init(&line, BUF_NO_LIMIT);
    whole = seal(&line, span_of(JSON), JOB);
    letter = strpbrk(line.data, "abcdef");
    assert_true(letter && letter < line.data + 8);
    *letter = (char)(*letter - 'a' + 'A');
    assert_int_equal(record_read(&record, whole, JOB), RECORD_INVALID);
    *letter = (char)(*letter - 'A' + 'a');
    assert_int_equal(record_read(&record, whole, JOB), RECORD_VALID);
    line.data[8] = '\t';
    assert_int_equal(record_read(&record, whole, JOB), RECORD_INVALID);
    buf_release(&line);
}

static void test_what_is_too_new_names_what_it_needs(void **state)
{
    struct buf line;
    struct record record;

    (void)state;
    buf_init(&line, BUF_NO_LIMIT);
    (void)record_read(
        &record, seal(&line, span_of("{\"n\":3,\"b\":3,\"k\":\"Sealed\",\"needs\":\"2.1\"}"), JOB),
        JOB);
    assert_int_equal(record.n, 3);
    assert_true(span_is(record.kind_name, "Sealed"));
    assert_true(span_is(record.needs, "2.1"));
    (void)record_read(
        &record,
        seal(&line,
             span_of("{\"n\":1,\"b\":1,\"k\":\"header\",\"format\":9,\"job\":\"j\",\"tool\":"
                     "\"threadferry 9\",\"news\":1}"),
             NO_JOB),
        NO_JOB);
    assert_int_equal(record.format, 9);
    assert_true(span_is(record.tool, "threadferry 9"));
    buf_release(&line);
}

static void test_hostile_texts_stay_on_their_line_and_come_back(void **state)
{
    static const struct span TEXTS[] = {
        SPAN("plain"),
        SPAN("\"quoted\\\""),
        SPAN("two\nlines\r\ttab"),
        SPAN("nul\0byte"),
        SPAN("\033]52;c;x\a"),
        SPAN("\u202egnp.exe \u2066"),
        SPAN("\U0001f600 \U000e0041"),
        SPAN("\\u0041"),
        SPAN("\\"),
    };
    struct buf line;
    struct buf text;
    struct record got;

    (void)state;
    buf_init(&line, BUF_NO_LIMIT);
    buf_init(&text, BUF_NO_LIMIT);
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        const struct record record = {.kind = RECORD_FAILED,
                                      .n = 2,
                                      .b = 2,
                                      .thread = TEXTS[i],
                                      .code = SPAN("bad_id"),
                                      .detail = TEXTS[i]};

        buf_clear(&line);
        record_write(&line, &record, JOB);
        for (size_t at = 0; at + 1 < line.len; at++)
            assert_true((unsigned char)line.data[at] >= 0x20);
        assert_int_equal(record_read(&got, (struct span){line.data, line.len - 1}, JOB),
                         RECORD_VALID);
        buf_clear(&text);
        assert_true(record_text(&text, got.thread));
        assert_span_equal(buf_span(&text), TEXTS[i]);
        buf_clear(&text);
        assert_true(record_text(&text, got.detail));
        assert_span_equal(buf_span(&text), TEXTS[i]);
    }
    buf_release(&line);
    buf_release(&text);
}

static void test_only_own_escapes_are_understood(void **state)
{
    static const char *const BAD[] = {"\\",      "a\\n",           "\\u12",   "\\u12G4",
                                      "\\ud800", "\\ud800\\u0041", "\\udc00", "\\ud83d\\ude0"};
    struct buf text;

    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        buf_init(&text, BUF_NO_LIMIT);
        assert_false(record_text(&text, span_of(BAD[i])));
        buf_release(&text);
    }
    buf_init(&text, 3);
    assert_false(record_text(&text, span_of("four")));
    buf_release(&text);
}

static void test_renumbering_keeps_everything_else(void **state)
{
    struct buf line;
    struct buf out;
    struct record got;
    const struct record numbers = {.n = 77, .b = 70};

    (void)state;
    buf_init(&line, BUF_NO_LIMIT);
    buf_init(&out, BUF_NO_LIMIT);
    record_write(&line, &LINES[5].record, JOB);
    buf_add_text(&out, "before\n");
    record_renumber(&out, (struct span){line.data, line.len - 1}, &numbers, JOB);
    assert_int_equal(record_read(&got, (struct span){out.data + 7, out.len - 8}, JOB),
                     RECORD_VALID);
    assert_int_equal(got.n, 77);
    assert_int_equal(got.b, 70);
    assert_int_equal(got.items, 20);
    assert_true(span_is(got.last, "msg_20"));
    assert_string_equal(strchr(out.data + 7, 'k'), strchr(line.data, 'k'));
    buf_release(&line);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_exact_lines),
        cmocka_unit_test(test_reads_what_it_writes),
        cmocka_unit_test(test_no_flipped_bit_and_no_cut_is_a_record),
        cmocka_unit_test(test_lines_of_another_job_are_no_records),
        cmocka_unit_test(test_parses),
        cmocka_unit_test(test_crc_is_lower_case_and_ends_with_a_space),
        cmocka_unit_test(test_what_is_too_new_names_what_it_needs),
        cmocka_unit_test(test_hostile_texts_stay_on_their_line_and_come_back),
        cmocka_unit_test(test_only_own_escapes_are_understood),
        cmocka_unit_test(test_renumbering_keeps_everything_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
