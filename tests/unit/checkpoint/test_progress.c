#include "checkpoint/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 200000, ID_SIZE = 32 };

#define NONE (-1)

static void assert_slot(struct thread_slot got, struct thread_slot want)
{
    assert_int_equal(got.state, want.state);
    assert_int_equal(got.created_at, want.created_at);
    assert_int_equal(got.moved_at, want.moved_at);
    assert_int_equal(got.failed_at, want.failed_at);
}

static void test_unknown_threads_are_new(void **state)
{
    struct progress *progress = progress_new();

    (void)state;
    assert_slot(progress_get(progress, span_of("thread_1")),
                (struct thread_slot){THREAD_NEW, NONE, NONE, NONE});
    assert_int_equal(progress_count(progress, THREAD_NEW), 0);
    progress_free(progress);
    progress_free(NULL);
}

struct step {
    enum record_kind kind;
    int64_t items;
    bool is_refused;
    struct thread_slot after; /* offsets: the number of the step, from 0 */
};

struct fold_case {
    const char *name;
    struct step steps[6];
    size_t count;
    uint64_t orphans;
};

static const struct fold_case FOLDS[] = {
    {"the usual way",
     {{.kind = RECORD_CREATING, .after = {THREAD_NEW, NONE, 0, NONE}},
      {.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 1, NONE, NONE}},
      {.kind = RECORD_APPENDED, .after = {THREAD_PARTIAL, 1, 2, NONE}},
      {.kind = RECORD_DONE, .after = {THREAD_DONE, 1, 3, NONE}},
      {.kind = RECORD_PRUNING, .after = {THREAD_PRUNING, 1, 3, NONE}},
      {.kind = RECORD_PRUNED, .after = {THREAD_PRUNED, 1, 3, NONE}}},
     6,
     0},
    {"a create that had no effect leaves no orphan, and the thread new",
     {{.kind = RECORD_CREATING, .items = 3, .after = {THREAD_UNCERTAIN, NONE, 0, NONE}},
      {.kind = RECORD_NOT_CREATED, .after = {THREAD_NEW, NONE, 1, NONE}},
      {.kind = RECORD_FAILED, .after = {THREAD_FAILED, NONE, 1, 2}},
      {.kind = RECORD_CREATING, .after = {THREAD_NEW, NONE, 3, NONE}},
      {.kind = RECORD_NOT_CREATED, .after = {THREAD_NEW, NONE, 4, NONE}}},
     5,
     0},
    {"a thread that was not pruned is done as before",
     {{.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 0, NONE, NONE}},
      {.kind = RECORD_DONE, .after = {THREAD_DONE, 0, 1, NONE}},
      {.kind = RECORD_PRUNING, .after = {THREAD_PRUNING, 0, 1, NONE}},
      {.kind = RECORD_PRUNING, .after = {THREAD_PRUNING, 0, 1, NONE}},
      {.kind = RECORD_NOT_PRUNED, .after = {THREAD_DONE, 0, 1, NONE}},
      {.kind = RECORD_ROLLING_BACK, .after = {THREAD_ROLLING_BACK, 0, 1, NONE}}},
     6,
     0},
    {"what may be the only copy is not taken back",
     {{.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 0, NONE, NONE}},
      {.kind = RECORD_DONE, .after = {THREAD_DONE, 0, 1, NONE}},
      {.kind = RECORD_PRUNING, .after = {THREAD_PRUNING, 0, 1, NONE}},
      {.kind = RECORD_ROLLING_BACK, .is_refused = true, .after = {THREAD_PRUNING, 0, 1, NONE}},
      {.kind = RECORD_ROLLED_BACK, .is_refused = true, .after = {THREAD_PRUNING, 0, 1, NONE}},
      {.kind = RECORD_FAILED, .is_refused = true, .after = {THREAD_PRUNING, 0, 1, NONE}}},
     6,
     0},
    {"nor after the source is known to be gone",
     {{.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 0, NONE, NONE}},
      {.kind = RECORD_DONE, .after = {THREAD_DONE, 0, 1, NONE}},
      {.kind = RECORD_PRUNING, .after = {THREAD_PRUNING, 0, 1, NONE}},
      {.kind = RECORD_PRUNED, .after = {THREAD_PRUNED, 0, 1, NONE}},
      {.kind = RECORD_ROLLING_BACK, .is_refused = true, .after = {THREAD_PRUNED, 0, 1, NONE}},
      {.kind = RECORD_CREATING, .is_refused = true, .after = {THREAD_PRUNED, 0, 1, NONE}}},
     6,
     0},
    {"what is half deleted is neither pruned nor written to",
     {{.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 0, NONE, NONE}},
      {.kind = RECORD_DONE, .after = {THREAD_DONE, 0, 1, NONE}},
      {.kind = RECORD_ROLLING_BACK, .after = {THREAD_ROLLING_BACK, 0, 1, NONE}},
      {.kind = RECORD_PRUNING, .is_refused = true, .after = {THREAD_ROLLING_BACK, 0, 1, NONE}},
      {.kind = RECORD_APPENDED, .is_refused = true, .after = {THREAD_ROLLING_BACK, 0, 1, NONE}},
      {.kind = RECORD_CREATED, .is_refused = true, .after = {THREAD_ROLLING_BACK, 0, 1, NONE}}},
     6,
     0},
    {"a delete is on record first, or the thread is not pruned",
     {{.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 0, NONE, NONE}},
      {.kind = RECORD_PRUNING, .is_refused = true, .after = {THREAD_PARTIAL, 0, NONE, NONE}},
      {.kind = RECORD_DONE, .after = {THREAD_DONE, 0, 2, NONE}},
      {.kind = RECORD_PRUNED, .is_refused = true, .after = {THREAD_DONE, 0, 2, NONE}},
      {.kind = RECORD_NOT_PRUNED, .is_refused = true, .after = {THREAD_DONE, 0, 2, NONE}}},
     5,
     0},
    {"a lost create is tried again",
     {{.kind = RECORD_CREATING, .after = {THREAD_NEW, NONE, 0, NONE}},
      {.kind = RECORD_CREATING, .after = {THREAD_NEW, NONE, 1, NONE}},
      {.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 2, NONE, NONE}}},
     3,
     1},
    {"an inline create without outcome is uncertain",
     {{.kind = RECORD_CREATING, .items = 3, .after = {THREAD_UNCERTAIN, NONE, 0, NONE}},
      {.kind = RECORD_UNCERTAIN, .after = {THREAD_UNCERTAIN, NONE, 1, NONE}},
      {.kind = RECORD_CREATING, .items = 3, .after = {THREAD_UNCERTAIN, NONE, 2, NONE}},
      {.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 3, NONE, NONE}}},
     4,
     1},
    {"an inline create that was refused has failed",
     {{.kind = RECORD_CREATING, .items = 3, .after = {THREAD_UNCERTAIN, NONE, 0, NONE}},
      {.kind = RECORD_FAILED, .after = {THREAD_FAILED, NONE, 0, 1}}},
     2,
     1},
    {"a failed thread keeps its conversation and goes on in it",
     {{.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 0, NONE, NONE}},
      {.kind = RECORD_APPENDED, .after = {THREAD_PARTIAL, 0, 1, NONE}},
      {.kind = RECORD_FAILED, .after = {THREAD_FAILED, 0, 1, 2}},
      {.kind = RECORD_FAILED, .after = {THREAD_FAILED, 0, 1, 3}},
      {.kind = RECORD_APPENDED, .after = {THREAD_PARTIAL, 0, 4, NONE}},
      {.kind = RECORD_DONE, .after = {THREAD_DONE, 0, 5, NONE}}},
     6,
     0},
    {"a failed thread without one begins anew",
     {{.kind = RECORD_FAILED, .after = {THREAD_FAILED, NONE, NONE, 0}},
      {.kind = RECORD_CREATING, .after = {THREAD_NEW, NONE, 1, NONE}},
      {.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 2, NONE, NONE}}},
     3,
     0},
    {"a topped-up thread is open again, and may fail",
     {{.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 0, NONE, NONE}},
      {.kind = RECORD_DONE, .after = {THREAD_DONE, 0, 1, NONE}},
      {.kind = RECORD_APPENDED, .after = {THREAD_PARTIAL, 0, 2, NONE}},
      {.kind = RECORD_DONE, .after = {THREAD_DONE, 0, 3, NONE}},
      {.kind = RECORD_FAILED, .after = {THREAD_FAILED, 0, 3, 4}}},
     5,
     0},
    {"a rolled-back thread is new",
     {{.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 0, NONE, NONE}},
      {.kind = RECORD_DONE, .after = {THREAD_DONE, 0, 1, NONE}},
      {.kind = RECORD_ROLLED_BACK, .after = {THREAD_ROLLED_BACK, NONE, 2, NONE}},
      {.kind = RECORD_CREATING, .after = {THREAD_NEW, NONE, 3, NONE}},
      {.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 4, NONE, NONE}}},
     5,
     0},
    {"a conversation that is being deleted is known until it is gone",
     {{.kind = RECORD_ROLLING_BACK, .is_refused = true, .after = {THREAD_NEW, NONE, NONE, NONE}},
      {.kind = RECORD_CREATED, .after = {THREAD_PARTIAL, 1, NONE, NONE}},
      {.kind = RECORD_DONE, .after = {THREAD_DONE, 1, 2, NONE}},
      {.kind = RECORD_ROLLING_BACK, .after = {THREAD_ROLLING_BACK, 1, 2, NONE}},
      {.kind = RECORD_ROLLED_BACK, .after = {THREAD_ROLLED_BACK, NONE, 4, NONE}}},
     5,
     0},
    {"progress without a conversation is refused",
     {{.kind = RECORD_APPENDED, .is_refused = true, .after = {THREAD_NEW, NONE, NONE, NONE}},
      {.kind = RECORD_FAILED, .after = {THREAD_FAILED, NONE, NONE, 1}},
      {.kind = RECORD_DONE, .is_refused = true, .after = {THREAD_FAILED, NONE, NONE, 1}},
      {.kind = RECORD_PRUNED, .is_refused = true, .after = {THREAD_FAILED, NONE, NONE, 1}}},
     4,
     0},
};

static void test_folds_records(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FOLDS / sizeof FOLDS[0]; i++) {
        struct progress *progress = progress_new();

        print_message("%s\n", FOLDS[i].name);
        for (size_t at = 0; at < FOLDS[i].count; at++) {
            const struct step *step = &FOLDS[i].steps[at];
            const struct record record = {
                .kind = step->kind, .thread = span_of("thread_1"), .items = step->items};

            assert_int_equal(progress_apply(progress, &record, (int64_t)at), !step->is_refused);
            assert_slot(progress_get(progress, span_of("thread_1")), step->after);
            if (!step->is_refused)
                assert_int_equal(progress_count(progress, step->after.state), 1);
        }
        assert_int_equal(progress_orphans(progress), FOLDS[i].orphans);
        progress_free(progress);
    }
}

static void test_records_without_a_thread_change_nothing(void **state)
{
    static const enum record_kind KINDS[] = {RECORD_HEADER, RECORD_PINS, RECORD_RUN,
                                             RECORD_UNKNOWN};
    struct progress *progress = progress_new();

    (void)state;
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        assert_true(progress_apply(progress, &(struct record){.kind = KINDS[i]}, 0));
    for (int s = 0; s < THREAD_STATES; s++)
        assert_int_equal(progress_count(progress, (enum thread_state)s), 0);
    progress_free(progress);
}

static struct span id_of(char text[ID_SIZE], int number)
{
    (void)snprintf(text, ID_SIZE, "thread_%d", number);
    return span_of(text);
}

/* The records that lead to each state, from `failed` without a conversation. */
static const enum record_kind WAYS[THREAD_STATES][4] = {
    [THREAD_NEW] = {RECORD_CREATING},
    [THREAD_PARTIAL] = {RECORD_CREATED, RECORD_APPENDED},
    [THREAD_DONE] = {RECORD_CREATED, RECORD_DONE},
    [THREAD_FAILED] = {RECORD_CREATED, RECORD_APPENDED, RECORD_FAILED},
    [THREAD_UNCERTAIN] = {RECORD_UNCERTAIN},
    [THREAD_ROLLING_BACK] = {RECORD_CREATED, RECORD_DONE, RECORD_ROLLING_BACK},
    [THREAD_ROLLED_BACK] = {RECORD_ROLLED_BACK},
    [THREAD_PRUNING] = {RECORD_CREATED, RECORD_DONE, RECORD_PRUNING},
    [THREAD_PRUNED] = {RECORD_CREATED, RECORD_DONE, RECORD_PRUNING, RECORD_PRUNED},
};

static int64_t offset_of(enum record_kind kind, int number)
{
    if (kind == RECORD_CREATED)
        return ((int64_t)1 << PROGRESS_OFFSET_BITS) - 2 - number;
    return kind == RECORD_FAILED ? number * (int64_t)7 : number;
}

/* A slot that says which thread it belongs to, in each state in turn. */
static struct thread_slot slot_of(int number)
{
    const enum thread_state state = (enum thread_state)(number % THREAD_STATES);

    return (struct thread_slot){
        .state = state,
        .created_at = WAYS[state][0] == RECORD_CREATED ? offset_of(RECORD_CREATED, number) : NONE,
        .moved_at = number,
        .failed_at = state == THREAD_FAILED ? offset_of(RECORD_FAILED, number) : NONE,
    };
}

static void lead_to_slot(struct progress *progress, struct span thread_id, int number)
{
    const enum record_kind *way = WAYS[number % THREAD_STATES];

    for (int i = 0; i < 4 && way[i] != RECORD_HEADER; i++) {
        const struct record record = {.kind = way[i], .thread = thread_id};

        assert_true(progress_apply(progress, &record, offset_of(way[i], number)));
    }
}

static bool check_order(void *ctx, const struct thread_slot *slot)
{
    int *number = ctx;

    assert_slot(*slot, slot_of(*number));
    return ++*number < MANY - 1;
}

static void test_many_threads_keep_their_slots_through_growth(void **state)
{
    struct progress *progress = progress_new();
    char id[ID_SIZE];
    int seen = 0;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        const struct record failed = {.kind = RECORD_FAILED, .thread = id_of(id, i)};

        assert_true(progress_apply(progress, &failed, i));
        lead_to_slot(progress, id_of(id, i), i);
    }
    for (int i = 0; i < MANY; i++)
        assert_slot(progress_get(progress, id_of(id, i)), slot_of(i));
    assert_slot(progress_get(progress, id_of(id, MANY)),
                (struct thread_slot){THREAD_NEW, NONE, NONE, NONE});
    progress_each(progress, check_order, &seen);
    assert_int_equal(seen, MANY - 1);
    progress_free(progress);
}

static void test_ids_that_nobody_accepts_have_a_slot_too(void **state)
{
    struct progress *progress = progress_new();
    const struct span bad = {"bad\nid\"\xff", 8};
    const struct record record = {.kind = RECORD_FAILED,
                                  .thread = span_of("bad\\u000aid\\\"\\ufffd")};

    (void)state;
    assert_true(progress_apply(progress, &record, 5));
    assert_int_equal(progress_get(progress, bad).state, THREAD_FAILED);
    progress_free(progress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_threads_are_new),
        cmocka_unit_test(test_folds_records),
        cmocka_unit_test(test_records_without_a_thread_change_nothing),
        cmocka_unit_test(test_many_threads_keep_their_slots_through_growth),
        cmocka_unit_test(test_ids_that_nobody_accepts_have_a_slot_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
