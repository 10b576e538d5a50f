/* The archive that export writes: nothing in it is lost, and what is not ours is not touched. */
#include "export/archive_out.h"

#include "fakes/fake_fsio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PATH "saved"
#define TORN PATH ".torn-1"
#define THREAD(id) "{\"kind\":\"thread\",\"thread_id\":\"" id "\",\"object\":null}\n"
#define MESSAGE(id, object)                                                                        \
    "{\"kind\":\"message\",\"thread_id\":\"" id "\",\"object\":" object "}\n"
#define END_OF(id, messages, runs, steps)                                                          \
    "{\"kind\":\"end\",\"thread_id\":\"" id "\",\"messages\":" messages ",\"runs\":" runs          \
    ",\"run_steps\":" steps ",\"losses\":{}}\n"
#define END(id, messages) END_OF(id, messages, "0", "0")
#define TRUNCATED "{\"kind\":\"truncated\",\"thread_id\":\"t1\"}\n"
#define ASSISTANT "{\"kind\":\"assistant\",\"object\":{}}\n"
#define BYTES(literal)                                                                             \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
#define ONE THREAD("t1") MESSAGE("t1", "{}") END("t1", "1")

static bool is_content(const char *text)
{
    return span_is(fake_fsio_content(), text);
}

static void test_new(void **state)
{
    static const struct archive_held HELD = {.messages = 1, .is_closed = true};
    struct archive_out archive;
    struct error err;

    (void)state;
    fake_fsio_reset();
    assert_true(archive_out_open(&archive, PATH, &err));
    assert_null(archive_out_find(&archive, span_of("t1")));
    assert_true(archive_out_add(&archive, span_of(ONE), &err));
    archive_out_done(&archive, span_of("t1"), &HELD);
    assert_int_equal(archive_out_find(&archive, span_of("t1"))->messages, 1);
    assert_true(archive_out_add_assistant(&archive, span_of(ASSISTANT), &err));
    assert_true(archive_out_add_assistant(&archive, span_of(ASSISTANT), &err));
    assert_true(fake_fsio_unsynced() > 0);
    assert_true(archive_out_sync(&archive, &err));
    assert_int_equal(fake_fsio_unsynced(), 0);
    archive_out_close(&archive);
    assert_true(is_content(ONE ASSISTANT));

    assert_true(archive_out_open(&archive, PATH, &err));
    assert_true(archive_out_add_assistant(&archive, span_of(ASSISTANT), &err));
    archive_out_close(&archive);
    assert_true(is_content(ONE ASSISTANT));
}

/* What is there, and what is held of the thread t1; of the last line only what is torn is cut. */
static void test_open(void **state)
{
    static const struct {
        const char *whole;
        struct span torn;
        int messages; /* -1: t1 is not held */
        bool is_truncated;
        int unended;
    } FILES[] = {
        {"", BYTES(""), -1, false, 0},
        {ONE, BYTES(""), 1, false, 0},
        {ONE END("t2", "0"), BYTES(""), 1, false, 0},
        /* Lines of a thread without its end stay where they are. */
        {THREAD("t1") MESSAGE("t1", "{}"), BYTES(""), -1, false, 1},
        {ONE THREAD("t2") MESSAGE("t2", "{}"), BYTES(""), 1, false, 1},
        {MESSAGE("t1", "{}"), BYTES("{\"ki"), -1, false, 1},
        {ONE, BYTES("{\"ki"), 1, false, 0},
        {"", BYTES("{\"kin"), -1, false, 0},
        {ASSISTANT ASSISTANT, BYTES(""), -1, false, 0},
        {THREAD("t1"), BYTES("{\"kind\":\"end\",\"thread_id\":\"t1\""), -1, false, 1},
        /* Zeros of a power cut. */
        {ONE, BYTES("\0\0\0\0\0\0\0\0"), 1, false, 0},
        /* A thread line begins anew; the last beginning with an end counts. */
        {THREAD("t1") MESSAGE("t1", "{}") ONE, BYTES(""), 1, false, 0},
        {ONE THREAD("t1") MESSAGE("t1", "{}") MESSAGE("t1", "{}") END("t1", "2"), BYTES(""), 2,
         false, 0},
        {ONE THREAD("t1") MESSAGE("t1", "{}") MESSAGE("t1", "{}"), BYTES(""), 1, false, 0},
        /* An end that counts otherwise closes nothing. */
        {THREAD("t1") MESSAGE("t1", "{}") END("t1", "2"), BYTES(""), -1, false, 1},
        {ONE THREAD("t1") END("t1", "3"), BYTES(""), 1, false, 0},
        {THREAD("t1") END_OF("t1", "0", "1", "0"), BYTES(""), -1, false, 1},
        {THREAD("t1") END_OF("t1", "0", "0", "1"), BYTES(""), -1, false, 1},
        /* Truncated is not closed, and never takes the place of what is. */
        {THREAD("t1") MESSAGE("t1", "{}") TRUNCATED, BYTES(""), 1, true, 0},
        {ONE THREAD("t1") TRUNCATED, BYTES(""), 1, false, 0},
        {THREAD("t1") TRUNCATED ONE, BYTES(""), 1, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        const struct archive_held *held;
        struct archive_out archive;
        struct error err = {.code = ERROR_NONE};
        struct buf text;

        buf_init(&text, BUF_NO_LIMIT);
        buf_add_text(&text, FILES[i].whole);
        buf_add_span(&text, FILES[i].torn);
        fake_fsio_reset();
        fake_fsio_put(PATH, buf_span(&text));
        if (!archive_out_open(&archive, PATH, &err))
            fail_msg("file %zu: %s", i, err.text);
        held = archive_out_find(&archive, span_of("t1"));
        if ((held ? held->messages : -1) != FILES[i].messages ||
            (held && held->is_closed == FILES[i].is_truncated) ||
            archive.unended != FILES[i].unended)
            fail_msg("file %zu: held %d", i, held != NULL);
        assert_true(span_is(fake_fsio_content_of(PATH), FILES[i].whole));
        assert_int_equal(archive.cut, FILES[i].torn.len);
        assert_int_equal(fake_fsio_files(), archive.cut > 0 ? 2 : 1);
        assert_true(archive.cut == 0 || span_equal(fake_fsio_content_of(TORN), FILES[i].torn));
        archive_out_close(&archive);
        buf_release(&text);
    }
}

/* A whole line that export has not written: refused before a byte changes. */
static void test_not_ours(void **state)
{
    static const char *const FILES[] = {
        "my diary\n",
        "my diary",
        "{\"id\":\"msg_1\"}\n",
        "my diary\n" ONE,
        THREAD("t1") "my diary\n" END("t1", "0"),
        ONE "my diary\n{\"kin",
        ONE "\n\n",
        ONE "{\"kind\":\"holiday\",\"thread_id\":\"t1\",\"object\":{}}\n",
        ONE "{\"kind\":\"message\",\"thread_id\":\"t1\",\"object\":{}\n",
        ONE "{\"kind\":\"message\",\"thread_id\":\"t1\",\"object\":{}} and more\n",
        ONE "{\"kind\":\"message\",\"object\":{}}\n",
        ONE "{\"kind\":\"end\",\"thread_id\":\"no id\"}\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        struct archive_out archive;
        struct error err = {.code = ERROR_NONE};

        fake_fsio_reset();
        fake_fsio_put(PATH, span_of(FILES[i]));
        if (archive_out_open(&archive, PATH, &err))
            fail_msg("file %zu was taken", i);
        assert_int_equal(err.code, ERROR_USAGE);
        assert_non_null(strstr(err.text, "hint:"));
        assert_true(is_content(FILES[i]));
        assert_int_equal(fake_fsio_files(), 1);
        assert_int_equal(fake_fsio_operations(), 0);
        archive_out_close(&archive);
    }
}

/* However long: the ids are kept in a map that takes 64 KiB. */
static void test_endless_id(void **state)
{
    struct archive_out archive;
    struct error err;
    struct buf text;

    (void)state;
    buf_init(&text, BUF_NO_LIMIT);
    buf_add_text(&text, ONE "{\"kind\":\"end\",\"thread_id\":\"");
    for (int i = 0; i < 70000; i++)
        buf_add_char(&text, 'x');
    buf_add_text(&text, "\"}\n");
    fake_fsio_reset();
    fake_fsio_put(PATH, buf_span(&text));
    assert_false(archive_out_open(&archive, PATH, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    archive_out_close(&archive);
    buf_release(&text);
}

static void test_locked(void **state)
{
    struct archive_out archive;
    struct error err;

    (void)state;
    fake_fsio_reset();
    fake_fsio_put(PATH, span_of(ONE));
    fake_fsio_hold_lock(true);
    assert_false(archive_out_open(&archive, PATH, &err));
    assert_int_equal(err.code, ERROR_LOCKED);
    archive_out_close(&archive);
}

/* Every operation fails in turn: what was synced before is still there. */
static void test_disk_fails(void **state)
{
    (void)state;
    for (uint64_t at = 1; at <= 6; at++) {
        const struct fake_fsio_plan plan = {.at = at, .fault = FAKE_FSIO_FAIL, .for_ever = true};
        struct archive_out archive;
        struct error err = {.code = ERROR_NONE};
        bool ok;

        fake_fsio_reset();
        fake_fsio_put(PATH, span_of(ONE "{\"ki"));
        fake_fsio_plan(&plan);
        ok = archive_out_open(&archive, PATH, &err) &&
             archive_out_add(&archive, span_of(END("t2", "0")), &err) &&
             archive_out_sync(&archive, &err) &&
             archive_out_add(&archive, span_of(END("t2", "0")), &err) &&
             archive_out_sync(&archive, &err);
        assert_false(ok);
        assert_int_equal(err.code, ERROR_IO);
        archive_out_close(&archive);
        fake_fsio_restart();
        assert_true(span_starts_with(fake_fsio_content(), ONE));
    }
}

/* A run that finds everything there has to make it durable too: its writer may have been killed
 * before the sync. */
static void test_syncs_what_it_finds(void **state)
{
    struct archive_out archive;
    struct error err = {.code = ERROR_NONE};

    (void)state;
    fake_fsio_reset();
    assert_true(archive_out_open(&archive, PATH, &err));
    assert_true(archive_out_add(&archive, span_of(ONE), &err));
    archive_out_close(&archive);
    fake_fsio_restart();
    assert_true(fake_fsio_unsynced() > 0);
    assert_true(archive_out_open(&archive, PATH, &err));
    assert_true(archive_out_sync(&archive, &err));
    assert_int_equal(fake_fsio_unsynced(), 0);
    archive_out_close(&archive);
}

/* Also by the last sync, when everything was written long ago. */
static void test_taken_away(void **state)
{
    (void)state;
    for (int dirty = 0; dirty < 2; dirty++) {
        struct archive_out archive;
        struct error err;

        fake_fsio_reset();
        assert_true(archive_out_open(&archive, PATH, &err));
        assert_true(archive_out_add(&archive, span_of(ONE), &err));
        assert_true(archive_out_sync(&archive, &err));
        if (dirty)
            assert_true(archive_out_add(&archive, span_of(END("t2", "0")), &err));
        fake_fsio_take_away();
        assert_false(archive_out_sync(&archive, &err));
        assert_int_equal(err.code, ERROR_IO);
        archive_out_close(&archive);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),        cmocka_unit_test(test_open),
        cmocka_unit_test(test_not_ours),   cmocka_unit_test(test_locked),
        cmocka_unit_test(test_taken_away), cmocka_unit_test(test_syncs_what_it_finds),
        cmocka_unit_test(test_disk_fails), cmocka_unit_test(test_endless_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
