/* What opening makes of files that power cuts, bad disks, other versions and people leave. */
#include "checkpoint/checkpoint.h"

#include "base/buf.h"
#include "base/mem.h"
#include "checkpoint/crc32c.h"
#include "fakes/fake_fsio.h"
#include "fakes/fake_journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FILE_MAX = 1 << 23 };

/* A file under construction. */
static struct buf file;

static int begin(void **state)
{
    (void)state;
    fake_fsio_reset();
    buf_init(&file, FILE_MAX);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buf_release(&file);
    fake_fsio_reset();
    return 0;
}

static struct checkpoint *open_writer(struct checkpoint_opening *opening, struct error *err)
{
    const struct checkpoint_options options = journal_options();

    fake_fsio_restart();
    return checkpoint_open(&options, opening, err);
}

/* A checkpoint made by the script; its bytes are in `file` afterwards. */
static void make_file(struct journal *journal, const char *script)
{
    struct checkpoint_opening opening;
    struct error err;
    size_t done;
    struct checkpoint *checkpoint = open_writer(&opening, &err);

    assert_non_null(checkpoint);
    assert_true(journal_play(journal, checkpoint, script, &done, &err));
    checkpoint_close(checkpoint);
    buf_clear(&file);
    buf_add_span(&file, fake_fsio_content());
}

/* A line with any text in it, sealed for the job of journal_options(). */
static void add_line(const char *json)
{
    const struct span job = span_of("5f3a90c2d1e40b77");

    buf_printf(&file, "%08x %s\n", crc32c(crc32c(0, job.data, job.len), json, strlen(json)), json);
}

static size_t line_start(size_t number)
{
    const char *at = file.data;

    while (--number > 0)
        at = (const char *)memchr(at, '\n', file.len - (size_t)(at - file.data)) + 1;
    return (size_t)(at - file.data);
}

static void put_file(void)
{
    fake_fsio_put(JOURNAL_PATH, buf_span(&file));
}

struct listing {
    struct buf text;
};

static bool list_thread(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    struct listing *listing = ctx;

    buf_add_span(&listing->text, thread_id);
    buf_printf(&listing->text, " %s %s %ld %s %s %d\n", thread_state_name(facts->state),
               facts->conversation, (long)facts->items, facts->last, facts->digest, facts->code);
    return true;
}

/* Everything that a checkpoint says, as text. New. */
static char *list(struct checkpoint *checkpoint)
{
    struct listing listing;
    struct error err;

    buf_init(&listing.text, BUF_NO_LIMIT);
    assert_true(checkpoint_each(checkpoint, list_thread, &listing, &err));
    buf_printf(&listing.text, "%lu orphans\n", (unsigned long)checkpoint_orphans(checkpoint));
    return buf_steal(&listing.text);
}

static char *list_prefix(size_t len)
{
    struct checkpoint_opening opening;
    struct error err;
    struct checkpoint *reader;
    char *text;

    fake_fsio_put(JOURNAL_PATH, (struct span){file.data, len});
    reader = checkpoint_open_reader(JOURNAL_PATH, &opening, &err);
    assert_non_null(reader);
    assert_false(opening.torn);
    text = list(reader);
    checkpoint_close(reader);
    return text;
}

/* Refused by reader and writer, with nothing changed. */
static void assert_refused(enum error_code code, const char *part)
{
    struct checkpoint_opening opening;
    struct error err = {0};

    put_file();
    assert_null(checkpoint_open_reader(JOURNAL_PATH, &opening, &err));
    assert_int_equal(err.code, code);
    assert_null(open_writer(&opening, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.text, part))
        fail_msg("'%s' does not contain '%s'", err.text, part);
    assert_true(span_equal(fake_fsio_content(), buf_span(&file)));
}

/* Repaired by a writer, of whom a reader before knew as much; the next opening is clean and says
 * the same. */
static struct checkpoint_opening assert_repaired(const char *expected)
{
    struct checkpoint_opening opening;
    struct checkpoint_opening again;
    struct error err;
    struct checkpoint *checkpoint;
    char *listed;
    char *read;

    put_file();
    checkpoint = checkpoint_open_reader(JOURNAL_PATH, &opening, &err);
    if (!checkpoint)
        fail_msg("%s", err.text);
    read = list(checkpoint);
    checkpoint_close(checkpoint);
    checkpoint = open_writer(&opening, &err);
    if (!checkpoint)
        fail_msg("%s", err.text);
    listed = list(checkpoint);
    assert_string_equal(listed, read);
    free(read);
    if (expected)
        assert_string_equal(listed, expected);
    checkpoint_close(checkpoint);
    checkpoint = open_writer(&again, &err);
    assert_non_null(checkpoint);
    assert_false(again.torn);
    free(listed);
    checkpoint_close(checkpoint);
    return opening;
}

static const char REFERENCE[] = "cA cB iE | CA CB CE aE | aA aB cC | aA FB CC | DA DE uF |";

static void test_every_cut_is_the_prefix_or_a_torn_tail(void **state)
{
    struct journal journal = {0};
    size_t clean = 0;

    (void)state;
    make_file(&journal, REFERENCE);
    for (size_t len = line_start(2); len < file.len; len++) {
        const size_t whole_len = file.len;
        /* Then the fact is all there, and is kept. */
        const bool lacks_only_lf = file.data[len] == '\n';
        size_t keep = len;
        struct checkpoint_opening opening;
        char *expected;

        while (file.data[keep - 1] != '\n')
            keep--;
        expected = list_prefix(keep);
        file.len = len;
        opening = assert_repaired(lacks_only_lf ? NULL : expected);
        assert_int_equal(opening.torn, keep != len);
        clean += keep == len;
        file.len = whole_len;
        free(expected);
    }
    /* A file that ends between two lines is what the file once was. */
    assert_int_equal(clean, 17);
}

static void test_a_cut_header_is_never_repaired(void **state)
{
    struct journal journal = {0};
    size_t header_len;

    (void)state;
    make_file(&journal, "");
    header_len = line_start(2);
    for (size_t len = 0; len < header_len; len++) {
        file.len = len;
        assert_refused(ERROR_DAMAGED, "line 1");
    }
}

static void test_no_flipped_bit_is_silent(void **state)
{
    struct journal journal = {0};
    size_t last_batch;

    (void)state;
    make_file(&journal, REFERENCE);
    last_batch = line_start(16);
    for (size_t bit = 0; bit < file.len * 8; bit++) {
        file.data[bit / 8] ^= (char)(1 << bit % 8);
        if (bit / 8 < last_batch)
            assert_refused(ERROR_DAMAGED, "is damaged at line");
        else
            assert_true(assert_repaired(NULL).torn);
        file.data[bit / 8] ^= (char)(1 << bit % 8);
    }
}

static void test_valid_facts_of_the_torn_batch_are_kept(void **state)
{
    struct journal journal = {0};
    struct checkpoint_opening opening;

    (void)state;
    /* The last batch: five lines, the second is torn. The creating behind it is lost, the facts
     * are not; what hangs on the lost `created` is no fact any more. */
    make_file(&journal, "cA cB cC | CA CB | aA CC aC cD aB |");
    file.data[line_start(9) + 20] ^= 1;
    opening = assert_repaired("thread_A partial conv_1 20 msg_A_20 "
                              "0000000000000000000000000000000000000000000000000000000000004e20 0\n"
                              "thread_B partial conv_2 20 msg_B_20 "
                              "0000000000000000000000000000000000000000000000000000000000004e21 0\n"
                              "thread_C new  0   0\n"
                              "1 orphans\n");
    assert_true(opening.torn);
    assert_int_equal(opening.torn_line, 9);
    assert_true(opening.lost_creating >= 1 && opening.lost_creating < 5);
}

static void test_readers_ignore_a_torn_tail(void **state)
{
    struct journal journal = {0};
    struct checkpoint_opening opening;
    struct error err;
    struct checkpoint *reader;

    (void)state;
    make_file(&journal, "cA | CA | aA aA");
    buf_add_text(&file, "0123abcd {\"n\":5");
    put_file();
    reader = checkpoint_open_reader(JOURNAL_PATH, &opening, &err);
    assert_non_null(reader);
    assert_true(opening.torn);
    assert_true(journal_matches(journal.acked, reader, &err));
    checkpoint_close(reader);
    assert_true(span_equal(fake_fsio_content(), buf_span(&file)));
}

static void test_zeros_and_garbage_behind_the_end_are_torn(void **state)
{
    static const size_t SIZES[] = {1, 511, 4096, 40000, 3 << 20};
    struct journal journal = {0};
    char *expected;

    (void)state;
    make_file(&journal, REFERENCE);
    expected = list_prefix(file.len);
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        for (int fill = 0; fill < 3; fill++) {
            const size_t len = file.len;

            for (size_t at = 0; at < SIZES[i]; at++)
                buf_add_char(&file, fill == 0 ? '\0' : "x\nyyyyyyyy"[at * (size_t)fill % 10]);
            assert_true(assert_repaired(expected).torn);
            buf_truncate(&file, len);
        }
    }
    free(expected);
}

#define NUMBERS(n, b) "{\"n\":" n ",\"b\":" b ",\"k\":"

struct tail_case {
    const char *name;
    const char *lines[4];
    enum error_code code; /* ERROR_NONE: opens */
    bool torn;
    const char *text; /* part of the error */
};

/* Behind "cA | CA |", that is four records; 5 is due. */
static const struct tail_case TAILS[] = {
    {"unknown kinds in lower case are skipped",
     {NUMBERS("5", "5") "\"later\",\"x\":[]}",
      NUMBERS("6", "5") "\"rolled_back\",\"thread\":\"thread_Z\"}"},
     ERROR_NONE,
     false,
     NULL},
    {"unknown kinds in upper case need a newer version",
     {NUMBERS("5", "5") "\"Later\",\"needs\":\"threadferry 2.1\"}"},
     ERROR_OTHER_JOB,
     false,
     "of the kind 'Later', which needs threadferry 2.1 (threadferry"},
    {"and they may not say which",
     {NUMBERS("5", "5") "\"Later\"}"},
     ERROR_OTHER_JOB,
     false,
     "which needs a newer version (threadferry"},
    {"they are not cut with a torn tail either",
     {"torn", NUMBERS("6", "5") "\"Later\"}"},
     ERROR_OTHER_JOB,
     false,
     "record 6"},
    {"a number is missing, and later batches exist",
     {NUMBERS("6", "6") "\"uncertain\",\"thread\":\"t\"}"},
     ERROR_DAMAGED,
     false,
     "line 5: record 5 is missing"},
    {"a number is missing in the last batch",
     {NUMBERS("6", "5") "\"uncertain\",\"thread\":\"t\"}"},
     ERROR_NONE,
     true,
     NULL},
    {"a line stands there twice",
     {NUMBERS("4", "4") "\"created\",\"thread\":\"thread_A\",\"conversation\":\"conv_1\"}"},
     ERROR_NONE,
     true,
     NULL},
    {"a line stands there twice, and later batches exist",
     {NUMBERS("4", "4") "\"created\",\"thread\":\"thread_A\",\"conversation\":\"conv_1\"}",
      NUMBERS("5", "5") "\"uncertain\",\"thread\":\"t\"}",
      NUMBERS("6", "6") "\"uncertain\",\"thread\":\"t\"}"},
     ERROR_DAMAGED,
     false,
     "line 5"},
    {"a batch that began elsewhere",
     {NUMBERS("5", "5") "\"uncertain\",\"thread\":\"t\"}",
      NUMBERS("6", "3") "\"uncertain\",\"thread\":\"t\"}"},
     ERROR_NONE,
     true,
     NULL},
    {"a second header", {NUMBERS("5", "5") "\"header\",\"format\":2}"}, ERROR_NONE, true, NULL},
    {"progress without a conversation",
     {NUMBERS("5", "5") "\"pruned\",\"thread\":\"thread_Z\"}"},
     ERROR_DAMAGED,
     false,
     "line 5: 'pruned'"},
};

static void test_tails(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TAILS / sizeof TAILS[0]; i++) {
        struct journal journal = {0};

        print_message("%s\n", TAILS[i].name);
        fake_fsio_reset();
        make_file(&journal, "cA | CA |");
        for (size_t line = 0; line < 4 && TAILS[i].lines[line]; line++)
            add_line(TAILS[i].lines[line]);
        if (TAILS[i].code != ERROR_NONE)
            assert_refused(TAILS[i].code, TAILS[i].text);
        else
            assert_int_equal(assert_repaired(NULL).torn, TAILS[i].torn);
    }
}

static void test_files_of_another_format_name_their_author(void **state)
{
    static const int FORMATS[] = {1, 3};

    (void)state;
    for (size_t i = 0; i < sizeof FORMATS / sizeof FORMATS[0]; i++) {
        struct buf json;
        char expected[64];

        buf_init(&json, BUF_NO_LIMIT);
        buf_printf(&json,
                   "{\"n\":1,\"b\":1,\"k\":\"header\",\"format\":%d,\"job\":\"x\",\"tool\":"
                   "\"threadferry 7\"}",
                   FORMATS[i]);
        buf_clear(&file);
        buf_printf(&file, "%08x %s\n", crc32c(0, json.data, json.len), json.data);
        (void)snprintf(expected, sizeof expected, "format %d, this version reads format 2",
                       FORMATS[i]);
        assert_refused(ERROR_OTHER_JOB, expected);
        assert_refused(ERROR_OTHER_JOB, "threadferry 7");
        buf_release(&json);
    }
}

/* `cat one two`: the second one's facts would be cut, and its threads written a second time. */
static void test_two_checkpoints_put_together_are_refused(void **state)
{
    static const char OTHER[] =
        "{\"n\":1,\"b\":1,\"k\":\"header\",\"format\":2,\"job\":\"ff\","
        "\"tool\":\"t\",\"source\":null,\"pins\":{\"destination\":\"openai\","
        "\"base_url\":\"u\",\"organization\":null,\"project\":null,"
        "\"shard\":null,\"mapping\":\"m\"}}";
    static const char OLDER[] = "{\"n\":1,\"b\":1,\"k\":\"header\",\"format\":1}";
    const char *const headers[] = {OTHER, OLDER};
    struct journal journal = {0};
    size_t len;

    (void)state;
    make_file(&journal, REFERENCE);
    len = file.len;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        buf_printf(&file, "%08x %s\n", crc32c(0, headers[i], strlen(headers[i])), headers[i]);
        buf_printf(&file, "00000000 {\"n\":2,\"b\":2,\"k\":\"run\"}\n");
        assert_refused(ERROR_DAMAGED, "line 19: another checkpoint begins there");
        buf_truncate(&file, len);
    }
    /* With itself, too. */
    char *copy = mem_dup(file.data, len);
    buf_add(&file, copy, len);
    free(copy);
    assert_refused(ERROR_DAMAGED, "another checkpoint begins there");
}

/* A stale sector may hold them: without the header nobody can tell. */
static void test_lines_of_another_job_are_a_torn_tail(void **state)
{
    static const char LINE[] = "{\"n\":2,\"b\":2,\"k\":\"creating\",\"thread\":\"t\",\"items\":0}";
    struct journal journal = {0};
    char *expected;

    (void)state;
    make_file(&journal, REFERENCE);
    expected = list_prefix(file.len);
    buf_printf(&file, "%08x %s\n", crc32c(crc32c(0, "other", 5), LINE, sizeof LINE - 1), LINE);
    assert_true(assert_repaired(expected).torn);
    free(expected);
}

/* Nothing is lost by a cut, however often. */
static void test_what_is_cut_is_kept(void **state)
{
    struct journal journal = {0};
    struct checkpoint_opening opening;
    struct checkpoint *checkpoint;
    struct error err;

    (void)state;
    make_file(&journal, "cA | CA |");
    put_file();
    for (size_t number = 1; number <= 3; number++) {
        char tail[16];
        char name[64];

        (void)snprintf(tail, sizeof tail, "torn %zu", number);
        fake_fsio_append_foreign(span_of(tail));
        checkpoint = open_writer(&opening, &err);
        assert_non_null(checkpoint);
        checkpoint_close(checkpoint);
        (void)snprintf(name, sizeof name, "%s.torn-%zu", JOURNAL_PATH, number);
        assert_string_equal(opening.kept_as, name);
        assert_true(span_is(fake_fsio_content_of(name), tail));
    }
    assert_true(span_is(fake_fsio_content_of(JOURNAL_PATH ".torn-1"), "torn 1"));
    checkpoint = open_writer(&opening, &err);
    assert_string_equal(opening.kept_as, "");
    checkpoint_close(checkpoint);
}

static void test_what_is_no_checkpoint_is_left_alone(void **state)
{
    static const char *const FILES[] = {"", "\n", "hello\nworld\n", "{\"json\":true}\n"};

    (void)state;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        buf_clear(&file);
        buf_add_text(&file, FILES[i]);
        assert_refused(ERROR_DAMAGED, "may not be a checkpoint at all");
    }
}

/* After a failed sync the page cache shows what the disk has never got. */
static void test_what_only_the_page_cache_has_is_written_again(void **state)
{
    struct fake_fsio_plan plan = {.fault = FAKE_FSIO_FAIL};
    struct checkpoint_opening opening;
    struct journal journal = {0};
    struct checkpoint *checkpoint;
    struct error err;
    size_t done;

    (void)state;
    checkpoint = open_writer(&opening, &err);
    assert_true(journal_play(&journal, checkpoint, "cA cB | CA CB |", &done, &err));
    plan.at = 2;
    fake_fsio_plan(&plan);
    /* Several sectors: the last is written with the next record anyway. */
    assert_false(journal_play(&journal, checkpoint, "aA aB aA aB aA aB aA |", &done, &err));
    assert_int_equal(err.code, ERROR_IO);
    checkpoint_close(checkpoint);

    checkpoint = open_writer(&opening, &err);
    assert_non_null(checkpoint);
    assert_false(opening.torn);
    assert_true(journal_matches(journal.now, checkpoint, &err));
    checkpoint_close(checkpoint);
    fake_fsio_lose_power(&(struct fake_fsio_loss){.fill = span_of("?"), .has_new_size = true});

    checkpoint = open_writer(&opening, &err);
    if (!checkpoint)
        fail_msg("%s", err.text);
    assert_false(opening.torn);
    assert_true(journal_matches(journal.now, checkpoint, &err));
    checkpoint_close(checkpoint);
}

/* A line of the new batch proves that all before it had been safe, so it has to be. */
static void test_what_is_repaired_is_safe_before_anything_follows(void **state)
{
    enum { KEEP = 1, TRUNCATE, OVERWRITE, SYNC, APPEND };
    const struct fake_fsio_plan plan = {.at = APPEND, .fault = FAKE_FSIO_STOP_BEFORE};
    const struct checkpoint_options options = journal_options();
    struct journal journal = {0};
    struct checkpoint_opening opening;
    struct error err;

    (void)state;
    make_file(&journal, "cA | CA |");
    put_file();
    fake_fsio_append_foreign(span_of("torn"));
    fake_fsio_restart();
    fake_fsio_plan(&plan);
    assert_null(checkpoint_open(&options, &opening, &err));
    assert_true(fake_fsio_is_stopped());
    assert_int_equal(fake_fsio_unsynced(), 0);
    assert_true(span_equal(fake_fsio_content_of(JOURNAL_PATH), buf_span(&file)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_cut_is_the_prefix_or_a_torn_tail, begin, end),
        cmocka_unit_test_setup_teardown(test_a_cut_header_is_never_repaired, begin, end),
        cmocka_unit_test_setup_teardown(test_no_flipped_bit_is_silent, begin, end),
        cmocka_unit_test_setup_teardown(test_valid_facts_of_the_torn_batch_are_kept, begin, end),
        cmocka_unit_test_setup_teardown(test_readers_ignore_a_torn_tail, begin, end),
        cmocka_unit_test_setup_teardown(test_zeros_and_garbage_behind_the_end_are_torn, begin, end),
        cmocka_unit_test_setup_teardown(test_tails, begin, end),
        cmocka_unit_test_setup_teardown(test_files_of_another_format_name_their_author, begin, end),
        cmocka_unit_test_setup_teardown(test_two_checkpoints_put_together_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_lines_of_another_job_are_a_torn_tail, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_cut_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_no_checkpoint_is_left_alone, begin, end),
        cmocka_unit_test_setup_teardown(test_what_only_the_page_cache_has_is_written_again, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_what_is_repaired_is_safe_before_anything_follows,
                                        begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
