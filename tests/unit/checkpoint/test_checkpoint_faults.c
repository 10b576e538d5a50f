/* What the checkpoint does when its file fails it, at each operation in turn. */
#include "checkpoint/checkpoint.h"

#include "fakes/fake_fsio.h"
#include "fakes/fake_journal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int reset_disk(void **state)
{
    (void)state;
    fake_fsio_reset();
    return 0;
}

static bool pass(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    (void)ctx;
    (void)thread_id;
    (void)facts;
    return true;
}

static const char SCRIPT[] = "cA cB | CA CB | aA aB | DA FB |";

/* Opens and plays from the disk as it is; true where nothing failed. */
static bool try_all(struct journal *journal, struct error *err)
{
    const struct checkpoint_options options = journal_options();
    struct checkpoint_opening opening;
    size_t done;
    struct checkpoint *checkpoint = checkpoint_open(&options, &opening, err);
    const bool ok = checkpoint && journal_play(journal, checkpoint, SCRIPT, &done, err);

    checkpoint_close(checkpoint);
    return ok;
}

static void test_every_failure_is_reported_and_nothing_acknowledged_is_lost(void **state)
{
    static const enum fake_fsio_fault FAULTS[] = {FAKE_FSIO_FAIL, FAKE_FSIO_FAIL_HALF,
                                                  FAKE_FSIO_STOP_BEFORE, FAKE_FSIO_STOP_HALF,
                                                  FAKE_FSIO_STOP_AFTER};
    static const int ERRNOS[] = {EIO, ENOSPC, EINTR};
    const struct checkpoint_options options = journal_options();
    struct checkpoint_opening opening;
    unsigned failures = 0;

    (void)state;
    for (size_t i = 0; i < 5 * 3 * 2; i++) {
        struct fake_fsio_plan plan = {
            .fault = FAULTS[i % 5], .error_number = ERRNOS[i / 5 % 3], .for_ever = i >= 15};
        bool ok = false;

        for (plan.at = 1; !ok; plan.at++) {
            struct journal journal = {0};
            struct error err = {0};
            struct checkpoint *checkpoint;

            fake_fsio_reset();
            fake_fsio_plan(&plan);
            ok = try_all(&journal, &err);
            assert_true(ok || err.code == ERROR_IO || err.code == ERROR_STOPPED);
            failures += !ok;
            fake_fsio_restart();
            if (!fake_fsio_content().data)
                continue;
            checkpoint = checkpoint_open(&options, &opening, &err);
            if (!checkpoint || !journal_is_safe(&journal, checkpoint, &err))
                fail_msg("fault %zu at %d: %s", i, (int)plan.at, err.text);
            checkpoint_close(checkpoint);
        }
    }
    assert_true(failures > 5 * 3 * 2 * 8);
}

static void test_every_failed_look_is_reported(void **state)
{
    bool ok = false;

    (void)state;
    assert_true(try_all(&(struct journal){0}, &(struct error){0}));
    for (uint64_t at = 1; !ok; at++) {
        const struct fake_fsio_plan plan = {.look_at = at};
        const struct checkpoint_options options = journal_options();
        struct checkpoint_opening opening;
        struct error err = {0};
        struct checkpoint *checkpoint;

        fake_fsio_restart();
        fake_fsio_plan(&plan);
        checkpoint = checkpoint_open(&options, &opening, &err);
        ok = checkpoint && checkpoint_each(checkpoint, pass, NULL, &err);
        assert_true(ok || err.code == ERROR_IO);
        assert_int_equal(ok, at > fake_fsio_looks());
        checkpoint_close(checkpoint);
    }
}

static void test_a_failed_creation_leaves_no_checkpoint(void **state)
{
    const struct fake_fsio_plan plan = {.at = 1, .fault = FAKE_FSIO_FAIL, .error_number = ENOSPC};
    const struct checkpoint_options options = journal_options();
    struct checkpoint_opening opening;
    struct error err;

    (void)state;
    fake_fsio_plan(&plan);
    assert_null(checkpoint_open(&options, &opening, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_null(fake_fsio_content().data);
}

/* With something to write and without; and once noticed it stays so. */
static void test_a_file_that_was_taken_away_is_noticed(void **state)
{
    static const struct record CREATING = {.kind = RECORD_CREATING, .thread = {"thread_a", 8}};
    const struct checkpoint_options options = journal_options();

    (void)state;
    for (int dirty = 0; dirty < 2; dirty++) {
        struct checkpoint_opening opening;
        struct error err;
        struct checkpoint *checkpoint;

        fake_fsio_reset();
        checkpoint = checkpoint_open(&options, &opening, &err);
        assert_non_null(checkpoint);
        assert_true(checkpoint_sync(checkpoint, &err));
        if (dirty)
            assert_true(checkpoint_add(checkpoint, &CREATING, &err));
        fake_fsio_take_away();
        assert_false(checkpoint_sync(checkpoint, &err));
        assert_int_equal(err.code, ERROR_IO);
        assert_false(checkpoint_add(checkpoint, &CREATING, &err));
        assert_int_equal(err.code, ERROR_IO);
        checkpoint_close(checkpoint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_every_failure_is_reported_and_nothing_acknowledged_is_lost,
                               reset_disk),
        cmocka_unit_test_setup(test_every_failed_look_is_reported, reset_disk),
        cmocka_unit_test_setup(test_a_failed_creation_leaves_no_checkpoint, reset_disk),
        cmocka_unit_test_setup(test_a_file_that_was_taken_away_is_noticed, reset_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
