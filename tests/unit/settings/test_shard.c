#include "settings/shard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_parsing(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t index;
        int64_t count;
    } ROWS[] = {
        {"1/1", true, 1, 1},     {"3/8", true, 3, 8},        {"8/8", true, 8, 8},
        {"auto/4", true, 0, 4},  {"0/8", false, 0, 0},       {"9/8", false, 0, 0},
        {"", false, 0, 0},       {"/", false, 0, 0},         {"1/", false, 0, 0},
        {"/8", false, 0, 0},     {"1", false, 0, 0},         {"1/0", false, 0, 0},
        {"-1/8", false, 0, 0},   {"1/8/9", false, 0, 0},     {"1 / 8", false, 0, 0},
        {"Auto/4", false, 0, 0}, {"1/1000001", false, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct shard shard;
        struct error err = {.code = ERROR_NONE};

        assert_int_equal(shard_parse(&shard, span_of(ROWS[i].text), NULL, &err), ROWS[i].ok);
        if (ROWS[i].ok) {
            assert_int_equal(shard.index, ROWS[i].index);
            assert_int_equal(shard.count, ROWS[i].count);
        } else {
            assert_int_equal(err.code, ERROR_USAGE);
        }
    }
}

static void test_auto_asks_the_scheduler(void **state)
{
    char kubernetes[] = "JOB_COMPLETION_INDEX=0";
    char slurm[] = "SLURM_ARRAY_TASK_ID=3";
    char beyond[] = "SLURM_ARRAY_TASK_ID=4";
    char nonsense[] = "JOB_COMPLETION_INDEX=x";
    char *const both[] = {slurm, kubernetes, NULL};
    char *const only_slurm[] = {slurm, NULL};
    char *const too_large[] = {beyond, NULL};
    char *const no_number[] = {nonsense, NULL};
    char *const none[] = {NULL};
    struct shard shard;
    struct error err;

    (void)state;
    assert_true(shard_parse(&shard, span_of("auto/4"), both, &err));
    assert_int_equal(shard.index, 1);
    assert_true(shard_parse(&shard, span_of("auto/4"), only_slurm, &err));
    assert_int_equal(shard.index, 4);
    assert_false(shard_parse(&shard, span_of("auto/4"), too_large, &err));
    assert_false(shard_parse(&shard, span_of("auto/4"), no_number, &err));
    assert_false(shard_parse(&shard, span_of("auto/4"), none, &err));
    assert_int_equal(err.code, ERROR_USAGE);
}

/* Published values of the 64-bit FNV-1a hash; checkpoints pin what follows from them. */
static void test_shards_follow_fnv_1a(void **state)
{
    static const struct {
        const char *id;
        uint64_t hash;
    } ROWS[] = {
        {"", UINT64_C(0xcbf29ce484222325)},
        {"a", UINT64_C(0xaf63dc4c8601ec8c)},
        {"foobar", UINT64_C(0x85944171f73967e8)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        for (int64_t index = 1; index <= 1000; index++) {
            const struct shard shard = {index, 1000};
            const bool wanted = ROWS[i].hash % 1000 + 1 == (uint64_t)index;

            assert_int_equal(shard_has(&shard, span_of(ROWS[i].id)), wanted);
        }
    }
}

static void test_without_shards_all_are_kept(void **state)
{
    const struct shard none = {0, 0};

    (void)state;
    assert_true(shard_has(&none, span_of("thread_1")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parsing),
        cmocka_unit_test(test_auto_asks_the_scheduler),
        cmocka_unit_test(test_shards_follow_fnv_1a),
        cmocka_unit_test(test_without_shards_all_are_kept),
    };

    return cmocka_run_group_tests_name("shard", tests, NULL, NULL);
}
