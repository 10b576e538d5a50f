#include "checkpoint/checkpoint.h"

#include "fakes/fake_fsio.h"
#include "fakes/fake_journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct checkpoint *open_ok(struct journal *journal, const char *script)
{
    const struct checkpoint_options options = journal_options();
    struct checkpoint_opening opening;
    struct error err = {0};
    struct checkpoint *checkpoint = checkpoint_open(&options, &opening, &err);
    size_t done;

    if (!checkpoint || !journal_play(journal, checkpoint, script, &done, &err))
        fail_msg("%s", err.text);
    assert_false(opening.torn);
    return checkpoint;
}

static void assert_matches(const struct journal_thread *model, struct checkpoint *checkpoint)
{
    struct error err;

    if (!journal_matches(model, checkpoint, &err))
        fail_msg("%s", err.text);
}

static int reset_disk(void **state)
{
    (void)state;
    fake_fsio_reset();
    return 0;
}

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not contain '%s'", text, part);
}

static const char EVERY_STATE[] =
    "cA cB cC cD iE cF cG | CA CB CC CD CF CG | aA aB aC aG | "
    "aA DB FC FD uE rF DG | xG | pG | cH | cI | CI | FI | aC | "
    "cJ nJ | cK CK DK | xK | yK | cL CL DL | xL | cM CM DM RM | iN nN |";

static void test_facts_survive_and_are_there_before_their_sync(void **state)
{
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, EVERY_STATE);
    struct error err;
    size_t done;

    (void)state;
    assert_matches(journal.acked, checkpoint);
    assert_int_equal(checkpoint_orphans(checkpoint), journal.creating - journal.created);
    assert_true(checkpoint_durable(checkpoint) == checkpoint_newest(checkpoint));
    assert_true(journal_play(&journal, checkpoint, "aA DC CH aH FH", &done, &err));
    assert_true(checkpoint_durable(checkpoint) < checkpoint_newest(checkpoint));
    assert_matches(journal.now, checkpoint);
    assert_true(checkpoint_sync(checkpoint, &err));
    assert_matches(journal.now, checkpoint);
    checkpoint_close(checkpoint);

    checkpoint = open_ok(&journal, "");
    assert_matches(journal.now, checkpoint);
    assert_int_equal(checkpoint_orphans(checkpoint), journal.creating - journal.created);
    checkpoint_close(checkpoint);
}

/* The file has these records, n from 1, and their b. */
static void assert_batches(const uint64_t *batches, size_t count)
{
    struct span rest = fake_fsio_content();

    for (size_t n = 1; n <= count; n++) {
        const char *lf = memchr(rest.data, '\n', rest.len);
        const struct span line = {rest.data, (size_t)(lf - rest.data)};
        struct record record;

        assert_int_equal(record_read(&record, line, span_of(n == 1 ? "" : "5f3a90c2d1e40b77")),
                         RECORD_VALID);
        assert_int_equal(record.n, n);
        assert_int_equal(record.b, batches[n - 1]);
        rest = (struct span){lf + 1, rest.len - line.len - 1};
    }
    assert_int_equal(rest.len, 0);
}

static void test_a_batch_has_one_b_and_n_counts_on(void **state)
{
    static const uint64_t BATCHES[] = {1, 2, 3, 3, 5, 6, 7};
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, "cA cB | CA |");

    (void)state;
    checkpoint_close(checkpoint);
    checkpoint = open_ok(&journal, "CB |");
    checkpoint_close(checkpoint);
    assert_batches(BATCHES, 7);
}

/* What is added while a sync is under way is a batch of its own, written when that sync is over. */
static void test_batches_beside_a_sync(void **state)
{
    static const uint64_t BATCHES[] = {1, 2, 3, 3, 5, 5, 7};
    static const char *const ADDED[] = {"cA cB", "cC", "cD", "cE"};
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, "");
    struct error err;
    size_t done;

    (void)state;
    fake_fsio_slow_syncs(2);
    for (size_t i = 0; i < sizeof ADDED / sizeof ADDED[0]; i++) {
        assert_true(journal_play(&journal, checkpoint, ADDED[i], &done, &err));
        for (int event = 0; event < 2 && i == 2; event++)
            fake_fsio_event();
        assert_true(checkpoint_sync_on(checkpoint, true, &err));
    }
    assert_batches(BATCHES, 6);
    assert_true(checkpoint_sync(checkpoint, &err));
    assert_batches(BATCHES, 7);
    checkpoint_close(checkpoint);
}

static void test_header_and_run_are_recorded(void **state)
{
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, "");
    const struct record *header = checkpoint_header(checkpoint);

    (void)state;
    assert_true(span_is(header->job, "5f3a90c2d1e40b77"));
    assert_true(span_is(header->source, "archive export"));
    assert_true(span_is(header->pins.base_url, "https://api.example.com/v1"));
    assert_non_null(strstr(fake_fsio_content().data,
                           "\"k\":\"run\",\"pid\":4711,\"host\":\"hal\",\"time\":1795300000}"));
    checkpoint_close(checkpoint);
    checkpoint_close(NULL);
}

static void test_runs_tell_how_they_ended(void **state)
{
    struct checkpoint_options options = journal_options();
    const struct record selection = {.kind = RECORD_SELECTION, .threads = 200};
    const struct record ended = {.kind = RECORD_ENDED, .exit = 1};
    struct checkpoint_opening opening;
    struct error err;
    struct checkpoint *checkpoint = checkpoint_open(&options, &opening, &err);

    (void)state;
    assert_int_equal(checkpoint_runs(checkpoint)->selected, RUN_UNKNOWN);
    assert_int_equal(checkpoint_runs(checkpoint)->exit, RUN_UNKNOWN);
    assert_true(checkpoint_add(checkpoint, &selection, &err));
    assert_true(checkpoint_add(checkpoint, &ended, &err));
    assert_true(checkpoint_sync(checkpoint, &err));
    assert_int_equal(checkpoint_runs(checkpoint)->exit, 1);
    checkpoint_close(checkpoint);
    checkpoint = checkpoint_open_reader(JOURNAL_PATH, &opening, &err);
    assert_int_equal(checkpoint_runs(checkpoint)->selected, 200);
    assert_int_equal(checkpoint_runs(checkpoint)->time, 1795300000);
    assert_int_equal(checkpoint_runs(checkpoint)->exit, 1);
    assert_string_equal(checkpoint_runs(checkpoint)->host, "hal");
    checkpoint_close(checkpoint);
    /* The next one runs, and has not ended. */
    checkpoint = checkpoint_open(&options, &opening, &err);
    assert_int_equal(checkpoint_runs(checkpoint)->selected, 200);
    assert_int_equal(checkpoint_runs(checkpoint)->exit, RUN_UNKNOWN);
    checkpoint_close(checkpoint);
}

struct seen {
    size_t count;
    size_t stop_after;
    char order[JOURNAL_THREADS + 1];
};

static bool note_thread(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    struct seen *seen = ctx;

    assert_true(span_starts_with(thread_id, "thread_"));
    assert_int_equal(thread_id.len, 8);
    assert_true(facts->state == THREAD_PARTIAL || facts->conversation[0] == '\0' ||
                facts->state >= THREAD_DONE);
    seen->order[seen->count++] = thread_id.data[7];
    return seen->count < seen->stop_after;
}

static void test_each_names_all_threads_in_order(void **state)
{
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, EVERY_STATE);
    struct seen all = {.stop_after = JOURNAL_THREADS};
    struct seen some = {.stop_after = 3};
    struct error err;

    (void)state;
    assert_true(checkpoint_each(checkpoint, note_thread, &all, &err));
    assert_string_equal(all.order, "ABCDEFGHIJKLMN");
    assert_true(checkpoint_each(checkpoint, note_thread, &some, &err));
    assert_string_equal(some.order, "ABC");
    checkpoint_close(checkpoint);
}

static void assert_other_job(const struct checkpoint_options *options, const char *there,
                             const char *here)
{
    struct checkpoint_opening opening;
    struct error err = {0};
    const size_t len = fake_fsio_content().len;
    struct checkpoint *checkpoint = checkpoint_open(options, &opening, &err);

    assert_null(checkpoint);
    assert_int_equal(err.code, ERROR_OTHER_JOB);
    assert_contains(err.text, there);
    assert_contains(err.text, here);
    assert_int_equal(fake_fsio_content().len, len);
}

static void test_other_pins_are_refused_by_name(void **state)
{
    struct journal journal = {0};
    struct checkpoint_options options = journal_options();

    (void)state;
    checkpoint_close(open_ok(&journal, "cA |"));
    options.pins.destination_type = span_of("compatible");
    assert_other_job(&options, "destination.type is 'openai' there", "'compatible' here");
    options = journal_options();
    options.pins.base_url = span_of("https://other.example.com/v1");
    assert_other_job(&options, "destination.base_url is 'https://api.example.com/v1'",
                     "'https://other.example.com/v1' here");
    options = journal_options();
    options.pins.organization = span_of("org_2");
    assert_other_job(&options, "destination.organization is '' there", "'org_2' here");
    options = journal_options();
    options.pins.shard = span_of("2/3");
    options.pins.project = span_of("proj_\"2\"");
    assert_other_job(&options, "threads.shard is '' there", "'2/3' here");
    assert_other_job(&options, "destination.project is 'proj_1' there", "'proj_\\\"2\\\"' here");
}

/* Threads that are named after files are those of one source; others are known wherever they are.
 */
static void test_names_are_of_one_source(void **state)
{
    struct journal journal = {0};
    struct checkpoint_options options = journal_options();
    const struct span source = options.source;
    struct checkpoint_opening opening;
    struct checkpoint *checkpoint;
    struct error err;

    (void)state;
    checkpoint_close(open_ok(&journal, "cA |"));
    options.source = options.pins.named_after = span_of("archive \"b\"");
    assert_other_job(&options, "the source is '", "'archive \\\"b\\\"' here");
    assert_other_job(&options, "names of files", "hint: ");
    /* With other policies too it is no matter of theirs. */
    options.pins.mapping = span_of("bbbb");
    assert_other_job(&options, "the source is '", "--checkpoint FILE");
    options.pins.mapping = journal_options().pins.mapping;
    options.pins.named_after = source;
    checkpoint = checkpoint_open(&options, &opening, &err);
    assert_non_null(checkpoint);
    checkpoint_close(checkpoint);
    options.pins.named_after = (struct span){NULL, 0};
    checkpoint = checkpoint_open(&options, &opening, &err);
    assert_non_null(checkpoint);
    checkpoint_close(checkpoint);
}

static void test_a_changed_mapping_needs_a_person(void **state)
{
    struct journal journal = {0};
    struct checkpoint_options options = journal_options();
    struct checkpoint_opening opening;
    struct checkpoint *checkpoint;
    struct error err;

    (void)state;
    checkpoint_close(open_ok(&journal, "cA |"));
    options.pins.mapping = span_of("bbbb");
    assert_other_job(&options, "digest of the mapping policies is 'aaaa", "'bbbb' here");
    assert_other_job(&options, "hint: 'threadferry migrate --accept-mapping-change'",
                     "another job");
    options.accept_mapping_change = true;
    options.pins.shard = span_of("1/2");
    assert_other_job(&options, "threads.shard", "'1/2' here");
    options.pins.shard = span_of("");
    /* Who maps nothing neither minds nor pins it. */
    options.accept_mapping_change = false;
    options.any_mapping = true;
    checkpoint = checkpoint_open(&options, &opening, &err);
    assert_non_null(checkpoint);
    assert_false(span_is(checkpoint_header(checkpoint)->pins.mapping, "bbbb"));
    checkpoint_close(checkpoint);
    options.any_mapping = false;
    assert_other_job(&options, "is 'aaaa", "'bbbb' here");
    options.accept_mapping_change = true;
    checkpoint = checkpoint_open(&options, &opening, &err);
    assert_non_null(checkpoint);
    assert_true(span_is(checkpoint_header(checkpoint)->pins.mapping, "bbbb"));
    checkpoint_close(checkpoint);
    /* From now on the new one is the one that counts, without saying so again. */
    options.accept_mapping_change = false;
    checkpoint = checkpoint_open(&options, &opening, &err);
    assert_non_null(checkpoint);
    checkpoint_close(checkpoint);
    options = journal_options();
    assert_other_job(&options, "'bbbb' there", "'aaaa");
}

static void test_the_lock_names_its_holder(void **state)
{
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, "cA |");
    const struct checkpoint_options options = journal_options();
    struct checkpoint_opening opening;
    struct error err;

    (void)state;
    assert_null(checkpoint_open(&options, &opening, &err));
    assert_int_equal(err.code, ERROR_LOCKED);
    assert_contains(err.text, "process 4711");
    assert_contains(err.text, "'hal'");
    assert_contains(err.text, "2026-11-21T");
    checkpoint_close(checkpoint);
    checkpoint_close(open_ok(&journal, ""));
    fake_fsio_put(JOURNAL_PATH, span_of("not written yet"));
    fake_fsio_hold_lock(true);
    assert_null(checkpoint_open(&options, &opening, &err));
    assert_int_equal(err.code, ERROR_LOCKED);
    assert_contains(err.text, "another process");
}

static void test_readers_take_no_lock_and_write_nothing(void **state)
{
    struct journal journal = {0};
    struct checkpoint_opening opening;
    struct error err;
    struct checkpoint *writer;
    struct checkpoint *reader;
    struct fake_fsio_plan none = {0};

    (void)state;
    assert_null(checkpoint_open_reader(JOURNAL_PATH, &opening, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    writer = open_ok(&journal, EVERY_STATE);
    fake_fsio_append_foreign(span_of("half a li"));
    fake_fsio_plan(&none);
    reader = checkpoint_open_reader(JOURNAL_PATH, &opening, &err);
    assert_non_null(reader);
    assert_true(opening.torn);
    assert_matches(journal.acked, reader);
    assert_int_equal(fake_fsio_operations(), 0);
    checkpoint_close(reader);
    checkpoint_close(writer);
}

/* What is added while a sync is under way is the next batch, and is written after it. */
static void test_syncs_are_a_pipeline(void **state)
{
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, "cA |");
    const uint64_t before = checkpoint_newest(checkpoint);
    const size_t size = fake_fsio_content().len;
    struct error err;
    size_t done;

    (void)state;
    fake_fsio_slow_syncs(1000);
    assert_true(journal_play(&journal, checkpoint, "CA", &done, &err));
    assert_true(checkpoint_sync_on(checkpoint, false, &err));
    assert_int_equal(fake_fsio_content().len, size);
    assert_int_equal(checkpoint_begun(checkpoint), before);
    assert_true(checkpoint_sync_on(checkpoint, true, &err));
    assert_true(fake_fsio_content().len > size);
    assert_int_equal(checkpoint_begun(checkpoint), before + 1);
    for (int i = 0; i < 2; i++) {
        const size_t written = fake_fsio_content().len;

        assert_true(journal_play(&journal, checkpoint, i == 0 ? "aA" : "aA aA", &done, &err));
        assert_true(checkpoint_sync_on(checkpoint, true, &err));
        assert_int_equal(fake_fsio_content().len, written);
        assert_int_equal(checkpoint_durable(checkpoint), before + (uint64_t)i);
        assert_matches(journal.now, checkpoint);
        (void)fake_fsio_wake(true);
        assert_true(checkpoint_sync_on(checkpoint, true, &err));
        assert_int_equal(checkpoint_durable(checkpoint), before + (uint64_t)i + 1);
        assert_matches(journal.now, checkpoint);
    }
    /* Waits for the one under way; the last two records are one batch. */
    assert_true(journal_play(&journal, checkpoint, "DA", &done, &err));
    assert_true(checkpoint_sync(checkpoint, &err));
    assert_int_equal(checkpoint_durable(checkpoint), before + 5);
    assert_int_equal(fake_fsio_unsynced(), 0);
    assert_contains(fake_fsio_content().data, "{\"n\":5,\"b\":5,");
    assert_contains(fake_fsio_content().data, "{\"n\":6,\"b\":6,");
    assert_contains(fake_fsio_content().data, "{\"n\":7,\"b\":6,");
    assert_contains(fake_fsio_content().data, "{\"n\":8,\"b\":8,");
    checkpoint_close(checkpoint);
    checkpoint = open_ok(&journal, "");
    assert_matches(journal.now, checkpoint);
    checkpoint_close(checkpoint);
}

/* However late a sync fails: that is the end. */
static void test_a_late_failure_is_final(void **state)
{
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, "cA | CA |");
    const uint64_t before = checkpoint_newest(checkpoint);
    struct error err;
    size_t done;

    (void)state;
    fake_fsio_slow_syncs(2);
    fake_fsio_plan(&(struct fake_fsio_plan){.at = 2, .fault = FAKE_FSIO_FAIL});
    assert_true(journal_play(&journal, checkpoint, "aA", &done, &err));
    assert_true(checkpoint_sync_on(checkpoint, true, &err));
    fake_fsio_event();
    assert_true(journal_play(&journal, checkpoint, "aA", &done, &err));
    assert_true(checkpoint_sync_on(checkpoint, true, &err));
    fake_fsio_event();
    assert_false(checkpoint_sync_on(checkpoint, true, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(checkpoint_durable(checkpoint), before);
    assert_false(checkpoint_sync_on(checkpoint, true, &err));
    assert_false(checkpoint_sync(checkpoint, &err));
    assert_false(journal_play(&journal, checkpoint, "aA", &done, &err));
    checkpoint_close(checkpoint);
}

static void test_foreign_appends_are_noticed(void **state)
{
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, "cA | CA |");
    struct error err;
    size_t done;

    (void)state;
    fake_fsio_append_foreign(span_of("something\n"));
    assert_false(journal_play(&journal, checkpoint, "aA |", &done, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_false(journal_play(&journal, checkpoint, "cB", &done, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_contains(err.text, "earlier write");
    assert_false(checkpoint_sync(checkpoint, &err));
    checkpoint_close(checkpoint);
}

static void test_progress_of_a_thread_without_conversation_is_not_written(void **state)
{
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, "cA |");
    struct error err;
    size_t done;

    (void)state;
    assert_false(journal_play(&journal, checkpoint, "aA", &done, &err));
    assert_int_equal(err.code, ERROR_STOPPED);
    assert_true(checkpoint_durable(checkpoint) == checkpoint_newest(checkpoint));
    checkpoint_close(checkpoint);
}

static void test_long_texts_are_cut_or_refused(void **state)
{
    static char longer[2 * RECORD_LINE_MAX];
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, "");
    struct record record = {.kind = RECORD_FAILED,
                            .thread = span_of("thread_A"),
                            .code = span_of("refused"),
                            .detail = {longer, sizeof longer}};
    struct thread_facts facts;
    struct error err;

    (void)state;
    memset(longer, 'x', sizeof longer);
    assert_true(checkpoint_add(checkpoint, &record, &err));
    assert_true(checkpoint_sync(checkpoint, &err));
    assert_true(checkpoint_facts(checkpoint, record.thread, &facts, &err));
    assert_int_equal(strlen(facts.detail), sizeof facts.detail - 1);
    assert_contains(facts.detail, "xxx\u2026");
    record.thread = (struct span){longer, sizeof longer};
    assert_false(checkpoint_add(checkpoint, &record, &err));
    assert_true(checkpoint_durable(checkpoint) == checkpoint_newest(checkpoint));
    checkpoint_close(checkpoint);
    checkpoint_close(open_ok(&journal, ""));
}

static void test_ids_that_need_escapes_come_back(void **state)
{
    static const char ID[] = "bad\nid \"\u202e";
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, "");
    const struct record created = {
        .kind = RECORD_CREATED, .thread = span_of(ID), .conversation = span_of("conv \\ \"1\"")};
    struct thread_facts facts;
    struct error err;

    (void)state;
    assert_true(checkpoint_add(checkpoint, &created, &err));
    assert_true(checkpoint_sync(checkpoint, &err));
    checkpoint_close(checkpoint);
    checkpoint = open_ok(&journal, "");
    assert_true(checkpoint_facts(checkpoint, span_of(ID), &facts, &err));
    assert_int_equal(facts.state, THREAD_PARTIAL);
    assert_string_equal(facts.conversation, "conv \\ \"1\"");
    checkpoint_close(checkpoint);
}

static void test_a_record_that_changed_after_replay_is_damage(void **state)
{
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, "cA | CA |");
    struct thread_facts facts;
    struct error err;
    struct span content = fake_fsio_content();
    char *copy;

    (void)state;
    copy = strndup(content.data, content.len);
    assert_non_null(copy);
    strstr(copy, "conv_1")[5] = '2';
    fake_fsio_put(JOURNAL_PATH, (struct span){copy, content.len});
    assert_false(checkpoint_facts(checkpoint, span_of("thread_A"), &facts, &err));
    assert_int_equal(err.code, ERROR_DAMAGED);
    checkpoint_close(checkpoint);
    free(copy);
}

static void test_two_ids_with_one_hash_stop_the_run(void **state)
{
    struct journal journal = {0};
    struct checkpoint *checkpoint = open_ok(&journal, "cA cB | CA CB |");
    const struct record record = {.kind = RECORD_CREATED, .thread = span_of("thread_A")};
    const struct record forgotten = {.kind = RECORD_ROLLED_BACK, .thread = span_of("thread_A")};
    struct progress *progress;
    struct thread_facts facts;
    struct error err;

    (void)state;
    /* What a collision would look like: the slot of one leads to the records of the other. */
    progress = (struct progress *)(uintptr_t)checkpoint_progress(checkpoint);
    assert_true(progress_apply(progress, &forgotten, 0));
    assert_true(
        progress_apply(progress, &record, progress_get(progress, span_of("thread_B")).created_at));
    assert_false(checkpoint_facts(checkpoint, span_of("thread_A"), &facts, &err));
    assert_int_equal(err.code, ERROR_STOPPED);
    assert_contains(err.text, "same hash");
    checkpoint_close(checkpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_facts_survive_and_are_there_before_their_sync, reset_disk),
        cmocka_unit_test_setup(test_a_batch_has_one_b_and_n_counts_on, reset_disk),
        cmocka_unit_test_setup(test_batches_beside_a_sync, reset_disk),
        cmocka_unit_test_setup(test_header_and_run_are_recorded, reset_disk),
        cmocka_unit_test_setup(test_runs_tell_how_they_ended, reset_disk),
        cmocka_unit_test_setup(test_each_names_all_threads_in_order, reset_disk),
        cmocka_unit_test_setup(test_other_pins_are_refused_by_name, reset_disk),
        cmocka_unit_test_setup(test_names_are_of_one_source, reset_disk),
        cmocka_unit_test_setup(test_a_changed_mapping_needs_a_person, reset_disk),
        cmocka_unit_test_setup(test_the_lock_names_its_holder, reset_disk),
        cmocka_unit_test_setup(test_readers_take_no_lock_and_write_nothing, reset_disk),
        cmocka_unit_test_setup(test_syncs_are_a_pipeline, reset_disk),
        cmocka_unit_test_setup(test_a_late_failure_is_final, reset_disk),
        cmocka_unit_test_setup(test_foreign_appends_are_noticed, reset_disk),
        cmocka_unit_test_setup(test_progress_of_a_thread_without_conversation_is_not_written,
                               reset_disk),
        cmocka_unit_test_setup(test_long_texts_are_cut_or_refused, reset_disk),
        cmocka_unit_test_setup(test_ids_that_need_escapes_come_back, reset_disk),
        cmocka_unit_test_setup(test_a_record_that_changed_after_replay_is_damage, reset_disk),
        cmocka_unit_test_setup(test_two_ids_with_one_hash_stop_the_run, reset_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
