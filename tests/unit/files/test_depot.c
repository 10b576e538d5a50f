/* A folder that is being filled: its list after every stop, its ends, its lock. */
#include "files/depot.h"

#include "fakes/fake_fsio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define LIST "/tmp/threadferry-depot.files/" MANIFEST_NAME

static const char PATH[] = "/tmp/threadferry-depot.files";
static const struct saved_file MISSING = {.state = SAVED_NOT_FOUND};

static int setup(void **state)
{
    (void)state;
    fake_fsio_reset();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_fsio_reset();
    return rmdir(PATH);
}

/* Saves file-a and file-b, as far as they are not, and ends the pass. */
static bool fill(struct error *err)
{
    static const char *const IDS[] = {"file-a", "file-b"};
    struct depot depot;
    bool ok = depot_open(&depot, PATH, err);

    for (size_t i = 0; ok && i < COUNT_OF(IDS); i++) {
        if (!manifest_find(&depot.manifest, span_of(IDS[i]), NULL))
            ok = depot_record(&depot, span_of(IDS[i]), &MISSING, span_of("{}"), err);
    }
    ok = ok && depot_end(&depot, err) && depot_sync(&depot, err);
    depot_close(&depot);
    return ok;
}

static void assert_filled(void)
{
    struct manifest manifest;
    struct error err;

    manifest_init(&manifest);
    assert_true(manifest_take(&manifest, fake_fsio_content_of(LIST), LIST, &err));
    manifest_taken(&manifest);
    assert_int_equal(manifest.lines, 3);
    assert_int_equal(manifest.covered, 2);
    assert_int_equal(manifest.line.len, 0);
    manifest_release(&manifest);
}

/* A pass that finds nothing new writes nothing. */
static void test_second_pass(void **state)
{
    struct error err;
    size_t size;

    (void)state;
    assert_true(fill(&err));
    assert_filled();
    size = fake_fsio_content_of(LIST).len;
    assert_true(fill(&err));
    assert_int_equal(fake_fsio_content_of(LIST).len, size);
}

/* Stopped at every operation in each way, with power and without; then the rest is done. */
static void test_stops(void **state)
{
    static const enum fake_fsio_fault FAULTS[] = {FAKE_FSIO_STOP_BEFORE, FAKE_FSIO_STOP_HALF,
                                                  FAKE_FSIO_STOP_AFTER, FAKE_FSIO_FAIL,
                                                  FAKE_FSIO_FAIL_HALF};
    uint64_t stops = 0;
    struct error err;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(FAULTS); i++) {
        for (uint64_t at = 1;; at++) {
            fake_fsio_reset();
            fake_fsio_plan(&(struct fake_fsio_plan){.at = at, .fault = FAULTS[i]});
            if (fill(&err))
                break;
            stops++;
            fake_fsio_restart();
            assert_true(fill(&err));
            assert_filled();
        }
    }
    assert_true(stops >= 5 * COUNT_OF(FAULTS));
}

static void test_torn_line(void **state)
{
    struct depot depot;
    struct error err;

    (void)state;
    fake_fsio_put(LIST, span_of("{\"kind\":\"file\",\"fi"));
    assert_true(depot_open(&depot, PATH, &err));
    assert_int_equal(depot.cut, 18);
    assert_string_equal(depot.kept_as, LIST ".torn-1");
    depot_close(&depot);
    assert_string_equal(fake_fsio_content_of(LIST ".torn-1").data, "{\"kind\":\"file\",\"fi");
    assert_int_equal(fake_fsio_content_of(LIST).len, 0);
    fake_fsio_restart();
    assert_true(fill(&err));
    assert_filled();
}

static void test_refusals(void **state)
{
    struct depot depot;
    struct error err;

    (void)state;
    fake_fsio_put(LIST, span_of("somebody else's\n"));
    assert_false(depot_open(&depot, PATH, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    depot_close(&depot);
    assert_string_equal(fake_fsio_content_of(LIST).data, "somebody else's\n");
    fake_fsio_put(LIST, span_of(""));
    fake_fsio_hold_lock(true);
    assert_false(depot_open(&depot, PATH, &err));
    assert_int_equal(err.code, ERROR_LOCKED);
    depot_close(&depot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_second_pass, setup),
        cmocka_unit_test_setup(test_stops, setup),
        cmocka_unit_test_setup(test_torn_line, setup),
        cmocka_unit_test_setup(test_refusals, setup),
    };

    return cmocka_run_group_tests(tests, NULL, teardown);
}
