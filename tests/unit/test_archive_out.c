/* The archive that export writes: cut behind its last whole thread, and never what is not ours. */
#include "check/archive_out.h"

#include "fakes/fake_fsio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PATH "saved"
#define MESSAGE "{\"kind\":\"message\",\"thread_id\":\"t1\",\"object\":{}}\n"
#define ASSISTANT "{\"kind\":\"assistant\",\"object\":{}}\n"
#define END_1 "{\"kind\":\"end\",\"thread_id\":\"t1\",\"messages\":1,\"runs\":0,\"run_steps\":0}\n"
#define END_2 "{\"kind\":\"end\",\"thread_id\":\"t2\",\"messages\":0,\"runs\":0,\"run_steps\":0}\n"

static bool is_content(const char *text)
{
    return span_is(fake_fsio_content(), text);
}

static void test_new(void **state)
{
    struct archive_out archive;
    struct error err;

    (void)state;
    fake_fsio_reset();
    assert_true(archive_out_open(&archive, PATH, &err));
    assert_false(archive_out_has(&archive, span_of("t1")));
    assert_true(archive_out_add(&archive, span_of(MESSAGE), &err));
    assert_true(archive_out_add(&archive, span_of(END_1), &err));
    archive_out_done(&archive, span_of("t1"));
    assert_true(archive_out_has(&archive, span_of("t1")));
    assert_true(fake_fsio_unsynced() > 0);
    assert_true(archive_out_sync(&archive, &err));
    assert_int_equal(fake_fsio_unsynced(), 0);
    archive_out_close(&archive);
    assert_true(is_content(MESSAGE END_1));
}

/* What is there, what stays of it, and how many threads it has; or it is not ours. */
static void test_open(void **state)
{
    static const struct {
        const char *there;
        const char *stays; /* NULL: refused, untouched */
        int threads;
    } FILES[] = {
        {"", "", 0},
        {MESSAGE END_1, MESSAGE END_1, 1},
        {MESSAGE END_1 END_2, MESSAGE END_1 END_2, 2},
        {MESSAGE END_1 MESSAGE, MESSAGE END_1, 1},
        {MESSAGE END_1 MESSAGE "{\"ki", MESSAGE END_1, 1},
        {MESSAGE END_1 ASSISTANT ASSISTANT, MESSAGE END_1, 1},
        {MESSAGE END_1 ASSISTANT "{\"ki", MESSAGE END_1, 1},
        {ASSISTANT ASSISTANT, "", 0},
        {MESSAGE, "", 0},
        {"{\"kin", "", 0},
        /* An end whose line was cut closes nothing. */
        {MESSAGE "{\"kind\":\"end\",\"thread_id\":\"t1\"", "", 0},
        /* Nor does one of no thread. */
        {MESSAGE END_1 "{\"kind\":\"end\",\"thread_id\":\"no id\"}\n", MESSAGE END_1, 1},
        /* Garbage behind the last thread may be what a power cut left. */
        {MESSAGE END_1 "\n\n", MESSAGE END_1, 1},
        {"my diary\n", NULL, 0},
        {"my diary", NULL, 0},
        {"{\"id\":\"msg_1\"}\n", NULL, 0},
        {"my diary\n" MESSAGE END_1, NULL, 0},
        {MESSAGE "my diary\n" END_1, NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        const char *expected = FILES[i].stays ? FILES[i].stays : FILES[i].there;
        struct archive_out archive;
        struct error err = {.code = ERROR_NONE};
        bool ok;

        fake_fsio_reset();
        fake_fsio_put(PATH, span_of(FILES[i].there));
        ok = archive_out_open(&archive, PATH, &err);
        if (ok != (FILES[i].stays != NULL) || !is_content(expected))
            print_error("file %zu: %s\n", i, err.text);
        assert_int_equal(ok, FILES[i].stays != NULL);
        assert_int_equal(err.code, ok ? ERROR_NONE : ERROR_IO);
        assert_true(is_content(expected));
        if (ok) {
            assert_int_equal(archive_out_has(&archive, span_of("t1")), FILES[i].threads > 0);
            assert_int_equal(archive_out_has(&archive, span_of("t2")), FILES[i].threads > 1);
            assert_int_equal(archive.cut, strlen(FILES[i].there) - strlen(FILES[i].stays));
            assert_int_equal(archive.is_torn,
                             archive.cut > 0 && strcmp(FILES[i].there + strlen(FILES[i].stays),
                                                       ASSISTANT ASSISTANT) != 0);
        }
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
    (void)buf_add_text(&text, MESSAGE END_1 "{\"kind\":\"end\",\"thread_id\":\"");
    for (int i = 0; i < 70000; i++)
        (void)buf_add_char(&text, 'x');
    (void)buf_add_text(&text, "\"}\n");
    fake_fsio_reset();
    fake_fsio_put(PATH, buf_span(&text));
    assert_true(archive_out_open(&archive, PATH, &err));
    assert_true(is_content(MESSAGE END_1));
    archive_out_close(&archive);
    buf_release(&text);
}

static void test_locked(void **state)
{
    struct archive_out archive;
    struct error err;

    (void)state;
    fake_fsio_reset();
    fake_fsio_put(PATH, span_of(MESSAGE END_1));
    fake_fsio_hold_lock(true);
    assert_false(archive_out_open(&archive, PATH, &err));
    assert_int_equal(err.code, ERROR_LOCKED);
    archive_out_close(&archive);
}

/* Every operation fails in turn: what was synced before is still there. */
static void test_disk_fails(void **state)
{
    (void)state;
    for (uint64_t at = 1; at <= 4; at++) {
        const struct fake_fsio_plan plan = {.at = at, .fault = FAKE_FSIO_FAIL, .for_ever = true};
        struct archive_out archive;
        struct error err = {.code = ERROR_NONE};
        bool ok;

        fake_fsio_reset();
        fake_fsio_put(PATH, span_of(MESSAGE END_1 MESSAGE));
        fake_fsio_plan(&plan);
        ok = archive_out_open(&archive, PATH, &err) &&
             archive_out_add(&archive, span_of(END_2), &err) && archive_out_sync(&archive, &err) &&
             archive_out_add(&archive, span_of(END_2), &err) && archive_out_sync(&archive, &err);
        assert_false(ok);
        assert_int_equal(err.code, ERROR_IO);
        archive_out_close(&archive);
        fake_fsio_restart();
        assert_true(span_starts_with(fake_fsio_content(), MESSAGE END_1));
    }
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
        assert_true(archive_out_add(&archive, span_of(END_1), &err));
        assert_true(archive_out_sync(&archive, &err));
        if (dirty)
            assert_true(archive_out_add(&archive, span_of(END_2), &err));
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
        cmocka_unit_test(test_locked),     cmocka_unit_test(test_taken_away),
        cmocka_unit_test(test_disk_fails), cmocka_unit_test(test_endless_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
